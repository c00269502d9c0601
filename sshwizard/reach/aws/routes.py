"""Route tables: which one a subnet has, and which of its routes an address takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sshwizard.reach.aws.fields import Row, listed, rows, text
from sshwizard.reach.aws.world import World, associated
from sshwizard.reach.blocks import BITS, Block, block

Via = Literal["local", "igw", "vgw", "nat", "eigw", "tgw", "pcx", "eni", "vpce", "other"]

_TARGETS: tuple[tuple[str, Via], ...] = (
    ("NatGatewayId", "nat"),
    ("EgressOnlyInternetGatewayId", "eigw"),
    ("TransitGatewayId", "tgw"),
    ("CoreNetworkArn", "tgw"),  # Cloud WAN: a transit network, too
    ("VpcPeeringConnectionId", "pcx"),
    ("NetworkInterfaceId", "eni"),
    ("InstanceId", "eni"),
    ("VpcEndpointId", "vpce"),
)
_GATEWAYS: dict[str, Via] = {"igw": "igw", "vgw": "vgw", "vpce": "vpce", "eigw": "eigw"}

STATIC, PREFIX_LIST, PROPAGATED = range(3)
"""What wins among routes for the same block: the smaller."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A route, as one address takes it."""

    via: Via
    target: str
    """The id of the next hop."""
    destination: str
    """The CIDR or prefix list that matched."""
    blackhole: bool
    rank: int


@dataclass(frozen=True, slots=True)
class Table:
    """A route table, compiled."""

    id: str
    routes: tuple[tuple[Block, Hop], ...]
    unreadable: tuple[Hop, ...]
    """Routes for prefix lists whose entries are not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """The route for an address."""

    table: str
    hop: Hop | None
    perhaps: tuple[Hop, ...] = ()
    """Routes that would win instead if their unreadable prefix list held the address."""

    @property
    def detail(self) -> dict[str, Any]:
        """For a reason: the route as it stands in the table."""
        return {"destination": self.hop.destination, "target": self.hop.target} if self.hop else {}


def table_of(world: World, subnet: str, vpc: str) -> Table | None:
    """The table of a subnet: its own, else the VPC's main one. None when the answers hold neither."""
    if "tables" not in world.memo:
        tables: dict[str, Row] = {}
        for row in world.rows("RouteTables"):
            for one in rows(row, "Associations"):
                if associated(one):
                    if text(one, "SubnetId"):
                        tables[text(one, "SubnetId")] = row
                    elif one.get("Main") is True:
                        tables[f"main of {text(row, 'VpcId')}"] = row
        world.memo["tables"] = tables
    known: dict[str, Row] = world.memo["tables"]
    row_ = (known.get(subnet) or known.get(f"main of {vpc}")) if subnet else None
    return compiled(world, row_) if row_ and listed(row_, "Routes") else None


def edge_table(world: World, gateway: str) -> Table | None:
    """The table that is associated with a gateway itself: where what comes in goes."""
    for row in world.rows("RouteTables"):
        if any(text(one, "GatewayId") == gateway and associated(one) for one in rows(row, "Associations")):
            return compiled(world, row)
    return None


def compiled(world: World, row: Row) -> Table:
    """A row of describe_route_tables."""
    key = ("table", id(row))
    if key not in world.memo:
        routes: list[tuple[Block, Hop]] = []
        unreadable: list[Hop] = []
        for route in rows(row, "Routes"):
            if text(route, "State") == "filtered":
                continue
            hop = _hop(route)
            if list_ := text(route, "DestinationPrefixListId"):
                entries = world.prefix_list(list_)
                routes += [(one, hop) for one in entries or ()]
                if entries is None:
                    unreadable.append(hop)
            elif one_ := block(hop.destination):
                routes.append((one_, hop))
        world.memo[key] = Table(text(row, "RouteTableId"), tuple(routes), tuple(unreadable))
    found: Table = world.memo[key]
    return found


def _hop(route: Row) -> Hop:
    via, target = _target(route)
    list_ = text(route, "DestinationPrefixListId")
    destination = list_ or text(route, "DestinationCidrBlock") or text(route, "DestinationIpv6CidrBlock")
    propagated = text(route, "Origin") == "EnableVgwRoutePropagation"
    rank = PROPAGATED if propagated else PREFIX_LIST if list_ else STATIC
    return Hop(via, target, destination, text(route, "State") == "blackhole", rank)


def _target(route: Row) -> tuple[Via, str]:
    for name, via in _TARGETS:
        if target := text(route, name):
            return via, target
    gateway = text(route, "GatewayId")
    if gateway == "local":
        return "local", gateway
    return _GATEWAYS.get(gateway.partition("-")[0], "other"), gateway


def lookup(table: Table, one: Block) -> Found:
    """The longest prefix wins, also as a blackhole; among equals static, then prefix list, then propagated."""
    matching = [(found.length, -hop.rank, hop) for found, hop in table.routes if found.holds(one)]
    if not matching:
        return Found(table.id, None, _perhaps(table))
    length, _, best = max(matching, key=lambda row: (row[0], row[1], row[2].target))
    local = [row for row in matching if row[2].via == "local"]
    if best.rank == PROPAGATED and local:  # a propagated route never leads out of the VPC's own block
        length, _, best = max(local, key=lambda row: row[0])
    decided = length == BITS[one.family] and best.rank == STATIC
    return Found(table.id, best, () if decided else _perhaps(table))


def _perhaps(table: Table) -> tuple[Hop, ...]:
    """Routes for unreadable lists. That of a gateway endpoint is left out: it holds a storage service."""
    return tuple(hop for hop in table.unreadable if hop.via != "vpce")
