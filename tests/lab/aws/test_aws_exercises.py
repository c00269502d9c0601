"""The account behind the exercises on AWS: it fits the world, remembers who broke it, and is only looked at."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import sshwizard

from sshwizard.lab import World, open_world
from sshwizard.lab.aws import Aws

from ..conftest import Ssh

pytestmark = [
    pytest.mark.requires("moto", "ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


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


def web(world: World) -> dict[str, Any]:
    """The web server as AWS describes it."""
    (reservation,) = service(world, "ec2").describe_instances()["Reservations"]
    found: dict[str, Any] = reservation["Instances"][0]
    return found


def test_the_trail_tells_who_broke_it() -> None:
    with open_world("stopped-instance") as world:
        id_ = web(world)["InstanceId"]
        asked = [{"AttributeKey": "EventName", "AttributeValue": "StopInstances"}]
        (event,) = service(world, "cloudtrail").lookup_events(LookupAttributes=asked)["Events"]
    assert event["Resources"] == [{"ResourceName": id_}]
    assert (event["EventName"], event["Username"]) == ("StopInstances", "night-saver")
    told = json.loads(event["CloudTrailEvent"])["requestParameters"]
    assert told == {"instancesSet": {"items": [{"instanceId": id_}]}}


def test_the_wizard_only_looks() -> None:
    with open_world("network-acl-denies") as world:
        ran = sshwizard("diagnose", "--json", *world.target_args, env=world.environment)
        aws = Aws(world.environment["AWS_ENDPOINT_URL"], world.root)
        assert [one for one in aws.calls() if one["mutating"] and one["service"] != "lab"] == []
        assert aws.gaps() == {}
    assert ran.report["findings"][0]["cause"] == world.exercise.cause, ran.text


def test_a_pushed_key_really_opens_the_door(ssh: Ssh) -> None:
    with open_world("aws") as world:
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
    with open_world("aws") as world:
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
