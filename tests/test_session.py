"""A session is its events: what is known, where the walk stands, and what it needs next."""

from __future__ import annotations

import json

import pytest
from told import BOX, ENTERED, REACHED, client, saw, story, way

from sshwizard.effects import Chmod, Retarget
from sshwizard.events import Began, Did, Ended, Event, Rewound, Saw, Undid, from_json, to_json
from sshwizard.model import Arrived, Fact, Target, Unclear
from sshwizard.session import Ask, Done, Look, Offer, fold, need, walk

TOO_OPEN = [*way(0, **REACHED), saw(0, "login", "denied"), saw(0, "methods", "public-key")]
TOO_OPEN += [
    saw(0, "will", "tries-keys"),
    saw(0, "signing", "no-trouble"),
    saw(0, "keys", "too-open", {"named": "~/k"}),
]
MENDED = Did(
    "chmod-key", "key.permissions-too-open", 0, "keys", "too-open", "login", "denied",
    (Chmod("/k", 0o600, 0o644),), (Chmod("/k", 0o644, 0o600),),
)  # fmt: skip
ELSEWHERE = Did(
    "try-port", "target.wrong-port", 0, "other-port", "found", "tcp", "refused",
    (Retarget(("-p", "2222"), ()),), (Retarget((), ("-p", "2222")),),
)  # fmt: skip


def offered(events: list[Event]) -> str:
    """The code of the cause that the session offers fixes for."""
    wanted = need(fold(events))
    assert isinstance(wanted, Offer), wanted
    return wanted.cause.code


# ------------------------------------------------------------------ the walk


def test_the_first_look_is_at_what_was_typed() -> None:
    assert need(fold([Began(BOX)])) == Look(-1, "typed")


def test_each_answer_leads_to_the_next_question() -> None:
    events = story()
    for node, outcome in ENTERED.items():
        assert need(fold(events)) == Look(0, node)
        events.append(saw(0, node, outcome))
    assert need(fold(events)) == Look(0, "detour")
    events.append(saw(0, "detour", "none"))
    assert need(fold(events)) == Done(Arrived())


def test_trouble_ends_the_walk_with_an_offer() -> None:
    assert offered(story(*TOO_OPEN)) == "key.permissions-too-open"


def test_what_cannot_be_told_ends_it_without() -> None:
    assert need(fold(story(*way(0, proxy="direct", name="ok", tcp="unknown")))) == Done(Unclear())


def test_an_outcome_that_the_tree_forgot_counts_as_unknown() -> None:
    assert need(fold(story(*way(0, proxy="direct", name="ok", tcp="gone-in-this-version")))) == Done(Unclear())


def test_a_person_is_asked_where_nothing_can_look() -> None:
    assert need(fold([Began(BOX, "hand")])) == Ask(-1, "typed")


def test_facts_off_the_way_do_not_lead_it() -> None:
    events = story(*way(0, proxy="direct"), saw(0, "keys", "too-open"), saw(1, "name", "not-known"))
    assert need(fold(events)) == Look(0, "name")
    assert [step.node for step in walk(fold(events)).steps] == ["typed", "client", "proxy"]


def test_the_newest_fact_of_a_question_counts() -> None:
    events = story(*way(0, proxy="direct", name="ok"), saw(0, "tcp", "refused"), saw(0, "tcp", "open"))
    assert need(fold(events)) == Look(0, "banner")


# ------------------------------------------------------------------ hops


def test_the_way_starts_again_at_each_leg() -> None:
    events = story(*way(0, **REACHED), saw(0, "login", "ok"), legs=("jump", "box"))
    assert need(fold(events)) == Look(0, "forward")
    events.append(saw(0, "forward", "ok"))
    assert need(fold(events)) == Look(1, "proxy")
    events += way(1, **ENTERED, detour="none")
    assert need(fold(events)) == Done(Arrived())


def test_a_target_is_not_asked_to_pass_on() -> None:
    events = story(*way(0, **REACHED), saw(0, "login", "ok"))
    assert need(fold(events)) == Look(0, "session")


def test_legs_come_from_ssh_s_own_answer() -> None:
    state = fold(story(legs=("outer", "inner", "box")))
    assert [(leg.name, leg.host, leg.final) for leg in state.legs] == [
        ("outer", "outer.example", False), ("inner", "inner.example", False), ("box", "box.example", True),
    ]  # fmt: skip


def test_a_log_of_several_runs_has_as_many_legs() -> None:
    state = fold([Began(Target("x.log", ("x.log",)), "log", "", 3)])
    assert [leg.name for leg in state.legs] == ["hop 1", "hop 2", "x.log"]
    assert [leg.final for leg in state.legs] == [False, False, True]


def test_a_look_may_use_its_own_leg_and_the_start() -> None:
    events = story(*way(0, proxy="direct"), *way(1, proxy="ok"), legs=("jump", "box"))
    assert set(fold(events).on(1)) == {"typed", "client", "proxy"}
    assert fold(events).on(1)["proxy"].outcome == "ok"


# ------------------------------------------------------------------ changes


def test_a_change_drops_every_fact_that_may_be_stale() -> None:
    events = [*story(*TOO_OPEN), MENDED]
    assert need(fold(events)) == Look(-1, "client")
    assert list(fold(events).facts) == [(-1, "typed")]


def test_several_faults_are_verdicts_one_after_the_other() -> None:
    events = [*story(*TOO_OPEN), MENDED, Saw(-1, "client", client()), *way(0, **REACHED), saw(0, "login", "denied")]
    events += [saw(0, "methods", "no-public-key")]
    assert offered(events) == "auth.public-key-off"
    assert fold(events).changes[0].proved is False


