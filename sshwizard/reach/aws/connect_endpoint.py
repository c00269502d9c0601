"""Through an EC2 Instance Connect Endpoint: from its network interface to a private address of the instance."""

from __future__ import annotations

from collections.abc import Iterator

from sshwizard.reach.aws import acls, groups
from sshwizard.reach.aws.answer import Findings, Path
from sshwizard.reach.aws.checks import running
from sshwizard.reach.aws.fields import Row, text, texts
from sshwizard.reach.aws.peer import Peer
from sshwizard.reach.aws.query import EPHEMERAL, Query
from sshwizard.reach.aws.world import Interface, World
from sshwizard.reach.blocks import Block, block

USABLE = {"create-complete", "update-in-progress", "update-complete", "update-failed"}
PORTS = (22, 3389)
"""The only ports that an endpoint connects to (EC2 user guide, considerations for Instance Connect Endpoints)."""

_ANYWHERE = Block(4, 0, (1 << 32) - 1)


def paths(world: World, instance: Row, query: Query, origin: Block) -> Iterator[Path]:
    """Every endpoint of the VPC to every interface; an endpoint in the same subnet first."""
    interfaces = world.interfaces(instance)
    endpoints = [
        (
            text(row, "SubnetId") != interface.subnet,
            text(row, "InstanceConnectEndpointId"),
            interface.device,
            interface,
            row,
        )
        for interface in interfaces
        for row in world.rows("InstanceConnectEndpoints")
        if _vpc(world, row) == interface.vpc
    ]
    for _, _, _, interface, row in sorted(endpoints, key=lambda one: (one[2], *one[:2], one[3].id)):
        yield _path(world, instance, query, origin, interface, row)
    if not endpoints:
        found = Findings()
        running(found, instance)
        if world.readable("InstanceConnectEndpoints"):
            found.block("eice.none_in_vpc", interfaces[0].vpc)
        else:
            found.doubt("unreadable.instance_connect_endpoints", interfaces[0].vpc)
        yield found.path(None, interfaces[0].id)


def _vpc(world: World, row: Row) -> str:
    return text(row, "VpcId") or text(world.subnets.get(text(row, "SubnetId"), {}), "VpcId")


def _path(world: World, instance: Row, query: Query, origin: Block, interface: Interface, row: Row) -> Path:
    found = Findings()
    id_, subnet = text(row, "InstanceConnectEndpointId"), text(row, "SubnetId")
    at = interface.addresses[0][0] if interface.addresses else ""
    if interface.device:
        found.warn("os.secondary_eni_needs_policy_routing", interface.id)
    running(found, instance)
    state = text(row, "State").lower()
    if not state:
        found.doubt("eice.state_unknown", id_)
    elif state not in USABLE:
        found.block(f"eice.{state}", id_)
    if query.port not in PORTS:
        found.block("eice.port_not_supported", id_, port=query.port)
    own = tuple(texts(row, "SecurityGroupIds")) or None
    peer = _peer(world, row, own, interface, origin)
    here = block(at)
    if here is None:
        found.block("address.no_private_ipv4", interface.id)
    else:
        mine = Peer(here, frozenset(interface.groups) if interface.groups is not None else None, interface.vpc)
        groups.check(found, world, own, mine, query.port, denied="eice.sg_egress_denied", egress=True)
    if subnet != interface.subnet:
        replies = EPHEMERAL["nat"]  # the endpoint's own ports are not documented
        vpc = interface.vpc
        acls.check(found, world, interface.subnet, vpc, peer, query.port, replies, acls.TARGET, inward=True)
        if here is not None:
            acls.check(found, world, subnet, vpc, Peer(here), query.port, replies, acls.EICE, inward=False)
    found.admitted_by = groups.check(found, world, interface.groups, peer, query.port, denied="sg.no_rule_for_eice")
    return found.path(id_ or None, interface.id, at)


def _peer(world: World, row: Row, own: tuple[str, ...] | None, interface: Interface, origin: Block) -> Peer:
    """What the instance sees: the endpoint's address and group, or the client's address and that group."""
    members = frozenset(own) if own is not None else None
    if row.get("PreserveClientIp") is True:
        return Peer(origin, members, interface.vpc)
    for id_ in texts(row, "NetworkInterfaceIds"):
        known = world.interfaces_by_id.get(id_)
        one = block(known.addresses[0][0]) if known and known.addresses else None
        if one:
            return Peer(one, members, interface.vpc)
    nets = [*world.subnet_blocks(text(row, "SubnetId")), *world.networks(interface.vpc)]
    net = next((one for one in nets if one.family == 4), _ANYWHERE)
    return Peer(net, members, interface.vpc, unclear="eice.address_unknown")
