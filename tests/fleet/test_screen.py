"""The sweep on the full screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from textual.widgets import DataTable, OptionList

from sshwizard.fleet import hosts
from sshwizard.fleet.rows import Row
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.fleet import FleetScreen, OneHost

NAMES = ["nowhere.invalid", "nobody.invalid"]


async def ended(screen: FleetScreen) -> AsyncIterator[None]:
    for _ in range(200):
        if screen.over:
            return
        yield
        await asyncio.sleep(0.1)
    raise TimeoutError("the sweep did not end")


async def test_groups_lead_to_hosts_and_a_host_to_its_wizard(tmp_path: Path) -> None:
    rows = [Row("fine-1", "healthy"), Row("far", "failed", "proxy.jump-auth-failed", "The jump host lets nobody in")]
    kept: list[Row] = []
    screen = FleetScreen(Sweep(hosts.targets(NAMES, ["-F", "none"]), tmp_path), rows, kept.append)
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        async for _ in ended(screen):
            await pilot.pause()
        screen.draw()
        await pilot.pause()
        assert {one.host for one in kept} == set(NAMES)
        groups, table = screen.query_one(OptionList), screen.query_one(DataTable)
        assert [option.id for option in groups.options] == ["all", "dns.name-not-found", "proxy.jump-auth-failed"]
        assert table.row_count == 4

        await pilot.press("down", "down")
        assert screen.picked == rows[1]
        await pilot.press("enter", "enter")  # to its hosts, and to one that nobody looked at by itself
        assert app.screen is screen

        await pilot.press("slash", *"nobody.inv")
        await pilot.pause()
        assert table.row_count == 1
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, OneHost)
        assert app.screen.verdict
        assert app.screen.verdict.root
        assert app.screen.verdict.root.cause == "dns.name-not-found"
        await pilot.press("backspace")
        await pilot.pause()
        assert app.screen is screen
        await pilot.press("escape")
        await pilot.pause()
        assert table.row_count == 4
