"""Child processes: bounded in time, never left behind, never a shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Value = TypeVar("Value")

GRACE = 0.3
"""Seconds between asking a child to end and ending it."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended. `code` is None when it was stopped at its limit, or never started."""

    code: int | None
    out: str
    err: str
    missing: bool = False
    """True when the program was never started: it does not exist, as a rule."""
    trouble: str = ""
    """Why it was not, where it may well exist: too many open files, too many processes."""

    @property
    def timed_out(self) -> bool:
        """True when the limit ended it."""
        return self.code is None and not self.missing


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child: English messages, and nothing that could pop up a prompt."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "SSH_ASKPASS_REQUIRE": "never", **(extra or {})}


def spell(command: Sequence[str]) -> str:
    """`command` as a person would type it."""
    return shlex.join(command)


async def run(command: Sequence[str], limit: float, feed: bytes | None = None, *, await_reply: bool = False) -> Result:
    """Run `command` for at most `limit` seconds in its own process group, with no terminal.

    With `await_reply` its input stays open until it has answered. Never raises for a missing program or a time-out:
    both are results.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL if feed is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError, ValueError):  # or an argument that no program can take
        return Result(None, "", "", missing=True)
    except OSError as error:
        return Result(None, "", "", missing=True, trouble=error.strerror or str(error))
    try:
        out, err = await within(limit, _reply(child, feed or b"") if await_reply else _said(child, feed))
    except TimeoutError:
        return Result(None, "", "")
    finally:
        await end(child)
    return Result(child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


async def _said(child: asyncio.subprocess.Process, feed: bytes | None = None) -> tuple[bytes, bytes]:
    """Say `feed`, and take what comes up to the end."""

    async def hand() -> None:
        if feed and child.stdin:
            with contextlib.suppress(ConnectionError):  # it wants to hear nothing
                child.stdin.write(feed)
                await child.stdin.drain()
        if child.stdin:
            child.stdin.close()

    _, out, err = await asyncio.gather(hand(), capped(child.stdout), capped(child.stderr))
    await child.wait()
    return out, err


async def _reply(child: asyncio.subprocess.Process, feed: bytes) -> tuple[bytes, bytes]:
    """Say `feed`, wait for an answer or the end, then hang up and take the rest."""
    first = b""
    if child.stdin and child.stdout:
        child.stdin.write(feed)
        first = await child.stdout.read(4096)
    out, err = await _said(child)
    return first + out, err


async def capped(stream: asyncio.StreamReader | None, most: int = 1 << 25) -> bytes:
    """All that a stream says, of which so many bytes are kept: a program that never stops must not fill the memory."""
    kept = bytearray()
    await capped_into(stream, kept, most)
    return bytes(kept)


async def capped_into(stream: asyncio.StreamReader | None, kept: bytearray, most: int) -> None:
    """The same for whoever may have to leave before its end, and then has what came until then."""
    while stream and (raw := await stream.read(65536)):
        kept += raw[: most - len(kept)]


async def end(child: asyncio.subprocess.Process) -> None:
    """End `child` and everything it started: politely, then for good."""
    try:
        _signal(child, signal.SIGTERM)
        if child.returncode is None:
            with contextlib.suppress(TimeoutError):
                await within(GRACE, child.wait())
    finally:
        _signal(child, signal.SIGKILL)
        if child.returncode is None:
            with contextlib.suppress(TimeoutError):
                await within(1, child.wait())
        # A grandchild may keep a pipe open; without this the transport outlives its loop.
        transport = getattr(child, "_transport", None)
        if transport is not None:
            transport.close()


def _signal(child: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


async def within(limit: float, work: Awaitable[Value]) -> Value:
    """What `work` gives, or TimeoutError after `limit` seconds.

    asyncio.wait_for of Python 3.11 may swallow a cancellation that comes together with the result.
    """
    async with asyncio.timeout(limit):
        return await work


@contextlib.asynccontextmanager
async def beside(work: Coroutine[Any, Any, Value]) -> AsyncIterator[asyncio.Task[Value]]:
    """`work` as a task that goes on beside the block, and is over when the block is left, whatever happens.

    A task that outlives its owner meets the end of the loop in the middle of starting a child: asyncio then
    waits for that child for ever.
    """
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
