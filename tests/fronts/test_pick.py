"""The first screen without a target."""

from __future__ import annotations

from pathlib import Path

import pytest

from sshwizard.exits import UsageError
from sshwizard.fronts.hosts import hosts_from_config, understand
from sshwizard.fronts.tui.app import Wizard
from sshwizard.fronts.tui.pick import PickScreen
from sshwizard.fronts.tui.walk import WalkScreen
from sshwizard.model import Target

from .seen import shown
from .test_screens import press, settle


def test_names_come_from_host_lines_and_includes(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "a").write_text("host inner\nInclude ../config\n")
    (tmp_path / "config").write_text(
        "Include config.d/*\nHost web-1 web-2 *.x !no w? # a word\n"
        'Host="quoted name" plain\n  HOST last\nMatch host foo\n'
    )
    assert hosts_from_config(tmp_path / "config") == ["inner", "web-1", "web-2", "quoted name", "plain", "last"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Host \x1b[31mred\nHost -oProxyCommand=x\n", b'Host "open'])
def test_odd_configs_offer_nothing_odd(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config").write_bytes(content)
    assert all(name.isprintable() and not name.startswith("-") for name in hosts_from_config(tmp_path / "config"))
    assert hosts_from_config(tmp_path / "missing") == []
    assert hosts_from_config(tmp_path) == []


def test_what_was_typed_is_a_target_or_an_error() -> None:
    assert isinstance(understand("me@host"), Target)
    command = understand("ssh -p 2222 me@host uptime")
    assert isinstance(command, Target)
    assert command.args == ("-p", "2222", "me@host")
    assert understand("me@host: Permission denied (publickey).") == "me@host: Permission denied (publickey)."
    assert understand("ssh: connect to host x port 22: Connection refused\n\n") == (
        "ssh: connect to host x port 22: Connection refused"
    )
    with pytest.raises(UsageError):
        understand("")
    with pytest.raises(UsageError):
        understand("https://example.com")


async def test_names_are_offered_and_narrowed(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, PickScreen)
        for name in ("web-1", "web-2", "db", "bastion"):
            assert name in shown(app)
        assert "internal" not in shown(app)
        await press(pilot, *"bas")
        assert "bastion" in shown(app)
        assert "web-1" not in shown(app)


async def test_a_mistake_is_told_and_nothing_is_lost(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, *"https://x.y", "enter")
        assert "web address" in shown(app)
        assert "https://x.y" in shown(app)


async def test_a_pasted_error_is_judged_at_once(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        text = "ssh: connect to host web-1 port 22: Connection refused"
        paste(app, text)
        await settle(pilot)
        await press(pilot, "enter")
        for _ in range(5):
            await settle(pilot)
        assert isinstance(app.screen, WalkScreen)
        assert "refused" in shown(app).lower()
        assert "pasted text" in shown(app)


def paste(app: Wizard, text: str) -> None:
    from textual import events

    assert app.focused is not None
    app.focused.post_message(events.Paste(text))


async def test_several_lines_need_no_enter(home: Path) -> None:
    app = Wizard(None)
    async with app.run_test() as pilot:
        await settle(pilot)
        paste(app, "debug1: hm\r\nme@h: Permission denied (publickey).\r\n")
        for _ in range(5):
            await settle(pilot)
        assert isinstance(app.screen, WalkScreen)
