"""The one guarded `ssh -vvv` run, and everything it writes. The person's own ssh judges the connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sshwizard import scratch
from sshwizard.model import Target
from sshwizard.probes import process, sshlog
from sshwizard.probes.command import build
from sshwizard.probes.lateness import Clock
from sshwizard.probes.process import Value, within
from sshwizard.probes.scene import Leg
from sshwizard.probes.serverlog import Word
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log

if TYPE_CHECKING:
    from sshwizard.probes.attempt import Told

LIMITS = {
    Stage.START: 8.0,
    Stage.NAME: 12.0,
    Stage.TCP: 4.6,
    Stage.BANNER: 7.5,
    Stage.KEX: 10.5,
    Stage.HOSTKEY: 10.5,
    Stage.LOGIN: 16.0,
    Stage.SESSION: 10.0,
    Stage.DONE: 3.0,
}
"""Seconds a stage may last before the run is ended there (a normal one takes milliseconds)."""

PROGRAM = 10.5
"""Seconds for a banner through a ProxyCommand: those of the clouds log in somewhere first."""

AGENT = 4.0
"""Seconds before the first word of the login: only the agent is asked then (OpenSSH up to 9.x)."""

TOTAL = 45.0
MOST = 1 << 18
"""Bytes of output that are kept."""
_TICK = 0.03
_TURNS = 40
"""Waits for the last words of ssh, of a second together."""


class Run:
    """One run of ssh, live or read from a text. Looks wait on it with `upto`."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.out = ""
        self.code: int | None = None
        self.ended = False
        self.cut = False
        """True when a stage limit ended it."""
        self.command = "ssh -vvv"
        self.typed = ""
        """The command that stands before the judged attempt in a text."""
        self.token = "sshwizard-" + os.urandom(4).hex()
        self.server_wrote = False
        """True when a server's own log, or a tool that names the cause, decides what a text means."""
        self.words: tuple[Word, ...] = ()
        """What a server's own log says, the weightiest first."""
        self.logins: tuple[Word, ...] = ()
        """What it says about each connection that failed, the newest first."""
        self.named: tuple[Word, ...] = ()
        """Causes that a tool around ssh names by itself."""
        self.decided: tuple[Word, ...] = ()
        """Of all these, those that decide between causes which look the same to the client."""
        self.attempts: tuple[tuple[Told, Run | None], ...] = ()
        """The connections that a text tells of, each with its logs where they are kept."""
        self.odd = ""
        """Why a text is none."""
        self.trouble = ""
        """Why ssh was never run."""
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._addresses = 1
        self._by_program = self._hopeless = False
        self._aside: dict[tuple[int, str], asyncio.Task[Any]] = {}

    @classmethod
    def of_text(cls, text: bytes | Iterable[bytes]) -> Run:
        """A run that is over: its log was pasted, or is read from a file piece by piece."""
        from sshwizard.probes import pasted  # it judges attempts by looks, which need this module

        paste = pasted.read(text)
        judged = paste.attempts.chosen()
        run = cls.over(judged.hops.logs if judged else (Log(),))
        run.typed = judged.command if judged else ""
        run.odd = paste.odd or ("" if paste.number else "the text is empty")
        listed = paste.attempts.told(judged)
        run.attempts = tuple((told, cls.over(one.hops.logs) if one else None) for told, one in listed)
        run.words, run.logins = paste.server.words(), paste.server.logins()
        run.named = tuple(paste.named.values())
        run.server_wrote = judged is None and (paste.server.seen or bool(run.named))
        return run

    @classmethod
    def over(cls, logs: Sequence[Log]) -> Run:
        """A run that has ended, as its logs tell it."""
        run = cls()
        run.logs, run.ended, run.command = list(logs), True, ""
        return run

    def start(self, target: Target, legs: Sequence[Leg], addresses: int) -> None:
        """Begin the live run, once; `addresses` of the first name are tried one after the other."""
        if not self.started:
            self.expect(addresses)
            self._by_program = legs[-1].value("proxycommand", "none") not in {"none", ""}
            self.logs = [Log() for _ in legs]
            self._task = asyncio.create_task(self._live(target, tuple(legs)))

    def expect(self, addresses: int) -> None:
        """The first name has this many addresses: ssh is given time for each."""
        self._addresses = max(1, addresses)

    @property
    def several(self) -> bool:
        """True where ssh tries more addresses than one."""
        return self._addresses > 1

    def give_up(self) -> None:
        """End ssh now: another look has shown that nothing more can come."""
        self._hopeless = True

    def aside(self, index: int, name: str, make: Callable[[], Coroutine[Any, Any, Value]]) -> asyncio.Task[Value]:
        """A look that goes on beside ssh, begun once for each leg; it ends with the run at the latest."""
        if (index, name) not in self._aside:
            self._aside[index, name] = asyncio.create_task(make())
        return self._aside[index, name]

    @property
    def timed(self) -> bool:
        """True where time decided after there was a connection: a limit ended ssh, or somebody was silent for long."""
        return any(log.pauses for log in self.logs) or (self.cut and any(log.stage > Stage.TCP for log in self.logs))

    @property
    def started(self) -> bool:
        """True once it was begun, or when it never needs to be."""
        return self._task is not None or self.ended

    async def upto(self, index: int, stage: Stage) -> Log:
        """The log of leg `index`, once it went past `stage` or the run is over."""
        while not self.ended and self.logs[index].stage <= stage:
            self._moved.clear()
            await self._moved.wait()
        return self.logs[min(index, len(self.logs) - 1)]

    async def finished(self) -> None:
        """Wait for the end of the run."""
        while not self.ended:
            self._moved.clear()
            await self._moved.wait()

    async def close(self) -> None:
        """End the run, every process it started, and the looks beside it."""
        for task in self._aside.values():
            task.cancel()
        await asyncio.gather(*self._aside.values(), return_exceptions=True)
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _live(self, target: Target, legs: tuple[Leg, ...]) -> None:
        try:
            with scratch.directory() as place:
                await self._watch(target, legs, place)
        except OSError as error:
            self.trouble = f"there is no place for the log of ssh: {error.strerror or error}"
        finally:
            self.ended = True
            self._moved.set()

    async def _watch(self, target: Target, legs: tuple[Leg, ...], place: Path) -> None:
        files = [place / f"log{number}" for number in range(len(legs))]
        command = build(target, legs, files, place / "known_hosts", self.token)
        self.command = "ssh -vvv " + shlex.join(target.ssh_args)
        began = time.monotonic()
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=process.environment(),
                start_new_session=True,
            )
        except OSError as error:  # no ssh, or too many processes: the log stays empty, and the looks say so
            self.trouble = f"ssh could not be started: {error.strerror or error}"
            return
        said = bytearray(), bytearray()
        output = asyncio.gather(
            process.capped_into(child.stdout, said[0], MOST), process.capped_into(child.stderr, said[1], MOST)
        )
        read = [0] * len(files)
        clock = Clock(child.pid, _TICK)
        since, before = clock.now(), tuple(log.stage for log in self.logs)
        try:
            while True:
                done = child.returncode is not None
                now = clock.now()
                for number, file in enumerate(files):
                    read[number] += _read_on(file, read[number], self.logs[number], now)
                stages = tuple(log.stage for log in self.logs)
                if stages != before:
                    since, before = now, stages
                    self._moved.set()
                if done:
                    break
                if self._hopeless or now - since > self._limit(stages) or time.monotonic() - began > TOTAL:
                    self.cut = True
                    break
                with contextlib.suppress(TimeoutError):  # its end is noticed at once
                    await within(_TICK, child.wait())
        finally:
            await process.end(child)
            self.code = None if self.cut else child.returncode
            await _settled(output)
        now = clock.now()
        for number, file in enumerate(files):
            _read_on(file, read[number], self.logs[number], now)
        self.out = said[0].decode("utf-8", "replace")
        for text in said[1].splitlines():
            self.logs[-1].hear(text.decode("utf-8", "replace"))
        for log in self.logs:
            log.close()

    def _limit(self, stages: tuple[Stage, ...]) -> float:
        at = next((stage for stage in stages if stage < Stage.SESSION), stages[-1])
        if at is Stage.LOGIN and any(sshlog.waits_for_agent(log) for log in self.logs):
            return AGENT
        if at in (Stage.TCP, Stage.BANNER) and self._by_program:
            return PROGRAM
        return 10.5 * self._addresses if at is Stage.TCP and self._addresses > 1 else LIMITS[at]


def _read_on(file: Path, start: int, log: Log, now: float) -> int:
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            raw = stream.read(1 << 20)
    except OSError:
        return 0
    log.feed(raw, now)
    return len(raw)


async def _settled(output: asyncio.Future[tuple[None, None]]) -> None:
    """Wait until the pipes are read; not for a grandchild that keeps one open. Many short waits: where this computer is
    late, one long one would end before what is there was read."""
    for _ in range(_TURNS):
        if output.done() or (await asyncio.wait({output}, timeout=1 / _TURNS))[0]:
            return
    output.cancel()
    await asyncio.gather(output, return_exceptions=True)
