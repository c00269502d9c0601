"""A session on disk: one JSON object per line, mode 600, appended as it happens."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sshwizard import events, paths
from sshwizard.events import Event
from sshwizard.fixes import FIXES
from sshwizard.tree import TREE
from sshwizard.tree.hand import can_be


class BadSession(Exception):
    """A session file that cannot be read; the text names the line and the reason."""


_NEEDED = {fix.needs.name for fix in FIXES.values() if fix.needs}
"""Looks that a fix asked for; they stand beside the tree."""


class Store:
    """One session file, open for appending."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, name: str) -> Store:
        """A new file in the sessions directory. Raises OSError."""
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        safe = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.")[:40] or "session"
        folder = paths.sessions_dir()
        for number in range(1000):
            path = folder / (f"{stamp}-{safe}.jsonl" if number == 0 else f"{stamp}-{safe}-{number}.jsonl")
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                continue
            return cls(path)
        raise OSError(f"too many sessions of this second in {folder}")

    def append(self, event: Event) -> None:
        """Write one event. Raises OSError."""
        row = json.dumps({"schema": events.SCHEMA, **events.to_json(event)}, ensure_ascii=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(row + "\n")


def load(path: Path) -> tuple[Event, ...]:
    """All events of a file. Raises BadSession or OSError; a torn last line is left out."""
    text = path.read_text("utf-8", "replace")
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    read: list[Event] = []
    for number, row in enumerate(rows, 1):
        try:
            event = events.from_json(json.loads(row))
            _placed(event, first=not read)
            read.append(events.harmless(event))
        except ValueError as error:
            if number == len(rows) and not text.endswith("\n") and read:
                break
            raise BadSession(f"{path} line {number} is no session event: {error}") from None
    if not read or not isinstance(read[0], events.Began):
        raise BadSession(f"{path} is not a session: it does not begin with Began")
    return tuple(read)


def _placed(event: Event, *, first: bool) -> None:
    """Raise ValueError for an event that cannot stand here."""
    if isinstance(event, events.Began) is not first:
        raise ValueError("a session begins once, with Began")
    if isinstance(event, events.Saw) and event.node not in TREE and event.node not in _NEEDED:
        raise ValueError(f"unknown question {event.node!r}")
    if isinstance(event, events.Answered) and not can_be(event.node, event.outcome):
        raise ValueError(f"{event.node!r} has no answer {event.outcome!r}")
    if isinstance(event, events.Unanswered) and event.node not in TREE:
        raise ValueError(f"unknown question {event.node!r}")


def recent(most: int = 20) -> Iterator[Path]:
    """The newest session files."""
    yield from sorted(paths.sessions_dir().glob("*.jsonl"), reverse=True)[:most]
