"""A change in an AWS account as Terraform for the provider hashicorp/aws: what the plan of a fix would make.

Resource and argument names: registry.terraform.io, aws_vpc_security_group_ingress_rule, aws_network_acl_rule,
aws_route, aws_internet_gateway, aws_eip, aws_ec2_instance_connect_endpoint, aws_iam_instance_profile, aws_ebs_snapshot,
aws_ebs_volume, aws_volume_attachment, aws_ec2_serial_console_access.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.doors.terraform import Block, Ref, Value
from sshwizard.effects import Effect

Pairs = tuple[tuple[str, Value], ...]


def terraform(planned: Iterable[Effect]) -> tuple[str, ...]:
    """Lines of HCL for the whole plan; none where one of its steps is no thing that Terraform makes."""
    blocks: list[list[Block]] = []
    for number, effect in enumerate(planned, 1):
        make = _MADE.get(type(effect).__name__)
        if make is None:
            return ()
        blocks.append(list(make(effect, f"ssh_{number}")))
    rows = [line for one in blocks for block in one for line in ("", *block.lines())]
    return tuple(rows[1:])


def _resource(kind: str, name: str, *pairs: tuple[str, Value]) -> Block:
    body = tuple((key, clean.line(value, 300) if isinstance(value, str) else value) for key, value in pairs)
    return Block("resource", (f"aws_{kind}", name), body)


def _family(block: str, four: str, six: str) -> tuple[str, Value]:
    return (six if ":" in block else four, block)


def _ports(low: int, high: int) -> Pairs:
    return (("ip_protocol", "tcp"), ("from_port", low), ("to_port", high))


def _rule(one: Any, name: str) -> Iterator[Block]:
    known = {"sg-": "referenced_security_group_id", "pl-": "prefix_list_id"}.get(one.source[:3])
    source = (known, one.source) if known else _family(one.source, "cidr_ipv4", "cidr_ipv6")
    yield _resource("vpc_security_group_ingress_rule", name, ("security_group_id", one.group),
                    ("description", one.note), source, *_ports(one.port, one.port))  # fmt: skip


def _entry(one: Any, name: str) -> Iterator[Block]:
    yield _resource("network_acl_rule", name, ("network_acl_id", one.acl), ("rule_number", one.number),
                    ("egress", one.egress), ("protocol", "tcp"), ("rule_action", one.action),
                    _family(one.block, "cidr_block", "ipv6_cidr_block"), ("from_port", one.low),
                    ("to_port", one.high))  # fmt: skip


def _route(one: Any, name: str) -> Iterator[Block]:
    yield _resource("route", name, ("route_table_id", one.table),
                    _family(one.block, "destination_cidr_block", "destination_ipv6_cidr_block"),
                    ("gateway_id", one.gateway))  # fmt: skip


def _gateway(one: Any, name: str) -> Iterator[Block]:
    yield _resource("internet_gateway", name, ("vpc_id", one.vpc))


def _address(one: Any, name: str) -> Iterator[Block]:
    yield _resource("eip", name, ("domain", "vpc"), ("instance", one.instance))


def _endpoint(one: Any, name: str) -> Iterator[Block]:
    own = Ref(f"aws_security_group.{name}.id")
    yield _resource("security_group", name, ("name", one.mark), ("description", one.note), ("vpc_id", one.vpc))
    yield _resource("ec2_instance_connect_endpoint", name, ("subnet_id", one.subnet), ("security_group_ids", (own,)),
                    ("preserve_client_ip", False))  # fmt: skip
    if one.group:
        yield _resource("vpc_security_group_ingress_rule", name, ("security_group_id", one.group),
                        ("description", one.note), ("referenced_security_group_id", own),
                        *_ports(one.port, one.port))  # fmt: skip


def _profile(one: Any, name: str) -> Iterator[Block]:
    """The profile with a role of the agent's; the instance takes it by its argument iam_instance_profile."""
    assume = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}  # fmt: skip
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    role = Ref(f"aws_iam_role.{name}.name")
    yield _resource("iam_role", name, ("name", one.role), ("assume_role_policy", json.dumps(assume)))
    yield _resource("iam_role_policy_attachment", name, ("role", role), ("policy_arn", policy))
    yield _resource("iam_instance_profile", name, ("name", one.role), ("role", role))


def _serial(one: Any, name: str) -> Iterator[Block]:
    yield _resource("ec2_serial_console_access", name, ("enabled", one.on))


def _snapshot(one: Any, name: str) -> Iterator[Block]:
    yield _resource("ebs_snapshot", name, ("volume_id", one.volume), ("description", one.note))


def _copy(one: Any, name: str) -> Iterator[Block]:
    yield from _snapshot(one, name)
    yield _resource("ebs_volume", name, ("availability_zone", one.zone), ("type", one.volume_type),
                    ("snapshot_id", Ref(f"aws_ebs_snapshot.{name}.id")))  # fmt: skip
    yield _resource("volume_attachment", name, ("device_name", "/dev/sdf"), ("instance_id", one.helper),
                    ("volume_id", Ref(f"aws_ebs_volume.{name}.id")))  # fmt: skip


_MADE: Mapping[str, Callable[[Any, str], Iterator[Block]]] = {
    "AllowSource": _rule,
    "AddEntry": _entry,
    "AddRoute": _route,
    "OpenGateway": _gateway,
    "GiveAddress": _address,
    "OpenEndpoint": _endpoint,
    "AttachRole": _profile,
    "SerialConsole": _serial,
    "MakeSnapshot": _snapshot,
    "LendCopy": _copy,
}
"""By the kind of effect. A start, a stop, a switch of an instance and a larger root disk are arguments of the
instance's own resource, and a repair is no thing: those have none."""
