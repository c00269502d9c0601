"""The way of the agent to Session Manager."""

from __future__ import annotations

from typing import Any

import pytest

from reach.cases import Case, check, names
from reach.worlds import (
    ALL_IN,
    ALL_OUT,
    Raw,
    acl,
    cidr,
    entry,
    group,
    healthy,
    instance,
    interface,
    judged,
    of_group,
    route,
    routes,
)

REACHABLE, BLOCKED, UNKNOWN, PARTIAL = "reachable", "blocked", "unknown", "partial"
PUBLIC = route("0.0.0.0/0", GatewayId="igw-1")
NAT = route("0.0.0.0/0", NatGatewayId="nat-1")


def agent(*out: Raw, profile: bool = True, **lists: Any) -> Raw:
    """An instance without a public address whose subnet has these routes."""
    found = routes(healthy(), *out)
    interface(found)["PrivateIpAddresses"][0].pop("Association")
    if profile:
        instance(found)["IamInstanceProfile"] = {"Arn": "arn:aws:iam::1:instance-profile/x"}
    return {**found, **lists}


def endpoints(*services: str, out: tuple[Raw, ...] = (), opens: str = "10.0.0.0/16", **changes: Any) -> Raw:
    """Interface endpoints in the other subnet, with a group of their own."""
    found = agent(*out)
    found["SecurityGroups"].append(group("sg-v", cidr(opens, (443, 443))))
    found["VpcEndpoints"] = [
        {
            "VpcEndpointId": f"vpce-{name}",
            "VpcEndpointType": "Interface",
            "VpcId": "vpc-1",
            "ServiceName": f"com.amazonaws.eu-west-1.{name}",
            "State": "available",
            "PrivateDnsEnabled": True,
            "Groups": [{"GroupId": "sg-v"}],
            "SubnetIds": ["subnet-priv"],
            **changes,
        }
        for name in services or ("ssm", "ssmmessages")
    ]
    return found


def one_denies() -> Raw:
    found = endpoints()
    found["VpcEndpoints"][1]["Groups"] = [{"GroupId": "sg-1"}]
    return found


def public(**changes: Any) -> Raw:
    """An agent behind an internet gateway."""
    found = agent(PUBLIC, **changes)
    interface(found)["PrivateIpAddresses"][0]["Association"] = {"PublicIp": "198.51.100.10"}
    return found


def letting_out(world: Raw, *permissions: Raw) -> Raw:
    """Other egress rules of the instance's group."""
    world["SecurityGroups"][0]["IpPermissionsEgress"] = list(permissions)
    return world


def nat(**row: Any) -> Raw:
    """A NAT gateway that is told."""
    gateway = {"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-priv", "State": "available", **row}
    return agent(NAT, NatGateways=[gateway])


def nat_with_way_out(**row: Any) -> Raw:
    return routes(nat(**row), PUBLIC, subnet="subnet-priv")


def ssm(name: str, world: Any, verdict: str, codes: str = "") -> Case:
    """A case of the agent."""
    return Case(name, world, verdict, codes, source="", kind="ssm", endpoint=None)


DENIED = "vpce.ssm_sg_denies_443 vpce.ssmmessages_sg_denies_443"
NO_DNS = "vpce.ssm_no_private_dns vpce.ssmmessages_no_private_dns"
BOTH_SHUT = "nacl.egress_443_denied nacl.return_denied"

