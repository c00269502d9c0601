"""A session on disk: one JSON object per line, mode 600, appended as it happens."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, get_args

from sshwizard import events, frequency, paths
from sshwizard.doors.marks import IDS, MARK
from sshwizard.events import Event
from sshwizard.fixes import FIXES
from sshwizard.model import Mode
from sshwizard.probes import compared
from sshwizard.probes.ahead import ahead
from sshwizard.probes.aws import around
from sshwizard.probes.gcp import looks as google
from sshwizard.tree import TREE
from sshwizard.tree.hand import can_be


class BadSession(Exception):
    """A session file that cannot be read; the text names the line and the reason."""


_NEEDED = {
    *(fix.needs.name for fix in FIXES.values() if fix.needs),
    ahead.name,
    frequency.NAME,
    compared.NAME,
    *(look.name for look in (*around.LOOKS, google.changes)),
    "fix.told",
    *(MARK + door for door in IDS),
}
"""Looks that a fix asked for, that look ahead, or that tell of doors; they stand beside the tree."""


class Store:
    """One session file, open for appending."""

    def __init__(self, path: Path, held: int | None = None) -> None:
        self.path = path
        if held is not None:  # a lock as long as somebody may write, for those who watch (see `is_open`)
            weakref.finalize(self, os.close, held)

    @classmethod
    def create(cls, name: str, folder: Path | None = None) -> Store:
        """A new file, in the sessions directory unless told otherwise. Raises OSError."""
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        safe = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.")[:40] or "session"
        folder = folder or paths.sessions_dir()
        for number in range(1000):
            path = folder / (f"{stamp}-{safe}.jsonl" if number == 0 else f"{stamp}-{safe}-{number}.jsonl")
            try:
                held = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                continue
            with suppress(OSError):  # a file system without locks
                fcntl.flock(held, fcntl.LOCK_EX)
            return cls(path, held)
        raise OSError(f"too many sessions of this second in {folder}")

    @property
    def of_a_person(self) -> bool:
        """False for a session of practice, which goes with its world."""
        return self.path.parent.parent == paths.reminders_file().parent

    def append(self, event: Event) -> None:
        """Write one event; what is about to be changed is on the disk when this returns. Raises OSError."""
        row = json.dumps({"schema": events.SCHEMA, **events.to_json(event)}, ensure_ascii=True).encode() + b"\n"
        with self.path.open("r+b") as stream:
            stream.seek(0, os.SEEK_END)
            _drop_torn_end(stream)
            stream.write(row)
            if isinstance(event, events.Doing):
                stream.flush()
                os.fsync(stream.fileno())


def is_open(path: Path) -> bool:
    """True while the session that made this file goes on. Two may ask at once. Raises OSError."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks: nobody can tell
            pass
        return False


def _drop_torn_end(stream: BinaryIO) -> None:
    """Cut off a last line that a crash left unfinished, so that the next one stands alone."""
    end = stream.tell()
    stream.seek(max(end - 1, 0))
    if end and stream.read(1) != b"\n":
        stream.seek(0)
        whole = stream.read().rfind(b"\n") + 1
        stream.seek(whole)
        stream.truncate()


@contextmanager
def changing(limit: float = 5.0) -> Iterator[None]:
    """Hold the one lock of every sshwizard of this account, so that two never change files at the same time.

    Raises TimeoutError after `limit` seconds, and OSError when there is no place for the lock.
    """
    with open(paths.state_dir() / "lock", "w", opener=paths.for_us) as stream:
        end = time.monotonic() + limit
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError("another sshwizard is changing files now; try again when it is done") from None
                time.sleep(0.05)
        yield


@dataclass(frozen=True, slots=True)
class Reading:
    """What a session file holds."""

    events: tuple[Event, ...]
    torn: bool = False
    """True when a crash cut off the last line, which is left out."""
    foreign: int = 0
    """Looks and answers at questions that this version does not have; they are left out."""


def load(path: Path) -> tuple[Event, ...]:
    """All events of a file. Raises BadSession or OSError; a torn last line is left out."""
    found = read(path.read_text("utf-8", "replace"), str(path))
    return found.events


def read(text: str, name: str, *, foreign: bool = False) -> Reading:
    """All events of a session's text. With `foreign`, questions that this version does not know are left out.

    Raises BadSession; `name` is what it calls the text.
    """
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    made: list[Event] = []
    torn, left_out = False, 0
    for number, row in enumerate(rows, 1):
        try:
            event = events.from_json(json.loads(row))
            _placed(event, first=not made)
            made.append(events.harmless(event))
        except _Foreign as error:
            if not foreign:
                raise BadSession(f"{name} line {number} is no session event: {error}") from None
            left_out += 1
        except (ValueError, RecursionError) as error:
            if number == len(rows) and not text.endswith("\n") and made:
                torn = True
                break
            raise BadSession(f"{name} line {number} is no session event: {error}") from None
    if not made or not isinstance(made[0], events.Began):
        raise BadSession(f"{name} is not a session: it does not begin with Began")
    return Reading(tuple(made), torn, left_out)


class _Foreign(ValueError):
    """An event about a question, an answer or a fix that this version does not have."""


def _placed(event: Event, *, first: bool) -> None:
    """Raise ValueError for an event that cannot stand here."""
    if isinstance(event, events.Began) is not first:
        raise ValueError("a session begins once, with Began")
    if isinstance(event, events.Began) and (event.mode not in get_args(Mode) or not 0 < event.logs <= MOST_HOPS):
        raise ValueError(f"no such session: mode {event.mode!r}, {event.logs} logs")
    if isinstance(event, events.Saw) and event.node not in TREE and event.node not in _NEEDED:
        raise _Foreign(f"unknown question {event.node!r}")
    if isinstance(event, events.Answered) and not can_be(event.node, event.outcome):
        raise _Foreign(f"{event.node!r} has no answer {event.outcome!r}")
    if isinstance(event, events.Unanswered) and event.node not in TREE:
        raise _Foreign(f"unknown question {event.node!r}")


MOST_HOPS = 1000


def recent(most: int = 20) -> Iterator[Path]:
    """The newest session files."""
    yield from sorted(paths.sessions_dir().glob("*.jsonl"), reverse=True)[:most]


def find(name: str) -> Path:
    """The session that a person means: a file, `last`, or the beginning of a session's name.

    Raises BadSession with a sentence, or OSError.
    """
    if name not in {"", "last"}:
        if "/" in name or Path(name).exists():
            return Path(name)
        kept = [path for path in paths.sessions_dir().glob("*.jsonl") if path.name.startswith(name)]
        if len(kept) > 1:
            raise BadSession(f"{len(kept)} sessions begin with {name}: {', '.join(sorted(path.stem for path in kept))}")
        return kept[0] if kept else Path(name)
    newest = next(recent(1), None)
    if newest is None:
        raise BadSession("no session was recorded yet. Try: sshwizard diagnose TARGET")
    return newest


def short_name(path: Path) -> str:
    """What `find` takes for a session of ours: the time at which it began, which names no host."""
    began = re.match(r"\d{8}-\d{6}", path.name)
    return began[0] if began else "SESSION"
