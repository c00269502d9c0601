"""The rules of an account as lines of evidence: security groups, network ACLs, routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row, name_of
from sshwizard.probes.aws.asked import as_typed
from sshwizard.reach.aws import Reason, Rule

_PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}


def named(rows: Mapping[str, Any], list_: str, key: str, id_: str) -> str:
    """An id, with the name that people gave it."""
    row = _row(rows, list_, key, id_)
    name = str(row.get("GroupName", "")) or name_of(row)
    return clean.line(f"{id_} {name}".strip(), 100)


def rule(rows: Mapping[str, Any], one: Rule) -> str:
    """One security group rule: `sg-0a1 web: tcp 22 from 86.14.77.90/32 (dev laptop)`."""
    about = f" ({one.description})" if one.description else ""
    way = "to" if one.egress else "from"
    words = f"{named(rows, 'SecurityGroups', 'GroupId', one.group)}: {_ports(one.protocol, one.low, one.high)}"
    return clean.line(f"{words} {way} {one.source}{about}", 160)


def inbound(rows: Mapping[str, Any], groups: Iterable[str]) -> Iterator[str]:
    """Every inbound rule of these groups; a group without one says so."""
    for id_ in groups:
        group = _row(rows, "SecurityGroups", "GroupId", id_)
        name = named(rows, "SecurityGroups", "GroupId", id_)
        permissions = group.get("IpPermissions", ())
        if group and not permissions:
            yield f"{name}: no inbound rule"
        for one in permissions:
            ports = _ports(str(one.get("IpProtocol", "")), one.get("FromPort"), one.get("ToPort"))
            for source, about in _sources(one):
                yield clean.line(f"{name}: {ports} from {source}{f' ({about})' if about else ''}", 160)


def _sources(permission: Row) -> Iterator[tuple[str, str]]:
    kinds = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"),
             ("UserIdGroupPairs", "GroupId"))  # fmt: skip
    for list_, key in kinds:
        for row in permission.get(list_, ()):
            yield str(row.get(key, "")), str(row.get("Description", ""))


def entries(rows: Mapping[str, Any], acl: str, *, egress: bool, most: int = 4) -> Iterator[str]:
    """The first entries of a network ACL, in the order in which they are tried."""
    row = _row(rows, "NetworkAcls", "NetworkAclId", acl)
    mine = [one for one in row.get("Entries", ()) if bool(one.get("Egress")) is egress]
    for one in sorted(mine, key=lambda one: int(one.get("RuleNumber", 0)))[:most]:
        ports = one.get("PortRange") or {}
        what = _ports(str(one.get("Protocol", "")), ports.get("From"), ports.get("To"))
        number = one.get("RuleNumber", 0)
        order = "*" if number == 32767 else str(number)
        peer = one.get("CidrBlock") or one.get("Ipv6CidrBlock", "")
        way = "out to" if egress else "in from"
        yield clean.line(f"{acl} rule {order}: {one.get('RuleAction', '')} {what} {way} {peer}", 160)


def routes(rows: Mapping[str, Any], table: str) -> Iterator[str]:
    """The routes of a table."""
    row = _row(rows, "RouteTables", "RouteTableId", table)
    for one in row.get("Routes", ()):
        to = (
            one.get("DestinationCidrBlock") or one.get("DestinationIpv6CidrBlock") or one.get("DestinationPrefixListId")
        )
        hop = next((one[key] for key in _HOPS if one.get(key)), "nowhere")
        state = " (blackhole)" if one.get("State") == "blackhole" else ""
        yield clean.line(f"{table}: {to} to {hop}{state}", 160)


_HOPS = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId",
         "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn")  # fmt: skip


def lines(rows: Mapping[str, Any], reason: Reason) -> tuple[str, ...]:
    """The rules that decide a reason."""
    kind, first = reason.code.partition(".")[0], next(iter(reason.resources), "")
    if kind == "sg":
        near = tuple(rule(rows, miss.rule) for miss in reason.near)
        return near[:5] or tuple(inbound(rows, reason.resources))[:5]
    if kind == "nacl":
        return tuple(entries(rows, first, egress=bool(reason.detail.get("egress"))))
    if kind == "route":
        return tuple(routes(rows, first))[:6]
    return (clean.line(f"{reason.code}: {', '.join(reason.resources)}", 160),)


def command(reason: Reason, region: str) -> str:
    """What a person could run to see the same."""
    kind, first = reason.code.partition(".")[0], next(iter(reason.resources), "")
    calls: dict[str, tuple[str, ...]] = {
        "sg": ("describe-security-groups", "--group-ids", *reason.resources),
        "nacl": ("describe-network-acls", "--network-acl-ids", first),
        "route": ("describe-route-tables", "--route-table-ids", first),
        "edge": ("describe-route-tables", "--route-table-ids", first),
        "igw": ("describe-internet-gateways", "--filters", f"Name=attachment.vpc-id,Values={first}"),
        "bpa": ("describe-vpc-block-public-access-options",),
        "instance": ("describe-instances", "--instance-ids", first),
        "address": ("describe-network-interfaces", "--network-interface-ids", first),
    }
    return as_typed("ec2", *calls[kind], "--region", region) if kind in calls else ""


def _row(rows: Mapping[str, Any], list_: str, key: str, id_: str) -> Row:
    return next((row for row in rows.get(list_, ()) if row.get(key) == id_), {})


def _ports(protocol: str, low: Any, high: Any) -> str:
    name = _PROTOCOLS.get(protocol, protocol)
    if name == "all" or low in {None, -1} or (low, high) == (0, 65535):
        return "all traffic" if name == "all" else f"{name} all ports"
    return f"{name} {low}" if low == high else f"{name} {low}-{high}"
