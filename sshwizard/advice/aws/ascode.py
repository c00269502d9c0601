"""Security groups and Instance Connect Endpoints as they stand, as Terraform: import blocks and resources.

Terraform 1.5, import; registry.terraform.io, aws_security_group, aws_vpc_security_group_ingress_rule,
aws_vpc_security_group_egress_rule, aws_ec2_instance_connect_endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sshwizard import clean
from sshwizard.advice.aws.account import Account
from sshwizard.cloud.aws.identify import Row
from sshwizard.doors.terraform import Block, Ref, Value
from sshwizard.reach.aws.connect_endpoint import USABLE

_GONE = re.compile(r"[^A-Za-z0-9_]+")


def terraform(account: Account, groups: Sequence[Row]) -> str:
    """Everything that `terraform plan` then finds to be as it is: nothing is made, all is imported."""
    names = _names(groups)
    rules: dict[str, list[Row]] = {}
    for row in account.rows("rules"):
        rules.setdefault(str(row.get("GroupId", "")), []).append(row)
    blocks: list[Block] = []
    for row in groups:
        id_ = str(row["GroupId"])
        blocks += _resource("aws_security_group", names[id_], id_, (
            ("name", _text(row, "GroupName")), ("description", _text(row, "Description")),
            ("vpc_id", _text(row, "VpcId")),
        ))  # fmt: skip
        for number, rule in enumerate(sorted(rules.get(id_, ()), key=_order), 1):
            blocks += _rule(rule, f"{names[id_]}_{number}", names)
    for row in account.rows("endpoints"):
        if row.get("State") in USABLE:
            blocks += _endpoint(row, names)
    return "\n\n".join("\n".join(block.lines()) for block in blocks)


def _names(groups: Sequence[Row]) -> Mapping[str, str]:
    """A name for each, in letters that Terraform takes; a second one of the same name gets its id."""
    found: dict[str, str] = {}
    for row in groups:
        id_ = str(row["GroupId"])
        name = _GONE.sub("_", _text(row, "GroupName")).strip("_").lower() or "group"
        name = f"g_{name}" if name[0].isdigit() else name
        found[id_] = name if name not in found.values() else f"{name}_{_GONE.sub('_', id_)}"
    return found


def _text(row: Row, key: str) -> str:
    return clean.line(str(row.get(key) or ""), 255)


def _order(row: Row) -> tuple[bool, str, int, str]:
    return bool(row.get("IsEgress")), str(row.get("IpProtocol")), int(row.get("FromPort") or 0), _source(row)[1]


def _resource(kind: str, name: str, id_: str, body: tuple[tuple[str, Value] | Block, ...]) -> Iterator[Block]:
    yield Block("import", (), (("to", Ref(f"{kind}.{name}")), ("id", id_)))
    yield Block("resource", (kind, name), body)


def _source(row: Row) -> tuple[str, str]:
    """The argument of the rule's other side, and its value."""
    other = (row.get("ReferencedGroupInfo") or {}).get("GroupId")
    found = (("cidr_ipv4", row.get("CidrIpv4")), ("cidr_ipv6", row.get("CidrIpv6")),
             ("prefix_list_id", row.get("PrefixListId")), ("referenced_security_group_id", other))  # fmt: skip
    return next(((key, str(value)) for key, value in found if value), ("cidr_ipv4", ""))


def _rule(row: Row, name: str, names: Mapping[str, str]) -> Iterator[Block]:
    key, source = _source(row)
    value: Value = Ref(f"aws_security_group.{names[source]}.id") if source in names else source
    body: list[tuple[str, Value]] = [("security_group_id", Ref(f"aws_security_group.{names[str(row['GroupId'])]}.id"))]
    if row.get("Description"):
        body.append(("description", _text(row, "Description")))
    body += [(key, value), ("ip_protocol", str(row.get("IpProtocol", "-1")))]
    if str(row.get("IpProtocol")) != "-1":
        body += [("from_port", int(row.get("FromPort") or 0)), ("to_port", int(row.get("ToPort") or 0))]
    kind = f"aws_vpc_security_group_{'egress' if row.get('IsEgress') else 'ingress'}_rule"
    yield from _resource(kind, name, str(row.get("SecurityGroupRuleId", "")), tuple(body))


def _endpoint(row: Row, names: Mapping[str, str]) -> Iterator[Block]:
    id_ = str(row["InstanceConnectEndpointId"])
    own = tuple(Ref(f"aws_security_group.{names[one]}.id") if one in names else str(one)
                for one in row.get("SecurityGroupIds", ()))  # fmt: skip
    yield from _resource("aws_ec2_instance_connect_endpoint", _GONE.sub("_", id_), id_, (
        ("subnet_id", _text(row, "SubnetId")), ("security_group_ids", own),
        ("preserve_client_ip", row.get("PreserveClientIp") is True),
    ))  # fmt: skip
