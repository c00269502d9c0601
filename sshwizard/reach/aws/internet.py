"""From the internet to a public address of an instance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sshwizard.reach.aws import acls, groups
from sshwizard.reach.aws.answer import Findings, Path
from sshwizard.reach.aws.checks import follow, gateways, public_access, running, table_for
from sshwizard.reach.aws.fields import Row
from sshwizard.reach.aws.peer import Peer
from sshwizard.reach.aws.query import Query
from sshwizard.reach.aws.routes import Found, edge_table
from sshwizard.reach.aws.world import Interface, World
from sshwizard.reach.blocks import Block, block

BLOCKING = ("block-ingress", "block-bidirectional")


def paths(world: World, instance: Row, query: Query, origin: Block) -> Iterator[Path]:
    """Every public address of the family of the source; where there is none, the primary interface as if it had one."""
    interfaces = world.interfaces(instance)
    reached = False
    for interface in interfaces:
        for at, endpoint, primary in _addresses(interface, origin.family):
            reached = True
            found = Findings()
            if interface.device:
                found.warn("os.secondary_eni_needs_policy_routing", interface.id)
            if not primary:
                found.warn("os.secondary_ip_needs_config", interface.id)
            yield _path(found, world, instance, query, origin, interface, at, endpoint)
    if not reached:
        first = interfaces[0]
        found = Findings()
        found.block("address.no_public_ipv4" if origin.family == 4 else "address.no_ipv6", first.id)
        at = first.addresses[0][0] if origin.family == 4 and first.addresses else ""
        yield _path(found, world, instance, query, origin, first, at, None)


def _addresses(interface: Interface, family: int) -> Iterator[tuple[str, str, bool]]:
    """Where packets arrive, what they were sent to, and whether the system knows that address by itself."""
    if family == 6:
        yield from ((one, one, True) for one in interface.ipv6)
    else:
        yield from ((at, public, primary) for at, public, primary in interface.addresses if public)


def _path(
    found: Findings,
    world: World,
    instance: Row,
    query: Query,
    origin: Block,
    interface: Interface,
    at: str,
    endpoint: str | None,
) -> Path:
    running(found, instance)
    attached = gateways(found, world, interface)
    public_access(found, world, interface, BLOCKING, {"allow-bidirectional"})
    _edge(found, world, attached or set(), at)
    if table := table_for(found, world, interface):
        follow(found, table, origin, lambda into, route: _return(into, route, attached))
    ends = interface.subnet, interface.vpc, Peer(origin), query.port, query.replies
    acls.check(found, world, *ends, acls.TARGET, inward=True)
    found.admitted_by = groups.check(
        found, world, interface.groups, Peer(origin), query.port, denied="sg.no_rule_for_source"
    )
    return found.path(endpoint, interface.id, at)


def _edge(found: Findings, world: World, attached: set[str], at: str) -> None:
    """The gateway's own table: where it sends what comes in for the private address."""
    one = block(at)
    for gateway in sorted(attached):
        table = edge_table(world, gateway)
        if table and one:
            follow(found, table, one, partial(_inward, gateway=gateway))


def _inward(found: Findings, route: Found, gateway: str) -> None:
    hop = route.hop
    if hop is None or (hop.via == "local" and not hop.blackhole):
        return
    if hop.blackhole:
        found.block("edge.blackhole", route.table, gateway, **route.detail)
    else:
        found.doubt("edge.middlebox", route.table, hop.target, **route.detail)


BACK = {
    "nat": "route.via_nat",
    "eigw": "route.egress_only",
    "tgw": "route.asymmetric",
    "vgw": "route.asymmetric",
    "pcx": "route.asymmetric",
    "local": "route.source_inside_vpc_cidr",
}
"""Replies that leave another way than the connection came."""


def _return(found: Findings, route: Found, attached: set[str] | None) -> None:
    """Where the replies go. `attached`: the gateways of the VPC, None when they are not known."""
    hop = route.hop
    if hop is None:
        found.block("route.no_route_to_source", route.table)
    elif hop.blackhole:
        found.block("route.blackhole", route.table, **route.detail)
    elif hop.via == "igw":
        if attached is not None and hop.target not in attached:
            found.block("route.foreign_igw", route.table, hop.target, **route.detail)
    elif hop.via in BACK:
        found.block(BACK[hop.via], route.table, hop.target, **route.detail)
    elif hop.via == "other":
        found.doubt("route.not_modelled", route.table, hop.target, **route.detail)
    else:
        found.doubt("route.middlebox", route.table, hop.target, **route.detail)
