"""VPC peering: active, with a route both ways, and no way through to a third network."""

from __future__ import annotations

from sshwizard.reach.aws.answer import Findings
from sshwizard.reach.aws.fields import Row, part, text
from sshwizard.reach.aws.routes import Table, compiled, lookup, table_of
from sshwizard.reach.aws.world import World, cidrs
from sshwizard.reach.blocks import Block

LIVING = {"active", "pending-acceptance", "provisioning", "initiating-request"}
"""States of a peering that is or may still become one; the others linger in the answers for a while."""


def peers(world: World, vpc: str, origin: Block | None = None) -> tuple[str, ...]:
    """The VPCs that are peered with `vpc`; with `origin` only those that hold it."""
    found = set()
    for row in world.rows("VpcPeeringConnections"):
        other, blocks = _other_side(world, row, vpc)
        if other and (origin is None or any(one.holds(origin) for one in blocks)):
            found.add(other)
    return tuple(sorted(found))


def check(found: Findings, world: World, vpc: str, pcx: str, origin: Block, here: Block | None) -> None:
    """The peering that a return route names."""
    rows = [row for row in world.rows("VpcPeeringConnections") if text(row, "VpcPeeringConnectionId") == pcx]
    if not rows:
        found.doubt("unreadable.vpc_peering_connections", pcx)
        return
    _check(found, world, vpc, rows[0], origin, here)


def check_without_route(found: Findings, world: World, vpc: str, origin: Block, here: Block | None) -> None:
    """No route leads back: what else the peering with the source's VPC would need, if there is one."""
    for row in world.rows("VpcPeeringConnections"):
        _, blocks = _other_side(world, row, vpc)
        if any(one.holds(origin) for one in blocks) and text(row, "Status", "Code") in LIVING:
            _check(found, world, vpc, row, origin, here)


def _check(found: Findings, world: World, vpc: str, row: Row, origin: Block, here: Block | None) -> None:
    pcx, status = text(row, "VpcPeeringConnectionId"), text(row, "Status", "Code").lower()
    if not status:
        found.doubt("peering.state_unknown", pcx)
    elif status != "active":
        found.block(f"peering.{status}", pcx)
    other, blocks = _other_side(world, row, vpc)
    if not blocks:
        found.doubt("peering.cidr_unknown", pcx, other)
    elif not any(one.holds(origin) for one in blocks):
        found.block("peering.no_transit", pcx, other, address=origin.text)
        return
    if here is not None:
        _forward(found, world, other, pcx, origin, here)


def _forward(found: Findings, world: World, vpc: str, pcx: str, origin: Block, here: Block) -> None:
    """The way from the peered VPC, as far as its tables are among the answers."""
    tables = _tables(world, vpc, origin)
    if not tables:
        found.assume("the route tables of the peered VPC")
        return
    told = {_leads(table, pcx, here) for table in tables}
    if told == {False}:
        found.block("peering.no_forward_route", pcx, *(table.id for table in tables), address=here.text)
    elif told != {True}:
        found.doubt("peering.forward_route_unknown", pcx, *(table.id for table in tables), address=here.text)


def _tables(world: World, vpc: str, origin: Block) -> list[Table]:
    """The table of the source's subnet; every table of its VPC when the subnet is not known."""
    source = world.interface_at(vpc, origin)
    subnet = source.subnet if source else world.subnet_holding(vpc, origin)
    table = table_of(world, subnet, vpc)
    return [table] if table else [compiled(world, row) for row in world.in_vpc("RouteTables", vpc)]


def _leads(table: Table, pcx: str, here: Block) -> bool | None:
    hop = lookup(table, here).hop
    if hop is None or hop.blackhole:
        return False
    return True if hop.target == pcx else None if hop.via in {"tgw", "vgw", "eni", "vpce", "other"} else False


def _other_side(world: World, row: Row, vpc: str) -> tuple[str, tuple[Block, ...]]:
    """The VPC at the other end of a peering, and its blocks."""
    ends = (part(row, "RequesterVpcInfo"), part(row, "AccepterVpcInfo"))
    if vpc not in {text(end, "VpcId") for end in ends}:
        return "", ()
    other = ends[0] if text(ends[1], "VpcId") == vpc else ends[1]
    return text(other, "VpcId"), (*cidrs(other), *world.networks(text(other, "VpcId")))
