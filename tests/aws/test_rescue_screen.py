"""A change that takes minutes in the full screen: previewed, typed, and told while it lasts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.widgets import Input

from aws.boot_machine import BootMachine
from aws.stage import Stage
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.dialogs import Confirm
from sshwizard.fronts.tui.walk import WalkScreen

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


async def until(holds: Any, what: str) -> None:
    for _ in range(2500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(what)


async def test_a_repair_at_the_next_boot_is_typed_and_told(stage: Stage) -> None:
    stage.aws.machine(stage.web, None)  # it refuses: sshd does not run
    machine = BootMachine(stage.home.parent / "machine")
    (machine.place / "sshd_config").write_text("Port 22\n")
    (machine.place / "host_key").write_bytes((stage.sshd.directory / "host_key").read_bytes())
    (machine.place / "host_key").chmod(0o600)
    machine.behind(stage.aws, stage.web)
    app = Wizard(None, runner=stage.runner())
    async with app.run_test(size=(100, 40)):
        await until(lambda: isinstance(app.screen, WalkScreen), "the walk")
        screen: Any = app.screen
        await until(lambda: not screen.walking and screen.verdict, "the walk is over")
        offered = [one.id for one in screen._fixes()]
        screen.action_choose(1 + offered.index("rescue-with-user-data"))
        await until(lambda: isinstance(app.screen, Confirm), "the dialog")
        dialog: Any = app.screen
        await until(lambda: dialog._planned.lines, "what the cause needs is planned")
        assert dialog.query_one("#apply").disabled
        dialog.query_one("#name", Input).value = stage.web
        await until(lambda: not dialog.query_one("#apply").disabled, "the name is right")
        dialog.action_apply()
        await until(lambda: stage.web in screen.told, "it is told how far it is")
        assert screen.why_not("fix")
        await until(lambda: not screen.told, "it is over")
        assert list(machine.state.iterdir())
    assert stage.net.instance(stage.web)["State"]["Name"] == "running"
