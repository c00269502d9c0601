"""Any interview ends in a verdict that is no proof, and any answers leave a session whole."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from told import REACHED, saw, story, way

from sshwizard import verdict
from sshwizard.events import Answered, Unanswered
from sshwizard.fronts import plain, report
from sshwizard.runner import Runner
from sshwizard.session import Ask, fold, need, walk
from sshwizard.tree import TREE
from sshwizard.tree.hand import choices
from sshwizard.tree.limbs import LIMBS, Limb

SCHEMA = json.loads((Path(__file__).resolve().parents[1] / "docs" / "report.schema.json").read_text("utf-8"))
TOO_OPEN = story(
    *way(0, **REACHED, login="denied", methods="public-key", will="tries-keys", signing="no-trouble"),
    saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"}),
)


MOST = 30
"""No interview asks more questions than that."""


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(LIMBS), st.randoms(use_true_random=False))
def test_any_interview_ends_in_a_verdict_and_is_never_certain(limb: Limb, dice: object) -> None:
    runner = Runner.by_hand(limb)
    for _ in range(MOST):
        wanted = need(runner.state)
        if not isinstance(wanted, Ask):
            break
        said = dice.choice(choices(TREE[wanted.node]))  # type: ignore[attr-defined]
        runner.answer((wanted.leg, wanted.node), said)
    found = runner.verdict()
    assert found is not None
    assert found.outcome != "healthy"
    assert "certain" not in [one.confidence for one in found.findings]
    assert all(not remedy.applicable for one in found.findings for remedy in one.remedies)
    told = report.report(runner.state, found)
    Draft202012Validator(SCHEMA).validate(told)
    assert {step["source"] for step in told["path"]} == {"person"}
    assert "port the port" not in plain.tell(runner.state, found)
    assert "{" not in plain.tell(runner.state, found)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(sorted(TREE)), st.integers(0, 99), st.booleans()), max_size=8))
def test_any_answers_to_a_live_session_keep_it_whole(said: list[tuple[str, int, bool]]) -> None:
    """Whatever is said about whatever, the session can be folded, and what looks saw is all still there."""
    events = list(TOO_OPEN)
    for node, number, back in said:
        outcomes = choices(TREE[node])
        event = Unanswered(0, node) if back else Answered(0, node, outcomes[number % len(outcomes)])
        events.append(event)
    state = fold(events)
    assert state.facts == fold(TOO_OPEN).facts
    for step in walk(state).steps:
        assert (step.fact.source == "person") == (state.facts.get(step.place) != step.fact)
    found = verdict.judge(state)
    if found is not None and verdict.disputes(state):
        assert "certain" not in [one.confidence for one in found.findings]
