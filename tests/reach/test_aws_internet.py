"""From the internet: every rule that no saved question pins."""

from __future__ import annotations

import pytest

from reach.cases import Case, check, names
from reach.worlds import (
    ALL_IN,
    ALL_OUT,
    ME6,
    Raw,
    acl,
    cidr,
    eni,
    entry,
    group,
    healthy,
    instance,
    interface,
    let_in,
    of_group,
    of_list,
    route,
    routes,
    v6,
)

IGW = {"GatewayId": "igw-1"}
OF_ANOTHER_SUBNET: Raw = {
    "NetworkAclId": "acl-x",
    "VpcId": "vpc-1",
    "IsDefault": False,
    "Associations": [{"SubnetId": "subnet-x"}],
    "Entries": [],
}
PUBLIC = route("0.0.0.0/0", **IGW)


def world(**lists: object) -> Raw:
    """The healthy world with other lists."""
    return {**healthy(), **lists}


def in_state(state: str) -> Raw:
    found = healthy()
    instance(found)["State"]["Name"] = state
    return found


def gone() -> Raw:
    """A terminated instance: the API tells no interface and no subnet of it."""
    found = healthy()
    found["Instances"] = [{"InstanceId": "i-1", "State": {"Name": "terminated"}, "NetworkInterfaces": []}]
    return found


def groups_of(*groups: Raw) -> Raw:
    found = healthy()
    found["SecurityGroups"] = list(groups)
    interface(found)["Groups"] = [{"GroupId": one["GroupId"]} for one in groups]
    return found


def listed(*rows: Raw, lists: Raw) -> Raw:
    """Permissions, with readable prefix lists."""
    return let_in(world(PrefixLists=lists), *rows)


def bpa(mode: str, *exclusions: tuple[str, str, str]) -> Raw:
    rows = [
        {"ResourceArn": f"arn:aws:ec2:eu-west-1:1:{place}", "InternetGatewayExclusionMode": lets, "State": state}
        for place, lets, state in exclusions
    ]
    return world(Bpa={"mode": mode, "exclusions": rows})


def edge(destination: str, state: str = "active", **target: str) -> Raw:
    """A route table of the gateway itself."""
    found = healthy()
    local = route("10.0.0.0/16", GatewayId="local")
    found["RouteTables"].append(
        {
            "RouteTableId": "rtb-edge",
            "VpcId": "vpc-1",
            "Associations": [{"GatewayId": "igw-1"}],
            "Routes": [local, route(destination, state, **target)],
        }
    )
    return found


def gateway(*attachments: Raw) -> Raw:
    return world(InternetGateways=[{"InternetGatewayId": "igw-1", "Attachments": list(attachments)}])


def second(*groups: str, public: str = "198.51.100.11", own: str = "") -> Raw:
    """A second interface with a public address; the primary one has `own`."""
    found = healthy()
    found["SecurityGroups"].append(group("sg-shut"))
    first = eni("eni-1", "10.0.1.10", "sg-shut" if own else "sg-1", public=own)
    instance(found)["NetworkInterfaces"] = [eni("eni-2", "10.0.1.11", *groups, device=1, public=public), first]
    return found


def association(state: str) -> Raw:
    """The association of the subnet with its own table; the main one leads nowhere."""
    found = healthy()
    found["RouteTables"][1]["Associations"][0]["AssociationState"] = {"State": state}
    return found


def primary_only() -> Raw:
    found = healthy()
    interface(found).pop("PrivateIpAddresses")
    interface(found)["Association"] = {"PublicIp": "198.51.100.10"}
    return found


def two_ipv6() -> Raw:
    found = v6(healthy())
    interface(found)["Ipv6Addresses"].append({"Ipv6Address": "2001:db8:1:1::11", "IsPrimaryIpv6": True})
    return found


def subnetless() -> Raw:
    found = healthy()
    interface(found).pop("SubnetId")
    return found


def secondary_address() -> Raw:
    found = healthy()
    interface(found)["PrivateIpAddresses"] = [
        {"PrivateIpAddress": "10.0.1.12", "Primary": False, "Association": {"PublicIp": "198.51.100.12"}},
        {"PrivateIpAddress": "10.0.1.10", "Primary": True, "Association": {}},
    ]
    return found


REACHABLE, BLOCKED, UNKNOWN, PARTIAL = "reachable", "blocked", "unknown", "partial"
NO_RULE, NO_LIST = "sg.no_rule_for_source", "sg.prefix_list_unreadable"

