"""The person's own ssh in their terminal: what it said at its end, and for how long nothing had passed before.

ssh writes its messages to a file (ssh(1), -E), which are shown when it has ended. How long the session was idle is told
by the terminal itself: the kernel keeps when a terminal was last written to and read from, to eight seconds.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sshwizard import clean, scratch
from sshwizard.model import Fact
from sshwizard.probes import sshlog

FAILED = 255
"""ssh(1), EXIT STATUS: ssh itself failed."""
IDLE = 60.0
"""Seconds without a key or an output from which on a session was idle."""
_LOST = ("se.broken", "se.readfail", "se.alive")
_LARGEST = 1 << 16
_TICK = 1.0


@dataclass
class Quiet:
    """How long nothing passed through the terminal, in the last pauses before the end."""

    last: float
    pauses: list[float] = field(default_factory=list)

    def see(self, active: float) -> None:
        """The terminal was last active at this time."""
        if active > self.last:
            self.pauses = [*self.pauses[-2:], active - self.last]
            self.last = active

    def longest(self, now: float) -> float:
        """The longest of the newest pauses: the key that met the dead connection ended the last one."""
        return max(*self.pauses, now - self.last, 0.0)


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended."""

    code: int
    idle: float = 0.0
    text: str = ""
    """What ssh wrote."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The same, clean."""
        return tuple(clean.lines(self.text, 20))


def run(command: Sequence[str], terminal: int = 0) -> Ended:
    """Give the terminal to ssh until it ends. Raises OSError where it does not start."""
    with scratch.directory() as place:
        log = place / "ssh.log"
        quiet, over = Quiet(_active(terminal)), threading.Event()
        watch = threading.Thread(target=_watch, args=(quiet, terminal, over), daemon=True)
        watch.start()
        try:
            whole = (command[0], "-E", str(log), "-o", "LogLevel=INFO", *command[1:])
            code = subprocess.run(whole, check=False).returncode
        finally:
            over.set()
            watch.join(2 * _TICK)
        quiet.see(_active(terminal))
        idle = quiet.longest(time.time())
        return Ended(code, idle, _said(log))


def _said(log: Path) -> str:
    """The beginning of what ssh wrote; nothing where it wrote nothing."""
    try:
        with log.open("rb") as stream:
            return stream.read(_LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _watch(quiet: Quiet, terminal: int, over: threading.Event) -> None:
    while not over.wait(_TICK):
        quiet.see(_active(terminal))


def _active(terminal: int) -> float:
    """When the terminal was last written to or read from."""
    try:
        told = os.fstat(terminal)
    except OSError:
        return time.time()
    return max(told.st_atime, told.st_mtime) if os.isatty(terminal) else time.time()


def lost(ended: Ended) -> Fact[str] | None:
    """What the session tells of the network; None where it ended as sessions end."""
    hit = sshlog.read(ended.text).first(*_LOST) if ended.code == FAILED else None
    if hit is None:
        return None
    lines = (clean.line(hit.text),)
    if ended.idle < IDLE:
        return Fact("lost", f"your session broke: {clean.line(hit.text, 140)}", lines)
    minutes = max(round(ended.idle / 60), 1)
    says = f"your session had been idle for {minutes} min when it broke: {clean.line(hit.text, 140)}"
    return Fact("dropped-idle", says, lines, data={"minutes": minutes})
