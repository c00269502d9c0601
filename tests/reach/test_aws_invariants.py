"""What holds in any world."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reach.worlds import ALL_IN, VECTORS, Raw, cidr, entry, let_in, of_group, question, told
from sshwizard.reach.aws import Query, World, evaluate
from sshwizard.reach.aws.answer import RANK
from sshwizard.reach.aws.world import OPTIONAL

FAST = settings(max_examples=150, deadline=None)
vectors = st.sampled_from(VECTORS)
LISTS = sorted({name for vector in VECTORS for name in vector["world"] if name not in {"Instances"}})


def rank(world: Raw, query: Query) -> int:
    told(evaluate(World(world), query))
    return RANK[evaluate(World(world), query).verdict]


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same answers in another order: of lists, and of the keys of objects."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    if isinstance(value, list):
        rows = [shuffled(one, chance) for one in value]
        chance.shuffle(rows)
        return rows
    return value


@FAST
@given(vectors, st.randoms(use_true_random=False))
def test_the_order_of_lists_does_not_matter(vector: dict[str, Any], chance: random.Random) -> None:
    query = question(vector)
    assert evaluate(World(shuffled(vector["world"], chance)), query) == evaluate(World(vector["world"]), query)


permissions = st.builds(
    cidr,
    st.sampled_from(["0.0.0.0/0", "::/0", "203.0.113.7/32", "203.0.113.0/24", "10.0.0.0/8", "192.0.2.0/24"]),
    st.sampled_from([(22, 22), (0, 65535), (443, 443), (-1, -1), None]),
    st.sampled_from(["tcp", "udp", "-1", "6"]),
) | st.builds(of_group, st.sampled_from(["sg-1", "sg-b", "sg-e"]))


@FAST
@given(vectors, permissions, st.booleans())
def test_one_more_allowing_rule_never_makes_it_worse(vector: dict[str, Any], permission: Raw, egress: bool) -> None:
    query, world = question(vector), World(vector["world"])
    for group in world.groups:
        more = world.with_rule(group, permission, egress=egress)
        assert RANK[evaluate(more, query).verdict] <= RANK[evaluate(world, query).verdict]


@FAST
@given(vectors, st.integers(1, 32766), st.booleans(), st.data())
def test_an_allow_in_an_acl_never_makes_it_worse(
    vector: dict[str, Any], number: int, egress: bool, data: st.DataObject
) -> None:
    query, world = question(vector), copy.deepcopy(vector["world"])
    before = rank(world, query)
    acl = data.draw(st.sampled_from(world["NetworkAcls"]))
    acl["Entries"].append(entry(number, "allow", "0.0.0.0/0", egress=egress))
    assert rank(world, query) <= before


@FAST
@given(vectors, st.sets(st.sampled_from(LISTS)), st.sampled_from(LISTS))
def test_a_list_that_cannot_be_read_makes_nothing_fine(vector: dict[str, Any], lost: set[str], one: str) -> None:
    query = question(vector)
    world = {**vector["world"], **dict.fromkeys(lost)}
    before = told(evaluate(World(world), query))
    after = told(evaluate(World({**world, one: None}), query))
    if before.verdict in {"unknown", "blocked"}:
        assert after.verdict in {"unknown", "blocked"}
    if one not in OPTIONAL:
        missing = {name: rows for name, rows in world.items() if name != one}
        assert told(evaluate(World(missing), query)) == after


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12) | st.sampled_from(
        ["local", "igw-1", "vpc-1", "subnet-pub", "sg-1", "0.0.0.0/0", "::/0", "203.0.113.7/32", "-1", "6", "pl-1"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for name, one in inner for place in places(one, (*at, name)))]


@settings(max_examples=400, deadline=None)
@given(vectors, st.data())
def test_odd_answers_raise_nothing(vector: dict[str, Any], data: st.DataObject) -> None:
    world = copy.deepcopy(vector["world"])
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from([place for place in places(world) if place]))
        held = world
        for name in way[:-1]:
            held = held[name]
        if data.draw(st.booleans()):
            held[way[-1]] = data.draw(junk)
        else:
            del held[way[-1]]
    for kind in ("internet", "private", "eice", "ssm"):
        query = Query("i-1", vector["query"]["source"], kind=kind)
        evaluate(World(world), query)


@FAST
@given(st.dictionaries(st.sampled_from(["Instances", *LISTS]), junk))
def test_a_world_of_nothing_but_oddities_raises_nothing(world: Raw) -> None:
    evaluate(World(world), Query("i-1", "203.0.113.7"))


def test_nothing_is_changed_by_asking() -> None:
    for vector in VECTORS:
        before = json.dumps(vector["world"])
        evaluate(World(vector["world"]), question(vector))
        assert json.dumps(vector["world"]) == before


def test_a_world_with_one_more_rule_leaves_the_first_alone() -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == "R03")
    world, query = World(vector["world"]), question(vector)
    assert evaluate(world, query).verdict == "blocked"
    assert evaluate(world.with_rule("sg-1", cidr("203.0.113.7/32")), query).verdict == "reachable"
    assert evaluate(world, query).verdict == "blocked"
    assert evaluate(world.with_list("SecurityGroups", None), query).verdict == "unknown"


def test_a_question_asked_twice_gets_one_answer() -> None:
    world = World(let_in(copy.deepcopy(VECTORS[0]["world"]), of_group("sg-1"), cidr("0.0.0.0/0")))
    world.answers["NetworkAcls"][0]["Entries"].append(ALL_IN)
    query = question(VECTORS[0])
    assert evaluate(world, query) == evaluate(world, query)
