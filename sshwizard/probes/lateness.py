"""A clock that stands still while this computer is late: what ssh or we lost waiting for a processor is no silence of
the server. Under a hundred connections at once, or on a busy laptop, it is seconds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

_PRESSURE = Path("/proc/pressure/cpu")
BUSY = 0.5
"""Share of the time in which some program waited for a processor, from which on a computer is too busy to blame a
server (a second program on each processor makes it so)."""
LATE = 0.1
"""The same by our own timers, where the system tells no pressure."""

_NOISE = 0.02
"""Seconds by which any timer may be late."""


class Clock:
    """Seconds in which the program `pid` and we could run. Read it at least once a tick of `tick` seconds."""

    def __init__(self, pid: int, tick: float) -> None:
        self._file, self._tick = Path(f"/proc/{pid}/schedstat"), tick
        self._read = time.monotonic()
        self._waited = self._waiting()
        self.late = 0.0
        """Seconds lost so far."""

    def now(self) -> float:
        """The time, without what was lost."""
        read, waited = time.monotonic(), self._waiting()
        self.late += lost(read - self._read, self._tick, max(0.0, waited - self._waited))
        self._read, self._waited = read, max(self._waited, waited)
        return read - self.late

    def _waiting(self) -> float:
        """Seconds that the program waited for a processor (Linux, sched-stats.rst: the second number, nanoseconds)."""
        try:
            return int(self._file.read_text("ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):  # it has ended, or this is no Linux
            return 0.0


def lost(passed: float, tick: float, waited: float) -> float:
    """What of the seconds that passed between two readings was lost: we were late ourselves, or the program waited."""
    own = passed - tick
    return min(max(own if own > _NOISE else 0.0, waited), passed)


class Pressure:
    """How busy this computer is, from one moment to another."""

    def __init__(self) -> None:
        self._late = 0.0

    async def watch(self, tick: float = 0.1) -> None:
        """Note how late a timer is, until it is cancelled."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(tick)
            self._late += lost(time.monotonic() - began, tick, 0.0)

    def mark(self) -> tuple[float, float, float]:
        """This moment."""
        return time.monotonic(), self._late, _pressed()

    def strained(self, since: tuple[float, float, float]) -> bool:
        """True when this computer was too busy since then for a verdict that rests on time."""
        now, late, pressed = self.mark()
        passed = max(now - since[0], 0.01)
        return (late - since[1]) / passed > LATE or (pressed - since[2]) / passed > BUSY


def _pressed() -> float:
    """Seconds in which some program waited for a processor (Linux, accounting/psi.rst: total, microseconds)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(_PRESSURE.read_text("ascii").split("total=")[1].split()[0]) / 1e6
    return 0.0
