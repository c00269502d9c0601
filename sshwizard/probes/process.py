"""Child processes: bounded in time, never left behind, never a shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended. `code` is None when it was stopped at its limit, or never started."""

    code: int | None
    out: str
    err: str
    missing: bool = False
    """True when the program does not exist."""

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


async def run(command: Sequence[str], limit: float, feed: bytes | None = None) -> Result:
    """Run `command` for at most `limit` seconds in its own process group, with no terminal.

    Never raises for a missing program or a time-out: both are results.
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
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return Result(None, "", "", missing=True)
    try:
        out, err = await asyncio.wait_for(child.communicate(feed), limit)
    except TimeoutError:
        return Result(None, "", "")
    finally:
        await end(child)
    return Result(child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


async def end(child: asyncio.subprocess.Process) -> None:
    """End `child` and everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM if child.returncode is None else signal.SIGKILL)
    if child.returncode is None:
        try:
            await asyncio.wait_for(asyncio.shield(child.wait()), 0.3)
        except (TimeoutError, asyncio.CancelledError):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(asyncio.shield(child.wait()), 1)
    # A grandchild may keep a pipe open; without this the transport outlives its loop.
    transport = getattr(child, "_transport", None)
    if transport is not None:
        transport.close()
