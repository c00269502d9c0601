"""The policies and the Terraform of each door: every action exists, nothing is wider than it must be, and it is HCL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hcl import Hcl

from sshwizard.doors.policies import POLICIES, Place, note, policy
from sshwizard.doors.terraform import terraform
from sshwizard.doors.way import Shut

AT = Place(
    "123456789012", "eu-west-1", "i-0123456789abcdef0", "ec2-user", "10.0.2.5", 22, "vpc-0a", "subnet-0b", ("sg-0c",)
)
STANDING = Place(**{**vars(AT), "endpoint": "eice-0d", "endpoint_groups": ("sg-0e",)})
WITHOUT_RESOURCE = re.compile(r"ec2:(?:Describe|Get)\w+|ssm:(?:Describe|Get|List)\w+")
"""Actions that know no resource in the Service Authorization Reference, or only ids that are not known before."""
TUNNEL = "ec2-instance-connect:OpenTunnel"
"""The one action that is no operation of the API: a URL is signed for it."""


def statements(door: str, at: Place = AT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy(door, at)["Statement"]
    return found


@pytest.mark.requires("moto")
@pytest.mark.parametrize("door", POLICIES)
def test_every_action_exists(door: str) -> None:
    import botocore.session

    core = botocore.session.get_session()
    for action in {one for row in statements(door) for one in row["Action"]} - {TUNNEL}:
        service, _, operation = action.partition(":")
        assert operation in core.get_service_model(service).operation_names, action


@pytest.mark.parametrize("door", POLICIES)
def test_nothing_is_wider_than_it_must_be(door: str) -> None:
    sids = [row["Sid"] for row in statements(door)]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    for row in statements(door, STANDING):
        assert not any("*" in action for action in row["Action"])
        if row["Resource"] == ["*"]:
            assert all(WITHOUT_RESOURCE.fullmatch(action) for action in row["Action"]), row
        else:
            assert all(
                re.fullmatch(r"arn:aws:(?:ec2|ssm):eu-west-1:(?:\d{12}|\*)?:\S+", one) for one in row["Resource"]
            )
    assert json.loads(json.dumps(policy(door, AT))) == policy(door, AT)


def test_the_conditions_of_each_door() -> None:
    (push,) = [row for row in statements("eic") if row["Sid"] == "PushKey"]
    assert push["Resource"] == ["arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0"]
    assert push["Condition"] == {"StringEquals": {"ec2:osuser": "ec2-user"}}
    tunnel = statements("eice", STANDING)[0]
    assert tunnel["Resource"] == ["arn:aws:ec2:eu-west-1:123456789012:instance-connect-endpoint/eice-0d"]
    assert tunnel["Condition"] == {
        "NumericEquals": {"ec2-instance-connect:remotePort": "22"},
        "IpAddress": {"ec2-instance-connect:privateIpAddress": "10.0.2.5/32"},
        "NumericLessThanEquals": {"ec2-instance-connect:maxTunnelDuration": "3600"},
    }
    start, own, *_ = statements("ssm")
    assert start["Resource"][1] == "arn:aws:ssm:eu-west-1::document/AWS-StartSSHSession"
    assert own["Action"] == ["ssm:ResumeSession", "ssm:TerminateSession"]
    assert [one.rpartition("/")[2] for one in own["Resource"]] == ["${aws:username}-*", "${aws:userid}-*"]
    assert "ec2:GetSerialConsoleAccessStatus" in statements("serial")[1]["Action"]


def test_what_the_policy_cannot_say_is_said() -> None:
    assert "names any" in note("eice", AT)
    assert (note("eice", STANDING), note("eic", AT)) == ("", "")
    assert "AWSSupport-StartEC2RescueWorkflow" in note("runbook", AT)


def test_other_partitions_and_ports() -> None:
    china = Place(**{**vars(AT), "region": "cn-north-1"})
    assert statements("eic", china)[0]["Resource"][0].startswith("arn:aws-cn:ec2:cn-north-1:")
    with pytest.raises(Shut, match="22 and 3389 only"):
        policy("eice", Place(**{**vars(AT), "port": 2222}))


# ------------------------------------------------------------------ Terraform


ARGUMENTS = {
    "aws_security_group": {"name", "description", "vpc_id"},
    "aws_ec2_instance_connect_endpoint": {"subnet_id", "security_group_ids", "preserve_client_ip", "tags"},
    "aws_vpc_security_group_ingress_rule": {"security_group_id", "description", "referenced_security_group_id",
                                            "ip_protocol", "from_port", "to_port"},
    "aws_vpc_security_group_egress_rule": {"security_group_id", "description", "referenced_security_group_id",
                                           "ip_protocol", "from_port", "to_port"},
    "aws_iam_policy_document": {"statement"},
    "aws_iam_policy": {"name", "description", "policy"},
}  # fmt: skip
STATEMENT = {"sid", "effect", "actions", "resources", "condition"}


@pytest.mark.parametrize("at", [AT, STANDING], ids=["new", "standing"])
@pytest.mark.parametrize("door", POLICIES)
def test_it_is_terraform_with_known_resources_and_arguments(door: str, at: Place) -> None:
    text = terraform(door, at)
    blocks = list(Hcl(text).body())
    made = {f"{labels[0]}.{labels[1]}" for _, labels, _ in blocks}
    assert len(made) == len(blocks)
    for kind, (what, _), body in blocks:
        assert kind == ("data" if what == "aws_iam_policy_document" else "resource")
        names = [name for name, _, _ in body]
        assert set(names) <= ARGUMENTS[what], what
        assert what == "aws_iam_policy_document" or len(set(names)) == len(names)
    used = set(re.findall(r"\b(?:data\.)?(aws_\w+\.\w+)\.(?:id|arn|json)\b", text))
    assert used <= made
    (document,) = [body for _, labels, body in blocks if labels[0] == "aws_iam_policy_document"]
    wanted = statements(door, at)
    for (name, _, body), row in zip(document, wanted, strict=True):
        assert name == "statement"
        assert {one for one, _, _ in body} <= STATEMENT
        told = {one: value for one, _, value in body if one != "condition"}
        assert (told["sid"], told["effect"], told["actions"]) == (row["Sid"], "Allow", row["Action"])
        tests = [{key: value for key, _, value in inner} for one, _, inner in body if one == "condition"]
        assert {(one["test"], one["variable"], one["values"][0]) for one in tests} == {
            (test, variable, value) for test, pairs in row.get("Condition", {}).items()
            for variable, value in pairs.items()
        }  # fmt: skip
    assert not re.search(r"(?<!\$)\$\{", text), "IAM's variables are no template"
    assert all(line == line.rstrip() and len(line) - len(line.lstrip()) == 2 * depth for line, depth in levels(text))


def levels(text: str) -> Iterator[tuple[str, int]]:
    depth = 0
    for line in text.splitlines():
        depth -= line.strip() == "}"
        if line:
            yield line, depth
        depth += line.endswith("{")


def test_the_endpoint_and_its_rules() -> None:
    text = terraform("eice", AT)
    kinds = re.findall(r'^resource "(\w+)"', text, re.M)
    assert kinds == ["aws_security_group", "aws_ec2_instance_connect_endpoint", "aws_vpc_security_group_egress_rule",
                     "aws_vpc_security_group_ingress_rule", "aws_iam_policy"]  # fmt: skip
    assert "resources = [aws_ec2_instance_connect_endpoint.ssh.arn]" in text
    standing = terraform("eice", STANDING)
    assert '"aws_ec2_instance_connect_endpoint"' not in standing
    assert 'referenced_security_group_id = "sg-0e"' in standing
    assert "instance-connect-endpoint/eice-0d" in standing
    assert "cidr" not in text + standing
    hostile = terraform("eic", Place(**{**vars(AT), "user": 'a"}\n${file("/etc/passwd")}'}))
    assert list(Hcl(hostile).body())
    assert "$${file(" in hostile
