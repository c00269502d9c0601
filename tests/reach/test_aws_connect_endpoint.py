"""Through an Instance Connect Endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from reach.cases import Case, check, names
from reach.worlds import (
    ALL_IN,
    ALL_OUT,
    ME,
    Raw,
    acl,
    cidr,
    eni,
    entry,
    group,
    healthy,
    instance,
    interface,
    judged,
    let_in,
    of_group,
    of_list,
    routes,
)

REACHABLE, BLOCKED, UNKNOWN, PARTIAL = "reachable", "blocked", "unknown", "partial"
DOOR: Raw = {
    "InstanceConnectEndpointId": "eice-1",
    "State": "create-complete",
    "VpcId": "vpc-1",
    "SubnetId": "subnet-priv",
    "PreserveClientIp": False,
    "SecurityGroupIds": ["sg-e"],
}


def door(*permissions: Raw, egress: tuple[Raw, ...] | None = None, also: tuple[Raw, ...] = (), **changes: Any) -> Raw:
    """An instance with these permissions, and an endpoint."""
    found = let_in(healthy(), *(permissions or (of_group("sg-e"),)))
    found["SecurityGroups"].append(group("sg-e", egress=egress))
    found["InstanceConnectEndpoints"] = [{**DOOR, **changes}, *also]
    return found


def v6_only(world: Raw) -> Raw:
    interface(world)["PrivateIpAddresses"] = []
    interface(world).pop("PrivateIpAddress")
    return world


def second(world: Raw) -> Raw:
    """The group is that of a second interface; the primary one lets nobody in."""
    world["SecurityGroups"].append(group("sg-shut"))
    two = [eni("eni-2", "10.0.1.11", "sg-1", device=1), eni("eni-1", "10.0.1.10", "sg-shut")]
    instance(world)["NetworkInterfaces"] = two
    return world


def eice(name: str, world: Any, verdict: str, codes: str = "", endpoint: str | None = "", **more: Any) -> Case:
    """A case through an endpoint."""
    return Case(name, world, verdict, codes, kind="eice", endpoint=endpoint, **more)


SAME = {**DOOR, "InstanceConnectEndpointId": "eice-2", "SubnetId": "subnet-pub"}

DOORS = (
    *(eice(state, lambda state=state: door(State=state), REACHABLE, endpoint="eice-1") for state in
      ("update-in-progress", "update-complete", "update-failed")),
    *(eice(state, lambda state=state: door(State=state), BLOCKED, f"eice.{state}") for state in
      ("create-in-progress", "create-failed", "delete-in-progress", "delete-complete")),
    eice("no state", lambda: door(State=None), UNKNOWN, "eice.state_unknown"),
    eice("none at all", lambda: {**healthy(), "InstanceConnectEndpoints": []}, BLOCKED, "eice.none_in_vpc", None),
    eice("not readable", healthy, UNKNOWN, "unreadable.instance_connect_endpoints", None),
    eice("the VPC's block is let in", lambda: door(cidr("10.0.0.0/16")), REACHABLE),
    eice("the endpoint's subnet is let in", lambda: door(cidr("10.0.2.0/24")), REACHABLE),
    eice("another subnet is let in", lambda: door(cidr("10.0.1.0/24")), BLOCKED, "sg.no_rule_for_eice"),
    eice("a part of its subnet is let in", lambda: door(cidr("10.0.2.0/25")), UNKNOWN, "eice.address_unknown"),
    eice("its address is known, and let in", lambda: {**door(cidr("10.0.2.9/32"), NetworkInterfaceIds=["eni-e"]),
         "NetworkInterfaces": [eni("eni-e", "10.0.2.9", "sg-e", subnet="subnet-priv")]}, REACHABLE),
    eice("its address is known, and not let in", lambda: {**door(cidr("10.0.2.0/29"), NetworkInterfaceIds=["eni-e"]),
         "NetworkInterfaces": [eni("eni-e", "10.0.2.9", "sg-e", subnet="subnet-priv")]}, BLOCKED,
         "sg.no_rule_for_eice"),
    eice("the client's address counts where it is kept", lambda: door(cidr(f"{ME}/32"), PreserveClientIp=True),
         REACHABLE),
    eice("the endpoint's group does, too", lambda: door(PreserveClientIp=True), REACHABLE),
    eice("the VPC's block does not", lambda: door(cidr("10.0.0.0/16"), PreserveClientIp=True), BLOCKED,
         "sg.no_rule_for_eice"),
    eice("egress to the instance's group", lambda: door(egress=(of_group("sg-1"),)), REACHABLE),
    eice("egress to its address", lambda: door(egress=(cidr("10.0.1.10/32"),)), REACHABLE),
    eice("egress to another one", lambda: door(egress=(cidr("10.0.1.11/32"),)), BLOCKED, "eice.sg_egress_denied"),
    eice("no egress, and not let in", lambda: door(cidr("192.0.2.0/24"), egress=()), BLOCKED,
         "eice.sg_egress_denied sg.no_rule_for_eice"),
    eice("its group cannot be read", lambda: door(cidr("10.0.0.0/16"), SecurityGroupIds=["sg-lost"]), UNKNOWN,
         "unreadable.security_groups"),
    eice("its ACL lets nothing out", lambda: acl(door(), "subnet-priv", ALL_IN), BLOCKED,
         "nacl.eice_subnet_egress_denied"),
    eice("its ACL lets no reply in", lambda: acl(door(), "subnet-priv", ALL_OUT), BLOCKED,
         "nacl.eice_subnet_return_denied"),
    eice("its ACL lets some replies in", lambda: acl(door(), "subnet-priv", ALL_OUT, entry(100, "allow", "0.0.0.0/0",
         (32768, 65535))), PARTIAL, "nacl.eice_subnet_return_partial"),
    eice("the instance's ACL", lambda: acl(door(), "subnet-pub"), BLOCKED,
         "nacl.ingress_denied nacl.egress_ephemeral_denied"),
    eice("the instance's ACL parts its subnet", lambda: acl(door(), "subnet-pub", entry(50, "deny", "10.0.2.0/25"),
         ALL_IN, ALL_OUT), UNKNOWN, "eice.address_unknown"),
    eice("the instance's ACL parts its subnet for replies", lambda: acl(door(), "subnet-pub", ALL_IN, entry(50, "deny",
         "10.0.2.0/25", (40000, 50000), egress=True), ALL_OUT), UNKNOWN, "eice.address_unknown"),
    eice("a prefix list holds its subnet", lambda: {**door(of_list("pl-1")), "PrefixLists": {"pl-1": ["10.0.0.0/8"]}},
         REACHABLE),
    eice("a prefix list holds a part of it", lambda: {**door(of_list("pl-1")), "PrefixLists": {"pl-1":
         ["10.0.2.0/25"]}}, UNKNOWN, "eice.address_unknown"),
    eice("a prefix list holds nothing of it", lambda: {**door(of_list("pl-1")), "PrefixLists": {"pl-1":
         ["192.0.2.0/25"]}}, BLOCKED, "sg.no_rule_for_eice"),
    eice("an IPv6 instance", lambda: v6_only(door()), BLOCKED, "address.no_private_ipv4"),
    eice("the second interface is let in", lambda: second(door(cidr("10.0.0.0/16"))), REACHABLE,
         warnings="os.secondary_eni_needs_policy_routing"),
    eice("no ACL inside one subnet", lambda: acl(door(SubnetId="subnet-pub"), "subnet-pub"), REACHABLE),
    eice("one in the same subnet is chosen", lambda: door(also=(SAME,)), REACHABLE, endpoint="eice-2"),
    eice("one that can be used is chosen", lambda: door(also=({**SAME, "State": "create-failed"},)), REACHABLE,
         endpoint="eice-1"),
    eice("another port", lambda: door(cidr("10.0.0.0/16", (2222, 2222))), BLOCKED, "eice.port_not_supported",
         port=2222),
    eice("a public address is not needed, nor a route", lambda: routes(door()), REACHABLE),
)  # fmt: skip


@pytest.mark.parametrize("case", DOORS, ids=names(DOORS))
def test_through_an_endpoint(case: Case) -> None:
    check(case)


def test_the_address_in_the_vpc_is_told() -> None:
    best = judged(second(door(cidr("10.0.0.0/16"))), kind="eice").best
    assert (best.endpoint, best.interface, best.address) == ("eice-1", "eni-2", "10.0.1.11")
    assert [reason.code for reason in best.warnings] == ["os.secondary_eni_needs_policy_routing"]


def test_a_stopped_instance_has_no_door() -> None:
    found = door()
    instance(found)["State"]["Name"] = "stopped"
    assert {reason.code for reason in judged(found, kind="eice").best.blockers} == {"instance.stopped"}
