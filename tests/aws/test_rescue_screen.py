"""A change that takes minutes in the full screen: previewed, typed, and told while it lasts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.widgets import Input

from aws.stage import Stage
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.dialogs import Confirm
from sshwizard.fronts.tui.walk import WalkScreen

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


async def until(holds: Any, what: str) -> None:
    for _ in range(1500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(what)


async def test_a_stop_and_start_is_typed_and_told(stage: Stage) -> None:
    stage.aws.health(stage.web, system_check="impaired")
    stage.aws.machine(stage.web, stage.sshd.port, dead=True)
    runner = stage.runner()
    await runner.walk()
    root = runner.verdict()
    assert root
    assert root.root
    assert root.root.cause == "aws.system-status-failed"
    app = Wizard(None, runner=runner)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(lambda: isinstance(app.screen, WalkScreen), "the walk")
        screen: Any = app.screen
        await until(lambda: not screen.walking and screen.verdict, "the walk is over")
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, Confirm), "the dialog")
        dialog: Any = app.screen
        await pilot.pause()
        assert dialog.query_one("#apply").disabled
        dialog.query_one("#name", Input).value = stage.web
        await until(lambda: not dialog.query_one("#apply").disabled, "the name is right")
        dialog.action_apply()
        await until(lambda: stage.web in screen.told, "it is told how far it is")
        assert screen.why_not("fix")
        await until(lambda: not screen.told, "it is over")
    assert stage.net.instance(stage.web)["State"]["Name"] == "running"
