"""Each rule of the evaluation, one case a line: what is asked, and what decides."""

from __future__ import annotations

from typing import Any

import pytest

from reach.gcp_worlds import ME, NET, Raw, ask, policy, ruled, said, vpc

ALLOW, DENY = vpc("a"), vpc("d", deny=True)
IMPLIED = "deny implied-deny-ingress"
A, D = "allow firewall:a", "deny firewall:d"
BEFORE: Raw = {"enforcement": "BEFORE_CLASSIC_FIREWALL"}
ORG: Raw = {"kind": "HIERARCHY"}
TAG, GONE = {"name": "tagValues/1", "state": "EFFECTIVE"}, {"name": "tagValues/2", "state": "INEFFECTIVE"}

Case = tuple[str, list[Raw], dict[str, Any], str]


def ports(protocol: str | int, *texts: str) -> Raw:
    return vpc("a", ports=[{"IPProtocol": protocol, **({"ports": list(texts)} if texts else {})}])


def net(*rules: Raw, **more: Any) -> Raw:
    return policy("net", *rules, **more)


def geo(action: str, key: str = "srcRegionCodes", **more: Any) -> Raw:
    return net(ruled(1, action, None, {key: ["x"]}, **more))


VPC: list[Case] = [
    ("deny before allow at equal priority", [ALLOW, DENY], {}, D),
    ("in any order", [DENY, ALLOW], {}, D),
    ("a missing priority is 1000", [{k: v for k, v in ALLOW.items() if k != "priority"}, DENY], {}, D),
    ("and not more", [{k: v for k, v in ALLOW.items() if k != "priority"}, {**DENY, "priority": 1001}], {}, A),
    ("a missing direction is ingress", [{k: v for k, v in ALLOW.items() if k != "direction"}], {}, A),
    ("a service account of the target", [vpc("a", targetServiceAccounts=["x@p", "y@p"])],
     {"service_accounts": ["y@p"]}, A),
    ("not that of this VM", [vpc("a", targetServiceAccounts=["x@p"])], {"service_accounts": ["y@p"]}, IMPLIED),
    ("tags are compared whole", [vpc("a", targetTags=["web"])], {"tags": ["webs"]}, IMPLIED),
    ("every protocol", [ports("all")], {"port": 2222}, A),
    ("the protocol in capitals", [ports("TCP", "22")], {}, A),
    ("another protocol", [ports("udp", "22")], {}, IMPLIED),
    ("a protocol by number is asked for by name", [ports("17")], {"protocol": "udp"}, A),
    ("and the other way round", [ports("sctp", "22")], {"protocol": "132"}, A),
    ("a number as a number", [ports(6, "22")], {}, A),
    ("a protocol without ports", [ports("icmp")], {"protocol": "icmp"}, A),
    ("is not tcp", [ports("icmp")], {}, IMPLIED),
    ("the first and the last port of a range", [ports("tcp", "1-21", "22-22")], {}, A),
    ("beside a range", [ports("tcp", "23-65535", "0-21")], {}, IMPLIED),
    ("one of several protocols", [vpc("a", ports=[{"IPProtocol": "udp"}, {"IPProtocol": "tcp", "ports": ["22"]}])],
     {}, A),
    ("no source is every IPv4 address", [vpc("a", None)], {}, A),
    ("and no IPv6 address", [vpc("a", None)], {"src": "2001:db8::7"}, IMPLIED),
    ("every IPv6 address", [vpc("a", "::/0")], {"src": "2001:db8::7"}, A),
    ("an IPv6 block", [vpc("a", "2001:db8::/64")], {"src": "2001:db8:0:1::7"}, IMPLIED),
    ("an IPv4 address that is mapped into IPv6", [ALLOW], {"src": f"::ffff:{ME}"}, A),
    ("a tag of the source", [vpc("a", None, sourceTags=["b"])], {"src": "10.0.0.5", "src_tags": ["b"]}, A),
    ("a service account of it", [vpc("a", None, sourceServiceAccounts=["x@p"])],
     {"src": "10.0.0.5", "src_service_accounts": ["x@p"]}, A),
    ("another tag", [vpc("a", None, sourceTags=["b"])], {"src": "10.0.0.5", "src_tags": ["c"]}, IMPLIED),
    ("no VM of the network", [vpc("a", None, sourceTags=["b"])], {"src": "10.0.0.5"}, IMPLIED),
    ("an external address carries no tag", [vpc("a", None, sourceTags=["b"])],
     {"src": "8.8.8.8", "src_tags": ["b"]}, IMPLIED),
    ("Identity-Aware Proxy carries none", [vpc("a", None, sourceTags=["b"])],
     {"src": "35.235.240.0/20", "src_tags": ["b"]}, IMPLIED),
    ("a VM's external IPv6 address does", [vpc("a", None, sourceTags=["b"])],
     {"src": "2600:1900::5", "src_tags": ["b"]}, A),
    ("tags of the source that are not known", [vpc("a", None, sourceTags=["b"])], {"src": "10.0.0.5", "src_tags": None},
     "uncertain firewall:a"),
    ("and do not matter", [ALLOW, vpc("b", None, sourceTags=["b"])], {"src": "10.0.0.5", "src_tags": None}, A),
    ("a destination that is this VM", [vpc("a", destinationRanges=["10.0.0.0/24"])], {"dst": "10.0.0.2"}, A),
    ("a destination that is another", [vpc("a", destinationRanges=["10.0.0.0/24"])], {"dst": "10.0.1.2"}, IMPLIED),
    ("a destination, and our own address is not known", [vpc("a", destinationRanges=["10.0.0.0/24"])], {},
     "uncertain firewall:a"),
    ("every destination", [vpc("a", destinationRanges=["0.0.0.0/0"])], {}, A),
    ("two rules that hold a half each", [vpc("a", "10.0.0.0/25"), vpc("b", "10.0.0.128/25")],
     {"src": "10.0.0.0/24"}, A),
    ("one that lacks an address", [vpc("a", "10.0.0.0/25"), vpc("b", "10.0.0.129/32 10.0.0.130/31 10.0.0.132/30")],
     {"src": "10.0.0.128/29"}, "partial implied-deny-ingress"),
]  # fmt: skip

