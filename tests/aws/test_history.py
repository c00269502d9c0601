"""`sshwizard changes`: what was changed lately about an instance and the way to it, without a connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sshwizard import cli
from sshwizard.cloud.aws import trail
from sshwizard.exits import Exit
from sshwizard.lab.aws import REGION
from sshwizard.probes.aws import changes

from .stage import Stage


def test_everything_on_the_way_is_looked_up() -> None:
    row = {"InstanceId": "i-1", "SubnetId": "subnet-1", "VpcId": "vpc-1", "KeyName": "ops",
           "SecurityGroups": [{"GroupId": "sg-1"}]}  # fmt: skip
    rows: dict[str, Any] = {
        "NetworkAcls": [{"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}]},
                        {"NetworkAclId": "acl-2", "Associations": [{"SubnetId": "subnet-2"}]}],
        "RouteTables": [{"RouteTableId": "rtb-1", "Associations": [{"Main": True}]},
                        {"RouteTableId": "rtb-2", "Associations": [{"SubnetId": "subnet-2"}]}],
        "InternetGateways": [{"InternetGatewayId": "igw-1"}],
    }  # fmt: skip
    assert changes.on_the_way(row, rows) == ["i-1", "sg-1", "acl-1", "rtb-1", "igw-1", "subnet-1", "vpc-1", "ops"]
    rows["RouteTables"][1]["Associations"][0]["SubnetId"] = "subnet-1"
    assert "rtb-2" in changes.on_the_way(row, rows)
    assert "rtb-1" not in changes.on_the_way(row, rows)


@pytest.mark.requires("moto", "sshd")
def test_the_command_tells_who_changed_what(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PACE", 0.0)
    monkeypatch.setenv("SSHWIZARD_AWS_REGION", REGION)
    stage.revoke()
    stage.ec2.stop_instances(InstanceIds=[stage.web])
    words = ["changes", *stage.target, stage.web]
    assert cli.main([*words, "--json"]) == Exit.WORKS
    told = json.loads(capsys.readouterr().out)
    assert [one["event"] for one in told["events"]][:2] == ["StopInstances", "RevokeSecurityGroupIngress"]
    assert told["events"][1]["resource"] == stage.net.group
    assert told["events"][1]["who"] == "dana"
    assert cli.main(words) == Exit.WORKS
    assert "dana removed an inbound rule" in capsys.readouterr().out
    assert stage.sshd.connections() == 0
    stage.aws.deny("cloudtrail:LookupEvents")
    assert cli.main(words) == Exit.CANNOT_TELL
    assert "cloudtrail:LookupEvents" in capsys.readouterr().err
