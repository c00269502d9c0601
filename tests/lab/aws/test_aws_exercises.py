"""The exercises on AWS: plain ssh meets what the account says, and gets in once exactly that is repaired."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import sshwizard

from sshwizard import vocabulary
from sshwizard.lab import AWS_EXERCISES, OPEN_ACCOUNT, Exercise, World, open_world
from sshwizard.lab.aws import Aws

from ..conftest import Ssh

pytestmark = [
    pytest.mark.requires("moto", "ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]

HASTY = ("-o", "ConnectTimeout=1")
"""Where silence is expected: ssh counts the server's greeting in, too."""


def service(world: World, name: str) -> Any:
    import boto3

    told = world.environment
    return boto3.client(
        name,
        told["AWS_REGION"],
        endpoint_url=told["AWS_ENDPOINT_URL"],
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )


def port(world: World) -> int:
    return int(re.findall(r"Port (\d+)", (world.root / "config").read_text())[0])


def web(world: World) -> dict[str, Any]:
    """The web server as AWS describes it."""
    (reservation,) = service(world, "ec2").describe_instances()["Reservations"]
    found: dict[str, Any] = reservation["Instances"][0]
    return found


def allow_me(world: World) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": port(world), "ToPort": port(world)}
    rule |= {"IpRanges": [{"CidrIp": "192.88.99.7/32"}]}
    group = web(world)["SecurityGroups"][0]["GroupId"]
    service(world, "ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def start(world: World) -> None:
    service(world, "ec2").start_instances(InstanceIds=[web(world)["InstanceId"]])


def drop_the_denying_rule(world: World) -> None:
    ec2 = service(world, "ec2")
    here = [{"Name": "association.subnet-id", "Values": [web(world)["SubnetId"]]}]
    (acl,) = ec2.describe_network_acls(Filters=here)["NetworkAcls"]
    ec2.delete_network_acl_entry(NetworkAclId=acl["NetworkAclId"], RuleNumber=50, Egress=False)


def lead_home(world: World) -> None:
    ec2 = service(world, "ec2")
    here = [{"Name": "association.subnet-id", "Values": [web(world)["SubnetId"]]}]
    (table,) = ec2.describe_route_tables(Filters=here)["RouteTables"]
    (gateway,) = ec2.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [web(world)["VpcId"]]}]
    )["InternetGateways"]
    ec2.create_route(
        RouteTableId=table["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )


def be_ubuntu(world: World) -> None:
    image = service(world, "ec2").describe_images(ImageIds=[web(world)["ImageId"]])["Images"][0]
    assert image["Name"].startswith("ubuntu/")
    config = world.root / "config"
    config.write_text(config.read_text().replace("User ec2-user", "User ubuntu"))


MEETS: dict[str, tuple[str, Callable[[World], None] | None]] = {
    "closed-security-group": ("Connection timed out", allow_me),
    "stopped-instance": ("Connection timed out", start),
    "network-acl-denies": ("Connection timed out", drop_the_denying_rule),
    "no-internet-route": ("Connection timed out", lead_home),
    "sshd-down": ("Connection refused", None),
    "wrong-image-user": ("Permission denied (publickey)", be_ubuntu),
}
"""What ssh says, and what repairs it; nothing in the account repairs a server that is down."""


def test_every_exercise_has_its_expectation_in_display_order() -> None:
    assert list(AWS_EXERCISES) == list(MEETS)


@pytest.mark.parametrize("exercise", MEETS)
def test_ssh_meets_what_the_account_says(exercise: str, ssh: Ssh) -> None:
    said, repair = MEETS[exercise]
    with open_world(exercise) as world:
        broken = ssh(world, "printf TOKEN", *(HASTY if "timed out" in said else ()))
        assert (broken.returncode, broken.stdout) == (255, "")
        assert said in broken.stderr
        if repair is None:
            groups = [one["GroupId"] for one in web(world)["SecurityGroups"]]
            assert "192.88.99.7/32" in str(service(world, "ec2").describe_security_groups(GroupIds=groups))
            return
        repair(world)
        repaired = ssh(world, "printf TOKEN")
        assert (repaired.returncode, repaired.stdout, repaired.stderr) == (0, "TOKEN", "")


def test_the_trail_tells_who_broke_it() -> None:
    with open_world("stopped-instance") as world:
        id_ = web(world)["InstanceId"]
        asked = [{"AttributeKey": "EventName", "AttributeValue": "StopInstances"}]
        (event,) = service(world, "cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    assert event["Resources"] == [{"ResourceName": id_}]
    assert (event["EventName"], event["Username"]) == ("StopInstances", "night-saver")
    told = json.loads(event["CloudTrailEvent"])["requestParameters"]
    assert told == {"instancesSet": {"items": [{"instanceId": id_}]}}


@pytest.mark.parametrize("exercise", AWS_EXERCISES)
def test_the_wizard_names_the_cause_and_only_looks(exercise: str) -> None:
    with open_world(exercise) as world:
        ran = sshwizard("diagnose", "--json", *world.target_args, env=world.environment)
        aws = Aws(world.environment["AWS_ENDPOINT_URL"], world.root)
        assert [one for one in aws.calls() if one["mutating"]] == []
        assert aws.gaps() == {}
    assert ran.report["findings"][0]["cause"] == AWS_EXERCISES[exercise].cause, ran.text


def test_a_pushed_key_really_opens_the_door(ssh: Ssh) -> None:
    with open_world(OPEN_ACCOUNT.id) as world:
        key = world.root / "ssh" / "id_ed25519"
        public = key.with_suffix(".pub").read_text()
        accounts = world.root / "server" / "accounts.json"
        accounts.write_text(accounts.read_text().replace(public.split()[1], "AAAAnobody"))
        assert "Permission denied" in ssh(world, "whoami").stderr
        connect = service(world, "ec2-instance-connect")
        connect.send_ssh_public_key(InstanceId=web(world)["InstanceId"], InstanceOSUser="root", SSHPublicKey=public)
        assert "Permission denied" in ssh(world, "whoami").stderr
        connect.send_ssh_public_key(InstanceId=web(world)["InstanceId"], InstanceOSUser="ec2-user", SSHPublicKey=public)
        assert ssh(world, "whoami").stdout == "ec2-user\n"
        pushed = Path(json.loads((world.root / "server" / "spec.json").read_text())["pushed"])
        pushed.write_text(re.sub(r'"until": [0-9.]+', '"until": 1', pushed.read_text()))
        assert "Permission denied" in ssh(world, "whoami").stderr


def test_the_account_fits_the_world(ssh: Ssh) -> None:
    with open_world(OPEN_ACCOUNT.id) as world:
        shown = web(world)
        assert shown["InstanceId"] == world.target_args[-1]
        assert shown["PublicDnsName"] in (world.root / "config").read_text()
        assert shown["PublicIpAddress"] in (world.root / "config").read_text()
        ec2 = service(world, "ec2")
        public = (world.root / "ssh" / "id_ed25519.pub").read_text().split()[:2]
        pair = ec2.describe_key_pairs(KeyNames=[shown["KeyName"]], IncludePublicKey=True)["KeyPairs"][0]
        assert pair["PublicKey"].split()[:2] == public
        host_key = (world.root / "server" / "host_key.pub").read_text().split()[1]
        assert host_key in ec2.get_console_output(InstanceId=shown["InstanceId"])["Output"]


@pytest.mark.parametrize("exercise", AWS_EXERCISES.values(), ids=list(AWS_EXERCISES))
def test_its_words_are_complete_and_do_not_name_the_cause(exercise: Exercise) -> None:
    assert exercise.hints
    assert exercise.cause in vocabulary.causes()
    assert 2 <= len(re.findall(r"[.?](?= |$)", exercise.story)) <= 4
    giveaways = {"stopped", "acl", "route", "sshd", "daemon", "rule", "user", "ubuntu", "address"}
    words = set(re.findall(r"\w+", exercise.story.lower()))
    assert not (giveaways - {"address"}) & words
