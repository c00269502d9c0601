"""Session Manager: the agent on the instance dials out to Systems Manager on 443, and nothing comes in."""

from __future__ import annotations

from sshwizard.reach.aws import acls, groups
from sshwizard.reach.aws.answer import RANK, Findings, Path
from sshwizard.reach.aws.checks import gateways, public_access, running, table_for
from sshwizard.reach.aws.fields import Row, rows, text, texts
from sshwizard.reach.aws.peer import INTERNET, Peer
from sshwizard.reach.aws.query import EPHEMERAL
from sshwizard.reach.aws.routes import Found, Table, table_of
from sshwizard.reach.aws.world import Interface, World
from sshwizard.reach.blocks import Block, block

SERVICES = ("ssm", "ssmmessages")
"""What a present agent needs; older ones also use ec2messages, which says nothing about a session."""
HTTPS = 443

_EVERYWHERE = Block(4, 0, (1 << 32) - 1)


def path(world: World, instance: Row) -> Path:
    """The way of the agent, from the primary interface: by the VPC's endpoints, or by the internet."""
    found = Findings()
    interface = world.interfaces(instance)[0]
    running(found, instance)
    for service in SERVICES:
        found.take(_service(world, instance, interface, service))
    if not instance.get("IamInstanceProfile"):
        found.doubt("ssm.no_instance_profile_unless_dhmc", text(instance, "InstanceId"))
    return found.path(None, interface.id, interface.addresses[0][0] if interface.addresses else "")


def _service(world: World, instance: Row, interface: Interface, service: str) -> Findings:
    """The way to one service. An endpoint with private DNS takes the service's name: then there is no other way."""
    if not world.readable("VpcEndpoints"):
        unread = Findings()
        unread.doubt("unreadable.vpc_endpoints", interface.vpc)
        return unread
    ways = []
    for row in sorted(world.in_vpc("VpcEndpoints", interface.vpc), key=lambda row: text(row, "VpcEndpointId")):
        usable = text(row, "State").lower() == "available" and text(row, "VpcEndpointType") in {"", "Interface"}
        if usable and text(row, "ServiceName").rpartition(".")[2] == service:
            way = _by_endpoint(world, instance, interface, service, row)
            if row.get("PrivateDnsEnabled") is True:
                return way
            way.doubt(f"vpce.{service}_no_private_dns", text(row, "VpcEndpointId"))
            ways.append(way)
    ways.append(_by_internet(world, instance, interface))
    best = min(ways, key=_rank)
    if not world.given("VpcEndpoints"):
        best.assume("VpcEndpoints")
    return best


def _rank(way: Findings) -> int:
    return RANK[way.path(None).verdict]


# ------------------------------------------------------------------ by an interface endpoint


def _by_endpoint(world: World, instance: Row, interface: Interface, service: str, row: Row) -> Findings:
    found = Findings()
    owned = row.get("Groups")
    own = tuple(text(one, "GroupId") for one in rows(row, "Groups")) if isinstance(owned, list | tuple) else None
    at = block(interface.addresses[0][0]) if interface.addresses else None
    if at is not None:
        mine = Peer(at, frozenset(interface.groups) if interface.groups is not None else None, interface.vpc)
        groups.check(found, world, own, mine, HTTPS, denied=f"vpce.{service}_sg_denies_443")
    ways = [_to(world, instance, interface, at, peer, subnet) for peer, subnet in _places(world, row, own, interface)]
    found.take(min(ways, key=_rank))  # the name resolves to all of them, and one that answers is enough
    return found


def _to(world: World, instance: Row, interface: Interface, at: Block | None, peer: Peer, subnet: str) -> Findings:
    """To one place at which an endpoint answers."""
    found, replies = Findings(), _replies(instance)
    groups.check(found, world, interface.groups, peer, HTTPS, denied="sg.egress_443_denied", egress=True)
    if not subnet:
        found.assume("the subnets of the VPC endpoint")
    elif subnet != interface.subnet:
        acls.check(found, world, interface.subnet, interface.vpc, peer, HTTPS, replies, acls.AGENT, inward=False)
        if at is not None:
            acls.check(found, world, subnet, interface.vpc, Peer(at), HTTPS, replies, acls.VPCE, inward=True)
    return found