def test_a_change_is_proved_when_ssh_passes_where_it_stopped() -> None:
    events = [*story(*TOO_OPEN), MENDED, Saw(-1, "client", client()), *way(0, **REACHED)]
    assert not fold(events).changes[0].proved
    assert fold([*events, saw(0, "login", "ok")]).changes[0].proved


def test_it_is_not_proved_when_ssh_stops_there_again() -> None:
    events = [*story(*TOO_OPEN), MENDED, saw(0, "login", "denied")]
    assert not fold(events).changes[0].proved


def test_nor_by_a_look_that_could_not_look() -> None:
    assert not fold([*story(*TOO_OPEN), MENDED, saw(0, "login", "unknown")]).changes[0].proved
    assert not fold([*story(*TOO_OPEN), MENDED, saw(0, "keys", "unknown")]).changes[0].proved


def test_the_look_that_found_it_decides() -> None:
    passed = [*story(*TOO_OPEN), MENDED, saw(0, "login", "ok")]
    assert fold([*passed, saw(0, "keys", "fine")]).changes[0].proved
    assert not fold([*passed, saw(0, "keys", "too-open")]).changes[0].proved


def test_a_look_on_another_leg_proves_nothing() -> None:
    events = [*story(*TOO_OPEN, legs=("box", "inner")), MENDED, saw(1, "login", "ok"), saw(1, "keys", "fine")]
    assert not fold(events).changes[0].proved


def test_what_was_seen_before_the_change_proves_nothing() -> None:
    assert not fold([*story(saw(0, "keys", "fine"), *TOO_OPEN), MENDED]).changes[0].proved


def test_options_for_this_run_stand_before_the_person_s_own() -> None:
    state = fold([*story(), ELSEWHERE])
    assert state.target.ssh_args == ("-p", "2222", "dana@box")
    assert state.target.input == BOX.input


def test_undo_restores_the_target_and_looks_again() -> None:
    state = fold([*story(), ELSEWHERE, Saw(-1, "client", client()), Undid("try-port")])
    assert state.target == BOX
    assert need(state) == Look(-1, "client")
    assert [change.undone for change in state.changes] == [True]


def test_undo_takes_the_newest_that_is_in_force() -> None:
    events: list[Event] = [*story(), ELSEWHERE, MENDED, Undid("chmod-key"), Undid("try-port")]
    for count, undone in ((-1, [False, True]), (len(events), [True, True])):
        assert [change.undone for change in fold(events[:count]).changes] == undone


def test_an_undone_change_is_never_proved() -> None:
    events = [*story(*TOO_OPEN), MENDED, saw(0, "login", "ok"), Undid("chmod-key")]
    assert not fold(events).changes[0].proved
    assert not fold([*events, saw(0, "login", "ok")]).changes[0].proved


def test_undo_without_a_change_is_harmless() -> None:
    assert fold([*story(), Undid("chmod-key")]).changes == ()


# ------------------------------------------------------------------ looking again, and the end


def test_looking_again_drops_the_way_from_there_on() -> None:
    state = fold([*story(*TOO_OPEN), Rewound(0, "kex")])
    assert need(state) == Look(0, "kex")
    assert (0, "banner") in state.facts
    assert (0, "keys") not in state.facts


def test_looking_again_at_all_drops_all() -> None:
    assert need(fold([*story(*TOO_OPEN), Rewound()])) == Look(-1, "typed")


def test_looking_again_beside_the_way_drops_that_fact_only() -> None:
    state = fold(
        [*story(*way(0, proxy="direct", name="ok"), saw(0, "other-key", "none-fits")), Rewound(0, "other-key")]
    )
    assert (0, "other-key") not in state.facts
    assert need(state) == Look(0, "tcp")


def test_an_end_is_kept_until_something_new_happens() -> None:
    ended = [*story(*TOO_OPEN), Ended("failed", 7)]
    assert fold(ended).ended == Ended("failed", 7)
    for more in (saw(0, "login", "ok"), MENDED, Rewound()):
        assert fold([*ended, more]).ended is None


@pytest.mark.parametrize(
    "events", [[], [saw(0, "tcp", "open")], [Began(BOX), Began(BOX)]], ids=["none", "late", "twice"]
)
def test_a_session_begins_once(events: list[Event]) -> None:
    with pytest.raises(ValueError):
        fold(events)


def test_every_beginning_of_a_session_is_a_session() -> None:
    events = [*story(*TOO_OPEN), MENDED, *way(0, **REACHED), Undid("chmod-key"), Rewound(), Ended("failed")]
    for count in range(1, len(events) + 1):
        need(fold(events[:count]))


# ------------------------------------------------------------------ JSON


@pytest.mark.parametrize(
    "event",
    [Began(Target("a b", ("-i", "k"), ("-4",)), "hand", "now", 2), saw(0, "tcp", "open", {"n": [1, {"x": None}]}),
     MENDED,
     ELSEWHERE, Undid("x", "now"), Rewound(1, "tcp"), Ended("failed", 3), Saw(-1, "hostkey.offered", Fact("shown",
                                                                                                          "x"))],
    ids=lambda event: type(event).__name__,
)  # fmt: skip
def test_an_event_comes_back_from_json(event: Event) -> None:
    row = json.loads(json.dumps(to_json(event)))
    assert from_json(row) == event


@pytest.mark.parametrize(
    "row",
    [{}, {"event": None}, {"event": "Saw"}, {"event": "Began", "target": {}}, {"event": "Ended", "took": 1}],
    ids=str,
)
def test_what_is_no_event_is_refused(row: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_json(row)