POLICIES: list[Case] = [
    ("an organization allows before a VPC rule denies", [DENY, policy("org", ruled(1, "allow"), **ORG)], {},
     "allow policy:org/1"),
    ("a rule with a name", [policy("org", ruled(1, "deny", ruleName="no-ssh"), **ORG)], {}, "deny policy:org/no-ssh"),
    ("no match goes on", [ALLOW, policy("org", ruled(1, "deny", "10.0.0.0/8"), **ORG)], {}, A),
    ("policies of the hierarchy as they are listed",
     [policy("z", ruled(9, "allow"), **ORG), policy("b", ruled(1, "deny"), **ORG)], {}, "allow policy:z/9"),
    ("goto_next leaves this policy alone",
     [policy("org", ruled(1, "goto_next"), ruled(2, "deny"), **ORG), policy("f", ruled(3, "deny"), **ORG)], {},
     "deny policy:f/3"),
    ("rules by their priority", [net(ruled(20, "deny"), ruled(3, "allow"))], {}, "allow policy:net/3"),
    ("Google's own stand before the VPC rules", [DENY, policy("s", ruled(1, "allow"), kind="SYSTEM_GLOBAL")], {},
     "allow policy:s/1"),
    ("and behind the hierarchy", [policy("s", ruled(1, "allow"), kind="SYSTEM_REGIONAL"), policy("o", ruled(1,
     "deny"), **ORG)],
     {}, "deny policy:o/1"),
    ("a VPC rule before the network's policy", [DENY, net(ruled(1, "allow"))], {}, D),
    ("the network's policy before a VPC rule", [DENY, net(ruled(1, "allow"))], BEFORE, "allow policy:net/1"),
    ("before it, and no match", [ALLOW, net(ruled(1, "deny", "10.0.0.0/8"))], BEFORE, A),
    ("policies of the network by their association",
     [net(ruled(1, "deny"), priority=20), policy("first", ruled(9, "allow"), priority=10)], {}, "allow policy:first/9"),
    ("the global policies before the regional ones",
     [policy("r", ruled(1, "deny"), kind="NETWORK_REGIONAL", priority=1), net(ruled(1, "allow"), priority=5)], {},
     "allow policy:net/1"),
    ("a regional policy", [policy("r", ruled(1, "allow"), kind="NETWORK_REGIONAL")], {}, "allow policy:r/1"),
    ("the order is not known, and does not matter", [ALLOW, net(ruled(1, "deny", "10.0.0.0/8"))],
     {"enforcement": None}, A),
    ("the order is not known", [ALLOW, net(ruled(1, "deny"))], {"enforcement": None}, "uncertain firewall:a"),
    ("a rule that is disabled", [ALLOW, net(ruled(1, "deny", disabled=True))], BEFORE, A),
    ("a rule for egress", [ALLOW, net(ruled(1, "deny", direction="EGRESS"))], BEFORE, A),
    ("another port", [ALLOW, net(ruled(1, "deny", match={"layer4Configs": [{"ipProtocol": "tcp",
     "ports": ["23-99"]}]}))], BEFORE, A),
    ("every protocol", [ALLOW, net(ruled(1, "deny", match={"layer4Configs": [{"ipProtocol": "all"}]}))],
     BEFORE, "deny policy:net/1"),
    ("no source is every address of both families", [net(ruled(1, "allow", None))], {"src": "2001:db8::7"},
     "allow policy:net/1"),
    ("an IPv4 block holds no IPv6 address", [net(ruled(1, "allow"))], {"src": "2001:db8::7"}, IMPLIED),
    ("a service account", [net(ruled(1, "allow", targetServiceAccounts=["x@p"]))], {"service_accounts": ["x@p"]},
     "allow policy:net/1"),
    ("another service account", [net(ruled(1, "allow", targetServiceAccounts=["x@p"]))], {}, IMPLIED),
    ("a secure tag in force", [net(ruled(1, "allow", targetSecureTags=[TAG, GONE]))], {}, "allow policy:net/1"),
    ("secure tags out of force", [net(ruled(1, "allow", targetSecureTags=[GONE]))], {}, IMPLIED),
    ("a target that is our network", [net(ruled(1, "allow", targetResources=[NET]))],
     {"network": "https://compute.googleapis.com/compute/beta/projects/p/global/networks/default"},
     "allow policy:net/1"),
    ("our network is that of the VPC rules", [ALLOW, policy("o", ruled(1, "deny", targetResources=[NET + "2"]),
     **ORG)], {}, A),
    ("our network is not known", [policy("o", ruled(1, "allow", targetResources=[NET]), **ORG)], {},
     "uncertain policy:o/1"),
    ("a rule for load balancers", [ALLOW, policy("o", ruled(1, "deny", targetType="INTERNAL_MANAGED_LB"), **ORG)],
     {}, A),
    ("an inspection", [net(ruled(1, "apply_security_profile_group"))], {}, "allow policy:net/1"),
]  # fmt: skip

