"""An interview on the full screen: the person says what they see, and answers every question from there on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sshwizard import store
from sshwizard.events import Answered, Began, Unanswered
from sshwizard.exits import Exit
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.asking import Answers
from sshwizard.fronts.tui.interview import InterviewScreen
from sshwizard.fronts.tui.pick import PickScreen
from sshwizard.fronts.tui.see import SeeScreen
from sshwizard.tree.limbs import LIMBS, limb

from .seen import shown
from .terminal import wizard as terminal
from .test_screens import press, settle


def interview(name: str) -> Wizard:
    return Wizard(None, see=limb(name))


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
