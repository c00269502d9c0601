"""Every reason code and what it says. In docs/reach.md as a table; a code outside of it fails the tests."""

from __future__ import annotations

import re

BLOCKERS = {
    "instance.<state>": "The instance is not running: `stopped`, `stopping`, `pending`, `terminated`, …",
    "address.no_public_ipv4": "The source speaks IPv4, and no network interface has a public IPv4 address.",
    "address.no_ipv6": "The source speaks IPv6, and no network interface has an IPv6 address.",
    "address.no_private_ipv4": "The instance has no IPv4 address at all.",
    "address.no_public_ipv4_behind_igw": "The way out is an internet gateway, which needs a public address.",
    "igw.none_attached": "No internet gateway is attached to the VPC.",
    "bpa.<mode>": "VPC Block Public Access is on, and no exclusion lifts it for this VPC or subnet.",
    "edge.blackhole": "The gateway's own route table drops what comes in for the instance.",
    "route.no_route_to_source": "The subnet's route table has no route to the source.",
    "route.blackhole": "The route that matches is a blackhole; AWS does not fall through to the next one.",
    "route.foreign_igw": "The route leads to an internet gateway that is not attached to this VPC.",
    "route.via_nat": "Replies would leave by a NAT gateway: the subnet is a private one.",
    "route.egress_only": "Replies would leave by an egress-only gateway, which lets no connection in.",
    "route.asymmetric": "Replies would leave by a transit gateway, VPN or peering, not the way they came.",
    "route.source_inside_vpc_cidr": "The source address lies in the VPC's own block, so replies stay inside.",
    "route.private_source_via_igw": "The route back to a private source is the internet gateway.",
    "route.no_internet_egress": "The agent has no way to the internet, and there is no endpoint.",
    "nacl.ingress_denied": "The subnet's network ACL denies the connection on its way in.",
    "nacl.egress_ephemeral_denied": "The subnet's network ACL denies the replies to every port of the client.",
    "nacl.source_subnet_egress_denied": "The ACL of the source's subnet denies the connection on its way out.",
    "nacl.source_subnet_return_denied": "The ACL of the source's subnet denies the replies.",
    "nacl.eice_subnet_egress_denied": "The ACL of the endpoint's subnet denies the connection on its way out.",
    "nacl.eice_subnet_return_denied": "The ACL of the endpoint's subnet denies the replies.",
    "nacl.egress_443_denied": "The subnet's ACL denies the agent's connection to port 443.",
    "nacl.return_denied": "The subnet's ACL denies the replies to the agent.",
    "nacl.vpce_subnet_ingress_denied": "The ACL of the VPC endpoint's subnet denies port 443.",
    "nacl.vpce_subnet_return_denied": "The ACL of the VPC endpoint's subnet denies the replies.",
    "sg.no_rule_for_source": "No rule of the interface's security groups lets the source in on the port.",
    "sg.no_rule_for_eice": "No rule lets the Instance Connect Endpoint in: neither its group nor its address.",
    "sg.egress_443_denied": "The instance's security groups let nothing out to port 443.",
    "peering.<status>": "The VPC peering is not active.",
    "peering.no_forward_route": "The peered VPC has no route to the instance.",
    "peering.no_transit": "The source lies beyond the peered VPC; a peering leads no farther.",
    "eice.none_in_vpc": "The VPC has no Instance Connect Endpoint.",
    "eice.<state>": "The Instance Connect Endpoint cannot be used in its state.",
    "eice.port_not_supported": "An Instance Connect Endpoint connects to ports 22 and 3389 only.",
    "eice.sg_egress_denied": "The endpoint's security group lets nothing out to the instance on the port.",
    "vpce.<name>_sg_denies_443": "The VPC endpoint's security group does not let the instance in on 443.",
}

UNKNOWN = {
    "unreadable.<list>": "A list that this check needs is not among the answers, or not this row of it.",
    "instance.not_found": "The instance is not among the answers.",
    "instance.no_network_interface": "The answers tell no network interface, so there is nothing to judge.",
    "instance.state_unknown": "The answer does not tell the instance's state.",
    "source.no_address": "The source is not an address.",
    "edge.middlebox": "The gateway's own route table leads through an appliance, which may let it pass.",
    "route.middlebox": "The route leads through an appliance or an endpoint, which may let it pass.",
    "route.not_modelled": "The route leads to something that is not modelled: a carrier or local gateway.",
    "route.beyond_tgw": "AWS's side is fine as far as the transit gateway; what lies beyond it is not known.",
    "route.beyond_vgw": "AWS's side is fine as far as the VPN; what lies beyond it is not known.",
    "route.prefix_list_unreadable": "A route for an unreadable prefix list would decide otherwise.",
    "route.source_subnet_unknown": "No subnet of the answers holds the source, so its ACL is not known.",
    "sg.prefix_list_unreadable": "A rule allows a prefix list whose entries could not be read.",
    "sg.source_groups_unknown": "A rule allows a group, and the groups of the source are not known.",
    "peering.state_unknown": "The answer does not tell the peering's state.",
    "peering.cidr_unknown": "The answer does not tell the peered VPC's blocks.",
    "peering.forward_route_unknown": "Some tables of the peered VPC lead to the instance, others do not.",
    "eice.state_unknown": "The answer does not tell the endpoint's state.",
    "eice.address_unknown": "The endpoint's own address is not known, and the rules treat its subnet in two ways.",
    "vpce.<name>_no_private_dns": "The VPC endpoint has no private DNS; the agent finds it only if told so.",
    "vpce.address_unknown": "The VPC endpoint's address is not known, and rules treat its subnet in two ways.",
    "ssm.service_address_unknown": "Some public addresses can be reached; whether the service is among them is open.",
    "ssm.no_instance_profile_unless_dhmc": "No instance profile; Default Host Management may stand in for it.",
}

PARTIAL = {
    "nacl.egress_ephemeral_partial": "The subnet's ACL lets replies pass to a part of the client's ports only.",
    "nacl.source_subnet_return_partial": "The ACL of the source's subnet does so.",
    "nacl.eice_subnet_return_partial": "The ACL of the endpoint's subnet does so.",
    "nacl.return_partial": "The subnet's ACL lets replies pass to a part of the agent's ports only.",
    "nacl.vpce_subnet_return_partial": "The ACL of the VPC endpoint's subnet does so.",
}

WARNINGS = {
    "os.secondary_eni_needs_policy_routing": "A secondary interface answers only with policy routing in the system.",
    "os.secondary_ip_needs_config": "A secondary address must be configured in the system.",
}

KINDS = {"blockers": BLOCKERS, "unknown": UNKNOWN, "partial": PARTIAL, "warnings": WARNINGS}


def meaning(kind: str, code: str) -> str:
    """What a code says; "" for none of ours. What stands in angle brackets varies."""
    if code in KINDS[kind]:
        return KINDS[kind][code]
    for pattern, told in KINDS[kind].items():
        if "<" in pattern and re.fullmatch(re.sub("<.*?>", "[a-z0-9_ -]+", re.escape(pattern)), code):
            return told
    return ""
