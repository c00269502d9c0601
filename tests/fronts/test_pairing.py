"""What a joiner may send, who has the keyboard, and who may come at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sshwizard.fronts.pairing import acts, place
from sshwizard.fronts.pairing.acts import Act
from sshwizard.fronts.pairing.host import Host
from sshwizard.fronts.pairing.keyboard import OWNER, Keyboard

from .forked import as_another

LIMIT = 10
NOBODY = 65534
LINES: list[Line] = []


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("hello", {"name": "robin on pts/3"}),
        ("ask", {}),
        ("back", {}),
        ("look", {"leg": -1, "node": ""}),
        ("answer", {"leg": 0, "id": "login", "outcome": "denied"}),
        ("fix", {"fix": "chmod-key"}),
        ("inside", {"door": ""}),
        ("plan", {"number": 1, "text": "ubuntu"}),
        ("confirm", {"number": 1, "text": "", "name": ""}),
    ],
)
def test_an_act_is_read_as_it_was_sent(act: str, fields: dict[str, str | int]) -> None:
    assert acts.read(acts.line(act, **fields)) == Act(
        act,
        {name: value for name, value in fields.items() if isinstance(value, int)},
        {name: value for name, value in fields.items() if isinstance(value, str)},
    )


@pytest.mark.parametrize(
    "row",
    [
        b"rm -rf /\n",
        b"[]\n",
        b'{"act": ["fix"]}\n',
        b'{"act": "run", "command": "id"}\n',
        b'{"act": "fix"}\n',
        b'{"act": "fix", "fix": "chmod-key", "command": "id"}\n',
        b'{"act": "fix", "fix": "chmod key; id"}\n',
        b'{"act": "fix", "fix": ""}\n',
        b'{"act": "look", "leg": true, "node": ""}\n',
        b'{"act": "look", "leg": 1e3, "node": ""}\n',
        b'{"act": "look", "leg": -2, "node": ""}\n',
        b'{"act": "look", "leg": 0, "node": "../x"}\n',
        b'{"act": "plan", "number": 1, "text": "a\\nb"}\n',
        b'{"act": "plan", "number": 1, "text": "\\u001b]0;x"}\n',
        b'{"act": "plan", "number": 1, "text": "' + b"x" * 401 + b'"}\n',
        b'{"act": "back"' + b" " * 5000 + b"}\n",
        b"[" * 4000 + b"\n",
        b"\xff\xfe\n",
    ],
)
def test_everything_else_is_refused(row: bytes) -> None:
    with pytest.raises(acts.Refused):
        acts.read(row)


def test_the_owner_hands_over_and_takes_back() -> None:
    board = Keyboard().ask(1).ask(2).ask(1)
    assert (board.holder, board.asking) == (OWNER, (1, 2))
    assert not board.may(1)
    board = board.give(alone=False)
    assert (board.holder, board.asking, board.alone) == (1, (2,), False)
    assert board.may(1)
    assert not board.may(OWNER)
    assert board.take() == Keyboard(asking=(2,))
    assert board.gone(1) == Keyboard(asking=(2,))
    assert board.gone(2).asking == ()
    assert Keyboard().give(alone=True) == Keyboard()


def test_a_served_keyboard_goes_from_hand_to_hand() -> None:
    board = Keyboard(free=True)
    assert board.may(1)
    assert board.may(2)
    board = board.ask(2).ask(1)
    assert (board.holder, board.asking, board.alone) == (2, (1,), True)
    assert not board.may(1)
    board = board.gone(2)
    assert (board.holder, board.alone) == (1, True)
    assert board.gone(1) == Keyboard(free=True)


# ------------------------------------------------------------------ over the socket


@asynccontextmanager
async def hosting(folder: Path, *, free: bool = False) -> AsyncIterator[tuple[Host, list[tuple[int, Act]]]]:
    """An owner, and the acts that counted."""
    heard: list[tuple[int, Act]] = []
    host = Host(folder / "s.sock", free=free)
    host.acted = lambda who, act: heard.append((who, act))
    await host.open()
    try:
        yield host, heard
    finally:
        for line in LINES:
            line.writer.close()
            with contextlib.suppress(OSError):
                await line.writer.wait_closed()
        LINES.clear()
        await host.close()
        assert not host.path.exists()


class Line:
    """A joiner of bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        LINES.append(self)

    async def hears(self) -> dict[str, Any]:
        """The next message; empty at the end."""
        async with asyncio.timeout(LIMIT):
            row = await self.reader.readline()
        found: dict[str, Any] = json.loads(row) if row else {}
        return found

    async def until(self, says: str) -> dict[str, Any]:
        """The next message of a kind."""
        while (found := await self.hears()).get("says") != says:
            assert found, f"hung up before {says}"
        return found


