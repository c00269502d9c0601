"""The same policies, and the Instance Connect Endpoint with its rules, as Terraform for the provider hashicorp/aws.

Resource and argument names: registry.terraform.io, aws_ec2_instance_connect_endpoint, aws_security_group,
aws_vpc_security_group_ingress_rule, aws_vpc_security_group_egress_rule, aws_iam_policy_document, aws_iam_policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sshwizard.doors.policies import Place, Statement, named, policy


@dataclass(frozen=True)
class Ref:
    """An expression, which is no text."""

    text: str


Value = str | int | bool | Ref | Sequence["str | Ref"]


@dataclass(frozen=True)
class Block:
    """One block of HCL."""

    kind: str
    labels: tuple[str, ...] = ()
    body: tuple[tuple[str, Value] | Block, ...] = field(default=())

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As `terraform fmt` would have it: two spaces a level, and the signs of one paragraph below each other."""
        pad, inner = "  " * depth, "  " * (depth + 1)
        yield pad + " ".join((self.kind, *(json.dumps(label) for label in self.labels), "{"))
        first = True
        for block, rows in groupby(self.body, lambda row: isinstance(row, Block)):
            parts = list(rows)
            if block:
                for one in parts:
                    if not first:
                        yield ""
                    first = False
                    if isinstance(one, Block):
                        yield from one.lines(depth + 1)
                continue
            pairs = [one for one in parts if not isinstance(one, Block)]
            width = max(len(key) for key, _ in pairs)
            yield from (f"{inner}{key:<{width}} = {_value(value)}" for key, value in pairs)
            first = False
        yield f"{pad}}}"


def _value(value: Value) -> str:
    if isinstance(value, Ref):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        # IAM's own variables are no template of Terraform's.
        return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return f"[{', '.join(_value(one) for one in value)}]"


_ENDPOINT = "aws_ec2_instance_connect_endpoint.ssh"
_GROUP = Ref("aws_security_group.ssh_endpoint.id")


def terraform(door: str, at: Place) -> str:
    """Everything that this door needs of the account. Raises Shut where the door cannot lead there."""
    statements = policy(door, at)["Statement"]
    blocks: list[Block] = []
    if door == "eice":
        blocks += (
            _rules(at, *(Ref(json.dumps(one)) for one in at.endpoint_groups[:1])) if at.endpoint else _endpoint(at)
        )
    name = f"ssh_{door.replace('-', '_')}"
    new = door == "eice" and not at.endpoint
    document = tuple(_statement(one, Ref(f"{_ENDPOINT}.arn") if new else None) for one in statements)
    blocks += (
        Block("data", ("aws_iam_policy_document", name), document),
        Block("resource", ("aws_iam_policy", name), (
            ("name", named(at, door)),
            ("description", f"Lets in to {at.instance} through {door}, and no further"),
            ("policy", Ref(f"data.aws_iam_policy_document.{name}.json")),
        )),
    )  # fmt: skip
    return "\n\n".join("\n".join(block.lines()) for block in blocks)


def endpoint(at: Place) -> str:
    """A new endpoint in the instance's subnet, with its group and the rules, alone."""
    return "\n\n".join("\n".join(block.lines()) for block in _endpoint(at))


def _endpoint(at: Place) -> list[Block]:
    """The endpoint in the instance's subnet, with a group of its own that lets nothing in."""
    tags = Block("tags =", (), (("Name", f"ssh-{at.vpc}"),))
    group = Block("resource", ("aws_security_group", "ssh_endpoint"), (
        ("name", f"ssh-endpoint-{at.vpc}"),
        ("description", "EC2 Instance Connect Endpoint: out to SSH, and nothing in"),
        ("vpc_id", at.vpc),
    ))  # fmt: skip
    endpoint = Block("resource", ("aws_ec2_instance_connect_endpoint", "ssh"), (
        ("subnet_id", at.subnet),
        ("security_group_ids", (_GROUP,)),
        ("preserve_client_ip", False),
        tags,
    ))  # fmt: skip
    return [group, endpoint, *_rules(at, _GROUP)]


def _rules(at: Place, endpoint: Ref | None = None) -> list[Block]:
    """From the endpoint's group to the instance's, and nowhere else."""
    if endpoint is None or not at.groups:
        return []
    port: tuple[tuple[str, Value], ...] = (("ip_protocol", "tcp"), ("from_port", at.port), ("to_port", at.port))
    out = Block("resource", ("aws_vpc_security_group_egress_rule", "ssh_to_instance"), (
        ("security_group_id", endpoint),
        ("description", f"SSH to {at.instance}"),
        ("referenced_security_group_id", at.groups[0]),
        *port,
    ))  # fmt: skip
    into = Block("resource", ("aws_vpc_security_group_ingress_rule", "ssh_from_endpoint"), (
        ("security_group_id", at.groups[0]),
        ("description", "SSH from the EC2 Instance Connect Endpoint"),
        ("referenced_security_group_id", endpoint),
        *port,
    ))  # fmt: skip
    return [out, into]


def _statement(one: Statement, endpoint: Ref | None) -> Block:
    """`endpoint`: the one that is made here, in place of any."""
    resources: list[str | Ref] = list(one["Resource"])
    if endpoint and one["Sid"] == "OpenTunnel":
        resources = [endpoint]
    conditions = tuple(
        Block("condition", (), (("test", test), ("variable", variable), ("values", (value,))))
        for test, row in one.get("Condition", {}).items()
        for variable, value in row.items()
    )
    body = (("sid", one["Sid"]), ("effect", one["Effect"]), ("actions", one["Action"]), ("resources", resources))
    return Block("statement", (), (*body, *conditions))
