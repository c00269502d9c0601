"""The server: one page, five files, and a websocket for each visitor. Everything passes the guard first."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

import textual_serve
from aiohttp import web

from sshwizard.fronts.serving import visitor
from sshwizard.fronts.serving.guard import Guard
from sshwizard.language import current, say

_HERE = Path(__file__).parent
_THEIRS = Path(textual_serve.__file__).parent / "static"
FILES: Mapping[str, Path] = {
    "/textual.js": _THEIRS / "js" / "textual.js",
    "/xterm.css": _THEIRS / "css" / "xterm.css",
    "/mono.ttf": _THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "/mono-italic.ttf": _THEIRS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
    "/page.css": _HERE / "page.css",
}
"""All that the page loads; textual-serve's own page would ask the net for its font."""
SAYS: Mapping[str, str] = {
    "opening": "The session is being opened",
    "closed": "This page is closed: the session or the server ended, q was pressed, or there are too many visitors.",
    "again": "Open it again",
    "bare": "The screen is drawn by a script of this server. Without scripts: sshwizard watch last",
}
"""The words of the page."""


class Site:
    """One session for all its visitors."""

    def __init__(
        self,
        guard: Guard,
        words: Callable[[], Sequence[str]],
        *,
        visitors: int,
        env: Mapping[str, str],
        told: Callable[[str], None],
    ) -> None:
        """`words` is the command whose screen a visitor sees; `told` hears who comes and goes."""
        self.guard, self._words, self._most, self._env, self._told = guard, words, visitors, dict(env), told
        self._pages: set[asyncio.Task[None]] = set()
        self._numbers: set[int] = set()
        self._runner: web.AppRunner | None = None
        self.last = time.monotonic()
        """When a page was opened, or a key pressed on one."""

    async def open(self, listener: socket.socket) -> None:
        """Answer at a socket that listens on loopback."""
        for name in ("aiohttp", "textual-serve"):  # an address may hold a token, so nothing is logged
            logging.getLogger(name).addHandler(logging.NullHandler())
            logging.getLogger(name).propagate = False
        app = web.Application(middlewares=[self.guard.check], client_max_size=1024)
        app.on_response_prepare.append(self.guard.dress)
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._screen)
        for path in FILES:
            app.router.add_get(path, self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def close(self) -> None:
        """Close every page; the processes behind them have ended when this returns."""
        for task in tuple(self._pages):
            task.cancel()
        if self._pages:
            await asyncio.wait(self._pages, timeout=6)
        if self._runner is not None:
            await self._runner.cleanup()

    # ---------------------------------------------------------------- what is answered

    async def _page(self, request: web.Request) -> web.Response:
        self._active()
        if len(self._numbers) >= self._most:
            return self._full()
        filled = {name: escape(say(text)) for name, text in SAYS.items()}
        filled |= {"websocket": f"ws://{request.host}/ws", "language": current()}
        text = (_HERE / "page.html").read_text("utf-8").format_map(filled)
        return web.Response(text=text, content_type="text/html")

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(FILES[request.path])

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        if len(self._numbers) >= self._most:
            return self._full()
        number = next(one for one in range(1, self._most + 1) if one not in self._numbers)
        task = asyncio.current_task()
        assert task is not None
        self._active()
        self._numbers.add(number)
        self._pages.add(task)
        task.add_done_callback(self._pages.discard)
        self._told(f"Visitor {number} came.")
        try:
            env = {**self._env, "SSHWIZARD_JOINS_AS": f"visitor {number}"}
            return await visitor.show(request, self._words(), env, pressed=self._active)
        finally:
            self._numbers.discard(number)
            self._active()
            with contextlib.suppress(OSError):
                self._told(f"Visitor {number} left.")

    def _full(self) -> web.Response:
        return web.Response(text=say(f"{self._most} visitors are here already (--visitors).") + "\n", status=503)

    def _active(self) -> None:
        self.last = time.monotonic()
