"""One page: a websocket of the browser, and the process of ours whose screen it shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

MESSAGE = 64 * 1024
"""Bytes of a message of the browser; a paste is the longest."""
_COLUMNS, _ROWS = (20, 500), (5, 200)
_ENDS = 2.0
"""Seconds for a process to end by itself."""
_OWN = ("TMUX", "STY", "SSH_TTY", "COLUMNS", "LINES", "COLORTERM", "NO_COLOR", "TEXTUAL_THEME")
"""What tells of the terminal in which the server runs, not of the browser."""


class Screen(AppService):
    """textual-serve's process behind a page, begun without a shell, and surely ended."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], page: web.WebSocketResponse) -> None:
        async def close() -> None:
            await page.close()

        super().__init__(
            "", write_bytes=page.send_bytes, write_str=page.send_str, close=close,
            download_manager=DownloadManager(),
        )  # fmt: skip
        self._words, self._more = tuple(words), dict(env)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> asyncio.subprocess.Process:
        env = {name: value for name, value in os.environ.items() if name not in _OWN}
        env |= {name: value for name, value in self._build_environment(width, height).items() if name not in env}
        env |= {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TEXTUAL_COLOR_SYSTEM": "truecolor"}
        env |= {"COLUMNS": str(width), "ROWS": str(height), "TEXTUAL_FPS": "60", "TERM": "xterm-256color", **self._more}
        self._process = made = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=env, start_new_session=True,
        )  # fmt: skip
        self._stdin = made.stdin
        return made

    async def stop(self) -> None:
        """End the process, by force where it does not listen."""
        process, task = self._process, self._task
        self._process = self._task = None
        if process is None:
            return
        if process.returncode is None:
            await self.send_meta({"type": "quit"})
            try:
                await asyncio.wait_for(process.wait(), _ENDS)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(task, _ENDS)

    async def on_meta(self, data: bytes) -> None:
        """No file leaves by the page; a link opens beside it."""
        kind = json.loads(data).get("type")
        if kind in {"exit", "open_url"}:
            await super().on_meta(data)

    async def on_packed(self, payload: bytes) -> None:
        """Parts of files: none."""


def clamp(value: Any, between: tuple[int, int], otherwise: int) -> int:
    """A measure of a page, as far as a terminal can have it."""
    try:
        return min(max(int(value), between[0]), between[1])
    except (TypeError, ValueError, OverflowError):
        return otherwise


async def show(
    request: web.Request, words: Sequence[str], env: Mapping[str, str], *, pressed: Any
) -> web.StreamResponse:
    """Show the screen of `words` on a page until either ends; `pressed` is told of each key."""
    page = web.WebSocketResponse(heartbeat=15, max_msg_size=MESSAGE)
    await page.prepare(request)
    screen = Screen(words, env, page)
    try:
        await screen.start(
            clamp(request.query.get("width"), _COLUMNS, 80), clamp(request.query.get("height"), _ROWS, 24)
        )
        async for message in page:
            if message.type is WSMsgType.TEXT and not await _take(page, screen, message.data, pressed):
                break
    finally:
        await screen.stop()
        with contextlib.suppress(OSError):
            await page.close()
    return page


async def _take(page: web.WebSocketResponse, screen: Screen, text: str, pressed: Any) -> bool:
    """One message of the browser; False for what textual-serve's page never sends."""
    try:
        match json.loads(text):
            case ["stdin", str(keys)]:
                pressed()
                await screen.send_bytes(keys.encode("utf-8", "replace"))
            case ["resize", {"width": width, "height": height}]:
                await screen.set_terminal_size(clamp(width, _COLUMNS, 80), clamp(height, _ROWS, 24))
            case ["ping", str(when)]:
                await page.send_json(["pong", when[:40]])
            case ["focus"]:
                await screen.focus()
            case ["blur"]:
                await screen.blur()
            case _:
                return False
    except (ValueError, RecursionError):
        return False
    return True
