"""The answers of the describe_* calls, indexed. The lists stay as the API gave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sshwizard.reach.aws.fields import Row, listed, number, part, rows, text
from sshwizard.reach.blocks import Block, blocks

OPTIONAL = ("VpcEndpoints", "Bpa", "NatGateways")
"""Lists that most worlds leave out: missing is taken as empty, and said (`Path.assumed`). None is unreadable."""


_GONE = {"disassociating", "disassociated", "failing", "failed"}
"""States of an association that does not hold, or not for long."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface."""

    id: str
    vpc: str
    subnet: str
    owner: str
    device: int
    """DeviceIndex: 0 is the primary one."""
    groups: tuple[str, ...] | None
    """None when the answer does not name them."""
    addresses: tuple[tuple[str, str, bool], ...]
    """Private IPv4 address, its public address or "", and whether it is the primary one; the primary one first."""
    ipv6: tuple[str, ...]


class World:
    """What the API said. Nothing of it is changed; what is derived is kept, so that many questions cost little.

    A list that is None, or missing and not optional, could not be read; an empty list was read.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.memo: dict[Any, Any] = {}
        """What the checks derived: compiled rules, verdicts of groups."""

    # -------------------------------------------------------------- what if

    def with_list(self, name: str, rows_: Any) -> World:
        """The same world with another list; None: one that cannot be read."""
        return World({**self.answers, name: rows_})

    def with_rule(self, group: str, permission: Row, *, egress: bool = False) -> World:
        """The same world with one more IpPermission in a security group."""
        name = "IpPermissionsEgress" if egress else "IpPermissions"
        groups = [
            {**row, name: [*rows(row, name), permission]} if text(row, "GroupId") == group else row
            for row in self.rows("SecurityGroups")
        ]
        return self.with_list("SecurityGroups", groups)

    # -------------------------------------------------------------- lists

    def readable(self, name: str) -> bool:
        """False when a list could not be read."""
        return listed(self.answers, name) or (name in OPTIONAL and name not in self.answers)

    def given(self, name: str) -> bool:
        """False when an optional list was left out."""
        return name in self.answers

    def rows(self, name: str) -> list[Row]:
        """A list, empty when it could not be read."""
        return rows(self.answers, name)

    def in_vpc(self, name: str, vpc: str) -> list[Row]:
        """The rows of a list that belong to a VPC."""
        key = ("in_vpc", name)
        if key not in self.memo:
            found: dict[str, list[Row]] = {}
            for row in self.rows(name):
                found.setdefault(text(row, "VpcId"), []).append(row)
            self.memo[key] = found
        held: list[Row] = self.memo[key].get(vpc, [])
        return held

    def _by(self, name: str, id_: str) -> dict[str, Row]:
        return {text(row, id_): row for row in self.rows(name) if text(row, id_)}

    @cached_property
    def instances(self) -> dict[str, Row]:
        """By id."""
        return self._by("Instances", "InstanceId")

    @cached_property
    def subnets(self) -> dict[str, Row]:
        """By id."""
        return self._by("Subnets", "SubnetId")

    @cached_property
    def groups(self) -> dict[str, Row]:
        """Security groups by id."""
        return self._by("SecurityGroups", "GroupId")

    @cached_property
    def nat_gateways(self) -> dict[str, Row]:
        """By id."""
        return self._by("NatGateways", "NatGatewayId")

    # -------------------------------------------------------------- prefix lists

    def prefix_list(self, id_: str) -> tuple[Block, ...] | None:
        """The entries of a prefix list; None when they could not be read."""
        key = ("prefix_list", id_)
        if key not in self.memo:
            lists = part(self.answers, "PrefixLists")
            entries = lists.get(id_) if listed(lists, id_) else None
            found = blocks(text(one, "Cidr") if isinstance(one, Mapping) else one for one in entries or ())
            self.memo[key] = found if entries is not None and len(found) == len(entries) else None
        kept: tuple[Block, ...] | None = self.memo[key]
        return kept

    # -------------------------------------------------------------- networks

    def networks(self, vpc: str) -> tuple[Block, ...]:
        """The address blocks of a VPC."""
        key = ("networks", vpc)
        if key not in self.memo:
            self.memo[key] = blocks(cidr for row in self.in_vpc("Vpcs", vpc) for cidr in _cidrs(row))
        found: tuple[Block, ...] = self.memo[key]
        return found

    def subnet_holding(self, vpc: str, one: Block) -> str:
        """The id of the subnet of a VPC in which an address lies, or ""."""
        for row in self.in_vpc("Subnets", vpc):
            if any(net.holds(one) for net in self.subnet_blocks(text(row, "SubnetId"))):
                return text(row, "SubnetId")
        return ""

    def subnet_blocks(self, subnet: str) -> tuple[Block, ...]:
        """The address blocks of a subnet."""
        row = self.subnets.get(subnet)
        return blocks(_cidrs(row)) if row else ()

    def owner(self, interface: Interface) -> dict[str, Any]:
        """For a reason: the account that owns the subnet of an interface, where that is another one (VPC sharing)."""
        other = text(self.subnets.get(interface.subnet, {}), "OwnerId")
        return {"owner": other} if other and interface.owner and other != interface.owner else {}

    # -------------------------------------------------------------- network interfaces

    def interfaces(self, instance: Row) -> tuple[Interface, ...]:
        """The interfaces of an instance, the primary one first; made from the instance's own fields if none is told."""
        found = [_interface(row, instance) for row in rows(instance, "NetworkInterfaces")]
        return tuple(sorted(found, key=lambda one: (one.device, one.id))) or (_only(instance),)

    def interface_at(self, vpc: str, one: Block) -> Interface | None:
        """The interface that has a private address (or an IPv6 address) in a VPC."""
        return self._at.get((vpc, one))

    @cached_property
    def interfaces_by_id(self) -> dict[str, Interface]:
        """Every interface of the answers."""
        return {one.id: one for one in self._all_interfaces()}

    @cached_property
    def _at(self) -> dict[tuple[str, Block], Interface]:
        return {
            (one.vpc, place): one
            for one in self._all_interfaces()
            for place in blocks((*(private for private, _, _ in one.addresses), *one.ipv6))
        }

    def _all_interfaces(self) -> Iterable[Interface]:
        for row in self.rows("NetworkInterfaces"):
            yield _interface(row, {})
        for instance in self.rows("Instances"):
            for row in rows(instance, "NetworkInterfaces"):
                yield _interface(row, instance)


