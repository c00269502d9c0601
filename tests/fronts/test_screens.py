"""The screens from recorded events: no network, no ssh."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.widgets import Button, Input

from sshwizard.exits import Exit
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.dialogs import Confirm
from sshwizard.fronts.tui.pages import Page
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.runner import Runner

from .seen import shown

Recorded = Callable[..., list[Any]]


async def settle(pilot: Any) -> None:
    for _ in range(4):
        await pilot.pause()


def wizard(events: list[Any], **more: Any) -> Wizard:
    return Wizard(None, runner=Runner(events, read_only=more.get("read_only", False)), **more)


async def press(pilot: Any, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
    await settle(pilot)


async def test_a_verdict_at_the_design_size_shows_cause_evidence_and_fix(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = shown(app)
        for wanted in (
            "Other people can read ~/.ssh/id_ed25519", "Permission denied", "mode 0644", "key.permissions-too-open",
            "Make the key private (mode 600)", "safe", "chmod 600 ~/.ssh/id_ed25519", "Are you let in?",
            "open to others", "– Does it hold?", "login ✗", "f Fix", "q Quit",
        ):  # fmt: skip
            assert wanted in text, wanted
        assert len(app.screen.query("*")) < 60


async def test_the_walk_is_never_asked_to_look_when_everything_is_known(recorded: Recorded) -> None:
    events = recorded("open-key")
    app = wizard(events)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.runner.events == events


async def test_a_fix_is_previewed_and_cancel_comes_first(recorded: Recorded, home: Path) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "f")
        assert isinstance(app.screen, Confirm)
        assert "chmod 600 ~/.ssh/id_ed25519" in shown(app)
        assert "safe" in shown(app)
        assert isinstance(app.focused, Button)
        assert app.focused.id == "cancel"
        await press(pilot, "n")
        assert isinstance(app.screen, WalkScreen)
        assert (home / ".ssh" / "id_ed25519").stat().st_mode & 0o777 == 0o644


async def test_read_only_previews_and_refuses(recorded: Recorded, home: Path) -> None:
    app = wizard(recorded("open-key"), read_only=True)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "f")
        assert "read-only" in shown(app)
        await press(pilot, "y")
        assert isinstance(app.screen, Confirm)
        assert (home / ".ssh" / "id_ed25519").stat().st_mode & 0o777 == 0o644


async def test_a_host_key_is_pinned_only_for_the_right_fingerprint(recorded: Recorded) -> None:
    app = wizard(recorded("changed-host-key", whole=True))
    right = next(e.fact.data["fingerprint"] for e in app.runner.events if getattr(e, "node", "") == "hostkey.offered")
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "f")
        assert isinstance(app.screen, Confirm)
        line, apply = app.screen.query_one(Input), app.screen.query_one("#apply", Button)
        assert app.focused is line
        assert apply.disabled
        line.value = "SHA256:wrong"
        await settle(pilot)
        assert "nothing was changed" in shown(app)
        assert apply.disabled
        line.value = right
        await settle(pilot)
        assert not apply.disabled
        assert "known_hosts" in shown(app)


async def test_a_key_that_cannot_work_says_why(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "u")
        assert "nothing to undo" in shown(app)
        assert isinstance(app.screen, WalkScreen)


async def test_after_the_fix_the_proof_is_told(recorded: Recorded) -> None:
    app = wizard(recorded("open-key", whole=True))
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "ssh works." in shown(app)
        assert "proved" in shown(app)
        assert app.exit_code() is Exit.WORKS


async def test_moving_in_the_tree_tells_about_the_question_and_esc_returns(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "g")
        assert "Can ssh start?" in shown(app)
        assert "ssh would go to" in shown(app)
        await press(pilot, "escape")
        assert "What you can do" in shown(app)
        await press(pilot, "g", "j", "enter")
        assert "name not known" in shown(app)
        await press(pilot, "enter")
        assert "name not known" not in shown(app)


async def test_every_page_opens_and_closes_with_esc(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"), story="Once upon a time.", lab=Path())
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "Once upon a time." in shown(app)
        await press(pilot, "enter")
        for key, wanted in (
            ("e", "Permission denied (publickey)"), ("semicolon", "ssh -G"), ("x", "How it is proved"),
            ("question_mark", "Get in"), ("S", "Once upon"),
        ):  # fmt: skip
            await press(pilot, key)
            assert isinstance(app.screen, Page), key
            assert wanted in shown(app), key
            await press(pilot, "escape")
            assert isinstance(app.screen, WalkScreen), key


async def test_search_finds_causes_and_questions(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "slash", *"fail2ban")
        await press(pilot, "escape", "slash", *"revoked")
        assert "hostkey.revoked" in shown(app)
        await press(pilot, "escape", "slash", *"introduce")
        await press(pilot, "enter")
        assert isinstance(app.screen, WalkScreen)
        assert "it is SSH" in shown(app)


async def test_the_palette_holds_every_action(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test() as pilot:
        await settle(pilot)
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Fix", "Undo", "Keep", "Session", "Again", "Evidence", "Find", "Theme", "Quit"} <= titles
        await press(pilot, "colon")
        assert "Search" in shown(app) or len(app.screen_stack) > 2


async def test_narrow_hides_the_tree_and_wide_opens_the_evidence(recorded: Recorded) -> None:
    app = wizard(recorded("open-key"))
    async with app.run_test(size=(50, 24)) as pilot:
        await settle(pilot)
        assert "The way" not in shown(app)
        assert "chmod 600" in shown(app)
        await pilot.resize_terminal(140, 40)
        await settle(pilot)
        assert "The way" in shown(app)
        assert "Evidence" in shown(app)
        assert "ls -l" in shown(app)


async def test_hostile_words_stay_words(recorded: Recorded) -> None:
    evil = "[@click=app.leave]beer[/] \x1b]0;owned\x07[/] [preauth]"
    events = recorded("open-key")
    last = next(n for n in range(len(events) - 1, 0, -1) if getattr(events[n], "node", "") == "keys")
    fact = events[last].fact
    data = {**fact.data, "named": evil}
    fact = dataclasses.replace(fact, says=evil.replace("\x1b]0;owned\x07", ""), lines=("[/red]",), data=data)
    events[last] = dataclasses.replace(events[last], fact=fact)
    app = wizard(events)
    async with app.run_test(size=(100, 40)) as pilot:
        await settle(pilot)
        assert "[@click=app.leave]beer[/]" in shown(app)
        assert "[preauth]" in shown(app)
        assert "\x1b" not in shown(app)
        await press(pilot, "e", "escape", "semicolon", "escape")


async def test_a_replay_steps_and_changes_nothing(recorded: Recorded) -> None:
    events = recorded("open-key", whole=True)
    app = Wizard(None, replay=events)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert f"replay {len(events)}/{len(events)}" in shown(app)
        assert "ssh works" in shown(app)
        await press(pilot, "left_square_bracket")
        assert f"replay {len(events) - 1}/{len(events)}" in shown(app)
        for _ in range(len(events)):
            await pilot.press("left")
        await settle(pilot)
        assert f"replay 1/{len(events)}" in shown(app)
        await press(pilot, "right", "right", "right")
        assert "replay 4/" in shown(app)
        await press(pilot, "f", "u", "r", "R", "s", "q")
    assert app.exit_code() is Exit.INTERRUPTED


async def test_a_fix_in_force_that_proves_nothing_ends_with_its_own_code(recorded: Recorded) -> None:
    events = recorded("open-key")
    did = next(event for event in recorded("open-key", whole=True) if type(event).__name__ == "Did")
    looked = [event for event in events if type(event).__name__ == "Saw"]
    app = wizard([*events, did, *looked])
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "not help" in shown(app)
        assert app.exit_code() is Exit.NOT_PROVED
