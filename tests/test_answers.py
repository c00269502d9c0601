"""Answers by hand: what a person says stands, what a look saw stays beside it, and nothing is proved by a word."""

from __future__ import annotations

import pytest
from told import ENTERED, REACHED, saw, story, way

from sshwizard import verdict, vocabulary
from sshwizard.effects import Chmod, Retarget
from sshwizard.events import (
    Answered,
    Began,
    Did,
    Ended,
    Event,
    Rewound,
    Unanswered,
    Undid,
)
from sshwizard.fronts import plain, report
from sshwizard.model import Fact, Target
from sshwizard.runner import Runner
from sshwizard.session import Ask, Done, Look, Offer, fold, need, walk
from sshwizard.tree.limbs import LIMBS

AT_KEYS = [
    *way(0, **REACHED, login="denied", methods="public-key", will="tries-keys", signing="no-trouble"),
]
TOO_OPEN = story(*AT_KEYS, saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"}))
SILENT = story(*way(0, proxy="direct", name="ok", tcp="silent"))


def hand(*answers: Event) -> list[Event]:
    """An interview."""
    return [Began(Target("Connection timed out"), "hand"), *answers]


def judged(events: list[Event]) -> verdict.Verdict:
    found = verdict.judge(fold(events))
    assert found is not None
    return found


# ------------------------------------------------------------------ what stands


def test_by_hand_every_question_is_asked_and_each_answer_leads_on() -> None:
    events = hand()
    assert need(fold(events)) == Ask(-1, "typed")
    events += [Answered(-1, "typed", "ok"), Answered(-1, "client", "ok"), Answered(0, "proxy", "direct")]
    assert need(fold(events)) == Ask(0, "name")
    assert walk(fold(events)).steps[-1].fact == Fact("direct", "you say: no proxy", source="person")


def test_not_to_know_leads_on_as_unknown_does() -> None:
    events = hand(*[Answered(leg, node, said) for leg, node, said in LIMBS[0].answers])
    asked = ("timed-out", "cloud", "google", "silence", "private", "egress")
    events += [Answered(0, node, "unknown") for node in asked]
    found = judged(events)
    assert found.root is not None
    assert found.root.cause == "network.no-answer"
    assert [step.node for step in found.unknown] == list(asked)
    assert found.unknown[0].fact.why == "you do not know"


def test_a_look_comes_first_where_one_can_be_made() -> None:
    """Both are known then, and a question that was answered ahead is looked at all the same."""
    events = [
        *SILENT,
        saw(0, "timed-out", "same"),
        saw(0, "cloud", "not-asked"),
        saw(0, "google", "not-asked"),
        Answered(0, "silence", "nothing"),
    ]
    assert need(fold(events)) == Look(0, "silence")
    looked = [saw(0, "silence", "unknown"), saw(0, "private", "public"), saw(0, "egress", "not-asked")]
    assert judged([*events, *looked]).root is not None


def test_a_person_may_answer_where_a_look_could_not_tell() -> None:
    looked = [saw(0, "private", "public"), saw(0, "egress", "not-asked"), saw(0, "egress-alive", "not-asked")]
    events = [
        *SILENT,
        saw(0, "timed-out", "same"),
        saw(0, "cloud", "not-asked"),
        saw(0, "google", "not-asked"),
        saw(0, "silence", "unknown"),
        *looked,
    ]
    assert judged(events).findings[0].cause == "network.no-answer"
    found = judged([*events, Answered(0, "silence", "machine-answers")])
    assert (found.findings[0].cause, found.findings[0].confidence) == ("network.firewall-drops", "likely")
    assert found.unknown == ()
    assert verdict.disputes(fold([*events, Answered(0, "silence", "machine-answers")])) == ()


async def test_in_a_text_the_question_that_would_decide_can_be_answered() -> None:
    runner = Runner.of_text(b"ssh: connect to host web-1 port 22: Connection timed out\n", "x.log")
    await runner.walk()
    assert {step.fact.source for step in walk(runner.state).steps} == {"log"}
    runner.answer((0, "silence"), "machine-answers")
    found = await runner.walk()
    assert found.findings[0].cause == "network.firewall-drops"
    path = report.report(runner.state, found)["path"]
    assert [step["source"] for step in path if step["node"] in {"tcp", "silence"}] == ["log", "person"]


# ------------------------------------------------------------------ disagreement


def test_disagreement_keeps_both_and_the_verdict_says_so() -> None:
    events = [*TOO_OPEN, Answered(0, "keys", "fine")]
    state = fold(events)
    assert state.facts[0, "keys"].outcome == "too-open"
    assert state.answers[0, "keys"] == "fine"
    assert need(state) == Look(0, "certificate")
    events += way(
        0,
        certificate="none",
        algorithms="fine",
        offered="some",
        other_key="no-other",
        cloud_login="not-asked",
        google_login="not-asked",
        user="given",
    )
    found = judged(events)
    assert found.findings[0].cause == "auth.key-rejected"
    both = "the look says: keys: too-open; you say: the files are sound"
    assert both in [seen.says for seen in found.findings[0].evidence]
    assert [step.node for step in verdict.disputes(fold(events))] == ["keys"]
    assert both in plain.tell(fold(events), found)


def test_a_dispute_that_decides_is_the_first_evidence_with_the_look_s_own_lines() -> None:
    events = story(*AT_KEYS, saw(0, "keys", "fine"), Answered(0, "keys", "too-open"))
    found = judged(events).findings[0]
    assert (found.cause, found.confidence) == ("key.permissions-too-open", "likely")
    assert found.evidence[0].says == "the look says: keys: fine; you say: open to others"
    assert found.evidence[0].lines == ("1: fine",)
    assert [seen.says for seen in found.evidence].count(found.evidence[0].says) == 1


def test_what_ssh_itself_said_is_called_so() -> None:
    state = fold([*SILENT, Answered(0, "tcp", "refused")])
    assert walk(state).steps[-1].fact.says == "ssh's log says: tcp: silent; you say: refused"


def test_a_later_look_never_overrides_a_person() -> None:
    events = [*TOO_OPEN, Answered(0, "keys", "missing"), saw(0, "keys", "public", {"named": "~/k"})]
    assert judged(events).findings[0].cause == "key.not-found"
    assert "keys: public" in judged(events).findings[0].evidence[0].says


def test_to_agree_is_no_dispute_and_leaves_the_proof_a_proof() -> None:
    events = [*TOO_OPEN, Answered(0, "keys", "too-open")]
    assert judged(events).findings[0].confidence == "certain"
    assert verdict.disputes(fold(events)) == ()


def test_not_to_know_speaks_against_no_look() -> None:
    events = [*TOO_OPEN, Answered(0, "keys", "unknown")]
    assert judged(events).findings[0].confidence == "certain"


def test_a_title_names_nothing_that_nobody_saw() -> None:
    """A template with a file, key or address in it gives way to the cause's own title."""
    events = story(*AT_KEYS, saw(0, "keys", "fine"), Answered(0, "keys", "missing"))
    title = judged(events).findings[0].title
    assert title == vocabulary.causes()["key.not-found"].title


def test_a_way_that_a_person_led_proves_nothing_on_it() -> None:
    events = story(*way(0, **REACHED, login="ok"), Answered(0, "login", "denied"))
    events += way(0, methods="public-key", will="tries-keys", signing="no-trouble")
    events.append(saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"}))
    assert judged(events).findings[0].confidence == "likely"


def test_nobody_s_word_makes_ssh_work() -> None:
    events = story(*way(0, **{**ENTERED, "session": "closed"}), Answered(0, "session", "ok"), saw(0, "detour", "none"))
    found = judged(events)
    assert (found.outcome, found.symptom, found.findings) == ("inconclusive", "none", ())
    assert "By what you say, nothing is wrong." in plain.tell(fold(events), found)
    assert isinstance(need(fold(events)), Done)

    delayed = story(*way(0, **ENTERED), saw(0, "detour", "none"), Answered(0, "detour", "family-lost"))
    assert (judged(delayed).outcome, judged(delayed).findings[0].confidence) == ("failed", "likely")


# ------------------------------------------------------------------ changing one's mind


def test_an_answer_drops_the_answers_after_it_and_no_look() -> None:
    events = hand(
        *[Answered(leg, node, said) for leg, node, said in LIMBS[0].answers], Answered(0, "timed-out", "same")
    )
    events.append(Answered(0, "silence", "nothing"))
    again = fold([*events, Answered(0, "tcp", "refused")])
    assert need(again) == Ask(0, "refused")
    assert (0, "timed-out") not in again.answers
    back = fold([*events, Answered(0, "tcp", "refused"), Answered(0, "tcp", "silent")])
    assert need(back) == Ask(0, "timed-out")
    seen = fold([*TOO_OPEN, Answered(0, "login", "closed"), saw(0, "closing", "unknown"), Unanswered(0, "login")])
    assert isinstance(need(seen), Offer)
    assert seen.facts[0, "keys"].outcome == "too-open"


def test_an_answer_can_be_taken_back() -> None:
    events = [*TOO_OPEN, Answered(0, "keys", "missing"), Unanswered(0, "keys")]
    assert fold(events).answers == {}
    assert judged(events).findings[0].confidence == "certain"


def test_taking_back_takes_what_followed_from_it() -> None:
    events = hand(Answered(-1, "typed", "ok"), Answered(-1, "client", "ok"), Unanswered(-1, "typed"))
    assert need(fold(events)) == Ask(-1, "typed")
    assert fold(events).answers == {}
    assert fold(hand(Unanswered(0, "keys"))).answers == {}


def test_looking_again_leaves_answers_alone() -> None:
    for again in (Rewound(0, "keys"), Rewound(-1, "client"), Rewound()):
        assert fold([*TOO_OPEN, Answered(0, "keys", "missing"), again]).answers == {(0, "keys"): "missing"}


def test_a_change_drops_answers_about_the_world_before_it() -> None:
    did = Did("chmod-key", "key.permissions-too-open", 0, "keys", "too-open", "login", "denied",
              (Chmod("/k", 0o600, 0o644),), (Chmod("/k", 0o644, 0o600),))  # fmt: skip
    events = [*TOO_OPEN, Answered(0, "login", "denied"), Answered(-1, "typed", "ok"), Answered(0, "keys", "missing")]
    assert fold([*events, did]).answers == {(-1, "typed"): "ok"}
    assert fold([*events, did, Answered(0, "keys", "fine"), Undid("chmod-key")]).answers == {(-1, "typed"): "ok"}


async def test_a_fix_against_a_look_is_not_proved_by_the_same_look() -> None:
    """What the person says and no look ever saw cannot be seen to be gone."""
    runner = Runner([*story(*AT_KEYS, saw(0, "keys", "fine")), Answered(0, "signing", "signed-refused"),
                     saw(0, "user-after-signing", "given"), Answered(0, "user-after-signing", "root")])  # fmt: skip
    did = await runner.apply("try-image-user", "ec2-user")
    assert (did.outcome, did.answer) == ("given", "denied")
    assert isinstance(did.effects[0], Retarget)
    runner.see(saw(0, "user-after-signing", "given"))
    assert not runner.state.changes[0].proved
    await runner.close()


def test_an_answer_ends_the_end() -> None:
    ended = [*TOO_OPEN, Ended("failed", 3)]
    assert fold([*ended, Answered(0, "keys", "fine")]).ended is None
    assert fold([*ended, Unanswered(0, "keys")]).ended is None


def test_an_answer_that_a_question_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="keys"):
        fold([*TOO_OPEN, Answered(0, "keys", "made-up")])
    runner = Runner(TOO_OPEN)
    with pytest.raises(ValueError, match="made-up"):
        runner.answer((0, "keys"), "made-up")
    assert runner.events == TOO_OPEN
