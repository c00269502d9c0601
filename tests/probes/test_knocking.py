"""Knocking at a port until SSH greets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from sshwizard.probes import knocking
from sshwizard.probes.knocking import until_greeted

HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knocking, "FIRST", 0.05)
    monkeypatch.setattr(knocking, "_SETTLE", 0.0)


async def served(greeting: bytes, port: int = 0) -> tuple[asyncio.Server, int]:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(greet, HERE, port)
    return server, server.sockets[0].getsockname()[1]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-x\r\n", b"Only for staff\r\nSSH-2.0-x\r\n"])
async def test_a_greeting_ends_it_at_once(greeting: bytes) -> None:
    told: list[str] = []
    server, port = await served(greeting)
    async with server:
        assert await until_greeted(HERE, port, 5, told.append)
    assert told == ["knock 1: SSH greets"]


async def test_a_server_that_comes_later_is_met() -> None:
    """First nobody listens, then something that is no SSH server, then one that is."""
    told: list[str] = []
    server, port = await served(b"HTTP/1.1 400 Bad Request\r\n")
    server.close()
    waiting = asyncio.create_task(until_greeted(HERE, port, 10, told.append))
    await until(lambda: bool(told))
    server, _ = await served(b"HTTP/1.1 400 Bad Request\r\n", port)
    await until(lambda: "it closed without a greeting" in told[-1])
    server.close()
    server, _ = await served(b"SSH-2.0-x\r\n", port)
    async with server:
        assert await asyncio.wait_for(waiting, 10)
    assert "refused" in told[0]
    assert "the next one in" in told[0]


async def test_it_has_an_end() -> None:
    server, port = await served(b"")
    server.close()
    began = time.monotonic()
    assert not await until_greeted(HERE, port, 0.3, lambda says: None)
    assert time.monotonic() - began < 2
