"""From private addresses: one VPC, peered VPCs, and what lies behind gateways."""

from __future__ import annotations

import pytest

from reach.cases import Case, check, names
from reach.worlds import (
    ALL_IN,
    ALL_OUT,
    Raw,
    acl,
    cidr,
    eni,
    entry,
    group,
    healthy,
    interface,
    judged,
    let_in,
    of_group,
    route,
    routes,
    v6,
)

NEAR, OTHER, PEER, OFFICE = "10.0.1.20", "10.0.2.20", "10.9.1.5", "192.168.5.9"
TO_PEER = route("10.9.0.0/16", VpcPeeringConnectionId="pcx-1")
BACK = route("10.0.0.0/16", VpcPeeringConnectionId="pcx-1")


def open_to(*sources: str, **lists: object) -> Raw:
    """The healthy world whose group lets these blocks in."""
    return {**let_in(healthy(), *(cidr(source) for source in sources)), **lists}


def second(interface_: Raw) -> Raw:
    """The healthy world with another interface that is let in; the primary one is not."""
    found = open_to("10.0.0.0/16")
    found["SecurityGroups"].append(group("sg-shut"))
    rows = [eni("eni-1", "10.0.1.10", "sg-shut")] if interface_["NetworkInterfaceId"] != "eni-1" else []
    found["Instances"][0]["NetworkInterfaces"] = [interface_, *rows]
    return found


def resized(state: str) -> Raw:
    """Another block of the VPC, which no route table names yet, and a group that lets its own members in."""
    found = routes(let_in(healthy(), of_group("sg-1"), cidr("10.9.0.0/16")))
    more = {"CidrBlock": "10.9.0.0/16", "CidrBlockState": {"State": state}}
    found["Vpcs"][0]["CidrBlockAssociationSet"].append(more)
    return found


def member(*groups: str, address: str = OTHER, subnet: str = "subnet-priv", allowed: str = "sg-b") -> Raw:
    """A source with groups; the instance lets a group in."""
    return {
        **let_in(healthy(), of_group(allowed)),
        "NetworkInterfaces": [eni("eni-b", address, *groups, subnet=subnet)],
    }


def peered(status: str = "active", *back: Raw, blocks: str = "10.9.0.0/16", more: tuple[str, ...] = ()) -> Raw:
    """A peering, with a route to it."""
    found = routes(open_to("10.9.0.0/16", "192.168.0.0/16"), *(back or (TO_PEER,)))
    found["VpcPeeringConnections"] = [
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": status},
            "AccepterVpcInfo": {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"},
            "RequesterVpcInfo": {
                "VpcId": "vpc-2",
                "CidrBlock": blocks,
                "CidrBlockSet": [{"CidrBlock": one} for one in more],
            },
        }
    ]
    return found


def with_peer(*tables: tuple[str, Raw | None], status: str = "active", subnet: str = "subnet-p") -> Raw:
    """The peered VPC's own tables: by subnet ("": the main one), each with one route."""
    found = peered(status)
    found["Subnets"].append({"SubnetId": subnet, "VpcId": "vpc-2", "CidrBlock": "10.9.1.0/24"})
    for name, one in tables:
        own: Raw = {"SubnetId": name} if name else {"Main": True}
        found["RouteTables"].append(
            {
                "RouteTableId": f"rtb-{name}",
                "VpcId": "vpc-2",
                "Associations": [own],
                "Routes": [route("10.9.0.0/16", GatewayId="local"), *([one] if one else [])],
            }
        )
    return found


def no_route_to_peer(status: str) -> Raw:
    return routes(peered(status))


def peer_reference(home: str) -> Raw:
    found = let_in(peered(), of_group("sg-far"))
    found["SecurityGroups"].append(group("sg-far", vpc=home))
    return found


def v6_only() -> Raw:
    found = v6(healthy())
    interface(found)["PrivateIpAddresses"] = []
    interface(found).pop("PrivateIpAddress")
    return found


REACHABLE, BLOCKED, UNKNOWN, PARTIAL = "reachable", "blocked", "unknown", "partial"
SHUT = (entry(32767, "deny", "0.0.0.0/0"), entry(32767, "deny", "0.0.0.0/0", egress=True))
HIGH_IN = entry(100, "allow", "0.0.0.0/0", (49152, 65535))

