"""What holds for any rules: against an evaluator that asks for one address at a time, and under changes."""

from __future__ import annotations

import copy
import ipaddress
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reach.gcp_worlds import VECTORS, Raw, effective, policy, question, ruled, vpc
from sshwizard.reach.gcp import Answer, Request, evaluate, evaluate_rules
from sshwizard.reach.gcp.document import BadDocument, answers
from sshwizard.reach.gcp.routes import way_out
from sshwizard.reach.gcp.words import why

FAST = settings(max_examples=80, deadline=None)
ORDERS = {
    "AFTER_CLASSIC_FIREWALL": ("HIERARCHY", "SYSTEM_GLOBAL", "VPC", "NETWORK", "NETWORK_REGIONAL"),
    "BEFORE_CLASSIC_FIREWALL": ("HIERARCHY", "SYSTEM_GLOBAL", "NETWORK", "NETWORK_REGIONAL", "VPC"),
}


# ------------------------------------------------------------------ one address at a time


def outcomes(world: Raw, request: Request, address: str) -> set[str]:
    """All that may become of packets from one address."""
    orders = [request.enforcement] if request.enforcement else list(ORDERS)
    return {one for order in orders for one in _from(_stages(world, ORDERS[order]), request, address)}


def _stages(world: Raw, order: tuple[str, ...]) -> list[list[Raw]]:
    found = []
    for kind in order:
        if kind == "VPC":
            found.append(sorted(world["firewalls"], key=lambda row: (row["priority"], "denied" not in row)))
        else:
            rows = [row for row in world.get("firewallPolicys", []) if row["type"] == kind]
            rows.sort(key=lambda row: row.get("priority", 0))
            found += [sorted(row["rules"], key=lambda rule: rule["priority"]) for row in rows]
    return found


def _from(stages: list[list[Raw]], request: Request, address: str) -> set[str]:
    if not stages:
        return {"deny"}
    if not stages[0]:
        return _from(stages[1:], request, address)
    rule, rest = stages[0][0], [stages[0][1:], *stages[1:]]
    holds = _holds(rule, request, address)
    if holds is False:
        return _from(rest, request, address)
    action = rule.get("action") or ("deny" if "denied" in rule else "allow")
    ends = {"deny" if action == "deny" else "allow"}
    taken = _from(stages[1:], request, address) if action == "goto_next" else ends
    return taken if holds else taken | _from(rest, request, address)


def _holds(rule: Raw, request: Request, address: str) -> bool | None:
    """None when it cannot be told."""
    if rule.get("disabled") or rule["direction"] == "EGRESS":
        return False
    if rule.get("targetTags") and not set(rule["targetTags"]) & set(request.tags):
        return False
    match = rule.get("match", rule)
    ip = ipaddress.ip_address(address)
    blocks = [ipaddress.ip_network(text) for text in match.get("srcIpRanges", match.get("sourceRanges", []))]
    if any(ip.version == net.version and ip in net for net in blocks):
        return True
    if match.get("srcFqdns"):
        return None
    if match.get("sourceTags"):
        return bool(set(match["sourceTags"]) & set(request.src_tags or ()))
    return not blocks and ("match" in rule or ip.version == 4)


# ------------------------------------------------------------------ any rules

V4 = [
    str(net)
    for length in (28, 29, 30, 32)
    for net in ipaddress.ip_network("198.51.100.0/28").subnets(new_prefix=length)
]
V6 = ["2001:db8::/124", "2001:db8::/125", "2001:db8::8/125", "2001:db8::4/126", "2001:db8::9"]
ranges = st.lists(st.sampled_from([*V4, *V6, "0.0.0.0/0", "::/0"]), min_size=1, max_size=3, unique=True).map(" ".join)
priorities = st.sampled_from([0, 1, 7, 8, 1000, 65534, 65535])
numbers = st.integers(0, 99)