def _interface(row: Row, instance: Row) -> Interface:
    device = number(part(row, "Attachment"), "DeviceIndex") or 0
    addresses = [
        (text(one, "PrivateIpAddress"), text(one, "Association", "PublicIp"), one.get("Primary") is True)
        for one in rows(row, "PrivateIpAddresses")
        if text(one, "PrivateIpAddress")
    ]
    if not addresses and text(row, "PrivateIpAddress"):
        addresses = [(text(row, "PrivateIpAddress"), text(row, "Association", "PublicIp"), True)]
    ipv6 = [(one.get("IsPrimaryIpv6") is not True, text(one, "Ipv6Address")) for one in rows(row, "Ipv6Addresses")]
    groups: tuple[str, ...] | None = None
    if listed(row, "Groups"):
        groups = _ids(row, "Groups")
    elif device == 0 and listed(instance, "SecurityGroups"):
        groups = _ids(instance, "SecurityGroups")
    return Interface(
        text(row, "NetworkInterfaceId"),
        text(row, "VpcId") or text(instance, "VpcId"),
        text(row, "SubnetId"),
        text(row, "OwnerId") or text(instance, "OwnerId"),
        device,
        groups,
        tuple(sorted(addresses, key=lambda one: (not one[2], one[0]))),
        tuple(one for _, one in sorted(ipv6) if one),
    )


def _only(instance: Row) -> Interface:
    """The interface of an instance whose answer lists none: a terminated one, or a shortened answer."""
    private, ipv6 = text(instance, "PrivateIpAddress"), text(instance, "Ipv6Address")
    return Interface(
        "",
        text(instance, "VpcId"),
        text(instance, "SubnetId"),
        text(instance, "OwnerId"),
        0,
        _ids(instance, "SecurityGroups") if listed(instance, "SecurityGroups") else None,
        ((private, text(instance, "PublicIpAddress"), True),) if private else (),
        (ipv6,) if ipv6 else (),
    )


def _ids(row: Row, name: str) -> tuple[str, ...]:
    return tuple(text(one, "GroupId") for one in rows(row, name) if text(one, "GroupId"))


def _cidrs(row: Row) -> Iterable[str]:
    """The blocks of a VPC, a subnet, or one side of a peering."""
    yield text(row, "CidrBlock")
    for one in rows(row, "CidrBlockAssociationSet"):
        if text(one, "CidrBlockState", "State") not in _GONE:
            yield text(one, "CidrBlock")
    for one in rows(row, "CidrBlockSet"):
        yield text(one, "CidrBlock")
    for name in ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockSet"):
        for one in rows(row, name):
            if text(one, "Ipv6CidrBlockState", "State") not in _GONE:
                yield text(one, "Ipv6CidrBlock")


def cidrs(row: Row) -> tuple[Block, ...]:
    """The address blocks that a VPC, a subnet, or one side of a peering names."""
    return blocks(_cidrs(row))


def associated(row: Row) -> bool:
    """False for an association of a route table that is going or gone."""
    return text(row, "AssociationState", "State") not in _GONE
