"""Where an interview begins: each message walks the tree to an open question or a cause."""

from __future__ import annotations

import pytest

from sshwizard import clean
from sshwizard.model import UNKNOWN
from sshwizard.runner import Runner
from sshwizard.session import Ask, Offer, need, walk
from sshwizard.tree import TREE
from sshwizard.tree.hand import HOW, can_be, choices
from sshwizard.tree.limbs import LIMBS, Limb, limb
from sshwizard.tree.node import Node

from .test_tree import NODES, cells

NEXT = {
    "timed-out": "timed-out", "refused": "refused", "no-route": "unreachable", "unreachable": "no-way",
    "unknown-host": "resolver", "permission-denied": "methods", "host-key-changed": "known-changed",
    "host-key-failed": "known", "no-match": "pinned", "closed": "speaks-closed", "reset": "speaks-reset",
    "hangs": "tcp", "closed-at-login": "closing", "thrown-out": "session", "config": "client", "jump": "proxy",
    "other": "typed",
}  # fmt: skip
"""The first question of each."""
ENDS = {"too-many-failures": "auth.too-many-keys"}
"""Those that say it all."""


@pytest.mark.parametrize("one", LIMBS, ids=lambda one: one.id)
def test_a_limb_walks_to_its_first_question_or_to_a_cause(one: Limb) -> None:
    runner = Runner.by_hand(one)
    assert len(walk(runner.state).steps) == len(one.answers)
    wanted = need(runner.state)
    if isinstance(wanted, Ask):
        assert wanted.node == NEXT[one.id]
        assert wanted.node in HOW
    else:
        assert isinstance(wanted, Offer)
        assert wanted.cause.code == ENDS[one.id]


def test_they_are_told_apart_and_fit_on_a_line() -> None:
    assert set(NEXT) | set(ENDS) == {one.id for one in LIMBS}
    assert len({one.id for one in LIMBS}) == len({one.sees for one in LIMBS}) == len(LIMBS)
    for one in LIMBS:
        assert cells(one.sees) <= 60
        assert clean.line(one.sees) == one.sees
        assert limb(one.id) is one
    assert limb("moon") is None
    assert len(LIMBS) <= 18, "they must be seen at once on 24 lines"


@pytest.mark.parametrize("node", NODES)
def test_a_person_can_give_every_answer_once_in_words(node: Node[str]) -> None:
    given = choices(node)
    assert given[-1] == UNKNOWN
    assert len({node.word(outcome) for outcome in given}) == len(given)
    assert all(can_be(node.id, outcome) for outcome in given)
    for outcome in node.via.outcomes:
        assert outcome in choices(node, outcome)
        if outcome not in given and node.id not in {"typed", "session"} and not node.id.startswith("egress"):
            same = [one for one in given if node.word(one) == node.word(outcome)]
            assert len(same) == 1, f"{node.id}: {outcome} is worded like nothing"


def test_a_way_to_find_out_is_told_for_questions_that_exist() -> None:
    assert set(HOW) <= set(TREE)
    assert all(cells(how) <= 90 for how in HOW.values())