@st.composite
def firewalls(draw: st.DrawFn) -> Raw:
    """A VPC rule."""
    more: Raw = {"disabled": draw(st.booleans()) and draw(st.booleans())}
    if draw(st.booleans()) and draw(st.booleans()):
        more["direction"] = "EGRESS"
    if draw(st.booleans()):
        more["targetTags"] = draw(st.sampled_from([["web"], ["db"], ["web", "db"]]))
    sources = draw(st.none() | ranges)
    if draw(st.booleans()) and draw(st.booleans()):
        more["sourceTags"] = draw(st.sampled_from([["bastion"], ["other"]]))
    return vpc(f"r{draw(numbers)}", sources, draw(priorities), deny=draw(st.booleans()), **more)


@st.composite
def policies(draw: st.DrawFn) -> Raw:
    """A policy of a few rules with different priorities."""
    rows = []
    for priority in draw(st.lists(st.integers(1, 50), max_size=4, unique=True)):
        action = draw(st.sampled_from(["allow", "deny", "goto_next", "apply_security_profile_group"]))
        match = draw(st.sampled_from([{}, {}, {"srcFqdns": ["a.example"]}]))
        rows.append(ruled(priority, action, draw(st.none() | ranges), match, disabled=draw(st.integers(0, 5)) == 0))
    kind = draw(st.sampled_from(["HIERARCHY", "SYSTEM_GLOBAL", "NETWORK", "NETWORK_REGIONAL"]))
    return policy(f"p{draw(numbers)}", *rows, kind=kind, priority=draw(st.integers(1, 5)))


worlds = st.builds(
    lambda rules, found: effective(*rules, *found), st.lists(firewalls(), max_size=5), st.lists(policies(), max_size=3)
)
requests = st.builds(
    Request,
    src=st.sampled_from([*V4, *V6]),
    tags=st.sampled_from([(), ("web",)]),
    src_tags=st.sampled_from([(), ("bastion",)]),
    enforcement=st.sampled_from([*ORDERS, None]),
)


def fates(answer: Answer) -> dict[int, str]:
    """The action of each address."""
    assert answer.parts[0].span[0] == answer.request.spans[0][0]
    return {one: part.action for part in answer.parts for one in range(part.span[0], part.span[1] + 1)}


def whole(actions: set[str]) -> str:
    return "uncertain" if "uncertain" in actions else "partial" if len(actions) > 1 else actions.pop()


@settings(max_examples=250, deadline=None)
@given(worlds, requests)
def test_each_address_fares_as_if_it_were_asked_for_alone(world: Raw, request: Request) -> None:
    answer = evaluate(world, request)
    wanted = {}
    for address in ipaddress.ip_network(request.src):
        found = outcomes(world, request, str(address))
        wanted[int(address)] = found.pop() if len(found) == 1 else "uncertain"
    assert fates(answer) == wanted
    assert answer.action == whole(set(wanted.values()))
    assert bool(answer.doubts) is (answer.action == "uncertain")
    named = {row["name"] for row in world["firewalls"]} | {row["name"] for row in world.get("firewallPolicys", [])}
    assert answer.by.partition(":")[2].partition("/")[0] in named | {""}
    assert why(answer).endswith(".")


@FAST
@given(worlds, requests)
def test_halves_make_the_whole(world: Raw, request: Request) -> None:
    net = ipaddress.ip_network(request.src)
    if net.prefixlen == net.max_prefixlen:
        return
    both: dict[int, str] = {}
    for half in net.subnets():
        fields = {name: getattr(request, name) for name in request.__slots__}
        both |= fates(evaluate(world, Request(**{**fields, "src": str(half)})))
    assert fates(evaluate(world, request)) == both


@FAST
@given(worlds, requests, st.randoms(use_true_random=False))
def test_the_order_of_rules_in_the_answer_does_not_matter(world: Raw, request: Request, chance: Any) -> None:
    other = copy.deepcopy(world)
    chance.shuffle(other["firewalls"])
    for row in other.get("firewallPolicys", []):
        chance.shuffle(row["rules"])
    assert fates(evaluate(other, request)) == fates(evaluate(world, request))