CASES = (
    # the instance and its addresses
    *(Case(state, lambda state=state: in_state(state), BLOCKED, f"instance.{state}") for state in  # type: ignore[misc]
      ("pending", "stopping", "stopped", "shutting-down")),
    Case("terminated", gone, BLOCKED, "instance.terminated address.no_public_ipv4", endpoint=None),
    Case("no state", lambda: in_state(""), UNKNOWN, "instance.state_unknown"),
    Case("a second interface is the only public one", lambda: second("sg-1"), REACHABLE, endpoint="198.51.100.11",
         warnings="os.secondary_eni_needs_policy_routing"),
    Case("the second interface is the best path", lambda: second("sg-1", own="198.51.100.10"), REACHABLE,
         endpoint="198.51.100.11", warnings="os.secondary_eni_needs_policy_routing"),
    Case("among equals the primary interface", lambda: second("sg-shut", own="198.51.100.10"), BLOCKED, NO_RULE,
         endpoint="198.51.100.10"),
    Case("a secondary address", secondary_address, REACHABLE, endpoint="198.51.100.12",
         warnings="os.secondary_ip_needs_config"),
    Case("IPv4 mapped into IPv6 is IPv4", healthy, REACHABLE, source="::ffff:203.0.113.7", endpoint="198.51.100.10"),
    Case("an interface that tells its primary address only", primary_only, REACHABLE, endpoint="198.51.100.10"),
    Case("an interface without its subnet", subnetless, UNKNOWN,
         "unreadable.route_tables unreadable.network_acls"),
    Case("the primary IPv6 address", two_ipv6, REACHABLE, source=ME6, endpoint="2001:db8:1:1::11"),
    # the gateway, Block Public Access, the gateway's own table
    Case("no gateway", lambda: world(InternetGateways=[]), BLOCKED, "igw.none_attached route.foreign_igw"),
    Case("attaching", lambda: gateway({"VpcId": "vpc-1", "State": "attaching"}), BLOCKED,
         "igw.none_attached route.foreign_igw"),
    Case("attached to another VPC", lambda: gateway({"VpcId": "vpc-2", "State": "available"}), BLOCKED,
         "igw.none_attached route.foreign_igw"),
    Case("ingress is blocked for the account", lambda: bpa("block-ingress"), BLOCKED, "bpa.block-ingress"),
    Case("Block Public Access is off", lambda: bpa("off"), REACHABLE),
    Case("the VPC is excluded", lambda: bpa("block-ingress", ("vpc/vpc-1", "allow-bidirectional", "update-complete")),
         REACHABLE),
    Case("another VPC is excluded", lambda: bpa("block-ingress", ("vpc/vpc-11", "allow-bidirectional",
         "create-complete")), BLOCKED, "bpa.block-ingress"),
    Case("an exclusion that is being made", lambda: bpa("block-bidirectional", ("vpc/vpc-1", "allow-bidirectional",
         "create-in-progress")), BLOCKED, "bpa.block-bidirectional"),
    Case("an edge route to a GWLB endpoint", lambda: edge("10.0.1.0/24", GatewayId="vpce-1"), UNKNOWN,
         "edge.middlebox"),
    Case("an edge route that is a blackhole", lambda: edge("10.0.1.0/24", "blackhole", NetworkInterfaceId="eni-x"),
         BLOCKED, "edge.blackhole"),
    Case("an edge route for another subnet", lambda: edge("10.0.2.0/24", NetworkInterfaceId="eni-x"), REACHABLE),
    # the way back
    Case("the main table serves a subnet without its own", lambda: world(RouteTables=[
         {"RouteTableId": "rtb", "VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": [PUBLIC]}]), REACHABLE),
    Case("the subnet's own table", lambda: association("associated"), REACHABLE),
    Case("a table that becomes its own", lambda: association("associating"), REACHABLE),
    Case("a table that was its own", lambda: association("disassociated"), BLOCKED, "route.no_route_to_source"),
    Case("a route that is gone for good", lambda: routes(healthy(), route("0.0.0.0/0", "blackhole", **IGW)), BLOCKED,
         "route.blackhole"),
    Case("another gateway", lambda: routes(healthy(), route("0.0.0.0/0", GatewayId="igw-2")), BLOCKED,
         "route.foreign_igw"),
    *(Case(f"back by {name}", lambda name=name, id_=id_: routes(healthy(), PUBLIC, route("203.0.113.0/24",  # type: ignore[misc]
      **{name: id_})), BLOCKED, "route.asymmetric") for name, id_ in (("GatewayId", "vgw-1"),
      ("VpcPeeringConnectionId", "pcx-1"), ("CoreNetworkArn", "arn:x"))),
    *(Case(f"through {name}", lambda name=name, id_=id_: routes(healthy(), PUBLIC, route("203.0.113.0/24",  # type: ignore[misc]
      **{name: id_})), UNKNOWN, "route.middlebox") for name, id_ in (("NetworkInterfaceId", "eni-x"),
      ("InstanceId", "i-fw"), ("GatewayId", "vpce-1"))),
    Case("a filtered route is none", lambda: routes(healthy(), PUBLIC, route("203.0.113.0/24", "filtered",
         TransitGatewayId="tgw-1")), REACHABLE),
    Case("a carrier gateway", lambda: routes(healthy(), route("0.0.0.0/0", CarrierGatewayId="cagw-1")), UNKNOWN,
         "route.not_modelled"),
    Case("the source lies in the VPC's block", lambda: routes(healthy(), PUBLIC, route("203.0.113.0/24",
         GatewayId="local")), BLOCKED, "route.source_inside_vpc_cidr"),
    Case("a static route beats a prefix list", lambda: routes(world(PrefixLists={"pl-1": ["203.0.113.0/24"]}),
         route("pl-1", NatGatewayId="nat-1"), route("203.0.113.0/24", **IGW)), REACHABLE),
    Case("a prefix list beats a propagated route", lambda: routes(world(PrefixLists={"pl-1": ["203.0.113.0/24"]}),
         route("203.0.113.0/24", origin="EnableVgwRoutePropagation", GatewayId="vgw-1"), route("pl-1", **IGW)),
         REACHABLE),
    Case("a longer prefix in a list beats a static route", lambda: routes(world(PrefixLists={"pl-1":
         ["10.9.0.0/16", "203.0.113.0/25"]}), route("pl-1", NatGatewayId="nat-1"), route("203.0.113.0/24", **IGW)),
         BLOCKED, "route.via_nat"),
    Case("a route for a list that cannot be read", lambda: routes(healthy(), PUBLIC, route("pl-x",
         NatGatewayId="nat-1")), UNKNOWN, "route.prefix_list_unreadable"),
    Case("such a route to the same gateway", lambda: routes(healthy(), PUBLIC, route("pl-x", **IGW)), REACHABLE),
    Case("such a route, and one for just this address", lambda: routes(healthy(), route("203.0.113.7/32", **IGW),
         route("pl-x", NatGatewayId="nat-1")), REACHABLE),
    Case("the list of a gateway endpoint", lambda: routes(healthy(), PUBLIC, route("pl-s3", GatewayId="vpce-s3")),
         REACHABLE),
    Case("IPv6 has its own routes", lambda: routes(v6(healthy()), PUBLIC), BLOCKED, "route.no_route_to_source",
         source=ME6),
    # network ACLs
    Case("allow 50 before deny 100, listed the other way round", lambda: acl(healthy(), "subnet-pub",
         entry(100, "deny", "0.0.0.0/0"), entry(50, "allow", "203.0.113.7/32"), ALL_OUT), REACHABLE),
    Case("a rule for UDP is no rule for TCP", lambda: acl(healthy(), "subnet-pub", entry(50, "deny", "0.0.0.0/0",
         (22, 22), protocol="17"), ALL_IN, ALL_OUT), REACHABLE),
    Case("protocol -1 means every port, whatever stands there", lambda: acl(healthy(), "subnet-pub", entry(50, "allow",
         "0.0.0.0/0", (80, 80), protocol="-1"), ALL_OUT), REACHABLE),
    Case("a deny for another port", lambda: acl(healthy(), "subnet-pub", entry(50, "deny", "0.0.0.0/0", (23, 80)),
         ALL_IN, ALL_OUT), REACHABLE),
    Case("a range that ends at the port", lambda: acl(healthy(), "subnet-pub", entry(50, "deny", "0.0.0.0/0", (1, 22)),
         ALL_IN, ALL_OUT), BLOCKED, "nacl.ingress_denied"),
    Case("inbound rules do not speak of the way out", lambda: acl(healthy(), "subnet-pub", ALL_IN), BLOCKED,
         "nacl.egress_ephemeral_denied"),
    Case("replies to another address are allowed", lambda: acl(healthy(), "subnet-pub", ALL_IN, entry(100, "allow",
         "198.51.100.0/24", egress=True)), BLOCKED, "nacl.egress_ephemeral_denied"),
    Case("the default ACL serves a subnet without its own", lambda: world(NetworkAcls=[{"NetworkAclId": "acl-d",
         "VpcId": "vpc-1", "IsDefault": True, "Entries": [ALL_IN, ALL_OUT]}]), REACHABLE),
    Case("another subnet's ACL does not serve it", lambda: world(NetworkAcls=[{"NetworkAclId": "acl-d",
         "VpcId": "vpc-1", "IsDefault": True, "Entries": [ALL_IN, ALL_OUT]}, OF_ANOTHER_SUBNET]), REACHABLE),
    Case("another subnet's ACL, and no default one", lambda: world(NetworkAcls=[OF_ANOTHER_SUBNET]), UNKNOWN,
         "unreadable.network_acls"),
    Case("replies to all ports but the last", lambda: acl(healthy(), "subnet-pub", ALL_IN, entry(100, "allow",
         "0.0.0.0/0", (1024, 65534), egress=True)), PARTIAL, "nacl.egress_ephemeral_partial"),
    Case("replies to all ports but the first", lambda: acl(healthy(), "subnet-pub", ALL_IN, entry(100, "allow",
         "0.0.0.0/0", (1025, 65535), egress=True)), PARTIAL, "nacl.egress_ephemeral_partial"),
    Case("replies to just the ports of a NAT", lambda: acl(healthy(), "subnet-pub", ALL_IN, entry(100, "allow",
         "0.0.0.0/0", (1024, 65535), egress=True)), REACHABLE),
    *(Case(f"replies from 49152 to {client}", lambda: acl(healthy(), "subnet-pub", ALL_IN, entry(100, "allow",
      "0.0.0.0/0", (49152, 65535), egress=True)), said, codes, client=client) for client, said, codes in (
      ("macos", REACHABLE, ""), ("windows", REACHABLE, ""), ("linux", PARTIAL, "nacl.egress_ephemeral_partial"),
      ("nat", PARTIAL, "nacl.egress_ephemeral_partial"))),
    # security groups
    Case("TCP without ports", lambda: let_in(healthy(), cidr("0.0.0.0/0", None)), REACHABLE),
    Case("TCP with ports -1", lambda: let_in(healthy(), cidr("0.0.0.0/0", (-1, -1))), REACHABLE),
    Case("TCP by number", lambda: let_in(healthy(), cidr("0.0.0.0/0", protocol="6")), REACHABLE),
    Case("another port", lambda: let_in(healthy(), cidr("0.0.0.0/0", (23, 80))), BLOCKED, NO_RULE),
    Case("the port that is asked", lambda: let_in(healthy(), cidr("0.0.0.0/0", (2222, 2222))), REACHABLE, port=2222),
    Case("the union of the groups", lambda: groups_of(group("sg-a"), group("sg-b", cidr("203.0.113.0/24"))),
         REACHABLE),
    Case("an IPv4 rule is no IPv6 rule", lambda: let_in(v6(healthy()), cidr("0.0.0.0/0")), BLOCKED, NO_RULE,
         source=ME6),
    Case("a list without me", lambda: listed(of_list("pl-1"), lists={"pl-1": ["198.51.100.0/24"]}), BLOCKED, NO_RULE),
    Case("a list of both families", lambda: v6(listed(of_list("pl-1"), lists={"pl-1": ["203.0.113.0/24", "::/0"]})),
         REACHABLE, source=ME6),
    Case("an unreadable list beside a rule that matches", lambda: let_in(healthy(), of_list("pl-x"),
         cidr("203.0.113.7/32")), REACHABLE),
    Case("an unreadable list for another port", lambda: let_in(healthy(), of_list("pl-x", 443)), BLOCKED, NO_RULE),
    Case("an unreadable list, and a stopped instance", lambda: let_in(in_state("stopped"), of_list("pl-x")), BLOCKED,
         "instance.stopped"),
    Case("a reference to the own group", lambda: let_in(healthy(), of_group("sg-1")), BLOCKED, NO_RULE),
    Case("a group that the answers do not hold", lambda: world(SecurityGroups=[]), UNKNOWN,
         "unreadable.security_groups"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_from_the_internet(case: Case) -> None:
    check(case)
