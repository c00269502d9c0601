"""A reason says more than its code: which rule, which route, which ports, and what nearly let the connection in."""

from __future__ import annotations

from reach.test_aws_internet import PUBLIC, in_state, second, world
from reach.worlds import (
    ALL_IN,
    ALL_OUT,
    acl,
    cidr,
    entry,
    healthy,
    interface,
    judged,
    let_in,
    of_group,
    of_list,
    route,
    routes,
)


def test_a_denied_reply_is_told_with_its_fraction_and_its_rules() -> None:
    found = acl(healthy(), "subnet-pub", ALL_IN, entry(90, "deny", "0.0.0.0/0", (2048, 65535), egress=True), ALL_OUT)
    (reason,) = judged(found).best.partial
    assert reason.resources == ("acl-subnet-pub",)
    assert reason.detail["fraction"] == round(1024 / (65535 - 1024 + 1), 4)
    assert reason.detail["denied"] == [[2048, 65535, 90]]


def test_a_denial_names_its_rule() -> None:
    found = acl(healthy(), "subnet-pub", entry(50, "deny", "203.0.113.0/24"), ALL_IN, ALL_OUT)
    (reason,) = judged(found).best.blockers
    assert (reason.code, reason.resources, reason.detail["rule"]) == ("nacl.ingress_denied", ("acl-subnet-pub",), 50)


def test_no_matching_rule_denies_without_a_number() -> None:
    (reason, _) = judged(acl(healthy(), "subnet-pub")).best.blockers
    assert reason.detail["rule"] is None


def test_the_route_that_wins_is_told() -> None:
    found = routes(healthy(), PUBLIC, route("203.0.113.0/24", NatGatewayId="nat-1"))
    (reason,) = judged(found).best.blockers
    assert reason.resources == ("rtb-pub", "nat-1")
    assert reason.detail == {"destination": "203.0.113.0/24", "target": "nat-1"}


def test_the_narrowest_rule_that_lets_in_is_told() -> None:
    rule = judged(let_in(healthy(), cidr("0.0.0.0/0"), cidr("203.0.113.7/32", about="dana"))).best.admitted_by
    assert rule is not None
    assert (rule.source, rule.description) == ("203.0.113.7/32", "dana")


def test_near_misses_come_with_their_rules() -> None:
    found = let_in(
        world(PrefixLists={"pl-1": ["198.51.100.0/24"]}),
        cidr("203.0.113.99/32", about="my laptop"),
        cidr("10.0.0.0/8"),
        cidr("203.0.113.7/32", (2222, 2222)),
        cidr("203.0.113.7/32", protocol="udp"),
        cidr("198.51.100.1/32", (80, 80)),
        of_list("pl-1"),
        of_group("sg-b"),
    )
    (reason,) = judged(found).best.blockers
    assert [(near.kind, near.rule.source) for near in reason.near] == [
        ("other_port", "203.0.113.7/32"),
        ("other_port", "203.0.113.7/32"),
        ("other_cidr", "203.0.113.99/32"),
        ("other_cidr", "10.0.0.0/8"),
        ("prefix_list_miss", "pl-1"),
        ("sg_reference", "sg-b"),
    ]
    nearest = reason.near[2].rule
    assert (nearest.group, nearest.description, nearest.low, nearest.high) == ("sg-1", "my laptop", 22, 22)
    assert reason.detail == {"port": 22, "address": "203.0.113.7"}


def test_an_unreadable_list_is_a_near_miss() -> None:
    (reason,) = judged(let_in(healthy(), of_list("pl-x"))).best.unknown
    assert (reason.resources, reason.near[0].kind) == (("pl-x",), "unreadable_prefix_list")


def test_a_thousand_near_misses_are_the_nearest_twenty() -> None:
    many = [cidr(f"198.51.{number // 256}.{number % 256}/32") for number in range(1000)]
    (reason,) = judged(let_in(healthy(), *many, cidr("203.0.113.9/32"))).best.blockers
    assert len(reason.near) == 20
    assert reason.near[0].rule.source == "203.0.113.9/32"


def test_every_path_is_judged() -> None:
    answer = judged(second("sg-1", own="198.51.100.10"))
    assert [(path.endpoint, path.verdict) for path in answer.paths] == [
        ("198.51.100.10", "blocked"),
        ("198.51.100.11", "reachable"),
    ]


def test_every_fault_is_told_at_once() -> None:
    found = acl(routes(let_in(in_state("stopped")), subnet="subnet-pub"), "subnet-pub")
    found["InternetGateways"] = []
    found["Bpa"] = {"mode": "block-ingress", "exclusions": []}
    interface(found)["PrivateIpAddresses"][0].pop("Association")
    assert [reason.code for reason in judged(found).best.blockers] == [
        "address.no_public_ipv4",
        "instance.stopped",
        "igw.none_attached",
        "bpa.block-ingress",
        "route.no_route_to_source",
        "nacl.ingress_denied",
        "nacl.egress_ephemeral_denied",
        "sg.no_rule_for_source",
    ]