DOUBTS: list[Case] = [
    ("a country that may be denied", [ALLOW, geo("deny")], BEFORE, "uncertain policy:net/1"),
    ("a country that may be allowed", [geo("allow")], {}, "uncertain policy:net/1"),
    ("a private address has no country", [ALLOW, geo("deny")], {**BEFORE, "src": "10.0.0.5"}, A),
    ("a name that may hold it", [ALLOW, geo("deny", "srcFqdns")], {**BEFORE, "src": "10.0.0.5"},
     "uncertain policy:net/1"),
    ("a list of bad addresses", [ALLOW, geo("deny", "srcThreatIntelligences")], BEFORE, "uncertain policy:net/1"),
    ("an address group", [ALLOW, geo("deny", "srcAddressGroups")], BEFORE, "uncertain policy:net/1"),
    ("the same either way", [ALLOW, geo("allow")], BEFORE, A),
    ("denied either way", [DENY, geo("deny")], BEFORE, D),
    ("denied before it", [DENY, geo("allow")], {}, D),
    ("the blocks of the rule hold it anyway", [ALLOW, net(ruled(1, "deny", match={"srcFqdns": ["x"]}))], BEFORE,
     "deny policy:net/1"),
    ("a secure tag of the source", [net(ruled(1, "allow", None, {"srcSecureTags": [TAG]}))], {"src": "10.0.0.5"},
     "uncertain policy:net/1"),
    ("an external address carries none", [net(ruled(1, "allow", None, {"srcSecureTags": [TAG]}))],
     {"src": "8.8.8.8"}, IMPLIED),
    ("secure tags of the source out of force", [ALLOW, net(ruled(1, "deny", None, {"srcSecureTags": [GONE]}))],
     BEFORE, A),
    ("and a block", [ALLOW, net(ruled(1, "deny", match={"srcSecureTags": [GONE]}))], BEFORE, "deny policy:net/1"),
    ("the way it comes", [ALLOW, net(ruled(1, "deny", match={"srcNetworkType": "INTERNET"}))],
     BEFORE, "uncertain policy:net/1"),
    ("the scope it comes from", [ALLOW, net(ruled(1, "deny", match={"srcNetworkScope": "VPC_NETWORKS"}))], BEFORE,
     "uncertain policy:net/1"),
    ("from elsewhere, whatever the way", [ALLOW, net(ruled(1, "deny", "10.0.0.0/8",
     {"srcNetworkType": "INTERNET"}))], BEFORE, A),
    ("by the internet", [ALLOW, net(ruled(1, "deny", match={"srcNetworkType": "INTERNET"}))],
     {**BEFORE, "way": "internet"}, "deny policy:net/1"),
    ("not by the internet", [ALLOW, net(ruled(1, "deny", match={"srcNetworkContext": "NON_INTERNET"}))],
     {**BEFORE, "way": "internet"}, A),
    ("from a network by name", [ALLOW, net(ruled(1, "deny", match={"srcNetworks": [NET]}))], BEFORE,
     "uncertain policy:net/1"),
    ("a private address never comes by the internet",
     [ALLOW, net(ruled(1, "deny", match={"srcNetworkType": "INTERNET"}))], {**BEFORE, "src": "10.0.0.5"}, A),
    ("no way is named", [net(ruled(1, "allow", match={"srcNetworkScope": "UNSPECIFIED"}))], {}, "allow policy:net/1"),
    ("a condition of tomorrow", [ALLOW, net(ruled(1, "deny", match={"srcMood": ["bad"]}))],
     BEFORE, "uncertain policy:net/1"),
    ("a source of tomorrow", [ALLOW, net(ruled(1, "deny", "10.0.0.0/8", {"srcMood": ["bad"]}))], BEFORE,
     "uncertain policy:net/1"),
    ("an action of tomorrow", [ALLOW, net(ruled(1, "ask_oracle"))], BEFORE, "uncertain policy:net/1"),
    ("a policy of a type of tomorrow", [ALLOW, policy("m", ruled(1, "deny"), kind="MOON")], {}, "uncertain policy:m/1"),
    ("goto_next that may pass it on to a deny", [DENY, net(ruled(1, "goto_next", None, {"srcFqdns": ["x"]}),
     ruled(2, "allow"))],
     BEFORE, "uncertain policy:net/1"),
    ("goto_next that may pass it on to the same",
     [ALLOW, net(ruled(1, "goto_next", None, {"srcFqdns": ["x"]}), ruled(2, "allow"))], BEFORE, "allow policy:net/2"),
    ("only a part is in doubt", [ALLOW, net(ruled(1, "goto_next", "203.0.113.0/25"), ruled(2, "deny", None,
     {"srcRegionCodes": ["x"]}))],
     {**BEFORE, "src": "203.0.113.0/24"}, "uncertain policy:net/2"),
    ("a source that cannot be read", [vpc("a", "203.0.113.7 7")], {}, "uncertain firewall:a"),
    ("and is disabled", [vpc("a", "203.0.113.7 7", disabled=True)], {}, IMPLIED),
    ("a port that cannot be read", [ports("tcp", "ssh")], {}, "uncertain firewall:a"),
    ("no action", [{k: v for k, v in ALLOW.items() if k != "allowed"}], {}, "uncertain firewall:a"),
    ("a source that is no address", [ALLOW], {"src": "web-1"}, "uncertain "),
]  # fmt: skip


