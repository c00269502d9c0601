"""Keys for a program on a terminal, and what it paints after each of them, with its time.

An answer is over with the last byte before some silence. What was painted is replayed afterwards, through pyte: to do
it at once would take the program's processor.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyte

ROWS, COLUMNS = 40, 120
QUIET = 0.06
"""Seconds without a byte after which an answer is over."""
AT_LEAST = 0.15
"""Seconds for which every key is watched: a cursor that blinks before the answer does not end it."""
BLINK = 300
"""The bytes in which a cursor blinks, at most: so few are no answer yet."""
NEW_FRAME = 0.003
"""Bytes that come so many seconds after the others are of another frame."""

Lines = list[str]
Shows = Callable[[Lines, Lines], bool]
"""Whether a picture is the answer to a key, from the text before it and after it."""


def anything(before: Lines, after: Lines) -> bool:
    """Any other picture than before."""
    return True


@dataclass(frozen=True)
class Bytes:
    """What came at once."""

    at: float
    """Seconds since the key."""
    waited: float
    """Seconds of them for which a thread that had something to do waited for a processor."""
    text: bytes


@dataclass
class Press:
    """A key, and what was painted after it."""

    what: str
    shows: Shows
    painted: list[Bytes] = field(default_factory=list)
    cpu: float = 0.0


class Pty:
    """A program on a terminal; what it paints is kept, with its time."""

    def __init__(self, code: str, arguments: list[str], home: str) -> None:
        self.presses: list[Press] = []
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": home}
            os.execve(sys.executable, [sys.executable, "-c", code, *arguments], env)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def press(self, what: str, key: str, shows: Shows, *, quiet: float = QUIET, least: float = AT_LEAST) -> None:
        """Type a key, and read until its answer is over."""
        pressed = Press(what, shows)
        spent, waited = self.cpu(), self.waited()
        began = last = time.perf_counter()
        os.write(self.master, key.encode())
        while time.perf_counter() - began < 10:
            if select.select([self.master], [], [], 0.01)[0]:
                seen = os.read(self.master, 1 << 16)
                last = time.perf_counter()
                pressed.painted.append(Bytes(last - began, self.waited() - waited, seen))
            now = time.perf_counter()
            answered = not what or now - began > 2 or sum(len(one.text) for one in pressed.painted) > BLINK
            if answered and now - last > quiet and now - began > least:
                break
        pressed.cpu = self.cpu() - spent
        self.presses.append(pressed)

    def cpu(self) -> float:
        """Seconds of CPU time so far: clock_getcpuclockid(3) of another process."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def waited(self) -> float:
        """Seconds for which the program's threads could run, and others ran: schedstat of proc(5), field 2."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_bytes().split()[1]) for task in tasks) / 1e9

    def settle(self) -> None:
        """Until it is quiet for half a second."""
        self.press("", "", anything, quiet=0.5, least=0.6)

    def end(self) -> None:
        """It does not outlive the benchmark."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)


@contextmanager
def running(code: str, arguments: list[str], home: str) -> Iterator[Pty]:
    """A program from its first frame on."""
    terminal = Pty(code, arguments, home)
    try:
        terminal.settle()
        yield terminal
    finally:
        terminal.end()


# ---------------------------------------------------------------- what was painted


@dataclass(frozen=True)
class Answer:
    """How long a key took."""

    what: str
    seconds: float
    alone: float
    """Without the time that other programs took."""
    frames: int
    cpu: float
    right: bool
    """The picture shows what it should."""


def answers(presses: list[Press]) -> Iterator[Answer]:
    """Replay what was painted; only keys with a name are told."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    for press in presses:
        before, ends, other = list(screen.display), list[Bytes](), False
        for frame in _frames(press.painted):
            old = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)] if press.what else []
            for one in frame:
                stream.feed(one.text)
            if press.what and not _blinks(cells := _changed(old, screen)):
                ends.append(frame[-1])
                other = other or bool(cells)
        if press.what:
            right = other and press.shows(before, list(screen.display))
            end = ends[-1] if ends else Bytes(0, 0, b"")
            yield Answer(press.what, end.at, max(end.at - end.waited, 0.0), len(ends), press.cpu, right)


def _frames(painted: list[Bytes]) -> list[list[Bytes]]:
    frames: list[list[Bytes]] = []
    for one in painted:
        if not frames or one.at - frames[-1][-1].at > NEW_FRAME:
            frames.append([])
        frames[-1].append(one)
    return frames


def _changed(old: list[list[Any]], screen: pyte.Screen) -> list[tuple[int, int]]:
    """The cells, column and row, that are others now."""
    return [(x, y) for y in range(ROWS) for x in range(COLUMNS) if old[y][x] != screen.buffer[y][x]]


def _blinks(cells: list[tuple[int, int]]) -> bool:
    """True where one cell of the last line is all that changed."""
    return len(cells) == 1 and cells[0][1] == ROWS - 1
