"""The joiner's end: sends acts, hears who has the keyboard and what is proposed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sshwizard import paths
from sshwizard.fronts.pairing import acts, place

NAME = "SSHWIZARD_JOINS_AS"
"""The environment variable that names who joins; a served page sets it."""
_LIMIT = 1 << 20


def my_name() -> str:
    """Who joins, as the owner reads it."""
    if name := os.environ.get(NAME):
        return name[:40]
    with contextlib.suppress(OSError):
        return f"{paths.me()} on {os.ttyname(0).removeprefix('/dev/')}"[:40]
    return paths.me()[:40]


class Guest:
    """A line to the owner."""

    def __init__(self, session: Path) -> None:
        self._line = place.connected(place.place(session))
        self._writer: asyncio.StreamWriter | None = None
        self.keyboard: dict[str, Any] = {}

    @property
    def may(self) -> bool:
        """True while what is pressed here counts."""
        return bool(self.keyboard.get("may"))

    def send(self, act: str, **fields: str | int) -> None:
        """Send an act."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(acts.line(act, **fields))

    async def listen(self, heard: Callable[[dict[str, Any]], None]) -> None:
        """Hear until the owner hangs up."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._line, limit=_LIMIT)
        self.send("hello", name=my_name())
        try:
            while row := await reader.readline():
                message = json.loads(row)
                if isinstance(message, dict):
                    if message.get("says") == "keyboard":
                        self.keyboard = message
                    heard(message)
        except (OSError, ValueError):
            pass
        finally:
            self.keyboard = {}
            self._writer.close()

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._line.close()