@pytest.mark.parametrize("case", [*VPC, *POLICIES, *DOUBTS], ids=lambda case: case[0])
def test_what_decides(case: Case) -> None:
    _, rows, request, wanted = case
    answer = ask(*rows, **request)
    assert said(answer) == wanted, answer
    assert bool(answer.doubts) is (answer.action == "uncertain")


def test_the_trace_has_every_rule_in_order_and_what_it_took() -> None:
    rows = [
        vpc("late", priority=9), vpc("early", "203.0.113.0/26", 1), vpc("out", direction="EGRESS"),
        policy("org", ruled(5, "goto_next", "203.0.113.0/25"), ruled(6, "deny"), kind="HIERARCHY"), vpc("never",
        priority=2000),
    ]  # fmt: skip
    answer = ask(*rows, src="203.0.113.0/24")
    assert [(step.rule.by, step.outcome) for step in answer.trace] == [
        ("policy:org/5", "took"), ("policy:org/6", "took"), ("firewall:early", "took"), ("firewall:late", "took"),
        ("firewall:out", "no-match"), ("firewall:never", "nothing-left"),
    ]  # fmt: skip
    assert [sum(last - first + 1 for first, last in step.took) for step in answer.trace] == [128, 128, 64, 64, 0, 0]
    assert said(answer) == "partial policy:org/6"
    assert answer.admitted == ("203.0.113.0/25",)
    assert answer.shown("deny") == ("203.0.113.128/25",)


