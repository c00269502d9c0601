"""From the first address that is printed to the end of every process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sshwizard import paths, store
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts.pairing import place
from sshwizard.fronts.serving.guard import Guard
from sshwizard.fronts.serving.site import Site
from sshwizard.model import Target

if TYPE_CHECKING:
    from sshwizard.fronts.tui.app import Wizard

_BEGINS = 20.0
"""Seconds for a session to begin."""
_OLD_SECONDS = 60
"""A browser has opened its file by then."""


class Serving:
    """One server and its session: a target's, which begins here, or one that is there."""

    def __init__(
        self,
        listener: socket.socket,
        target: Target | None,
        session: Path | None,
        *,
        read_write: bool,
        visitors: int,
        idle: float,
        opens: bool,
        out: TextIO,
    ) -> None:
        self.listener, self.target, self.session, self.read_write = listener, target, session, read_write
        self.visitors, self.idle, self.opens, self.out = visitors, idle, opens, out
        self.host, self.port = listener.getsockname()[:2]
        self.guard = Guard(self.port, self._used)
        self._ended = asyncio.Event()
        self._doors: list[Path] = []

    async def run(self) -> Exit:
        """Serve until ctrl+c, the end of the session, or nobody is there any more."""
        loop = asyncio.get_running_loop()
        code = Exit.WORKS
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._ended.set)
        async with contextlib.AsyncExitStack() as held:
            if self.target is not None:
                wizard = await held.enter_async_context(self._walking(self.target))
            env = {} if self.read_write else {"SSHWIZARD_READ_ONLY": "1"}
            site = Site(self.guard, self._words, visitors=self.visitors, env=env, told=self._say)
            held.push_async_callback(site.close)
            held.callback(self._shut_doors)
            await site.open(self.listener)
            self._offer("Open once, in a browser of this machine:")
            kind = "Visitors may change things (--read-write)." if self.read_write else "Visitors can only look on."
            self._say(f"{kind} ctrl+c ends it.")
            if self.opens:
                self._open_browser()
            await self._wait(site)
            if self.target is not None:
                code = wizard.exit_code()
        return code

    async def _wait(self, site: Site) -> None:
        while not self._ended.is_set():
            left = self.idle - (time.monotonic() - site.last)
            if left <= 0:
                self._say(f"No key was pressed for {self.idle / 60:.0f} minutes, so the page is closed.")
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), min(left, 30))

    @contextlib.asynccontextmanager
    async def _walking(self, target: Target) -> AsyncIterator[Wizard]:
        """The session itself, in this process, without a terminal."""
        from sshwizard.fronts.tui.served import Served

        wizard = Served(target, read_only=not self.read_write)
        task = asyncio.create_task(wizard.run_async(headless=True, size=(100, 30)))
        task.add_done_callback(lambda _: self._ended.set())
        try:
            end = time.monotonic() + _BEGINS
            while not self._begun(wizard.runner):
                if task.done() or time.monotonic() > end:
                    raise UsageError("the session could not begin: nothing can be written into the state directory")
                await asyncio.sleep(0.05)
            yield wizard
        finally:
            if not task.done():
                wizard.call_later(wizard.action_leave)
                await asyncio.wait({task}, timeout=5)
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=2)

    def _begun(self, runner: object) -> bool:
        kept = getattr(runner, "store", None)
        if kept is None:
            return False
        self.session = kept.path
        return bool(kept.path.stat().st_size) and (not self.read_write or place.place(kept.path).exists())

    def _words(self) -> tuple[str, ...]:
        """The command whose screen a visitor sees."""
        assert self.session is not None
        ours = (sys.executable, "-m", "sshwizard")
        if not store.is_open(self.session):
            return (*ours, "replay", str(self.session))
        return (*ours, "watch", str(self.session), "--join" if self.read_write else "--screen")

    # ---------------------------------------------------------------- addresses

    def _used(self) -> None:
        """Its address is void: the next visitor gets another."""
        self._shut_doors()
        self._offer("For another browser, once:")

    def _offer(self, says: str) -> None:
        name = f"[{self.host}]" if ":" in self.host else self.host
        self._address = f"http://{name}:{self.port}/?token={self.guard.fresh()}"
        self._say(f"{says}\n  {self._address}")
        if os.environ.get("SSH_CONNECTION") and not self._doors:
            self._say(f"  (from where you came: ssh -L {self.port}:{name}:{self.port}, then open it there)")

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self.out, flush=True)

    def _open_browser(self) -> None:
        """By a file of ours that leads there: the arguments of a process can be read by every account."""
        import webbrowser

        if sys.platform == "linux" and not any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
            self._say("There is no desktop here to open a browser on; open the address yourself.")
            return
        place = paths.state_dir()
        for old in place.glob("open-*.html"):  # of a server that was killed; its token is void
            if time.time() - old.stat().st_mtime > _OLD_SECONDS:
                old.unlink(missing_ok=True)
        number, name = tempfile.mkstemp(".html", "open-", place)
        with os.fdopen(number, "w") as stream:
            stream.write(f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={self._address}">\n')
        self._doors.append(Path(name))
        if not webbrowser.open(Path(name).as_uri()):
            self._say("No browser could be started; open the address yourself.")

    def _shut_doors(self) -> None:
        for door in self._doors:
            door.unlink(missing_ok=True)
        self._doors.clear()
