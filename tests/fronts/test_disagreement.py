"""An answer by hand beside what a look saw: offered, marked where the two differ, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner

from .seen import shown
from .terminal import wizard as terminal
from .test_screens import press, settle, wizard

Recorded = Callable[..., list[Any]]


async def test_the_look_s_own_answer_is_marked_and_choosing_it_changes_nothing(recorded: Recorded) -> None:
    events = recorded("open-key")
    app = wizard(list(events))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "a")
        assert "Is there a key that ssh can use?" in shown(app)
        assert "open to others  (the look says so)" in shown(app)
        await press(pilot, "enter")
        assert "Make the key private" in shown(app)
        await press(pilot, "a", "question_mark", "a", "escape", "a", "left")
        assert "Make the key private" in shown(app)
        assert app.runner.events == events


async def test_disagreement_is_marked_told_and_taken_back(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "a", "3")
        text = shown(app)
        assert "There is no key" in text or "key.not-found" in text
        assert "✗ ✎ A usable key?" in text
        assert "✗ you: file missing" in text
        assert "You and a look disagree" in text
        assert "likely" in text
        await press(pilot, "e")
        assert "mode 0644; you say: file missing" in shown(app)
        await press(pilot, "escape", "semicolon", "G")
        assert "you say: file missing" in shown(app)
        await press(pilot, "escape", "a")
        assert "(✎ you said so)" in shown(app)
        await press(pilot, "5")
        assert "You and a look disagree" not in shown(app)
        assert "Make the key private" in shown(app)


async def test_another_answer_in_the_tree_is_offered_first(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(80, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "G", "k", "enter", "j", "j", "a", "enter")
        assert app.runner.state.answers == {(0, "keys"): "none"}


async def test_a_question_that_the_way_has_not_come_to_is_not_answered(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "G", "a")
        assert "has not come to this question" in shown(app)


async def test_a_pasted_error_asks_for_the_answer_that_would_decide(home: Path) -> None:
    app = Wizard(None, runner=Runner.of_text(b"ssh: connect to host web-1 port 22: Connection timed out\n", "x"))
    async with app.run_test() as pilot:
        await settle(pilot)
        for _ in range(5):
            await settle(pilot)
        assert isinstance(app.screen, WalkScreen)
        assert "a  Answer by hand: Is it alive?" in shown(app)
        await press(pilot, "a", "1")
        assert "A firewall drops packets to port 22 of" in shown(app)
        await press(pilot, "g", *"jjjjjjjj", "a", "question_mark")
        assert "web-1 does not answer on port 22" in shown(app)
        assert app.runner.state.answers == {}


@pytest.mark.requires("ssh", "ssh-keygen")
def test_disagreement_in_a_practice_world() -> None:
    with terminal("lab", "open-key") as screen:
        screen.until("Practice")
        screen.press("\r")
        screen.until("Make the key private")
        screen.press("a")
        screen.until("(the look says so)")
        screen.press("1")
        screen.until("You and a look disagree")
        screen.until("auth.key-rejected")
        assert "A usable key?  you" in screen.text
        screen.press("e")
        screen.until("you say: the")
        screen.press("\x1b")
        screen.until("auth.key-rejected")
        screen.press("q")
        screen.ended()
        assert screen.child.returncode == 1
