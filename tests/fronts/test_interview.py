"""Answers by hand on the full screen: an interview without a host, and disagreement with a look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sshwizard import store
from sshwizard.events import Answered, Began, Unanswered
from sshwizard.exits import Exit
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.asking import Answers
from sshwizard.fronts.tui.interview import InterviewScreen
from sshwizard.fronts.tui.pick import PickScreen
from sshwizard.fronts.tui.see import SeeScreen
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner
from sshwizard.tree.limbs import LIMBS, limb

from .seen import shown
from .terminal import wizard as terminal
from .test_screens import press, settle, wizard

Recorded = Callable[..., list[Any]]


def interview(name: str) -> Wizard:
    return Wizard(None, see=limb(name))


# ------------------------------------------------------------------ an interview


async def test_the_first_screen_leads_to_what_the_person_sees(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "Answer questions" in shown(app)
        await press(pilot, "f2")
        assert isinstance(app.screen, SeeScreen)
        for one in LIMBS:
            assert one.sees in shown(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, PickScreen)
        await press(pilot, "up", "enter")
        assert isinstance(app.screen, SeeScreen)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, InterviewScreen)
        assert "Connection refused" in shown(app)
        await press(pilot, "n", "j", "j", "k", "enter")
        assert "Connection refused" in shown(app)


async def test_a_typed_name_hides_the_offer_and_stays_a_name(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, *"bas")
        assert "Answer questions" not in shown(app)


async def test_arrows_numbers_and_not_knowing_answer(home: Path) -> None:
    app = interview("timed-out")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "Is it the right address for the server?" in shown(app)
        assert "Question 1" in shown(app)
        assert isinstance(app.focused, Answers)
        await press(pilot, "question_mark")
        assert "Is the server an EC2 instance of yours?" in shown(app)
        await press(pilot, "question_mark")
        assert "a VM of yours in" in shown(app)
        await press(pilot, "question_mark")
        assert "Is the machine there at all?" in shown(app)
        assert "ping -c 3 HOST" in shown(app)
        await press(pilot, "down", "enter")
        assert "Does a way lead to a private address?" in shown(app)
        await press(pilot, "enter", "question_mark")
        assert "The server does not answer on the port" in shown(app)
        assert "likely" in shown(app).lower()
        assert "no sign of life" in shown(app)
        assert "What you can do" in shown(app)
        assert app.exit_code() is Exit.CAUSE_FOUND
        await press(pilot, "backspace", "backspace", "backspace", "1", "3")
        assert "A firewall drops packets" in shown(app)
        assert [event.outcome for event in app.runner.events if isinstance(event, Answered)][-8:] == [
            "unknown", "unknown", "unknown", "nothing", "public", "unknown", "machine-answers", "open",
        ]  # fmt: skip
        taken_back = [event.node for event in app.runner.events if isinstance(event, Unanswered)]
        assert taken_back == ["egress", "private", "silence"]


async def test_back_goes_question_by_question_to_the_messages(home: Path) -> None:
    app = interview("permission-denied")
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "1", "1")
        assert "Did an accepted key sign?" in shown(app)
        await press(pilot, "left")
        assert "Does your own ssh try keys?" in shown(app)
        await press(pilot, "backspace")
        assert "Does the server take keys?" in shown(app)
        await press(pilot, "left")
        assert isinstance(app.screen, SeeScreen)
        assert app.exit_code() is Exit.INTERRUPTED


async def test_an_earlier_answer_can_be_changed_in_the_tree(home: Path) -> None:
    app = interview("permission-denied")
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "1", "tab", "g", "j", "j", "a")
        assert "Does the server answer on the port?" in shown(app)
        assert "you said so" in shown(app)
        await press(pilot, "2")
        assert "✗ refused" in shown(app)
        assert "Is it the right address" in shown(app)
        assert (0, "methods") not in app.runner.state.answers


async def test_nothing_is_looked_at_and_no_fix_is_offered(home: Path) -> None:
    app = interview("permission-denied")
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "1", "1", "1", "5")
        assert "Other people can read the private key" in shown(app) or "key.permissions-too-open" in shown(app)
        for key, said in (("f", "no fix"), ("u", "Nothing was changed"), ("r", "no host"), ("s", "no host"), ("1", "")):
            await press(pilot, key)
            assert said in shown(app), key
        await press(pilot, "question_mark")
        assert "No question is open." in shown(app)
        names = {command.title for command in app.get_system_commands(app.screen)}
        assert {"I do not know", "Back", "New start", "Answer again", "Evidence"} <= names
        assert not {"Fix", "Session", "Again"} & names
        assert not app.runner.state.facts


async def test_a_message_that_says_it_all_is_a_verdict_at_once(home: Path) -> None:
    app = interview("too-many-failures")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "auth.too-many-keys" in shown(app)
        await press(pilot, "backspace")
        assert isinstance(app.screen, SeeScreen)


async def test_help_and_pages_know_the_keys_of_an_interview(home: Path) -> None:
    app = interview("refused")
    async with app.run_test(size=(80, 50)) as pilot:
        await settle(pilot)
        await press(pilot, "f1")
        assert "Not to know is an answer, too" in shown(app)
        await press(pilot, "escape", "semicolon")
        assert "you say: refused" in shown(app)
        await press(pilot, "escape")
        assert isinstance(app.focused, Answers)


async def test_an_interview_is_kept_and_replayed(home: Path) -> None:
    app = interview("timed-out")
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "1", "question_mark", "question_mark", "2", "1", "4")
        await press(pilot, "q")
    kept = store.load(next(store.recent()))
    assert isinstance(kept[0], Began)
    assert kept[0].mode == "hand"
    again = Wizard(None, replay=kept)
    async with again.run_test() as pilot:
        await settle(pilot)
        assert "The server does not answer on the port" in shown(again)
        await press(pilot, *["left"] * 6)
        assert "you say: no other address" in shown(again)
        await press(pilot, "a")
        assert "recording" in shown(again)


@pytest.mark.parametrize(
    ("name", "size"),
    [*((one.id, (80, 24)) for one in LIMBS), ("permission-denied", (50, 16)), ("permission-denied", (140, 40))],
)
async def test_an_interview_of_not_knowing_fits_on_every_screen(home: Path, name: str, size: tuple[int, int]) -> None:
    app = interview(name)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for _ in range(30):
            if app.screen.asked is None:  # type: ignore[attr-defined]
                break
            assert "I do not know" in shown(app)
            await pilot.press("question_mark")
            await pilot.pause()
        assert app.runner.verdict() is not None


# ------------------------------------------------------------------ against a look


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


# ------------------------------------------------------------------ a real terminal


def test_from_the_first_screen_to_a_verdict_by_keyboard(tmp_path: Path) -> None:
    with terminal(HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path)) as screen:
        screen.until("Answer questions")
        screen.press("\r")
        screen.until("What do you see?")
        screen.until("Something else")
        screen.press("\x1b[B\r")
        screen.until("Is it the right address")
        screen.press("1")
        screen.until("Who refused: the machine or a firewall?")
        screen.press("?")
        screen.until("another port")
        screen.press("\x1b[D")
        screen.until("Who refused: the machine or a firewall?")
        screen.press("3")
        screen.until("likely")
        screen.until("network.firewall-rejects")
        screen.until("you say: a firewall")
        screen.press("q")
        screen.ended()
        assert screen.child.returncode == 1
    file = next(tmp_path.glob("sshwizard/sessions/*.jsonl"))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["outcome"] for row in rows if row["event"] == "Answered"][-3:] == ["same", "unknown", "icmp-port"]


def test_see_begins_at_a_message_without_colour_and_without_utf8(tmp_path: Path) -> None:
    state = str(tmp_path)
    with terminal("--see", "permission-denied", XDG_STATE_HOME=state, NO_COLOR="1", LC_ALL="C", PYTHONUTF8="0",
                  PYTHONCOERCECLOCALE="0") as screen:  # fmt: skip
        text = screen.until("Does the server take keys?")
        assert text.isascii()
        screen.press("?")
        screen.until("Does your own ssh try keys?")
        screen.press("q")
        screen.ended()
        assert screen.child.returncode == 130


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
