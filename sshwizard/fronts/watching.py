"""A session of another terminal, followed while it goes on. Nothing is looked at, and nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from sshwizard import clean, verdict
from sshwizard.events import Began, Doing, Ended, Event, Rewound, Settled
from sshwizard.fronts import plain
from sshwizard.language import say
from sshwizard.session import fold
from sshwizard.state import State
from sshwizard.store import BadSession, is_open, load

PAUSE = 0.05
"""Seconds between two looks at the file."""


class Tail:
    """What a growing session file has that was not read before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: tuple[Event, ...] = ()
        self._size = -1

    def read(self) -> tuple[Event, ...]:
        """The new events. A last line that is still being written is left for later. Raises BadSession or OSError."""
        size = self.path.stat().st_size
        if size == self._size:
            return ()
        self._size = size
        try:
            found = load(self.path)
        except BadSession:
            if self.events or b"\n" in self.path.read_bytes():
                raise
            return ()  # its first line is not there yet
        new = found[len(self.events) :]
        self.events = found
        return new

    def begun(self) -> None:
        """Wait for the first event of a session that goes on. Raises BadSession where there is none."""
        while not self.events:
            open_yet = is_open(self.path)
            self.read()
            if not self.events and not open_yet:
                raise BadSession(f"{self.path} is not a session: it is empty")
            time.sleep(0 if self.events else PAUSE)

    def follow(self) -> Iterator[Event]:
        """Every event as it comes, until the session ends."""
        yield from self.events
        while True:
            open_yet = is_open(self.path)
            yield from self.read()
            if not open_yet:
                return
            time.sleep(PAUSE)


def line(event: Event, so_far: tuple[Event, ...], stream: TextIO) -> None:
    """One event as the first terminal tells it; `so_far` ends with it."""
    state = fold(so_far)
    if isinstance(event, Began):
        name = clean.line(state.target.input)
        told = say(f"Watching: {name}, begun {clean.line(event.at)}" if event.at else f"Watching: {name}")
    elif isinstance(event, Ended):
        told = _verdict(state)
    elif isinstance(event, Rewound):
        told = say("[again] the person looks again")
    elif isinstance(event, Doing):
        told = f"{say('[doing]')} {'; '.join(map(say, event.effect.preview()))}"
    elif isinstance(event, Settled):
        told = say("[settled] what a crash had interrupted was looked at")
    else:
        plain.progress(event, state, stream)
        stream.flush()
        return
    print(told, file=stream, flush=True)


def _verdict(state: State) -> str:
    found = verdict.judge(state)
    return f"\n{plain.tell(state, found)}\n" if found else ""
