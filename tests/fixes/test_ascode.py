"""A change in an account as Terraform: HCL with the provider's resources and arguments, for every kind it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from account_effects import EVERY
from hcl import Hcl

from sshwizard.fixes import FIXES, Refusal, ascode, lines

from .plans import PLANS, at, stands

ARGUMENTS: dict[str, set[str]] = {
    "aws_vpc_security_group_ingress_rule": {"security_group_id", "description", "cidr_ipv4", "cidr_ipv6",
                                            "referenced_security_group_id", "prefix_list_id", "ip_protocol",
                                            "from_port", "to_port"},
    "aws_network_acl_rule": {"network_acl_id", "rule_number", "egress", "protocol", "rule_action", "cidr_block",
                             "ipv6_cidr_block", "from_port", "to_port"},
    "aws_route": {"route_table_id", "destination_cidr_block", "destination_ipv6_cidr_block", "gateway_id"},
    "aws_internet_gateway": {"vpc_id"},
    "aws_eip": {"domain", "instance"},
    "aws_security_group": {"name", "description", "vpc_id"},
    "aws_ec2_instance_connect_endpoint": {"subnet_id", "security_group_ids", "preserve_client_ip"},
    "aws_iam_role": {"name", "assume_role_policy"},
    "aws_iam_role_policy_attachment": {"role", "policy_arn"},
    "aws_iam_instance_profile": {"name", "role"},
    "aws_ec2_serial_console_access": {"enabled"},
    "aws_ebs_snapshot": {"volume_id", "description"},
    "aws_ebs_volume": {"availability_zone", "type", "snapshot_id"},
    "aws_volume_attachment": {"device_name", "instance_id", "volume_id"},
}  # fmt: skip
"""The provider's documentation (registry.terraform.io/providers/hashicorp/aws)."""


@pytest.mark.parametrize("kind", ascode._MADE)
def test_it_is_terraform_with_known_resources_and_arguments(kind: str) -> None:
    (effect,) = [one for one in EVERY if type(one).__name__ == kind]
    found: list[Any] = list(Hcl("\n".join(ascode.terraform((effect,)))).body())
    assert found
    for name, labels, body in found:
        assert name == "resource"
        assert {key for key, _, _ in body} <= ARGUMENTS[labels[0]]
    assert len({labels for _, labels, _ in found}) == len(found)


FIXED = ("allow-my-ip-in-security-group", "allow-in-network-acl", "allow-jump-host-in-security-group",
         "add-internet-route", "guide-attach-internet-gateway", "associate-elastic-ip", "attach-ssm-role",
         "create-instance-connect-endpoint", "allow-endpoint-in-security-group", "allow-instance-connect-range",
         "enable-serial-console",
         "snapshot-root-volume", "guide-debug-clone")  # fmt: skip


@pytest.mark.parametrize("id_", FIXED)
def test_every_fix_that_makes_a_thing_is_told_as_code(id_: str, tmp_path: Path) -> None:
    plan = FIXES[id_].plan(PLANS[id_](tmp_path))
    assert not isinstance(plan, Refusal)
    assert ascode.terraform(plan)


def test_what_is_no_thing_is_not_told(tmp_path: Path) -> None:
    plan = FIXES["stop-start-instance"].plan(stands(tmp_path))
    assert not isinstance(plan, Refusal)
    assert ascode.terraform(plan) == ()


@pytest.mark.parametrize(
    ("code", "says"),
    [("aws.no-internet-route", "aws_route"), ("aws.network-acl-inbound-blocks", "aws_network_acl_rule"),
     ("aws.security-group-blocks-jump-host", "referenced_security_group_id")],
)  # fmt: skip
def test_a_verdict_has_its_own_change(code: str, says: str, tmp_path: Path) -> None:
    there = stands(tmp_path, code=code)
    there = type(there)(**{**vars(there), "found": at(tmp_path, "x", **there.found.data, acl="acl-1", rule=50).found})
    assert says in "\n".join(lines("print-terraform", there))