CASES = (
    Case("an ACL does not apply inside a subnet", lambda: acl(open_to("10.0.0.0/16"), "subnet-pub", *SHUT), REACHABLE,
         source=NEAR, kind="private", endpoint="10.0.1.10"),
    Case("a private source says by itself that it is private", lambda: open_to("10.0.0.0/16"), REACHABLE, source=NEAR),
    Case("stopped", lambda: {**open_to("10.0.0.0/16"), "Instances": [{**healthy()["Instances"][0],
         "State": {"Name": "stopped"}}]}, BLOCKED, "instance.stopped", source=NEAR),
    Case("no IPv4 address", v6_only, BLOCKED, "address.no_private_ipv4 sg.no_rule_for_source", source=NEAR,
         endpoint=None),
    Case("no IPv6 address", healthy, BLOCKED, "address.no_ipv6 sg.no_rule_for_source", source="2001:db8:1:1::20",
         kind="private", endpoint=None),
    Case("IPv6 inside the VPC", lambda: v6(healthy()), REACHABLE, source="2001:db8:1:1::20", kind="private",
         endpoint="2001:db8:1:1::10"),
    Case("the second interface", lambda: second(eni("eni-2", "10.0.1.11", "sg-1", device=1)), REACHABLE, source=NEAR,
         warnings="os.secondary_eni_needs_policy_routing", endpoint="10.0.1.11"),
    Case("a secondary address", lambda: second({**eni("eni-1", "10.0.1.10", "sg-1"), "PrivateIpAddresses": [
         {"PrivateIpAddress": "10.0.1.12", "Primary": False}]}), REACHABLE, source=NEAR,
         warnings="os.secondary_ip_needs_config", endpoint="10.0.1.12"),
    Case("a block that the VPC no longer has", lambda: resized("disassociated"), BLOCKED, "route.no_route_to_source",
         source=PEER),
    Case("a second block of the VPC", lambda: resized("associated"), BLOCKED, "route.no_route_to_source", source=PEER),
    # the other subnet
    Case("the source's ACL lets nothing out", lambda: acl(open_to("10.0.0.0/16"), "subnet-priv", ALL_IN), BLOCKED,
         "nacl.source_subnet_egress_denied", source=OTHER),
    Case("the source's ACL lets no reply in", lambda: acl(open_to("10.0.0.0/16"), "subnet-priv", ALL_OUT), BLOCKED,
         "nacl.source_subnet_return_denied", source=OTHER),
    Case("it lets some replies in", lambda: acl(open_to("10.0.0.0/16"), "subnet-priv", ALL_OUT, HIGH_IN), PARTIAL,
         "nacl.source_subnet_return_partial", source=OTHER, client="linux"),
    Case("the instance's ACL lets only requests in", lambda: acl(open_to("10.0.0.0/16"), "subnet-pub", entry(100,
         "allow", "10.0.2.0/24", (22, 22)), ALL_OUT), REACHABLE, source=OTHER),
    Case("the instance's ACL lets no reply out", lambda: acl(open_to("10.0.0.0/16"), "subnet-pub", ALL_IN, entry(100,
         "allow", "10.0.2.0/24", (22, 22), egress=True)), BLOCKED, "nacl.egress_ephemeral_denied", source=OTHER),
    Case("the source's ACL lets only requests out", lambda: acl(open_to("10.0.0.0/16"), "subnet-priv", entry(100,
         "allow", "10.0.1.10/32", (22, 22), egress=True), entry(100, "allow", "10.0.1.0/24", (1024, 65535))),
         REACHABLE, source=OTHER),
    Case("both subnets let both ways through", lambda: acl(open_to("10.0.0.0/16"), "subnet-pub", ALL_OUT, ALL_IN),
         REACHABLE, source=OTHER),
    Case("a route through an appliance", lambda: routes(open_to("10.0.0.0/16"), route("10.0.2.0/24",
         NetworkInterfaceId="eni-fw")), UNKNOWN, "route.middlebox", source=OTHER),
    Case("the way there leads through an appliance", lambda: routes(open_to("10.0.0.0/16"), route("10.0.1.0/24",
         NetworkInterfaceId="eni-fw"), subnet="subnet-priv"), UNKNOWN, "route.middlebox", source=OTHER),
    Case("the way there is a blackhole", lambda: routes(open_to("10.0.0.0/16"), route("10.0.1.0/24", "blackhole",
         NetworkInterfaceId="eni-fw"), subnet="subnet-priv"), BLOCKED, "route.blackhole", source=OTHER),
    Case("a propagated route does not lead out of the VPC", lambda: routes(open_to("10.0.0.0/16"), route("10.0.2.0/24",
         origin="EnableVgwRoutePropagation", GatewayId="vgw-1")), REACHABLE, source=OTHER),
    Case("no subnet holds the source", lambda: open_to("10.0.0.0/16"), UNKNOWN, "route.source_subnet_unknown",
         source="10.0.77.1"),
    Case("nor is it told whether the ACL applies", lambda: acl(open_to("10.0.0.0/16"), "subnet-pub", *SHUT), UNKNOWN,
         "route.source_subnet_unknown", source="10.0.77.1"),
    # references
    Case("a member of the group", lambda: member("sg-x", "sg-b"), REACHABLE, source=OTHER),
    Case("no member", lambda: member("sg-x"), BLOCKED, "sg.no_rule_for_source", source=OTHER),
    Case("nobody has that address", lambda: let_in(healthy(), of_group("sg-b")), BLOCKED, "sg.no_rule_for_source",
         source=OTHER),
    Case("the interfaces could not be read", lambda: {**let_in(healthy(), of_group("sg-b")), "NetworkInterfaces":
         None}, UNKNOWN, "sg.source_groups_unknown", source=OTHER),
    Case("the source is another instance", lambda: {**let_in(healthy(), of_group("sg-b")), "Instances":
         [*healthy()["Instances"], {"InstanceId": "i-2", "NetworkInterfaces": [eni("eni-2", OTHER, "sg-b",
         subnet="subnet-priv")]}]}, REACHABLE, source=OTHER),
    # peering
    Case("peered", peered, REACHABLE, source=PEER, kind="private"),
    *(Case(f"a peering that is {status}", lambda status=status: peered(status), BLOCKED, f"peering.{status}",  # type: ignore[misc]
      source=PEER) for status in ("pending-acceptance", "expired", "deleted")),
    Case("a peering without a state", lambda: peered(""), UNKNOWN, "peering.state_unknown", source=PEER),
    Case("a peering that is not told", lambda: {**peered(), "VpcPeeringConnections": []}, UNKNOWN,
         "unreadable.vpc_peering_connections", source=PEER),
    Case("no way through a peering", lambda: peered("active", route("192.168.0.0/16",
         VpcPeeringConnectionId="pcx-1")), BLOCKED, "peering.no_transit", source=OFFICE),
    Case("a peering whose blocks are not told", lambda: peered(blocks=""), UNKNOWN, "peering.cidr_unknown",
         source=PEER),
    Case("the peered VPC's second block", lambda: peered(more=("10.8.0.0/16", "10.9.0.0/16"), blocks=""), REACHABLE,
         source=PEER),
    Case("the peering of other VPCs", lambda: routes({**open_to("10.9.0.0/16"), "VpcPeeringConnections": [{
         "VpcPeeringConnectionId": "pcx-2", "Status": {"Code": "pending-acceptance"}, "AccepterVpcInfo": {"VpcId":
         "vpc-3", "CidrBlock": "10.9.0.0/16"}, "RequesterVpcInfo": {"VpcId": "vpc-4"}}]}), BLOCKED,
         "route.no_route_to_source", source=PEER),
    Case("a blackhole", lambda: peered("deleted", route("10.9.0.0/16", "blackhole", VpcPeeringConnectionId="pcx-1")),
         BLOCKED, "route.blackhole", source=PEER),
    Case("a route there", lambda: with_peer(("subnet-p", BACK)), REACHABLE, source=PEER),
    Case("no route there", lambda: with_peer(("subnet-p", None), ("", BACK)), BLOCKED, "peering.no_forward_route",
         source=PEER),
    Case("no route there, in the main table", lambda: with_peer(("", None)), BLOCKED, "peering.no_forward_route",
         source=PEER),
    Case("another way there", lambda: with_peer(("", route("0.0.0.0/0", GatewayId="igw-9"))), BLOCKED,
         "peering.no_forward_route", source=PEER),
    Case("the subnet there is not told, one table of two leads back", lambda: {**with_peer(("a", None), ("", BACK)),
         "Subnets": healthy()["Subnets"]}, UNKNOWN, "peering.forward_route_unknown", source=PEER),
    Case("it leads through a transit gateway there", lambda: with_peer(("", route("10.0.0.0/16",
         TransitGatewayId="tgw-1"))), UNKNOWN, "peering.forward_route_unknown", source=PEER),
    Case("neither there nor back, and nobody accepted", lambda: {**with_peer(("", None), status="pending-acceptance"),
         "RouteTables": [*healthy()["RouteTables"], with_peer(("", None))["RouteTables"][-1]]}, BLOCKED,
         "peering.pending-acceptance peering.no_forward_route route.private_source_via_igw", source=PEER),
    Case("no route back, and nobody accepted", lambda: no_route_to_peer("pending-acceptance"), BLOCKED,
         "route.no_route_to_source peering.pending-acceptance", source=PEER),
    Case("no route back, and an old peering", lambda: no_route_to_peer("deleted"), BLOCKED,
         "route.no_route_to_source", source=PEER),
    Case("a group of the peered VPC", lambda: peer_reference("vpc-2"), UNKNOWN, "sg.source_groups_unknown",
         source=PEER),
    Case("a group of the own VPC does not hold a peered source", lambda: peer_reference("vpc-1"), BLOCKED,
         "sg.no_rule_for_source", source=PEER),
    Case("a known member in the peered VPC", lambda: {**peer_reference("vpc-2"), "NetworkInterfaces": [eni("eni-p",
         PEER, "sg-far", vpc="vpc-2", subnet="subnet-p")]}, REACHABLE, source=PEER),
    # beyond
    *(Case(f"back by {name}", lambda name=name, id_=id_: routes(open_to("192.168.0.0/16"), route("192.168.0.0/16",  # type: ignore[misc]
      **{name: id_})), said, code, source=OFFICE) for name, id_, said, code in (
      ("GatewayId", "vgw-1", UNKNOWN, "route.beyond_vgw"), ("CoreNetworkArn", "arn:x", UNKNOWN, "route.beyond_tgw"),
      ("GatewayId", "igw-1", BLOCKED, "route.private_source_via_igw"), ("NatGatewayId", "nat-1", BLOCKED,
      "route.via_nat"), ("InstanceId", "i-vpn", UNKNOWN, "route.middlebox"), ("LocalGatewayId", "lgw-1", UNKNOWN,
      "route.not_modelled"))),
    Case("shared addresses are private, too", lambda: open_to("100.64.0.0/10"), BLOCKED,
         "route.private_source_via_igw", source="100.64.3.4"),
    Case("a blackhole to the office", lambda: routes(open_to("192.168.0.0/16"), route("192.168.0.0/16", "blackhole",
         TransitGatewayId="tgw-1")), BLOCKED, "route.blackhole", source=OFFICE),
    Case("the ACL counts for the office, too", lambda: acl(routes(open_to("192.168.0.0/16"), route("192.168.0.0/16",
         TransitGatewayId="tgw-1")), "subnet-pub", *SHUT), BLOCKED,
         "nacl.ingress_denied nacl.egress_ephemeral_denied", source=OFFICE),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_from_a_private_address(case: Case) -> None:
    check(case)


def test_only_blocks_that_the_vpc_has_count() -> None:
    """Inside the VPC the source's subnet is asked for; outside of it there is none."""
    assert "route.source_subnet_unknown" in {one.code for one in judged(resized("associated"), PEER).best.unknown}
    assert judged(resized("disassociated"), PEER).best.unknown == ()


def test_what_is_not_known_of_a_peered_vpc_is_said() -> None:
    assert judged(peered(), PEER).best.assumed == ("the route tables of the peered VPC",)
    assert judged(with_peer(("subnet-p", BACK)), PEER).best.assumed == ()
