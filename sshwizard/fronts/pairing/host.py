"""The owner's end: listens, checks who comes, and tells every joiner who has the keyboard and what is proposed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sshwizard import clean
from sshwizard.fronts.pairing import acts, place
from sshwizard.fronts.pairing.acts import Act
from sshwizard.fronts.pairing.keyboard import OWNER, Keyboard

JOINERS = 16
_BACKLOG = 1 << 20
"""Bytes that wait for a joiner who does not read; then the line is cut."""


class Host:
    """The socket of one session."""

    def __init__(self, path: Path, *, free: bool = False) -> None:
        self.path = path
        self.keyboard = Keyboard(free=free)
        self.names: dict[int, str] = {}
        self.acted: Callable[[int, Act], None] = lambda who, act: None
        """Told of each act that counts."""
        self.changed: Callable[[str], None] = lambda says: None
        """Told when the keyboard went elsewhere, or is asked for; with a sentence, or none."""
        self._lines: dict[int, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._shown: dict[str, Any] = {}

    async def open(self) -> None:
        """Listen. Raises OSError."""
        made = place.listening(self.path)
        self._server = await asyncio.start_unix_server(self._welcome, sock=made, limit=acts.MOST)

    async def close(self) -> None:
        """Hang up; the socket goes."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        self.path.unlink(missing_ok=True)

    # ---------------------------------------------------------------- one joiner

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        who = max(self._lines, default=OWNER) + 1
        try:
            line = writer.get_extra_info("socket")
            if len(self._lines) >= JOINERS or not place.same_account(line):
                return
            self._lines[who] = writer
            self.names[who] = f"joiner {who}"
            self._tell(who)
            if self._shown:
                self._send(who, self._shown)
            await self._read(who, reader)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._lines.pop(who, None)
            if self._server is not None:
                self._left(who)
            with contextlib.suppress(OSError):
                writer.close()

    async def _read(self, who: int, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                row = await reader.readuntil(b"\n")
                act = acts.read(row)
            except asyncio.IncompleteReadError:
                return
            except (asyncio.LimitOverrunError, acts.Refused) as error:
                says = str(error) if isinstance(error, acts.Refused) else f"a line has at most {acts.MOST} bytes"
                self._send(who, {"says": "refused", "text": f"Not understood: {says}."})
                return
            self._hear(who, act)

    def _hear(self, who: int, act: Act) -> None:
        if act.name == "hello":
            self.names[who] = clean.line(act.words["name"], 40).strip() or self.names[who]
        elif act.name == "ask":
            self._set(self.keyboard.ask(who), f"{self.names[who]} asks for the keyboard")
        elif act.name == "back":
            self._set(self.keyboard.gone(who), f"{self.names[who]} gave the keyboard back")
        elif not self.keyboard.may(who):
            self._send(who, {"says": "refused", "text": "You do not have the keyboard: ctrl+k asks for it."})
        else:
            if self.keyboard.holder != who:
                self._set(self.keyboard.ask(who), "")
            self.acted(who, act)

    def _left(self, who: int) -> None:
        name = self.names.pop(who, "")
        held = self.keyboard.holder == who
        self._set(self.keyboard.gone(who), f"{name} left" if held else "")

    # ---------------------------------------------------------------- telling

    @property
    def holder(self) -> str:
        """The name of the joiner who has the keyboard; empty where the owner has it."""
        return self.names.get(self.keyboard.holder, "")

    @property
    def first(self) -> str:
        """The name of the joiner who has asked longest."""
        return self.names.get(self.keyboard.asking[0], "") if self.keyboard.asking else ""

    def give(self, *, alone: bool) -> None:
        """Hand the keyboard to whoever asked first."""
        self._set(self.keyboard.give(alone=alone), "")

    def take(self) -> None:
        """Take it back."""
        self._set(self.keyboard.take(), "")

    def decline(self) -> None:
        """Nobody gets it; who asked is told."""
        for who in self.keyboard.asking:
            self._send(who, {"says": "refused", "text": "The owner keeps the keyboard for now."})
        self._set(replace(self.keyboard, asking=()), "")

    def show(self, proposal: dict[str, Any]) -> None:
        """A change is proposed: every joiner sees it, also those who come later."""
        self._shown = {"says": "preview", **proposal}
        self._all(self._shown)

    def shut(self) -> None:
        """It was decided."""
        self._shown = {}
        self._all({"says": "shut"})

    def tell(self, text: str) -> None:
        """A message for every joiner."""
        self._all({"says": "told", "text": text})

    def _set(self, keyboard: Keyboard, says: str) -> None:
        if keyboard == self.keyboard:
            return
        self.keyboard = keyboard
        for who in self._lines:
            self._tell(who)
        self.changed(says)

    def _tell(self, who: int) -> None:
        board = self.keyboard
        self._send(who, {
            "says": "keyboard", "yours": board.holder == who, "alone": board.alone, "may": board.may(who),
            "holder": self.holder, "asked": who in board.asking, "waits": self.first,
        })  # fmt: skip

    def _all(self, message: dict[str, Any]) -> None:
        for who in tuple(self._lines):
            self._send(who, message)

    def _send(self, who: int, message: dict[str, Any]) -> None:
        writer = self._lines.get(who)
        if writer is None or writer.is_closing():
            return
        if writer.transport.get_write_buffer_size() > _BACKLOG:
            writer.close()
            return
        writer.write(json.dumps(message).encode() + b"\n")
