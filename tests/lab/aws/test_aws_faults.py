"""What a test can make the embedded AWS do: refuse, throttle, hang, expire; and what it tells afterwards."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError
from cloud import AMAZON, Network, client

from sshwizard.lab.aws import Aws

pytestmark = pytest.mark.requires("moto")


def code(service: str, operation: str, aws: Aws, **asked: object) -> str:
    try:
        getattr(client(aws, service), operation)(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


READS = {
    "ec2": ("describe_instances", {}),
    "ssm": ("describe_instance_information", {}),
    "iam": ("list_users", {}),
    "cloudtrail": ("lookup_events", {}),
    "cloudwatch": ("list_metrics", {}),
    "ec2-instance-connect": (
        "send_ssh_public_key",
        {"InstanceId": "i-0123456789abcdef0", "InstanceOSUser": "dana", "SSHPublicKey": "ssh-ed25519 " + "A" * 80},
    ),
}
DENIED = {
    "ec2": "UnauthorizedOperation",
    "ssm": "AccessDeniedException",
    "cloudtrail": "AccessDeniedException",
    "ec2-instance-connect": "AccessDeniedException",
    "iam": "AccessDenied",
    "cloudwatch": "AccessDenied",
}


@pytest.mark.parametrize("service", READS)
def test_each_service_denies_with_its_own_code(aws: Aws, service: str) -> None:
    operation, asked = READS[service]
    aws.deny(f"{service}:*")
    assert code(service, operation, aws, **asked) == DENIED[service]
    aws.heal()
    assert code(service, operation, aws, **asked) in ("", "EC2InstanceNotFoundException")


def test_everybody_may_ask_who_they_are(aws: Aws) -> None:
    aws.deny("*")
    assert client(aws, "sts").get_caller_identity()["Account"] == "123456789012"


def test_credentials_run_out(aws: Aws) -> None:
    aws.expire()
    codes = {service: code(service, operation, aws, **asked) for service, (operation, asked) in READS.items()}
    assert codes["ec2"] == "RequestExpired"
    assert codes["ssm"] == codes["cloudtrail"] == "ExpiredTokenException"
    assert codes["iam"] == code("sts", "get_caller_identity", aws) == "ExpiredToken"


def test_the_first_calls_are_throttled(aws: Aws) -> None:
    aws.throttle("ec2:Describe*", 2)
    assert [code("ec2", "describe_vpcs", aws) for _ in range(3)] == ["RequestLimitExceeded"] * 2 + [""]


def test_a_call_hangs_until_it_is_let_go(aws: Aws) -> None:
    aws.hang("ec2:DescribeVpcs")
    done = threading.Event()

    def ask() -> None:
        client(aws, "ec2").describe_vpcs()
        done.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert client(aws, "ec2").describe_subnets()
    assert not done.wait(0.3)
    aws.heal()
    assert done.wait(5)
    asking.join(5)


def test_every_call_can_be_slow(aws: Aws) -> None:
    ec2 = client(aws, "ec2")
    aws.slow(0.3)
    start = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - start >= 0.3


def test_calls_are_told_and_which_would_have_changed_something(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    seen = len(aws.calls())
    net.instance(web)
    code("ec2", "stop_instances", aws, InstanceIds=[web], DryRun=True)
    net.ec2.stop_instances(InstanceIds=[web])
    told = [(one["action"], one["mutating"], one["error"]) for one in aws.calls()[seen:]]
    assert told == [
        ("DescribeInstances", False, None),
        ("StopInstances", False, "DryRunOperation"),
        ("StopInstances", True, None),
    ]


def test_what_is_missing_is_one_clear_refusal_and_is_counted(aws: Aws) -> None:
    assert code("ec2", "describe_stale_security_groups", aws, VpcId="vpc-0123456789abcdef0") == "UnsupportedOperation"
    assert aws.gaps() == {"ec2:DescribeStaleSecurityGroups": 1}
    aws.reset()
    assert aws.gaps() == {}


def test_a_thousand_instances(aws: Aws) -> None:
    net = Network(aws)
    net.ec2.run_instances(ImageId=AMAZON, MinCount=1000, MaxCount=1000, InstanceType="t3.small", SubnetId=wide(net))
    pages = net.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 1000})
    assert sum(len(one["Instances"]) for page in pages for one in page["Reservations"]) == 1000


def wide(net: Network) -> str:
    return net.subnet("10.0.64.0/20", "c")


def test_another_program_finds_it_by_its_environment(aws: Aws) -> None:
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.strip() == "arn:aws:iam::123456789012:user/dana", done.stderr


def test_it_tells_the_address_that_the_client_seems_to_have(aws: Aws) -> None:
    aws.come_from("8.8.4.4")
    with urllib.request.urlopen(aws.environment["SSHWIZARD_CHECKIP_URL"], timeout=5) as answer:
        assert answer.read() == b"8.8.4.4\n"
