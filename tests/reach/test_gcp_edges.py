"""Reasons, protocols and priorities at their edges."""

from __future__ import annotations

from typing import Any

import pytest

from reach.gcp_worlds import ME, NET, Raw, ask, policy, question, ruled, said, vpc
from sshwizard.reach.gcp import evaluate_rules
from sshwizard.reach.gcp.request import protocol_number

ALLOW, DENY = vpc("a"), vpc("d", deny=True)


@pytest.mark.parametrize(
    ("rows", "request_", "why", "names"),
    [
        ([vpc("a", None, sourceTags=["b"])], {}, "source-tags", ("b",)),
        ([vpc("a", None, sourceServiceAccounts=["x@p"])], {}, "source-service-accounts", ("x@p",)),
        ([vpc("a", "10.0.0.0/8", sourceTags=["b"])], {}, "source", ("10.0.0.0/8",)),
        ([vpc("a", None)], {"src": "2001:db8::7"}, "source", ("0.0.0.0/0",)),
        ([vpc("a", targetTags=["web"])], {}, "target-tags", ("web",)),
        ([vpc("a", targetServiceAccounts=["x@p"])], {}, "target-service-accounts", ("x@p",)),
        ([vpc("a", ports=[{"IPProtocol": "tcp", "ports": ["21", "23"]}])], {}, "port", ("21", "23")),
        ([vpc("a", ports=[{"IPProtocol": "udp"}])], {}, "protocol", ("udp",)),
        ([vpc("a", disabled=True)], {}, "disabled", ()),
        ([policy("o", ruled(1, "allow", None, {"srcRegionCodes": ["DE"]}))], {"src": "10.0.0.5"}, "source", ("DE",)),
        ([policy("o", ruled(1, "allow", "10.0.0.0/8", {"srcSecureTags": [{"name": "t", "state": "INEFFECTIVE"}]}))],
         {}, "source", ("10.0.0.0/8",)),
        ([policy("o", ruled(1, "allow", None, {"srcSecureTags": [{"name": "t", "state": "INEFFECTIVE"}]}))],
         {}, "source-secure-tags", ("t",)),
        ([policy("o", ruled(1, "allow", None, {"srcNetworkType": "INTERNET"}))],
         {"src": "10.0.0.5", "way": "internet"}, "network-type", ("INTERNET",)),
        ([policy("o", ruled(1, "allow", None, {"srcNetworkType": "NON_INTERNET"}))],
         {"way": "internet"}, "network-type", ("NON_INTERNET",)),
    ],
)  # fmt: skip
def test_why_a_rule_does_not_hold_is_said_with_what_it_wants(
    rows: list[Raw], request_: dict[str, Any], why: str, names: tuple[str, ...]
) -> None:
    answer = ask(*rows, **request_)
    assert said(answer) == "deny implied-deny-ingress"
    (step,) = answer.trace
    assert (step.outcome, [(miss.why, miss.names) for miss in step.rule.misses]) == ("no-match", [(why, names)])


@pytest.mark.parametrize(
    ("value", "number"),
    [("tcp", 6), ("UDP", 17), ("icmp", 1), ("igmp", 2), ("gre", 47), ("esp", 50), ("ah", 51), ("icmpv6", 58),
     ("ipv6-icmp", 58), ("ipip", 94), ("sctp", 132), ("0", 0), (0, 0), ("255", 255), (255, 255), ("256", None),
     (256, None), (-1, None), ("-1", None), (True, None), ("all", None), ("0006", None), ("٣", None), (None, None)],
)  # fmt: skip
def test_a_protocol_has_the_number_that_iana_gave_it(value: object, number: int | None) -> None:
    assert protocol_number(value) == number


@pytest.mark.parametrize("protocol", ["tcp", "udp", "sctp"])
def test_ports_count_where_there_are_ports(protocol: str) -> None:
    row = vpc("a", ports=[{"IPProtocol": protocol, "ports": ["22"]}])
    assert [said(ask(row, protocol=protocol, port=port)) for port in (21, 22, 23)] == [
        "deny implied-deny-ingress", "allow firewall:a", "deny implied-deny-ingress",
    ]  # fmt: skip


@pytest.mark.parametrize(("src", "told"), [("fc00::5", "deny"), ("fdff::5", "deny"), ("2600:1900::5", "uncertain")])
def test_a_local_ipv6_address_has_no_country(src: str, told: str) -> None:
    assert ask(policy("o", ruled(1, "allow", None, {"srcRegionCodes": ["DE"]})), src=src).action == told


def test_an_association_s_priority_ranks_no_policy_of_the_hierarchy() -> None:
    late = {**policy("z", ruled(1, "allow"), kind="HIERARCHY"), "priority": 9}
    early = {**policy("b", ruled(1, "deny"), kind="HIERARCHY"), "priority": 1}
    assert said(ask(late, early)) == "allow policy:z/1"


@pytest.mark.parametrize(("priority", "room"), [(65535, 65534), (65534, 65533), (0, None), (1, 0)])
def test_the_room_for_a_rule_is_above_what_denies(priority: int, room: int | None) -> None:
    found = ask(vpc("d", priority=priority, deny=True)).room
    assert found
    assert (found.priority, found.held_by) == (room, "firewall:d")


def test_rules_alone_are_judged_where_they_are_of_one_network() -> None:
    other = {**ALLOW, "name": "o", "network": NET + "2"}
    assert said(evaluate_rules([ALLOW, DENY], question({"src": ME}))) == "deny firewall:d"
    assert said(evaluate_rules({"items": [ALLOW]}, question({"src": ME}))) == "allow firewall:a"
    both = evaluate_rules([ALLOW, other], question({"src": ME}))
    assert (both.action, both.doubts[0][1].why) == ("uncertain", "target-network")
    assert both.doubts[0][1].names == (NET, NET + "2")
    assert said(evaluate_rules([DENY, other], question({"src": ME, "network": NET + "2"}))) == "allow firewall:o"
