"""Saved questions, and a world to change: one VPC, a public and a private subnet, one healthy instance."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshwizard.reach.aws import Answer, Query, World, evaluate
from sshwizard.reach.aws.codes import KINDS, meaning

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "reach" / "aws.json").read_text())[
    "vectors"
]
ME, ME6 = "203.0.113.7", "2001:db8:99::7"
ACCOUNT = "123456789012"

Raw = dict[str, Any]


def healthy() -> Raw:
    """A new copy of the world in which everything is fine."""
    return copy.deepcopy(VECTORS[0]["world"])


def question(vector: Mapping[str, Any]) -> Query:
    """The question of a vector."""
    return Query(kind=vector["kind"], **vector["query"])


@dataclass(frozen=True)
class Told:
    """An answer, as codes."""

    verdict: str
    blockers: set[str]
    unknown: set[str]
    partial: set[str]
    warnings: set[str]
    endpoint: str | None


def told(answer: Answer) -> Told:
    """The codes of the best path. Every code of every path must be one of the table."""
    for path in answer.paths:
        for kind in KINDS:
            for reason in getattr(path, kind):
                assert meaning(kind, reason.code), f"{reason.code} is not among the {kind} of codes.py"
    best = answer.best
    blockers, unknown, partial, warnings = ({reason.code for reason in getattr(best, kind)} for kind in KINDS)
    return Told(answer.verdict, blockers, unknown, partial, warnings, best.endpoint)


def ask(world: Raw, source: str = ME, port: int = 22, client: str = "nat", kind: str = "internet") -> Told:
    """What is said about the instance of `healthy`."""
    return told(judged(world, source, port, client, kind))


def judged(world: Raw, source: str = ME, port: int = 22, client: str = "nat", kind: str = "internet") -> Answer:
    """The whole answer."""
    return evaluate(World(world), Query("i-1", source, port, client, kind))  # type: ignore[arg-type]


# ------------------------------------------------------------------ parts


def cidr(source: str, ports: tuple[int, int] | None = (22, 22), protocol: str = "tcp", about: str = "") -> Raw:
    """A permission for addresses."""
    name, key = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    span = {"FromPort": ports[0], "ToPort": ports[1]} if ports else {}
    return {"IpProtocol": protocol, name: [{key: source, "Description": about}], **span}


def of_group(group: str, port: int = 22) -> Raw:
    """A permission for a security group."""
    pair = {"GroupId": group, "UserId": ACCOUNT}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [pair]}


def of_list(id_: str, port: int = 22) -> Raw:
    """A permission for a prefix list."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "PrefixListIds": [{"PrefixListId": id_}]}


def group(id_: str, *ingress: Raw, egress: tuple[Raw, ...] | None = None, vpc: str = "vpc-1") -> Raw:
    """A security group; without `egress` it lets everything out."""
    out = (cidr("0.0.0.0/0", None, "-1"), cidr("::/0", None, "-1")) if egress is None else egress
    return {"GroupId": id_, "VpcId": vpc, "IpPermissions": list(ingress), "IpPermissionsEgress": list(out)}


def entry(
    number: int,
    action: str,
    cidr_: str,
    ports: tuple[int, int] | None = None,
    *,
    egress: bool = False,
    protocol: str = "",
) -> Raw:
    """One rule of a network ACL."""
    row: Raw = {"RuleNumber": number, "RuleAction": action, "Egress": egress, "Protocol": protocol or "-1"}
    row["Ipv6CidrBlock" if ":" in cidr_ else "CidrBlock"] = cidr_
    if ports:
        row |= {"PortRange": {"From": ports[0], "To": ports[1]}, "Protocol": protocol or "6"}
    return row


ALL_IN = entry(100, "allow", "0.0.0.0/0")
ALL_OUT = entry(100, "allow", "0.0.0.0/0", egress=True)


def acl(world: Raw, subnet: str, *entries: Raw) -> Raw:
    """The world with a network ACL of its own for a subnet."""
    for row in world["NetworkAcls"]:
        row["Associations"] = [one for one in row["Associations"] if one["SubnetId"] != subnet]
    world["NetworkAcls"].append(
        {
            "NetworkAclId": f"acl-{subnet}",
            "VpcId": "vpc-1",
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet}],
            "Entries": list(entries),
        }
    )
    return world


def route(destination: str, state: str = "active", origin: str = "CreateRoute", **target: str) -> Raw:
    """One route."""
    kind = "PrefixListId" if destination.startswith("pl-") else "Ipv6CidrBlock" if ":" in destination else "CidrBlock"
    return {f"Destination{kind}": destination, "State": state, "Origin": origin, **target}


LOCAL = route("10.0.0.0/16", origin="CreateRouteTable", GatewayId="local")


def routes(world: Raw, *rows: Raw, subnet: str = "subnet-pub", keep: bool = False) -> Raw:
    """The world with these routes for a subnet, beside the local one; `keep`: and beside those that it has."""
    for row in world["RouteTables"]:
        if any(one.get("SubnetId") == subnet for one in row["Associations"]):
            row["Routes"] = [*(row["Routes"] if keep else [LOCAL]), *rows]
            return world
    table = f"rtb-{subnet}"
    own = {"Main": False, "SubnetId": subnet, "RouteTableId": table}
    world["RouteTables"].append(
        {"RouteTableId": table, "VpcId": "vpc-1", "Associations": [own], "Routes": [LOCAL, *rows]}
    )
    return world


def eni(
    id_: str,
    address: str,
    *groups: str,
    subnet: str = "subnet-pub",
    vpc: str = "vpc-1",
    device: int = 0,
    public: str = "",
) -> Raw:
    """A network interface."""
    private: Raw = {"PrivateIpAddress": address, "Primary": True}
    if public:
        private["Association"] = {"PublicIp": public}
    return {
        "NetworkInterfaceId": id_,
        "SubnetId": subnet,
        "VpcId": vpc,
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [private],
        "Ipv6Addresses": [],
        "Groups": [{"GroupId": one} for one in groups],
        "Attachment": {"DeviceIndex": device},
    }


def instance(world: Raw) -> Raw:
    """The instance, to be changed."""
    row: Raw = world["Instances"][0]
    return row


def interface(world: Raw) -> Raw:
    """Its primary interface, to be changed."""
    row: Raw = instance(world)["NetworkInterfaces"][0]
    return row


def let_in(world: Raw, *permissions: Raw) -> Raw:
    """The world in which the instance's group has just these permissions."""
    world["SecurityGroups"][0]["IpPermissions"] = list(permissions)
    return world


def v6(world: Raw) -> Raw:
    """The world with an IPv6 address that everybody may connect to."""
    interface(world)["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8:1:1::10"}]
    return let_in(world, cidr("::/0"))