async def joined(host: Host) -> Line:
    """A connection, past its greeting."""
    line = Line(*await asyncio.open_unix_connection(sock=place.connected(host.path)))
    assert (await line.hears())["says"] == "keyboard"
    return line


async def test_without_the_keyboard_nothing_counts_and_with_it_everything(tmp_path: Path) -> None:
    async with hosting(tmp_path) as (host, heard):
        one, two = await joined(host), await joined(host)
        one.writer.write(acts.line("fix", fix="chmod-key"))
        assert "do not have the keyboard" in (await one.until("refused"))["text"]
        one.writer.write(acts.line("hello", name=" robin ") + acts.line("ask"))
        assert (await one.until("keyboard"))["asked"]
        assert host.first == "robin"
        host.give(alone=False)
        assert (await one.until("keyboard"))["may"]
        one.writer.write(acts.line("fix", fix="chmod-key"))
        two.writer.write(acts.line("undo"))
        assert "keyboard" in (await two.until("refused"))["text"]
        host.show({"number": 1, "lines": ["chmod 600 k"]})
        for line in (one, two, await joined(host)):  # also who comes later sees what is proposed
            assert (await line.until("preview"))["lines"] == ["chmod 600 k"]
        assert heard == [(1, Act("fix", {}, {"fix": "chmod-key"}))]
        one.writer.close()
        async with asyncio.timeout(LIMIT):
            while host.holder:
                await asyncio.sleep(0)
        assert host.keyboard == Keyboard()


@pytest.mark.parametrize("row", [b"id; reboot\n", b'{"act": "run"}\n', b"x" * 70_000])
async def test_who_speaks_otherwise_is_hung_up_on(tmp_path: Path, row: bytes) -> None:
    async with hosting(tmp_path, free=True) as (host, heard):
        line = await joined(host)
        line.writer.write(row)
        assert "Not understood" in (await line.until("refused"))["text"]
        assert await line.hears() == {}
        assert heard == []


async def test_a_free_keyboard_is_taken_by_the_first_act(tmp_path: Path) -> None:
    async with hosting(tmp_path, free=True) as (host, heard):
        one, two = await joined(host), await joined(host)
        one.writer.write(acts.line("look", leg=-1, node=""))
        assert not (await two.until("keyboard"))["may"]
        assert (host.keyboard.holder, heard[0][0]) == (1, 1)


async def test_a_line_too_many_is_not_let_in(tmp_path: Path) -> None:
    async with hosting(tmp_path) as (host, _):
        lines = [await joined(host) for _ in range(16)]
        last = Line(*await asyncio.open_unix_connection(sock=place.connected(host.path)))
        assert await last.hears() == {}
        lines[0].writer.close()


def test_a_long_path_is_reached_through_its_directory(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 90)
    folder.mkdir()
    path = folder / "s.sock"
    with place.listening(path) as listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with place.connected(path):
            listener.accept()[0].close()


@pytest.mark.skipif(os.geteuid() != 0, reason="another account can be taken on by root alone")
def test_another_account_is_not_let_in() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name, socket.socket(socket.AF_UNIX) as listener:
        path = Path(name) / "s"
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(LIMIT)
        path.chmod(0o666)  # what never is so: only the other end's account is left to tell
        path.parent.chmod(0o711)
        ended = as_another(NOBODY, lambda: socket.socket(socket.AF_UNIX).connect(str(path)))
        line, _ = listener.accept()
        with line:
            assert not place.same_account(line)
        ended()
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(str(path))
            assert place.same_account(ours)
