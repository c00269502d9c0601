"""The list of doors, from a recorded session; the person's own ssh behind it is driven in tests/live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import OptionList

from sshwizard.events import Saw
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.dialogs import Confirm
from sshwizard.fronts.tui.doors import DoorsScreen
from sshwizard.fronts.tui.pages import Page
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.model import Fact

from .seen import shown
from .test_screens import press, settle, wizard

Recorded = Callable[..., list[Any]]
SESSION = "wrong-image-user"


async def test_d_lists_the_doors_and_what_is_known_of_each(recorded: Recorded) -> None:
    app = wizard(recorded(SESSION))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "down", "down")
        assert isinstance(app.screen, DoorsScreen)
        text = shown(app)
        for wanted in (
            "EC2 Instance Connect                  open", "Session Manager                       shut", "interrupts",
            "needs: ec2-instance-connect:SendSSHPublicKey", "$ sshwizard connect --via eic i-", "enter Walk through",
            "q Quit",
        ):  # fmt: skip
            assert wanted in text, wanted
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Page)
        assert "Ways into this server" in shown(app)
        await press(pilot, "escape", "escape")
        assert isinstance(app.screen, WalkScreen)


async def test_a_door_that_cannot_be_walked_through_says_why(recorded: Recorded) -> None:
    app = wizard(recorded(SESSION))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d")
        for steps, reason in ((0, "This door is shut."), (9, "This one is walked by hand: y copies the lines.")):
            app.screen.query_one(OptionList).highlighted = steps
            await settle(pilot)
            await press(pilot, "enter")
            assert reason in shown(app), reason


async def test_i_looks_inside_through_the_best_open_door_once_it_is_confirmed(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSHWIZARD_NO_CLOUD", "1")
    app = wizard(recorded(SESSION))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "i")
        assert isinstance(app.screen, Confirm)
        assert "through EC2 Instance Connect: it puts a temporary key" in shown(app)
        await press(pilot, "n", "d", "down", "down", "down")
        await press(pilot, "i")
        assert "This door is shut." in shown(app)
        await press(pilot, "up", "i")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "y")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert isinstance(app.screen, WalkScreen)
        assert "The way in did not open" in " ".join(one.message for one in app._notifications)


async def test_i_says_why_not(recorded: Recorded) -> None:
    for session, reason in (("open-key", "could not say more about this cause"),):
        app = wizard(recorded(session))
        async with app.run_test(size=(100, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "i")
            assert reason in shown(app)


async def test_a_session_without_doors_says_so(recorded: Recorded) -> None:
    app = Wizard(None, replay=recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "d")
        assert "This recording knows no doors." in shown(app)


async def test_hostile_names_are_harmless(recorded: Recorded) -> None:
    events = recorded(SESSION)
    for at, event in enumerate(events):
        if isinstance(event, Saw) and event.node == "door.eic":
            evil = "bad\x1b]0;title\x07\x1b[2J\u202e[bold]end"
            data = {**event.fact.data, "title": evil, "commands": [evil], "needs": [evil], "costs": evil}
            events[at] = replace(event, fact=replace(event.fact, says=evil, data=data))
    app = wizard(events)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "down", "down")
        text = shown(app)
        assert not set("\x1b\x07\u202e") & set(text)
        assert "[bold]end" in text


async def test_it_fits_a_narrow_and_a_plain_terminal(recorded: Recorded) -> None:
    app = wizard(recorded(SESSION))
    async with app.run_test(size=(50, 20)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "down", "down")
        assert all(len(line) <= 50 for line in shown(app).splitlines())
        assert "open" in shown(app)


async def test_a_tells_who_came_in(recorded: Recorded) -> None:
    events = recorded(SESSION)
    app = Wizard(None, replay=events)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "a")
        assert "This recording does not know who came in." in shown(app)
    visit = {"at": "2026-01-02T03:04:05+00:00", "who": "kim", "did": "pushed a key for ec2-user", "mine": False,
             "from": "198.51.100.9", "refused": ""}  # fmt: skip
    leg = next(one.leg for one in events if isinstance(one, Saw) and one.node == "door.eic")
    says, line = "kim pushed a key for ec2-user 2 hours ago", "03:04:05  kim  pushed a key for ec2-user\x1b[2J"
    at = next(number for number, one in enumerate(events) if isinstance(one, Saw) and one.node == "door.eic")
    events.insert(at, Saw(leg, "aws.visits", Fact("seen", says, (line,), data={"visits": [visit]})))
    app = wizard(events)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "d", "a")
        await settle(pilot)
        text = shown(app)
        assert "Lately: kim pushed a key for ec2-user 2 hours ago" in text
        assert "\x1b" not in text
