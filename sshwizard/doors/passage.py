"""Through a door: the person's own ssh in the person's terminal, and what it means when it is not let in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sshwizard import clean
from sshwizard.cloud.pool import Pool
from sshwizard.doors.door import Door
from sshwizard.doors.instance_connect import refused
from sshwizard.doors.keys import private_directory
from sshwizard.doors.way import Shut, Way
from sshwizard.probes import sshlog
from sshwizard.probes.scene import Scene

FAILED = 255
"""ssh(1), EXIT STATUS: ssh itself failed."""
_LARGEST = 1 << 16
_GRACE = 1.0
"""Seconds that ssh is given to end, when we are told to."""


@dataclass(frozen=True, slots=True)
class Passage:
    """How it went."""

    code: int
    """ssh's exit status, which is that of the session unless ssh failed."""
    says: tuple[str, ...] = ()
    """What ssh wrote, and why it was not let in."""
    cause: str = ""
    also: tuple[str, ...] = ()
    """Causes that look the same from here."""


async def through(door: Door, scene: Scene, tell: Callable[[str], None] = lambda text: None) -> Passage:
    """Open the door and hand the terminal over until ssh ends. Raises Shut."""
    if door.walk is None:
        raise Shut("this door is walked by hand")
    async with door.walk(scene) as way:
        tell(way.says)
        if way.instead is not None:
            pool = Pool("terminal", 1)
            try:
                return Passage(0, clean.lines(await pool.ask(way.instead)))
            finally:
                pool.close()
        if way.until is None:
            return Passage(await _ssh(scene, way, ()))
        with private_directory() as place:  # what ssh says is read afterwards, and told then
            log = place / "ssh.log"
            code = await _ssh(scene, way, ("-E", str(log), "-o", "LogLevel=INFO"))
            return read(way, code, _text(log))


async def _ssh(scene: Scene, way: Way, more: tuple[str, ...]) -> int:
    """Run it with the terminal that we have; it ends when we are ended."""
    command = ("ssh", *more, *way.options, *(way.target or scene.target.ssh_args))
    try:
        child = await asyncio.create_subprocess_exec(*command, env={**os.environ, **way.env})
    except OSError as error:
        raise Shut(f"ssh could not be started: {error.strerror}", "client.tool-missing-or-outdated") from None
    try:
        return await child.wait()
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), _GRACE)
            with contextlib.suppress(ProcessLookupError):
                child.kill()


def _text(log: Path) -> str:
    try:
        with log.open("rb") as stream:
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def read(way: Way, code: int, text: str) -> Passage:
    """ssh's own words, and behind a refused login what it may be."""
    said = tuple(clean.lines(text, 40))
    if code != FAILED or not sshlog.read(text).has("au.denied"):
        return Passage(code, said)
    cause, also, why = refused(way, time.monotonic())
    return Passage(code, (*said, why), cause, also)
