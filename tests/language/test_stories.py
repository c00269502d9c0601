"""Whole sessions in Japanese: nothing that we say is left in English, and nothing that was seen is changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from translating.rules import _QUOTED, COMPLETE
from translating.sources import ROOMS

from sshwizard import language, verdict, vocabulary
from sshwizard.commands import help
from sshwizard.fronts import because, plain, why
from sshwizard.fronts.report import cause_page
from sshwizard.fronts.reports import recording
from sshwizard.fronts.tui import advice
from sshwizard.language.catalogue import _ENGLISH
from sshwizard.session import fold

ROOT = Path(__file__).parents[2]
RECORDED = sorted((ROOT / "screenshots" / "sessions").glob("*.jsonl"))
OLDER = ("the first address worked", "allow rule allow-ssh-dana (10…", "(ssh for root (")
"""Sentences of earlier versions, and such as were cut, which stand in recordings; what a rule is called."""
whole = pytest.mark.skipif(set(COMPLETE) != set(ROOMS), reason=f"not translated yet: {set(ROOMS) - set(COMPLETE)}")


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    language.speak("ja")
    yield
    language.speak("en")


def told(path: Path) -> list[str]:
    """The lines of a session and its verdict, without those that are shown as they were seen."""
    events = recording.opened(path).events
    state, stream = fold(events), io.StringIO()
    for event in events:
        plain.progress(event, state, stream)
    found = verdict.judge(state)
    rows = stream.getvalue().splitlines() + (plain.tell(state, found).splitlines() if found else [])
    return [row for row in rows if not row.startswith("      ") and not any(old in row for old in OLDER)]


def english(rows: list[str]) -> list[str]:
    """Rows in which words of ours are left; what is quoted, and commands, may stand as they are."""
    return [row for row in rows if _ENGLISH.search(_QUOTED.sub("", row))]


@whole
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recording(path: Path) -> None:
    assert english(told(path)) == []


@whole
def test_the_page_of_every_cause() -> None:
    assert english([f"{code}: {row}" for code in vocabulary.causes() for row in cause_page(code).splitlines()]) == []


@whole
@pytest.mark.parametrize("topic", help.TOPICS)
def test_the_topics_of_help(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    help.main([topic])
    assert english(capsys.readouterr().out.splitlines()) == []


@whole
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_why_a_verdict_is_what_it_is(path: Path) -> None:
    rows = [part.said for part in because.told(why.why(fold(recording.opened(path).events))) if part.kind != "line"]
    assert english([row for row in rows if not any(old in row for old in OLDER)]) == []


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_was_seen_stays_to_the_letter(path: Path) -> None:
    state = fold(recording.opened(path).events)
    found = verdict.judge(state)
    assert found is not None
    text = plain.tell(state, found)
    page = advice.verdict_page(state, found, (60, 200)).plain.replace("\n", "").replace(" ", "")
    for seen in found.root.evidence if found.root else ():
        for line in seen.lines:
            assert f"      {line}\n" in text
        assert all(line.replace(" ", "") in page for line in seen.lines[:1])
        assert not seen.command or f"      $ {seen.command}\n" in text


def test_json_stays_english() -> None:
    from sshwizard.fronts.report import report

    state = fold(recording.opened(RECORDED[0]).events)
    found = verdict.judge(state)
    assert found is not None
    assert "".join(row["asks"] for row in report(state, found)["path"]).isascii()
