"""From a private address: the same VPC, a peered one, or what lies behind a gateway."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard.reach.aws import acls, groups, peering
from sshwizard.reach.aws.answer import Findings, Path
from sshwizard.reach.aws.checks import follow, running, table_for
from sshwizard.reach.aws.fields import Row
from sshwizard.reach.aws.peer import Peer
from sshwizard.reach.aws.query import Query
from sshwizard.reach.aws.routes import Found, Table, lookup, table_of
from sshwizard.reach.aws.world import Interface, World
from sshwizard.reach.blocks import Block, block


def paths(world: World, instance: Row, query: Query, origin: Block) -> Iterator[Path]:
    """Every address of the family of the source; where there is none, the primary interface as if it had one."""
    interfaces = world.interfaces(instance)
    reached = False
    for interface in interfaces:
        for at, primary in _addresses(interface, origin.family):
            reached = True
            found = Findings()
            if interface.device:
                found.warn("os.secondary_eni_needs_policy_routing", interface.id)
            if not primary:
                found.warn("os.secondary_ip_needs_config", interface.id)
            yield _path(found, world, instance, query, origin, interface, at)
    if not reached:
        found = Findings()
        found.block("address.no_private_ipv4" if origin.family == 4 else "address.no_ipv6", interfaces[0].id)
        yield _path(found, world, instance, query, origin, interfaces[0], "")


def _addresses(interface: Interface, family: int) -> Iterator[tuple[str, bool]]:
    if family == 6:
        yield from ((one, True) for one in interface.ipv6)
    else:
        yield from ((at, primary) for at, _, primary in interface.addresses)


def _path(
    found: Findings, world: World, instance: Row, query: Query, origin: Block, interface: Interface, at: str
) -> Path:
    running(found, instance)
    here = block(at)
    table = table_for(found, world, interface)
    if table:
        follow(found, table, origin, lambda into, route: _return(into, route, world, interface, origin, here))
    inside = _inside(world, interface, origin, table)
    if inside is None:
        found.doubt("unreadable.vpcs", interface.vpc)
    elif not inside or _between_subnets(found, world, interface, origin, here, query):
        ends = interface.subnet, interface.vpc, Peer(origin), query.port, query.replies
        acls.check(found, world, *ends, acls.TARGET, inward=True)
    peer = _peer(world, interface, origin, inside)
    found.admitted_by = groups.check(found, world, interface.groups, peer, query.port, denied="sg.no_rule_for_source")
    return found.path(at or None, interface.id, at)


def _inside(world: World, interface: Interface, origin: Block, table: Table | None) -> bool | None:
    """Whether the source lies in the instance's own VPC; None when its blocks are not known."""
    hop = lookup(table, origin).hop if table else None
    networks = world.networks(interface.vpc)
    if (hop and hop.via == "local") or any(net.holds(origin) for net in networks):
        return True
    return bool(world.subnet_holding(interface.vpc, origin)) or (False if networks else None)


def _peer(world: World, interface: Interface, origin: Block, inside: bool | None) -> Peer:
    """The source with its security groups, which count only for private addresses."""
    for vpc in (interface.vpc, *peering.peers(world, interface.vpc)):
        if source := world.interface_at(vpc, origin):
            return Peer(origin, frozenset(source.groups) if source.groups is not None else None, vpc)
    if inside is None:
        return Peer(origin, None)
    if inside:
        return Peer(origin, frozenset() if world.readable("NetworkInterfaces") else None, interface.vpc)
    peered = peering.peers(world, interface.vpc, origin)
    return Peer(origin, None if peered else frozenset(), peered[0] if len(peered) == 1 else "")


def _between_subnets(
    found: Findings, world: World, interface: Interface, origin: Block, here: Block | None, query: Query
) -> bool:
    """The source's half of the way inside one VPC. True when the instance's half has an ACL: not inside one subnet."""
    source = world.interface_at(interface.vpc, origin)
    subnet = source.subnet if source else world.subnet_holding(interface.vpc, origin)
    if not subnet:
        code = "route.source_subnet_unknown" if world.readable("Subnets") else "unreadable.subnets"
        found.doubt(code, interface.vpc, address=origin.text)
        return False
    if subnet == interface.subnet:
        return False
    if here is not None:
        ends = subnet, interface.vpc, Peer(here), query.port, query.replies
        acls.check(found, world, *ends, acls.SOURCE, inward=False)
        if table := table_of(world, subnet, interface.vpc):
            _forward(found, lookup(table, here))
    return True


def _forward(found: Findings, route: Found) -> None:
    """The way to the instance inside one VPC: a route more specific than local may lead through an appliance."""
    hop = route.hop
    if hop and hop.blackhole:
        found.block("route.blackhole", route.table, **route.detail, forward=True)
    elif hop and hop.via != "local":
        found.doubt("route.middlebox", route.table, hop.target, **route.detail, forward=True)


def _return(
    found: Findings, route: Found, world: World, interface: Interface, origin: Block, here: Block | None
) -> None:
    """Where the replies go."""
    hop = route.hop
    if hop is None:
        found.block("route.no_route_to_source", route.table)
        peering.check_without_route(found, world, interface.vpc, origin, here)
    elif hop.blackhole:
        found.block("route.blackhole", route.table, **route.detail)
    elif hop.via == "pcx":
        peering.check(found, world, interface.vpc, hop.target, origin, here)
    elif hop.via in _BLOCKED:
        found.block(_BLOCKED[hop.via], route.table, hop.target, **route.detail)
        peering.check_without_route(found, world, interface.vpc, origin, here)
    elif hop.via != "local":
        found.doubt(_BEYOND.get(hop.via, "route.not_modelled"), route.table, hop.target, **route.detail)


_BLOCKED = {"igw": "route.private_source_via_igw", "nat": "route.via_nat", "eigw": "route.egress_only"}
_BEYOND = {"tgw": "route.beyond_tgw", "vgw": "route.beyond_vgw", "eni": "route.middlebox", "vpce": "route.middlebox"}
