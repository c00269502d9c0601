"""A session on disk: private, readable again whatever it holds, and clear about what is broken."""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import harmful, strings
from hypothesis import given, settings
from hypothesis import strategies as st
from told import BOX

from sshwizard import events, session, store
from sshwizard.effects import Chmod, EditLines, Restore, Retarget
from sshwizard.events import Answered, Began, Did, Ended, Event, Rewound, Saw, Unanswered, Undid
from sshwizard.model import Fact, Target
from sshwizard.tree import TREE

words = st.text(st.characters() | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF), max_size=30)
"""Arguments and paths may hold any byte; Python shows those that are no UTF-8 as lone surrogates."""
arguments = st.lists(words, max_size=3).map(tuple)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
facts = st.builds(
    Fact,
    outcome=words,
    says=words,
    lines=st.lists(words, max_size=3).map(tuple),
    command=words,
    data=st.dictionaries(words, json_values, max_size=3),
    source=st.sampled_from(["look", "log", "person"]),
    why=words,
)
numbers = st.integers(-1, 9)
changes = st.one_of(
    st.builds(Chmod, words, st.integers(0, 0o7777), st.integers(0, 0o7777)),
    st.builds(
        EditLines, words, words, st.lists(st.tuples(numbers, words), max_size=2).map(tuple), arguments, st.booleans()
    ),
    st.builds(Restore, words, words, words),
    st.builds(Retarget, arguments, arguments),
)
several = st.lists(changes, max_size=2).map(tuple)
nodes = st.sampled_from(sorted(TREE))
began = st.builds(
    Began, st.builds(Target, words, arguments, arguments), st.sampled_from(["live", "log", "hand"]), words
)
later = st.one_of(
    st.builds(Saw, numbers, nodes, facts),
    st.builds(Answered, numbers, st.just("keys"), st.sampled_from([*TREE["keys"].via.outcomes, "unknown"])),
    st.builds(Unanswered, numbers, nodes),
    st.builds(Did, words, words, numbers, nodes, words, nodes, words, several, several, words),
    st.builds(Undid, words, words),
    st.builds(Rewound, numbers, st.just("") | nodes),
    st.builds(Ended, words, st.integers(0, 10**6)),
)


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    path = tmp_path / "session.jsonl"
    path.touch()
    return store.Store(path)


STORY: tuple[Event, ...] = (
    Began(Target("web-1", ("-p", "22", "web-1"), ("-4",)), "live", "2026-01-02T03:04:05+09:00"),
    Saw(-1, "typed", Fact("ok", "well typed", ("line",), "ssh -G", {"a": [1, {"b": None}]})),
    Did("chmod-key", "key.permissions-too-open", 0, "keys", "too-open", "login", "denied",
        (Chmod("/k", 0o600, 0o644),), (Chmod("/k", 0o644, 0o600),), "now"),
    Undid("chmod-key", "now"),
    Rewound(-1, "client"),
    Ended("failed", 12),
)  # fmt: skip


def test_a_whole_session_comes_back(kept: store.Store) -> None:
    for event in STORY:
        kept.append(event)
    assert store.load(kept.path) == STORY


def test_every_line_says_which_schema_it_has(kept: store.Store) -> None:
    for event in STORY:
        kept.append(event)
    rows = [json.loads(row) for row in kept.path.read_text("utf-8").splitlines()]
    assert [row["schema"] for row in rows] == [events.SCHEMA] * len(STORY)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(began, st.lists(later, max_size=4))
def test_any_session_comes_back(first: Began, rest: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "session.jsonl")
        path.touch()
        kept = store.Store(path)
        for event in (first, *rest):
            kept.append(event)
        read = store.load(path)
        assert read == tuple(events.harmless(event) for event in (first, *rest))
        assert read[0] == first
        assert [event for event in read if isinstance(event, Did)] == [
            event for event in rest if isinstance(event, Did)
        ]


@pytest.mark.parametrize(
    "letter", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\n", "\r", "\udcff"], ids=ascii
)
def test_a_letter_that_ends_lines_elsewhere_does_not_tear_one(kept: store.Store, letter: str) -> None:
    """Target and changes come back to the byte, because an undo must find the very file; facts come back harmless."""
    path = f"/a{letter}b"
    made = (
        Began(Target(path, ("-i", path))),
        Saw(0, "keys", Fact("fine", path, (path,), data={"path": path})),
        Did("x", "c", 0, "keys", "o", "login", "a", (Chmod(path, 1, 2),), (Chmod(path, 2, 1),)),
    )
    for event in made:
        kept.append(event)
    first, fact, did = store.load(kept.path)
    assert (first, did) == (made[0], made[2])
    assert fact == events.harmless(made[1])


def test_what_a_stranger_wrote_is_shown_harmless() -> None:
    evil = "\x1b[31mred\u202e"
    shown = events.harmless(Saw(0, "keys", Fact("fine", evil, (evil,), evil, {"a": [evil, {"b": evil}]}, why=evil)))
    assert harmful("".join(strings(json.loads(json.dumps(events.to_json(shown)))))) == []