AGENTS = (
    ssm("by endpoints", endpoints, REACHABLE),
    ssm("old agents' ec2messages is not needed", lambda: endpoints("ssm", "ssmmessages", "ec2messages"), REACHABLE),
    ssm("one of both", lambda: endpoints("ssm"), BLOCKED, "route.no_internet_egress"),
    ssm("one of both, and a NAT gateway", lambda: endpoints("ssm", out=(NAT,)), REACHABLE),
    ssm("pending endpoints", lambda: endpoints(State="pending"), BLOCKED, "route.no_internet_egress"),
    ssm("endpoints of another VPC", lambda: endpoints(VpcId="vpc-2"), BLOCKED, "route.no_internet_egress"),
    ssm("endpoints that let nobody in", lambda: endpoints(opens="192.0.2.0/24"), BLOCKED, DENIED),
    ssm("only one of them does", one_denies, BLOCKED, "vpce.ssmmessages_sg_denies_443"),
    ssm("such endpoints take the name also where a NAT gateway is", lambda: endpoints(opens="192.0.2.0/24",
        out=(NAT,)), BLOCKED, DENIED),
    ssm("no private DNS", lambda: endpoints(PrivateDnsEnabled=False), UNKNOWN, NO_DNS),
    ssm("no private DNS, and a NAT gateway", lambda: endpoints(PrivateDnsEnabled=False, out=(NAT,)), REACHABLE),
    ssm("nothing out of the instance", lambda: letting_out(endpoints()), BLOCKED, "sg.egress_443_denied"),
    ssm("out to the endpoints' group", lambda: letting_out(endpoints(), of_group("sg-v", 443)), REACHABLE),
    ssm("out to a part of their subnet", lambda: letting_out(endpoints(), cidr("10.0.2.0/25", (443, 443))), UNKNOWN,
        "vpce.address_unknown"),
    ssm("the instance's ACL before the endpoints", lambda: acl(endpoints(), "subnet-pub"), BLOCKED, BOTH_SHUT),
    ssm("the endpoints' ACL", lambda: acl(endpoints(), "subnet-priv"), BLOCKED,
        "nacl.vpce_subnet_ingress_denied nacl.vpce_subnet_return_denied"),
    ssm("endpoints in the same subnet need no ACL", lambda: acl(endpoints(SubnetIds=["subnet-pub"]), "subnet-pub"),
        REACHABLE),
    ssm("endpoints could not be read", lambda: agent(NAT, VpcEndpoints=None), UNKNOWN, "unreadable.vpc_endpoints"),
    ssm("by the gateway", public, REACHABLE),
    ssm("a gateway that is not attached", lambda: public(InternetGateways=[]), BLOCKED, "igw.none_attached"),
    ssm("another gateway", lambda: agent(route("0.0.0.0/0", GatewayId="igw-2")), BLOCKED,
        "route.foreign_igw address.no_public_ipv4_behind_igw"),
    ssm("a blackhole", lambda: agent(route("0.0.0.0/0", "blackhole", NatGatewayId="nat-1")), BLOCKED,
        "route.blackhole"),
    ssm("a NAT gateway that is gone", lambda: nat_with_way_out(State="deleted"), BLOCKED, "route.blackhole"),
    ssm("a NAT gateway with a way out", nat_with_way_out, REACHABLE),
    ssm("a NAT gateway in a private subnet", lambda: routes(nat(), subnet="subnet-priv"), BLOCKED,
        "route.no_internet_egress"),
    ssm("a private NAT gateway", lambda: nat_with_way_out(ConnectivityType="private"), BLOCKED,
        "route.no_internet_egress"),
    ssm("a NAT gateway that is not told", lambda: agent(NAT, NatGateways=[]), UNKNOWN, "unreadable.nat_gateways"),
    ssm("a transit gateway", lambda: agent(route("0.0.0.0/0", TransitGatewayId="tgw-1")), UNKNOWN, "route.beyond_tgw"),
    ssm("a VPN", lambda: agent(route("0.0.0.0/0", GatewayId="vgw-1")), UNKNOWN, "route.beyond_vgw"),
    ssm("an appliance", lambda: agent(route("0.0.0.0/0", NetworkInterfaceId="eni-fw")), UNKNOWN, "route.middlebox"),
    ssm("a peering leads nowhere", lambda: agent(route("0.0.0.0/0", VpcPeeringConnectionId="pcx-1")), BLOCKED,
        "peering.no_transit"),
    ssm("a route for some public addresses", lambda: agent(route("52.0.0.0/8", NatGatewayId="nat-1")), UNKNOWN,
        "ssm.service_address_unknown"),
    ssm("a gateway endpoint leads to a storage service", lambda: agent(route("pl-s3", GatewayId="vpce-s3"),
        PrefixLists={"pl-s3": ["52.218.0.0/17"]}), BLOCKED, "route.no_internet_egress"),
    ssm("nothing out to 443", lambda: letting_out(agent(NAT), cidr("0.0.0.0/0", (80, 80))), BLOCKED,
        "sg.egress_443_denied"),
    ssm("out to private addresses", lambda: letting_out(agent(NAT), cidr("10.0.0.0/8", (443, 443))), BLOCKED,
        "sg.egress_443_denied"),
    ssm("out to some public addresses", lambda: letting_out(agent(NAT), cidr("52.0.0.0/8", (443, 443))), UNKNOWN,
        "ssm.service_address_unknown"),
    ssm("the ACL", lambda: acl(agent(NAT), "subnet-pub"), BLOCKED, BOTH_SHUT),
    ssm("the ACL lets only SSH in", lambda: acl(agent(NAT), "subnet-pub", ALL_OUT, entry(100, "allow", "0.0.0.0/0",
        (22, 22))), BLOCKED, "nacl.return_denied"),
    ssm("the ACL lets some replies in", lambda: acl(agent(NAT), "subnet-pub", ALL_OUT, entry(100, "allow", "0.0.0.0/0",
        (49152, 65535))), PARTIAL, "nacl.return_partial"),
    ssm("the ACL bans somebody", lambda: acl(agent(NAT), "subnet-pub", ALL_OUT, entry(50, "deny", "203.0.113.66/32"),
        ALL_IN), REACHABLE),
    ssm("no profile", lambda: agent(NAT, profile=False), UNKNOWN, "ssm.no_instance_profile_unless_dhmc"),
    ssm("no profile and no way", lambda: agent(profile=False), BLOCKED, "route.no_internet_egress"),
    ssm("public access is blocked both ways", lambda: agent(NAT, Bpa={"mode": "block-bidirectional"}), BLOCKED,
        "bpa.block-bidirectional"),
    ssm("public access is blocked inwards", lambda: agent(NAT, Bpa={"mode": "block-ingress"}), REACHABLE),
    *(ssm(f"the VPC may {lets}", lambda lets=lets: agent(NAT, Bpa={"mode": "block-bidirectional", "exclusions": [
      {"ResourceArn": "arn:aws:ec2:r:1:vpc/vpc-1", "State": "create-complete", "InternetGatewayExclusionMode": lets}]}),
      REACHABLE) for lets in ("allow-egress", "allow-bidirectional")),
)  # fmt: skip


@pytest.mark.parametrize("case", AGENTS, ids=names(AGENTS))
def test_the_agent_reaches_the_service(case: Case) -> None:
    check(case)


def test_windows_takes_other_ports() -> None:
    found = acl(agent(NAT), "subnet-pub", ALL_OUT, entry(100, "allow", "0.0.0.0/0", (49152, 65535)))
    instance(found)["Platform"] = "windows"
    assert judged(found, kind="ssm").verdict == "reachable"


def test_a_stopped_instance_has_no_agent() -> None:
    found = agent(NAT)
    instance(found)["State"]["Name"] = "stopped"
    assert {reason.code for reason in judged(found, kind="ssm").best.blockers} == {"instance.stopped"}


def test_what_was_left_out_is_said() -> None:
    assert judged(agent(NAT), kind="ssm").best.assumed == ("Bpa", "NatGateways", "VpcEndpoints")
