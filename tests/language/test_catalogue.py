"""The Japanese catalogue: current, with the same gaps, no text wider than its place; which rooms are complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from translating import catalogues, rules
from translating.rules import COMPLETE
from translating.sources import messages, of_source

from sshwizard import commands, language
from sshwizard.fronts.telling import told
from sshwizard.fronts.tui import footer, keys  # noqa: F401
from sshwizard.lab import EXERCISES
from sshwizard.language.catalogue import _ENGLISH
from sshwizard.tree import TREE
from sshwizard.tree.hand import HOW


@pytest.fixture
def japanese() -> Iterator[None]:
    language.speak("ja")
    yield
    language.speak("en")


def test_it_keeps_to_the_rules() -> None:
    wrong = [row for row in rules.check("ja") if not row.endswith("not translated") and "of the sources" not in row]
    assert wrong == []


def test_rooms_that_were_complete_stay_so() -> None:
    known, found = catalogues.read_all("ja"), messages()
    left = [f"{room}: {one.text}" for room in COMPLETE for one in found[room] if one.text not in known]
    assert left == []


def test_what_is_a_message_is_told_by_its_place() -> None:
    source = '''
"""No docstring."""
PATTERN = re.compile("this is a pattern of words")
def look(path, left):
    if "not a message here" in path:
        return Fact("bad", f"{path} is {'one' if left else 'no'} key")
    return Refusal(f"{left} question{'s' * (left > 1)} of {clean.line(path)}")
    subprocess.run(["chmod it is a command"])
'''
    assert list(of_source(source)) == [
        "{path} is one key", "{path} is no key", "{left} question of {path}", "{left} questions of {path}",
    ]  # fmt: skip


def test_what_an_exercise_tells_is_a_message_and_what_a_practice_server_answers_is_none() -> None:
    found = {one.text for rows in messages().values() for one in rows}
    for one in EXERCISES.values():
        assert {one.title, one.story, *one.hints, one.remember} <= found
        assert one.shows not in found
    assert "Request limit exceeded." not in found


@pytest.mark.usefixtures("japanese")
def test_a_teams_own_exercise_is_shown_as_it_stands() -> None:
    own = replace(EXERCISES["healthy"], id="ours")
    assert told(own, own.title) == own.title


@pytest.mark.skipif("tree" not in COMPLETE, reason="not translated yet")
@pytest.mark.usefixtures("japanese")
def test_no_question_or_answer_of_the_tree_is_left_in_english() -> None:
    filled = {"host": "web-1", "port": "22", "user": "me"}
    left = []
    for node in TREE.values():
        asks = node.asks
        for name, value in filled.items():
            asks = asks.replace("{" + name + "}", value)
        texts = [asks, node.short, *(node.word(outcome) for outcome in node.words)]
        left += [text for text in texts if text and _ENGLISH.search(language.say(text))]
    left += [text for text in HOW.values() if language.say(text) == text and "get-guest-attributes" not in text]
    assert left == []


@pytest.mark.skipif("commands" not in COMPLETE, reason="not translated yet")
@pytest.mark.usefixtures("japanese")
@pytest.mark.parametrize("name", commands.NAMES)
def test_the_help_of_every_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands.load(name).parser().print_help()
    rows = [row for row in capsys.readouterr().out.splitlines() if "sshwizard" not in row and "kind, query" not in row]
    assert [row for row in rows if _ENGLISH.search(row)] == []


@pytest.mark.usefixtures("japanese")
@pytest.mark.parametrize("table", [keys.WALK, keys.HAND, keys.REPLAY, keys.SEE, keys.DOORS])
def test_footers_fit_on_eighty_cells(table: tuple[keys.Key, ...]) -> None:
    from sshwizard.language.cells import width

    shown = [f"{key.shown} {language.say(key.verb)}" for key in table if key.footer]
    assert width("  ".join(shown)) + 2 <= 80
