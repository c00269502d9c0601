"""The pump: many walks at once, few that keep this computer busy, one connection at a time to each machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sshwizard.events import Event
from sshwizard.fleet.rows import Row, row
from sshwizard.model import Target
from sshwizard.runner import Runner
from sshwizard.store import Store

QUIET = 0.7
"""Seconds without news after which a walk only waits for the network, and costs this computer nothing."""
_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once."""

    busy: int = field(default_factory=lambda: 4 * (os.cpu_count() or 1))
    """Walks that are at work. More of them would make this computer slow, and its servers look slow."""
    open: int = 256
    """Walks altogether, those that wait for a silent server among them."""


class Sweep:
    """Walks every target once. `folder` takes a session file of each; None keeps none."""

    def __init__(self, targets: Sequence[Target], folder: Path | None, limits: Limits | None = None) -> None:
        self.targets = tuple(targets)
        self.limits = limits or Limits()
        self.listeners: list[Callable[[Target, Event], None]] = []
        """Told each look of each walk."""
        self._folder = folder
        self._moved: dict[int, float] = {}
        self._gates: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def under_way(self) -> tuple[Target, ...]:
        """Those that are looked at now."""
        return tuple(self.targets[number] for number in self._moved)

    async def rows(self) -> AsyncIterator[Row]:
        """Each host's row as soon as it is there. Whoever stops listening ends all walks."""
        waiting = iter(range(len(self.targets)))
        tasks: set[asyncio.Task[Row]] = set()
        number = next(waiting, None)
        try:
            while number is not None or tasks:
                while number is not None and self._has_room():
                    self._moved[number] = time.monotonic()
                    tasks.add(asyncio.create_task(self._walk(number)))
                    number = next(waiting, None)
                limit = _TICK if number is not None else None
                done, tasks = await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _has_room(self) -> bool:
        now = time.monotonic()
        busy = sum(now - moved < QUIET for moved in self._moved.values())
        return busy < self.limits.busy and len(self._moved) < self.limits.open

    async def _walk(self, number: int) -> Row:
        target = self.targets[number]
        began = time.monotonic()
        store = None
        if self._folder:
            with suppress(OSError):  # a full disk costs the drill-down, not the sweep
                store = Store.create(target.input, self._folder)
        runner = Runner.live(target, store=store, read_only=True)

        def moved(event: Event) -> None:
            self._moved[number] = time.monotonic()
            for listener in self.listeners:
                listener(target, event)

        runner.listeners.append(moved)
        try:
            await runner.ready()
            async with self._gate(runner):
                found = await runner.walk()
        finally:
            await runner.close()
            self._moved.pop(number, None)
        took = int((time.monotonic() - began) * 1000)
        return row(target.args[-1], found, took, str(store.path) if store else "")

    def _gate(self, runner: Runner) -> asyncio.Lock:
        """One connection at a time to each machine that the first hop leads to: two names may mean the same one."""
        legs = runner.state.legs
        return self._gates[(legs[0].host, legs[0].port) if legs else (runner.state.target.input, 0)]
