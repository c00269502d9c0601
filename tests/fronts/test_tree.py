"""The tree as the star: sifted, explored before anything runs, and steady under the cursor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sshwizard import session, vocabulary
from sshwizard.events import Began, Rewound, Saw
from sshwizard.fronts.tui.advice import Waiting
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.pages import Page
from sshwizard.fronts.tui.pane import Pane
from sshwizard.fronts.tui.progress import awaits, took
from sshwizard.fronts.tui.row import Key, Row
from sshwizard.fronts.tui.rows import rows
from sshwizard.fronts.tui.sift import OF, sift
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.fronts.tui.way import Way
from sshwizard.model import Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.session import Ask, Look
from sshwizard.tree import TREE

from .seen import shown
from .test_screens import press, settle, wizard

Recorded = Callable[..., list[Any]]
NOTHING = session.fold([Began(Target("web-1", ("web-1",)))])


def flat(tree: Sequence[Row]) -> list[Row]:
    return [one for row in tree for one in (row, *flat(row.under))]


# ------------------------------------------------------------------ pure


@pytest.mark.parametrize("session_name", ["", "open-key", "closed-security-group"])
def test_everything_fits_no_words_and_each_question_and_cause_stands_once(
    recorded: Recorded, session_name: str
) -> None:
    state = session.fold(recorded(session_name)) if session_name else NOTHING
    hits = sift(state, None, (), "").hits
    assert {row.code for row in hits if row.code} == set(vocabulary.causes())
    assert {row.key[-1] for row in hits if not row.code} == set(TREE)
    assert len(hits) == OF == len({row.key for row in hits})


def test_what_fits_stays_with_its_parents(recorded: Recorded) -> None:
    state = session.fold(recorded("open-key"))
    found = sift(state, None, (), "Security Group")
    assert all("security group" in (row.text + row.code).lower() or row.code for row in found.hits)
    parents = [row for row in flat(found.rows) if not row.hit]
    assert {"Does the port answer?", "Does AWS let you in?"} <= {row.text for row in parents}
    assert sift(state, None, (), "no such words").rows == ()
    mine = sift(state, None, (), "permissions-too-open").hits
    assert (mine[0].code, mine[0].mark) == ("key.permissions-too-open", "trouble")


def test_the_next_match_goes_round(recorded: Recorded) -> None:
    found = sift(session.fold(recorded("open-key")), None, (), "fail2ban agent")
    assert found.next(None, 1) is None
    found = sift(session.fold(recorded("open-key")), None, (), "revoked")
    first, last = found.hits[0], found.hits[-1]
    assert found.next(None, 1) == first
    assert found.next(last.key, 1) == first
    assert found.next(first.key, -1) == last


def test_every_question_can_be_unfolded_from_the_start_to_its_causes() -> None:
    unfolded: set[Key] = set()
    for _ in range(40):
        keys = {row.key for row in flat(rows(NOTHING, None, unfolded)) if row.foldable} - unfolded
        keys = {key for key in keys if key[1:3] != (0, "x") and len(key) < 12}
        if not keys or len(unfolded) > 400:
            break
        unfolded |= set(sorted(keys, key=str)[:60])
    tree = flat(rows(NOTHING, None, unfolded))
    assert len({row.key for row in tree}) == len(tree)
    deep = [row for row in tree if row.key[0] == "answer" and len(row.key) > 6]
    assert deep
    assert all(row.word.startswith("→ ") for row in deep)


# ------------------------------------------------------------------ on the screen


async def test_the_filter_narrows_the_tree_in_place_and_esc_brings_all_back(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"revoked")
        text = shown(app)
        assert "/revoked" in text
        assert f" of {OF}" in text
        assert "Can ssh start?" not in text
        assert "hostkey.revoked" in text
        await press(pilot, "enter", "n")
        assert "q Quit" in shown(app)
        await press(pilot, "N", "W")
        assert isinstance(app.screen, Page)
        assert "It is ruled out." in shown(app)
        await press(pilot, "escape", "x")
        assert "[hostkey.revoked]" in shown(app)
        await press(pilot, "escape", "escape")
        assert "Can ssh start?" in shown(app)
        assert "hostkey.revoked" in shown(app), "what is read about stays"
        await press(pilot, "escape")
        assert "What you can do" in shown(app)


async def test_fast_fingers_never_act(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("slash", *"fuskq")
        await settle(pilot)
        assert isinstance(app.screen, WalkScreen)
        assert "/fuskq" in shown(app)
        assert f"0 of {OF}" in shown(app)


async def test_a_recording_can_be_filtered_by_any_letter(recorded: Recorded) -> None:
    app = Wizard(None, replay=recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"revoked", "enter")
        assert "/revoked" in shown(app)
        assert "hostkey.revoked" in shown(app)


async def test_the_tree_is_read_before_anything_is_looked_at(home: Any) -> None:
    app = Wizard(typed.parse(["dana@192.0.2.1"]), later=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Nothing was looked at yet." in shown(app)
        refused = TREE["tcp"].via.outcomes.index("refused")
        await press(pilot, "g", "down", "down", "right", *["down"] * (refused + 1))
        assert "If the answer is: refused" in shown(app)
        assert "Its answers" in shown(app)
        await press(pilot, "right", "down")
        assert "Is it the right address" in shown(app)
        await press(pilot, "W")
        assert "It is still ahead." in shown(app)
        assert len(app.runner.events) == 1
        assert isinstance(session.need(app.runner.state), Look | Ask)


async def test_nothing_moves_under_the_cursor_while_facts_come(recorded: Recorded) -> None:
    events = recorded("closed-security-group")
    app = Wizard(None, runner=Runner(events[:1]), later=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, WalkScreen)
        screen.walks, screen.held = False, False
        await press(pilot, "G")
        way = screen.way
        assert way.at == ("question", 0, "session")
        for event in events[1:]:
            if isinstance(event, Saw):
                line = way.cursor_line - way.scroll_offset.y
                app.runner.see(event)
                await settle(pilot)
                assert way.at == ("question", 0, "session"), event.node
                assert way.cursor_line - way.scroll_offset.y == line, event.node
        await press(pilot, "escape")
        assert "others, not you" in shown(app)
        assert way.at == ("question", 0, "cloud-path")


async def test_why_tells_the_chain_of_the_verdict_and_the_log_copies_its_commands(recorded: Recorded) -> None:
    app = wizard(recorded("closed-security-group"))
    async with app.run_test(size=(100, 50)) as pilot:
        await settle(pilot)
        assert "» sg-0123456789abcdef0 web: tcp 22" in shown(app)
        await press(pilot, "W")
        for wanted in ("How sure", "Question by question", "ruled out", "» sg-0123456789abcdef0 web: tcp 22"):
            assert wanted in shown(app)
        copied: list[str] = []
        app.copy_out = copied.append  # type: ignore[method-assign,assignment]
        await press(pilot, "escape", "semicolon", "y")
        assert "aws ec2 describe-security-groups" in copied[0]
        assert copied[0].count("ssh -vvv") == 1


async def test_wide_letters_keep_every_line_in_its_place(recorded: Recorded) -> None:
    events = recorded("open-key")
    named = "鍵のファイルは他の人にも読めるようになっています（権限 0644）ので使えません"
    for number, event in enumerate(events):
        if isinstance(event, Saw):
            fact = dataclasses.replace(event.fact, says=named, lines=(named * 2, *event.fact.lines))
            events[number] = dataclasses.replace(event, fact=fact)
    events[0] = dataclasses.replace(events[0], target=Target("踏み台の向こうの本番サーバー", ("本番サーバー",)))
    app = wizard(events)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for keys in ((), ("W",), ("escape", "e"), ("escape", "slash", "k")):
            await press(pilot, *keys)
            for strip in app.screen._compositor.render_strips():
                assert strip.cell_length == 80


def test_hops_are_sifted_with_their_names() -> None:
    state = session.fold([Began(Target("a log"), "log", logs=3)])
    found = sift(state, None, (), "revoked")
    assert [row.key for row in found.rows][-1] == ("leg", 2)
    assert {row.code for row in found.hits if row.code} >= {"hostkey.revoked"}
    assert len({row.key for row in flat(found.rows)}) == len(flat(found.rows))


def test_what_is_awaited_is_told_with_its_limit(recorded: Recorded) -> None:
    events = recorded("closed-security-group")
    end = next(number for number, event in enumerate(events) if getattr(event, "node", "") == "tcp")
    state = session.fold(events[: end + 1])
    assert awaits(state, Waiting("", "AWS (gives up in 10 s)", 3.4)) == "timed out; waiting for AWS; gives up in 7 s"
    assert awaits(state, Waiting("", "AWS (gives up in 10 s)", 12)) == "timed out; waiting for AWS; any moment now"
    assert awaits(state, Waiting("", "", 0)) == "timed out; waiting for ssh itself"
    looks = [dataclasses.replace(event, took_ms=500) if isinstance(event, Saw) else event for event in events]
    assert took(looks)["network"] >= 2
    assert took([*looks, Rewound()]) == {}


@pytest.mark.parametrize("key", ["g", "W"])
async def test_what_a_frame_shows_is_not_painted_by_a_second_one(
    key: str, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A widget's wish to be painted is on its way when the frame comes that shows it already."""
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, key)
        frames, display = list[bool](), app._display

        def painted(screen: Any, what: Any) -> None:
            frames.append(what is not None)
            display(screen, what)

        monkeypatch.setattr(app, "_display", painted)
        app.screen.query(Pane).first().refresh()
        app.screen._compositor_refresh()
        await settle(pilot)
        assert frames[0]
        assert not any(frames[1:])


async def test_lines_of_the_tree_that_were_drawn_stay_when_the_focus_goes(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        way = app.screen.query_one(Way)
        await press(pilot, "g")
        kept = dict(way._drawn)
        await press(pilot, "tab")
        assert not way.has_focus
        assert kept.items() <= way._drawn.items()
        app.theme = next(name for name in app.available_themes if "light" in name)
        await settle(pilot)
        assert not any(strip is way._drawn.get(line) for line, strip in kept.items())
