"""What was the cause before: it orders what nothing tells apart, says so, and decides nothing."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import Any

import pytest
from told import REACHED, saw, story, way

from sshwizard import alike, frequency, paths
from sshwizard.events import Event, Saw
from sshwizard.fronts import plain, report
from sshwizard.fronts.because import plain_lines
from sshwizard.fronts.why import why
from sshwizard.model import Cause, Fact
from sshwizard.runner import Runner
from sshwizard.session import fold, walk
from sshwizard.store import Store, load
from sshwizard.tally import Tally
from sshwizard.verdict import Verdict, judge

REFUSED = [
    *story(*way(0, **REACHED), saw(0, "login", "denied"), saw(0, "methods", "public-key")),
    *way(0, will="tries-keys", signing="no-trouble", keys="fine", certificate="none", algorithms="fine"),
    *way(0, offered="some", other_key="no-other", cloud_login="not-asked", google_login="not-asked", user="given"),
]
"""The server takes no key: many causes look like that."""
RARE = "auth.account-locked"


def judged(events: list[Event]) -> Verdict:
    found = judge(fold(events))
    assert found is not None
    return found


def met(counts: dict[str, Any], of: int = 40) -> Saw:
    return Saw(0, frequency.NAME, Fact("met", "Met before.", data={"counts": counts, "of": of}))


def test_nothing_was_met_and_nothing_is_other_than_before() -> None:
    assert frequency.look((RARE,)) is None
    assert judged([*REFUSED, met({})]) == judged(REFUSED)
    assert report.finding(judged(REFUSED).findings[1]).get("often") is None


def test_what_was_met_before_stands_first_among_equals_and_nothing_else_changes() -> None:
    before, after = judged(REFUSED), judged([*REFUSED, met({RARE: 4, "auth.wrong-user": 1})])
    assert after.findings[0] == before.findings[0]
    assert {one.cause for one in after.findings} == {one.cause for one in before.findings}
    _, spoken_for, first, second, *rest = after.findings
    assert spoken_for == before.findings[1]
    assert (first.cause, first.confidence, second.cause) == (RARE, "possible", "auth.wrong-user")
    assert first.often == "The proved cause of 4 of the last 40 failed sessions on this computer."
    kept = [one.cause for one in rest]
    assert kept == [one.cause for one in before.findings[1:] if one.cause in kept]


def test_what_speaks_for_a_cause_outranks_what_was_met() -> None:
    """Root was typed: that outranks a habit. Nor does what only shares the symptom get before a suspect."""
    end = walk(fold([*REFUSED[:-1], saw(0, "user", "root")])).end
    assert isinstance(end, Cause)
    ranked = alike.also(end, {RARE: 40, "cert.ca-not-trusted": 40})
    assert ranked[:2] == ("auth.root-login-disabled", RARE)
    assert set(ranked[: len(end.also)]) == set(end.also)


def test_every_front_says_how_often() -> None:
    state = fold([*REFUSED, met({RARE: 4})])
    says = frequency.said(4, 40)
    found = judge(state)
    assert found is not None
    assert says in "\n".join(plain_lines(why(state)))
    assert [row.get("often") for row in report.report(state, found)["findings"] if row["cause"] == RARE] == [says]
    assert says in plain.tell(state, found)


@pytest.mark.parametrize("counts", [None, [RARE], {RARE: "many"}, {RARE: 41}, {RARE: -1}, {RARE: True}])
def test_a_session_file_from_elsewhere_counts_nothing_that_cannot_be(counts: Any) -> None:
    assert judged([*REFUSED, met(counts)]) == judged(REFUSED)


def test_sessions_are_counted_once_each_in_its_own_file(monkeypatch: pytest.MonkeyPatch) -> None:
    frequency.note("1-one", [])
    frequency.note("1-one", [RARE])
    frequency.note("2-two", [RARE, "auth.wrong-user"])
    frequency.note("3-three", [])
    fact = frequency.look((RARE, "auth.wrong-user", "auth.user-unknown"))
    assert fact is not None
    assert frequency.counts_of(fact) == ({RARE: 2, "auth.wrong-user": 1}, 3)
    kept = sorted(paths.frequency_dir().iterdir())
    assert [file.name for file in kept] == ["1-one.json", "2-two.json", "3-three.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE(paths.frequency_dir().stat().st_mode) == 0o700
    monkeypatch.setenv(frequency.NO_FREQUENCY, "1")
    frequency.note("4-four", [RARE])
    assert frequency.look((RARE,)) is None
    assert sorted(paths.frequency_dir().iterdir()) == kept


def test_only_the_newest_are_kept_and_what_is_no_list_of_codes_is_no_session() -> None:
    for number in range(2 * frequency.LATELY):
        frequency.note(f"{number:04}", [RARE])
    assert len(list(paths.frequency_dir().iterdir())) == 2 * frequency.LATELY
    frequency.note("1000", ["auth.wrong-user"])
    kept = sorted(file.stem for file in paths.frequency_dir().iterdir())
    assert (len(kept), kept[0], kept[-1]) == (frequency.LATELY, "0101", "1000")
    for name, text in (("2000", "no json"), ("2001", "{}"), ("2002", '["auth'), ("2003", "[" * 4096)):
        (paths.frequency_dir() / f"{name}.json").write_text(text)
    fact = frequency.look((RARE, "auth.wrong-user"))
    assert frequency.counts_of(fact) == ({RARE: 95, "auth.wrong-user": 1}, 96)


def test_what_an_earlier_session_wrote_stays_as_it_is() -> None:
    frequency.note("1-one", [RARE])
    [first] = paths.frequency_dir().iterdir()
    before = first.read_bytes(), first.stat().st_mtime_ns
    frequency.note("2-two", [])
    assert (first.read_bytes(), first.stat().st_mtime_ns) == before


def test_a_cause_is_counted_where_it_was_proved_only() -> None:
    tally = Tally()
    tally.note(fold(REFUSED), judged(REFUSED), "s")
    likely = judged(REFUSED)
    assert frequency.look([one.cause for one in likely.findings]) is None
    root = likely.root
    assert root is not None
    sure = replace(likely, findings=(replace(root, cause=RARE, confidence="certain"),))
    tally.note(fold(REFUSED), sure, "s")
    fact = frequency.look((RARE,))
    assert frequency.counts_of(fact) == ({RARE: 1}, 1)


async def test_a_session_keeps_what_was_known_so_a_replay_says_the_same() -> None:
    frequency.note("earlier", [RARE])
    store = Store.create("box")
    for event in REFUSED:
        store.append(event)
    runner = Runner(REFUSED, store=store)
    runner._count()
    await runner.close()
    assert load(store.path) == tuple(runner.events)
    assert judged(list(load(store.path))).findings[2].cause == RARE