def _places(world: World, row: Row, own: tuple[str, ...] | None, interface: Interface) -> list[tuple[Peer, str]]:
    """Where an endpoint answers, and in which subnet: its interfaces, else its subnets, else somewhere in the VPC."""
    members = frozenset(own) if own is not None else None
    known = [world.interfaces_by_id[id_] for id_ in texts(row, "NetworkInterfaceIds") if id_ in world.interfaces_by_id]
    places = [(one, each.subnet) for each in known for address, _, _ in each.addresses if (one := block(address))]
    places = places or [(one, subnet) for subnet in texts(row, "SubnetIds") for one in world.subnet_blocks(subnet)]
    places = places or [(one, "") for one in world.networks(interface.vpc)] or [(_EVERYWHERE, "")]
    return [
        (Peer(one, members, interface.vpc, unclear="vpce.address_unknown"), subnet)
        for one, subnet in sorted(places)
        if one.family == 4
    ] or [(Peer(_EVERYWHERE, members, interface.vpc, unclear="vpce.address_unknown"), "")]


# ------------------------------------------------------------------ by the internet


def _by_internet(world: World, instance: Row, interface: Interface) -> Findings:
    found = Findings()
    public_access(found, world, interface, ("block-bidirectional",), {"allow-bidirectional", "allow-egress"})
    if table := table_for(found, world, interface):
        if _default(table).hop is None and _narrow(table):
            found.doubt("ssm.service_address_unknown", table.id)
        else:
            _outward(found, _default(table), world, interface)
    ends = interface.subnet, interface.vpc, INTERNET, HTTPS, _replies(instance)
    acls.check(found, world, *ends, acls.AGENT, inward=False)
    groups.check(found, world, interface.groups, INTERNET, HTTPS, denied="sg.egress_443_denied", egress=True)
    return found


def _default(table: Table) -> Found:
    """The route for addresses of which nothing is known but that they are public."""
    matching = [hop for one, hop in table.routes if one == _EVERYWHERE]
    return Found(table.id, min(matching, key=lambda hop: (hop.rank, hop.target)) if matching else None)


def _narrow(table: Table) -> bool:
    """True when routes lead out for some public addresses only; the list of a gateway endpoint is a storage service."""
    return any(
        INTERNET.inside(one) is None and not hop.blackhole and hop.via not in {"local", "vpce"}
        for one, hop in table.routes
    )


def _outward(found: Findings, route: Found, world: World, interface: Interface) -> None:
    hop = route.hop
    if hop is None:
        found.block("route.no_internet_egress", route.table)
    elif hop.blackhole:
        found.block("route.blackhole", route.table, **route.detail)
    elif hop.via == "igw":
        attached = gateways(found, world, interface)
        if attached and hop.target not in attached:
            found.block("route.foreign_igw", route.table, hop.target, **route.detail)
        if not (interface.addresses and interface.addresses[0][1]):
            found.block("address.no_public_ipv4_behind_igw", interface.id)
    elif hop.via == "nat":
        _nat(found, route, world, hop.target)
    elif hop.via == "pcx":
        found.block("peering.no_transit", hop.target, route.table, **route.detail)
    else:
        code = {"tgw": "route.beyond_tgw", "vgw": "route.beyond_vgw", "other": "route.not_modelled"}
        found.doubt(code.get(hop.via, "route.middlebox"), route.table, hop.target, **route.detail)


def _nat(found: Findings, route: Found, world: World, id_: str) -> None:
    """A NAT gateway must be there, be a public one, and have a way out itself."""
    if not world.given("NatGateways"):
        found.assume("NatGateways")
        return
    row = world.nat_gateways.get(id_)
    if row is None:
        found.doubt("unreadable.nat_gateways", id_)
        return
    state = text(row, "State").lower()
    if state not in {"", "available"}:  # AWS turns the route into a blackhole
        found.block("route.blackhole", route.table, id_, **route.detail, state=state)
    if text(row, "ConnectivityType").lower() == "private":
        found.block("route.no_internet_egress", id_, **route.detail)
        return
    table = table_of(world, text(row, "SubnetId"), text(row, "VpcId"))
    if table is not None:
        hop = _default(table).hop
        if hop is None or hop.blackhole or hop.via != "igw":
            found.block("route.no_internet_egress", table.id, id_, **route.detail)


def _replies(instance: Row) -> tuple[int, int]:
    """The ports from which the instance itself connects."""
    return EPHEMERAL["windows" if text(instance, "Platform").lower() == "windows" else "linux"]
