"""The pump: many walks at once, few that keep this computer busy, one connection at a time to each machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from sshwizard.cloud.together import Together
from sshwizard.events import Event
from sshwizard.fleet import handles
from sshwizard.fleet.jumps import Jump, Jumps
from sshwizard.fleet.rows import Row, row
from sshwizard.model import Target
from sshwizard.probes.lateness import Pressure
from sshwizard.runner import Runner
from sshwizard.session import fold, walk
from sshwizard.store import Store
from sshwizard.tree import TREE
from sshwizard.verdict import Verdict

QUIET = 0.7
"""Seconds without news after which a walk only waits for the network, and costs this computer nothing."""
_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once."""

    busy: int = field(default_factory=lambda: 4 * (os.cpu_count() or 1))
    """Walks that are at work. More of them would make this computer slow, and its servers look slow."""
    open: int = field(default_factory=handles.walks)
    """Walks altogether, those that wait for a silent server among them."""


class Sweep:
    """Walks every target once. `folder` takes a session file of each; None keeps none."""

    def __init__(self, targets: Sequence[Target], folder: Path | None, limits: Limits | None = None,
                 clouds: Together | None = None) -> None:  # fmt: skip
        """`clouds`: what was asked about all of them before; the sweep closes it."""
        self.targets = tuple(targets)
        self.limits = limits or Limits()
        self.listeners: list[Callable[[Target, Event], None]] = []
        """Told each look of each walk."""
        self.clouds = clouds or Together()
        self.lost = ""
        """Why not all of it is kept; the first obstacle."""
        self._folder = folder
        self._moved: dict[int, float] = {}
        self._pressure = Pressure()
        self._timed: set[int] = set()
        """Hosts about which time had a say."""
        self._doubted: list[int] = []
        self._second: set[int] = set()
        self._jumps = Jumps()
        self._gates: defaultdict[tuple[str, int], asyncio.Lock] = defaultdict(asyncio.Lock)
        """One connection at a time to each machine: two names may mean the same one."""

    @property
    def under_way(self) -> tuple[Target, ...]:
        """Those that are looked at now."""
        return tuple(self.targets[number] for number in self._moved)

    @property
    def twice(self) -> tuple[str, ...]:
        """The hosts that were looked at once more: time had a say, and this computer was too busy to blame them."""
        return tuple(self.targets[number].args[-1] for number in self._doubted)

    async def rows(self) -> AsyncGenerator[Row, None]:
        """Each host's row as soon as it is there. Whoever stops listening ends all walks."""
        watching = asyncio.create_task(self._pressure.watch())
        try:
            for numbers, busy in ((range(len(self.targets)), self.limits.busy), (self._doubted, self.limits.busy // 4)):
                async with aclosing(self._pump(numbers, max(busy, 1))) as ended:
                    async for one in ended:
                        yield one
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._jumps.close()
            await self.clouds.close()

    def has(self, host: str) -> bool:
        """True for a host of this sweep."""
        return any(target.args[-1] == host for target in self.targets)

    async def again(self, host: str) -> Row:
        """One more look at one host, by itself: also the account is asked anew."""
        alone = Sweep([target for target in self.targets if target.args[-1] == host], self._folder, self.limits)
        rows = [one async for one in alone.rows()]
        return rows[0]

    async def _pump(self, numbers: Iterable[int], busy: int) -> AsyncGenerator[Row, None]:
        waiting = iter(numbers)
        tasks: set[asyncio.Task[Row | None]] = set()
        number = next(waiting, None)
        try:
            while number is not None or tasks:
                while number is not None and self._has_room(busy):
                    self._moved[number] = time.monotonic()  # here: a task begins later than the next question for room
                    tasks.add(asyncio.create_task(self._walk(number)))
                    number = next(waiting, None)
                limit = _TICK if number is not None else None
                done, tasks = await asyncio.wait(tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if found := task.result():
                        yield found
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _has_room(self, most: int) -> bool:
        now = time.monotonic()
        busy = sum(now - moved < QUIET for moved in self._moved.values())
        return busy < most and len(self._moved) < self.limits.open

    async def _walk(self, number: int) -> Row | None:
        """The row of a host; None where it has to be looked at once more, when this computer has time for it."""
        target, began, mark = self.targets[number], time.monotonic(), self._pressure.mark()
        try:
            found, store, jump = await self._judged(number, target)
        finally:
            self._moved.pop(number, None)
        timed = number in self._timed
        self._timed.discard(number)
        if isinstance(found, Row):
            return found
        if timed and number not in self._second and len(self.targets) > 1 and self._pressure.strained(mark):
            self._second.add(number)
            self._doubted.append(number)
            if store:
                store.path.unlink(missing_ok=True)
            return None
        took = int((time.monotonic() - began) * 1000)
        return row(target.args[-1], found, took, str(store.path) if store else "", jump)

    async def _judged(self, number: int, target: Target) -> tuple[Verdict | Row, Store | None, str]:
        """The verdict, its file, and the jump host at which it stops."""
        begun = await self._begun(number, target)
        legs = fold(begun).legs

        def told(found: Verdict, store: Store | None) -> tuple[Verdict, Store | None, str]:
            at = found.root.leg if found.root else -1
            return found, store, legs[at].name if 0 <= at < len(legs) - 1 else ""

        if len(legs) < 2:
            place = (legs[0].host, legs[0].port) if legs else (target.args[-1], 0)
            async with self._gates[place]:
                return told(*(await self._to_the_end(number, begun))[:2])
        jump = self._jumps.on_the_way(legs)
        async with jump.turn:
            if not jump.known:
                found, store, passed = await self._to_the_end(number, begun)
                jump.known = True
                if passed:
                    await self._jumps.share(jump, target, legs)
                elif found.outcome == "failed":
                    jump.trouble, jump.scout = found.root, target.args[-1]
                return told(found, store)
        if jump.trouble:
            return _same_way(target, jump, legs[max(jump.trouble.leg, 0)].name), None, ""
        if jump.options:
            over = replace(target, found=(*target.found, *jump.options))
            async with self._gates[legs[-1].host, legs[-1].port]:
                found, store, _ = await self._to_the_end(number, await self._begun(number, over))
            if found.outcome in {"healthy", "degraded"}:
                return told(found, store)
            if store:  # what stood in the way is told only by a connection of its own
                store.path.unlink(missing_ok=True)
        async with jump.turn:
            return told(*(await self._to_the_end(number, begun))[:2])

    async def _begun(self, number: int, target: Target) -> list[Event]:
        """The session so far as nothing is connected to: where ssh would go."""
        runner = Runner.live(target, read_only=True, cloud=self.clouds.view())
        runner.listeners.append(lambda event: self._hear(number, event))
        try:
            await runner.ready()
        finally:
            await runner.close()
        return runner.events

    async def _to_the_end(self, number: int, begun: Sequence[Event]) -> tuple[Verdict, Store | None, bool]:
        """The verdict, its file, and whether every jump host let us in."""
        store = self._store(begun)
        runner = Runner(begun, store=store, read_only=True, cloud=self.clouds.view())
        runner.listeners.append(lambda event: self._hear(number, event))
        try:
            found, last = await runner.walk(), len(runner.state.legs) - 1
            passed = any(step.leg == last or TREE[step.node].id == "forward" for step in walk(runner.state).steps)
            if found.root and runner.timed:
                self._timed.add(number)
            self.lost = self.lost or runner.lost
            return found, store, passed
        finally:
            await runner.close()

    def _store(self, begun: Sequence[Event]) -> Store | None:
        """A file that holds what is known already; a full disk costs the drill-down, not the sweep."""
        if self._folder is None:
            return None
        try:
            store = Store.create(fold(begun).target.args[-1], self._folder)
            for event in begun:
                store.append(event)
        except OSError as error:
            self.lost = self.lost or error.strerror or str(error)
            return None
        return store

    def _hear(self, number: int, event: Event) -> None:
        self._moved[number] = time.monotonic()
        for listener in self.listeners:
            listener(self.targets[number], event)


def _same_way(target: Target, jump: Jump, hop: str) -> Row:
    """The row of a host behind a jump host that does not let through: nobody knocked there again."""
    assert jump.trouble
    why = f"the same jump host as on the way to {jump.scout}, where it was looked at"
    found = jump.trouble
    return Row(target.args[-1], "failed", found.cause, found.title, "likely", why=why, jump=hop)