def test_a_new_session_is_private_and_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = [store.Store.create(name).path for name in ("web-1", "web-1", "../../etc/passwd", "", "é/\n\x1b", "-x")]
    assert len(set(made)) == len(made)
    for path in made:
        assert path.is_relative_to(tmp_path)
        assert path.parent.name == "sessions"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.name.isascii()
        assert path.name.isprintable()
    assert {path.name for path in store.recent()} == {path.name for path in made}
    assert len(list(store.recent(2))) == 2


def written(path: Path, *events: Event) -> list[str]:
    kept = store.Store(path)
    path.touch()
    for event in events:
        kept.append(event)
    return path.read_text("utf-8").splitlines(keepends=True)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "torn.jsonl"
    rows = written(path, *STORY)
    path.write_text("".join(rows[:-1]) + rows[-1][: len(rows[-1]) // 2], "utf-8")
    assert store.load(path) == STORY[:-1]


def test_a_line_torn_inside_a_letter_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "torn.jsonl"
    rows = written(path, *STORY[:2])
    path.write_bytes("".join(rows)[:-20].encode() + b"\xc3")
    assert store.load(path) == STORY[:1]


BROKEN = {
    "no JSON": "{",
    "another word": "hello",
    "a list": "[1, 2]",
    "a number": "7",
    "null": "null",
    "an unknown event": '{"event": "Exploded"}',
    "a missing field": '{"event": "Saw", "leg": 0}',
    "an unknown field": '{"event": "Undid", "fix": "x", "colour": "red"}',
    "an unknown question": '{"event": "Saw", "leg": 0, "node": "moon", "fact": '
    '{"outcome": "a", "says": "", "lines": []}}',
    "an unknown effect": '{"event": "Did", "fix": "x", "code": "c", "leg": 0, "node": "keys", "outcome": "o", '
    '"question": "q", "answer": "a", "effects": [{"kind": "Explode"}], "inverses": []}',
    "a fact that is none": '{"event": "Saw", "leg": 0, "node": "keys", "fact": 7}',
    "data that is none": '{"event": "Saw", "leg": 0, "node": "keys", "fact": '
    '{"outcome": "fine", "says": "", "lines": [], "data": 7}}',
    "says that is no text": '{"event": "Saw", "leg": 0, "node": "keys", "fact": '
    '{"outcome": "fine", "says": ["x"], "lines": []}}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_line_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "broken.jsonl"
    rows = written(path, STORY[0], STORY[-1])
    path.write_text(rows[0] + BROKEN[name] + "\n" + rows[1], "utf-8")
    with pytest.raises(store.BadSession, match="line 2"):
        store.load(path)


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: "",
        lambda rows: "\n",
        lambda rows: rows[1],
        lambda rows: "\x00" * 100,
        lambda rows: rows[0] + rows[0],
    ],
    ids=["empty", "blank", "no beginning", "noise", "two beginnings"],
)
def test_a_file_that_is_no_session_is_refused(tmp_path: Path, make: Callable[[list[str]], str]) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text(make(written(path, *STORY)), "utf-8")
    with pytest.raises(store.BadSession):
        store.load(path)


def test_a_missing_file_is_the_system_s_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.load(tmp_path / "none.jsonl")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_a_changed_value_is_refused_or_harmless(data: st.DataObject) -> None:
    """Whatever a stranger writes into a session file, it is a session that can be judged, or it is refused."""
    from sshwizard import verdict

    rows: list[dict[str, Any]] = [json.loads(json.dumps(events.to_json(event))) for event in STORY]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.sampled_from(sorted(set(row) - {"event"})))] = data.draw(json_values)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "changed.jsonl")
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        try:
            state = session.fold(store.load(path))
        except store.BadSession:
            return
        verdict.judge(state)
        verdict.proofs(state)


@pytest.mark.parametrize("event", [Answered(0, "keys", "fine"), Answered(-1, "typed", "unknown"), Unanswered(1, "tcp")])
def test_answers_come_back_from_json(event: Event, tmp_path: Path) -> None:
    row = json.loads(json.dumps(events.to_json(event)))
    assert events.from_json(row) == event == events.harmless(event)
    file = tmp_path / "s.jsonl"
    file.write_text("".join(json.dumps(events.to_json(one)) + "\n" for one in (Began(BOX), event)))
    assert store.load(file) == (Began(BOX), event)


@pytest.mark.parametrize(
    "row",
    [
        {"event": "Answered", "leg": 0, "node": "keys", "outcome": "made-up"},
        {"event": "Answered", "leg": 0, "node": "keys", "outcome": ""},
        {"event": "Answered", "leg": 0, "node": "keys", "outcome": ["fine"]},
        {"event": "Answered", "leg": 0, "node": "moon", "outcome": "unknown"},
        {"event": "Answered", "leg": 0, "node": "hostkey.offered", "outcome": "unknown"},
        {"event": "Answered", "leg": "0", "node": "keys", "outcome": "fine"},
        {"event": "Answered", "leg": True, "node": "keys", "outcome": "fine"},
        {"event": "Answered", "leg": 0, "node": "keys", "outcome": "\x1b[31mfine"},
        {"event": "Answered", "leg": 0, "node": "keys"},
        {"event": "Unanswered", "leg": 0, "node": "moon"},
        {"event": "Unanswered", "leg": 0, "node": None},
    ],
    ids=str,
)
def test_a_hostile_answer_is_refused(row: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    file.write_text(json.dumps(events.to_json(Began(BOX))) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(store.BadSession, match="line 2"):
        store.load(file)