def test_one_thing_alone_keeps_a_rule_from_letting_in() -> None:
    rows = [
        vpc("tagged", targetTags=["ssh"]), vpc("off", disabled=True), vpc("other", "192.0.2.0/24"), vpc("late",
        priority=2000, disabled=True),
        vpc("two", disabled=True, targetTags=["ssh"]), vpc("d", "203.0.113.0/24", 1500, deny=True), vpc("out",
        direction="EGRESS"),
    ]  # fmt: skip
    near = ask(*rows).near
    assert {(one.rule.name, one.miss.why) for one in near} == {
        ("tagged", "target-tags"), ("off", "disabled"), ("other", "source"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "request_", "priority", "held_by"),
    [
        ([], {}, 65535, ""),
        ([DENY], {}, 999, "firewall:d"),
        ([vpc("z", priority=0, deny=True)], {}, None, "firewall:z"),
        ([policy("org", ruled(1, "deny"), **ORG), ALLOW], {}, None, "policy:org/1"),
        ([net(ruled(1, "deny"))], {}, 65535, ""),
        ([net(ruled(1, "deny"))], BEFORE, None, "policy:net/1"),
        ([net(ruled(1, "deny"))], {"enforcement": None}, None, "policy:net/1"),
        ([ALLOW, geo("deny")], BEFORE, None, "policy:net/1"),
        ([vpc("p", "203.0.113.0/28", 7, deny=True), DENY], {"src": "203.0.113.0/24"}, 6, "firewall:p"),
    ],
)
def test_the_priority_that_a_new_rule_needs(rows: list[Raw], request_: Raw, priority: int | None, held_by: str) -> None:
    room = ask(*rows, **request_).room
    assert room is not None
    assert (room.priority, room.held_by) == (priority, held_by)
