"""The sweep on the full screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from textual.widgets import DataTable, OptionList

from sshwizard import paths
from sshwizard.fleet import hosts
from sshwizard.fleet.rows import Row
from sshwizard.fleet.sweeping import Sweep
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.fleet import FleetScreen
from sshwizard.fronts.tui.fleetacts import OneHost

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


async def test_what_comes_in_leaves_the_cursor_where_it_is() -> None:
    rows = [Row(f"web-{number}", "failed", "dns.name-not-found", "t", took_ms=number) for number in range(60)]
    screen = FleetScreen(Sweep((), None), rows, lambda _: None)
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("enter", *["down"] * 7)
        assert screen.picked == rows[7]
        for _ in range(3):  # by name, by cause, the slowest first
            await pilot.press("s")
            rows.insert(0, Row(f"a-{len(rows)}", "healthy", took_ms=99999))
            screen.draw()
            await pilot.pause()
            assert screen.picked
            assert screen.picked.host == "web-7"
        rows[rows.index(screen.picked)] = Row("web-7", "healthy", took_ms=7)  # it was looked at again
        screen.draw()
        assert screen.picked.works
        assert screen.hosts.get_cell("web-7", "host").plain.split() == ["✓", "web-7"]


async def test_a_host_is_looked_at_again_and_the_page_is_written(tmp_path: Path) -> None:
    kept: list[Row] = []
    screen = FleetScreen(
        Sweep(hosts.targets(NAMES[:1], ["-F", "none"]), tmp_path), [Row("far", "healthy")], kept.append
    )
    app = Wizard(None)
    app.opens = lambda: screen
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        async for _ in ended(screen):
            await pilot.pause()
        screen.draw()
        await pilot.press("enter")
        assert screen.why_not("again")  # the first row is of an earlier part of this sweep
        await pilot.press("down", "r")
        for _ in range(100):
            if len(kept) == 2:
                break
            await asyncio.sleep(0.05)
        assert [one.host for one in kept] == [NAMES[0]] * 2
        assert kept[0].session != kept[1].session
        assert len(screen.found) == 2
        await pilot.press("w")
        (page,) = (paths.state_dir() / "reports").glob("report-sweep*.html")
        assert NAMES[0] not in page.read_text()
        assert screen.why_not("fix")  # no change mends a name that there is not
