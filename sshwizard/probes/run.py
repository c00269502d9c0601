"""The one guarded `ssh -vvv` run, and everything it writes.

The person's own ssh judges the connection. Our options stand before theirs (the first value wins,
ssh_config(5)), so it cannot ask, forward, multiplex, or write to known_hosts. A jump host gets a log of its
own, because we build its ProxyCommand ourselves: the child of `-J` would inherit none of this care.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from sshwizard.model import Target
from sshwizard.probes import attempts, process
from sshwizard.probes.process import within
from sshwizard.probes.scene import Leg
from sshwizard.probes.serverlog import Word
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.typed import config_option

LIMITS = {
    Stage.START: 8.0,
    Stage.NAME: 12.0,
    Stage.TCP: 5.5,
    Stage.BANNER: 11.0,
    Stage.KEX: 10.5,
    Stage.HOSTKEY: 10.5,
    Stage.LOGIN: 16.0,
    Stage.SESSION: 10.0,
    Stage.DONE: 3.0,
}
"""Seconds a stage may last before the run is ended there (a normal one takes milliseconds)."""

AGENT = 6.0
"""Seconds before the first word of the login: only the agent is asked then (OpenSSH up to 9.x)."""

TOTAL = 45.0
_TICK = 0.03

_GUARD = (
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ConnectionAttempts=1",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=2",
    "ControlMaster=no",
    "ControlPath=none",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "UpdateHostKeys=no",
    "AddKeysToAgent=no",
)


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
        self.token = "sshwizard-" + secrets.token_hex(4)
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
        self.attempts: tuple[tuple[attempts.Told, Run | None], ...] = ()
        """The connections that a text tells of, each with its logs where they are kept."""
        self.odd = ""
        """Why a text is none."""
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._name_limit = LIMITS[Stage.NAME]

    @classmethod
    def of_text(cls, text: bytes | Iterable[bytes]) -> Run:
        """A run that is over: its log was pasted, or is read from a file piece by piece."""
        from sshwizard.probes import pasted  # it judges attempts by looks, which need this module

        paste = pasted.read(text)
        judged = paste.attempts.chosen()
        run = cls.over(judged.hops.logs if judged else (Log(),))
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

    def start(self, target: Target, legs: Sequence[Leg], addresses: int, *, resolver_dead: bool = False) -> None:
        """Begin the live run, once. With a resolver that was silent before, ssh is not waited for long."""
        self._name_limit = 2.0 if resolver_dead else LIMITS[Stage.NAME]
        if not self.started:
            self.logs = [Log() for _ in legs]
            self._task = asyncio.create_task(self._live(target, tuple(legs), addresses))

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
        """End the run and every process it started."""
        if self._task and not self._task.done():
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _live(self, target: Target, legs: tuple[Leg, ...], addresses: int) -> None:
        place = Path(tempfile.mkdtemp(prefix="sshwizard-"))
        try:
            await self._watch(target, legs, addresses, place)
        finally:
            self.ended = True
            self._moved.set()
            shutil.rmtree(place, ignore_errors=True)

    async def _watch(self, target: Target, legs: tuple[Leg, ...], addresses: int, place: Path) -> None:
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
        except OSError:
            return  # no ssh, or too many processes: the log stays empty, and the looks say so
        output = asyncio.gather(_capped(child.stdout), _capped(child.stderr))
        read = [0] * len(files)
        since, before = began, tuple(log.stage for log in self.logs)
        try:
            while True:
                done = child.returncode is not None
                for number, file in enumerate(files):
                    read[number] += _read_on(file, read[number], self.logs[number])
                now, stages = time.monotonic(), tuple(log.stage for log in self.logs)
                if stages != before:
                    since, before = now, stages
                    self._moved.set()
                if done:
                    break
                if now - since > self._limit(stages, addresses) or now - began > TOTAL:
                    self.cut = True
                    break
                with contextlib.suppress(TimeoutError):  # its end is noticed at once
                    await within(_TICK, child.wait())
        finally:
            await process.end(child)
            self.code = None if self.cut else child.returncode
            output_done = await _settled(output)
        for number, file in enumerate(files):
            _read_on(file, read[number], self.logs[number])
        self.out = output_done[0].decode("utf-8", "replace")
        for text in output_done[1].splitlines():
            self.logs[-1].hear(text.decode("utf-8", "replace"))
        for log in self.logs:
            log.close()

    def _limit(self, stages: tuple[Stage, ...], addresses: int) -> float:
        at = next((stage for stage in stages if stage < Stage.SESSION), stages[-1])
        if at is Stage.NAME:
            return self._name_limit
        if at is Stage.LOGIN and not any(log.has("auth.service") for log in self.logs if log.stage is at):
            return AGENT
        if at is Stage.TCP and addresses > 1:
            return 10.5 * addresses
        return LIMITS[at]


def build(
    target: Target,
    legs: Sequence[Leg],
    files: Sequence[Path],
    fresh: Path,
    token: str,
    *,
    ours_first: bool = False,
) -> tuple[str, ...]:
    """The command of the run: guarded, each hop with a log of its own.

    With `ours_first` the target's overrides stand before the guards, so that a look may ask in another way.
    """
    config = config_option(target.args)
    proxy = ""
    for number, hop in enumerate(legs[:-1]):
        nxt = legs[number + 1]
        parts = ["ssh", "-vvv", "-E", str(files[number]), *guards(hop, fresh), *config]
        if proxy:
            parts += ["-o", f"ProxyCommand={proxy}"]
        elif number:
            parts += ["-o", "ProxyJump=none"]
        parts += ["-p", str(hop.port), "-l", hop.user, "-W", f"[{nxt.host}]:{nxt.port}", "--", hop.name]
        proxy = shlex.join(parts).replace("%", "%%")
    care = [*guards(legs[-1], fresh), "-o", "ClearAllForwardings=yes", "-o", "RequestTTY=no"]
    if legs[-1].value("sessiontype"):
        care += ["-o", "SessionType=default"]
    args = list(target.args)
    if proxy:
        care += ["-o", f"ProxyCommand={proxy}"]
        args = without_jump(args)
    before, after = (target.overrides, ()) if ours_first else ((), target.overrides)
    head = ("ssh", "-vvv", "-E", str(files[-1]), *before, *care, *after)
    return (*head, *args[:-1], "--", args[-1], f"printf {token}")


def guards(leg: Leg, fresh: Path) -> list[str]:
    """The options that keep a run of ssh harmless; `fresh` is the file that would take a new host key."""
    known = [str(fresh), *leg.values("userknownhostsfile")]
    strict = "accept-new" if leg.value("stricthostkeychecking") in {"accept-new", "no", "off", "false"} else "yes"
    options = (
        *_GUARD,
        f"StrictHostKeyChecking={strict}",
        "UserKnownHostsFile=" + " ".join(_quoted(file) for file in known),
    )
    return [word for option in options for word in ("-o", option)]


def _quoted(file: str) -> str:
    return f'"{file}"' if " " in file else file


def without_jump(args: Sequence[str]) -> list[str]:
    """ssh's arguments without -J, which it refuses beside a ProxyCommand of ours."""
    kept = list(args)
    while "-J" in kept[:-1]:
        at = kept.index("-J")
        del kept[at : at + 2]
    return kept


def _read_on(file: Path, start: int, log: Log) -> int:
    try:
        with file.open("rb") as stream:
            stream.seek(start)
            raw = stream.read(1 << 20)
    except OSError:
        return 0
    log.feed(raw)
    return len(raw)


async def _capped(stream: asyncio.StreamReader | None, most: int = 1 << 18) -> bytes:
    kept = b""
    while stream and (raw := await stream.read(65536)):
        kept += raw[: most - len(kept)]
    return kept


async def _settled(output: asyncio.Future[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """What the pipes held; a grandchild that keeps one open is not waited for."""
    try:
        return await within(1, output)
    except (TimeoutError, asyncio.CancelledError):
        return (b"", b"")