@FAST
@given(worlds, requests, st.booleans(), ranges)
def test_a_later_rule_changes_nothing_that_is_decided(world: Raw, request: Request, deny: bool, sources: str) -> None:
    before = evaluate(world, request)
    last = vpc("last", sources, 70000, deny=deny)
    after = fates(evaluate({**world, "firewalls": [*world["firewalls"], last]}, request))
    for part in before.parts:
        if all(record.kind in {"vpc", "hierarchy", "system"} for record in (part.decided, *part.may)):
            assert {after[one] for one in range(part.span[0], part.span[1] + 1)} == {part.action}


@FAST
@given(worlds, requests, priorities)
def test_deny_wins_at_equal_priority(world: Raw, request: Request, priority: int) -> None:
    every = "0.0.0.0/0 ::/0"
    rules = [vpc("yes", every, priority), vpc("no", every, priority, deny=True)]
    no = evaluate({**world, "firewalls": [*world["firewalls"], rules[1]]}, request)
    both = evaluate({**world, "firewalls": [*world["firewalls"], *rules]}, request)
    assert fates(both) == fates(no)


@FAST
@given(worlds, requests)
def test_a_new_rule_wins_from_its_priority_on(world: Raw, request: Request) -> None:
    room = evaluate(world, request).room
    if room is None:
        assert evaluate(world, request).action == "allow"
        return

    def tried(priority: int) -> str:
        new = vpc("new", request.src, priority)
        return evaluate({**world, "firewalls": [*world["firewalls"], new]}, request).action

    if room.priority is None:
        assert tried(0) != "allow"
        assert room.held_by
    else:
        assert tried(room.priority) == tried(0) == "allow"
        assert room.priority == 65535 or tried(room.priority + 1) != "allow"


@FAST
@given(worlds, requests)
def test_what_nearly_lets_in_lets_in_once_it_is_mended(world: Raw, request: Request) -> None:
    for near in evaluate(world, request).near:
        rows = copy.deepcopy(world["firewalls"])
        for row in rows:
            if row["name"] == near.rule.name and row["priority"] == near.rule.priority and "allowed" in row:
                row["disabled"] = False
                row.pop("targetTags", None)
                row["sourceRanges"] = [*row.get("sourceRanges", []), request.src]
        assert evaluate({**world, "firewalls": rows}, request).action == "allow"


junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12)
    | st.sampled_from(["INGRESS", "0.0.0.0/0", "tcp", "all", "22", "1-0", "deny", "HIERARCHY", "²", "10.0.0.0/8/8"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def spoilt(given: Raw, data: st.DataObject) -> Raw:
    """The same with something else in one place."""
    made, spots = copy.deepcopy(given), []

    def walk(value: Any) -> None:
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            spots.append((value, key))
            walk(value[key])

    walk(made)
    if spots:
        holder, key = data.draw(st.sampled_from(spots))
        holder[key] = data.draw(junk)
    return made


@FAST
@given(st.sampled_from(VECTORS), st.data())
def test_no_answer_of_the_api_raises_and_junk_lets_nobody_in(vector: Raw, data: st.DataObject) -> None:
    request = question(vector["request"])
    assert why(evaluate(spoilt(vector["effective"], data), request))
    assert evaluate_rules(data.draw(junk), request).action in {"deny", "uncertain"}
    assert way_out(data.draw(junk), request).verdict in {"none", "uncertain"}
    assert evaluate(data.draw(junk), request).action in {"deny", "uncertain"}


@FAST
@given(st.sampled_from(VECTORS), st.data())
def test_a_spoilt_question_is_answered_or_refused(vector: Raw, data: st.DataObject) -> None:
    document = spoilt(
        {**vector, "routes": [{"name": "r", "destRange": "0.0.0.0/0", "priority": 7, "tags": ["x"]}]}, data
    )
    try:
        rows = answers(document, with_paths=True)
    except BadDocument:
        return
    assert json.loads(json.dumps(rows))[0]["action"] in {"allow", "deny", "partial", "uncertain"}
