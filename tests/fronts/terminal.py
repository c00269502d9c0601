"""A real terminal for a test: a pty, read by pyte."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyte

CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""The pty becomes the controlling terminal, as a person's is: /dev/tty is there, and ctrl+c is a signal."""


def _own() -> None:
    """Make the terminal the one that /dev/tty means, where ssh asks for secrets (tty_ioctl(4))."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """One program on a pty of its own, and what its screen shows."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], rows: int = 24, columns: int = 80, *, owns: bool = False
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw, self._stood = b"", ""
        self.master, self.slave = pty.openpty()
        self._size(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CONTROLLED, *command],
            stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env={**env, "TERM": "xterm-256color"}, start_new_session=True, preexec_fn=_own if owns else None,
        )  # fmt: skip

    def _size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        """Make the terminal another size, as a window manager would."""
        self._size(rows, columns)
        self._stood = ""
        self.screen.resize(rows, columns)
        self.screen.erase_in_display(2)  # what is cut to size, nobody has drawn
        self.child.send_signal(signal.SIGWINCH)

    def read(self, seconds: float, *, quiet: float = math.inf) -> None:
        """Take in what the program writes for a while, or until it wrote nothing for `quiet` seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready, _, _ = select.select([self.master], [], [], min(left, 0.05, quiet))
            if not ready:
                if quiet < math.inf:
                    return
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.raw += data
            with contextlib.suppress(Exception):  # pyte does not know every sequence of a modern terminal
                self.stream.feed(data)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, wanted: str | Callable[[str], bool], seconds: float = 12) -> str:
        """Wait until the screen shows something. What stood there before the last key proves nothing."""
        stood, self._stood = self._stood, ""
        if stood and (wanted(stood) if callable(wanted) else wanted in stood):
            raise AssertionError(f"{wanted!r} stood there before the key:\n{stood}")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            if wanted(self.text) if callable(wanted) else wanted in self.text:
                self.read(0.5, quiet=0.02)  # a frame comes in pieces
                return self.text
        raise AssertionError(f"never showed {wanted!r}:\n{self.text}")

    def press(self, keys: str) -> None:
        """Type."""
        self._stood = self.text
        os.write(self.master, keys.encode())

    def ended(self, seconds: float = 5) -> float:
        """Wait for the end; returns how long it took. Its exit code is in `child.returncode` then."""
        began = time.monotonic()
        while self.child.poll() is None:
            self.read(0.02)
            if time.monotonic() - began > seconds:
                raise AssertionError(f"did not end within {seconds} s:\n{self.text}")
        took = time.monotonic() - began
        self.read(0.1)
        return took

    @property
    def modes_now(self) -> list[Any]:
        """The tty's settings."""
        return termios.tcgetattr(self.slave)

    def close(self) -> None:
        """End the program, if it still runs."""
        if self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait(10)
        os.close(self.slave)
        os.close(self.master)


def wizard(
    *arguments: str, rows: int = 24, columns: int = 80, owns: bool = False, **extra: str
) -> contextlib.AbstractContextManager[Terminal]:
    """`python -m sshwizard …` on a terminal."""
    return program(sys.executable, "-m", "sshwizard", *arguments, rows=rows, columns=columns, owns=owns, **extra)


@contextlib.contextmanager
def program(*command: str, rows: int = 24, columns: int = 80, owns: bool = False, **extra: str) -> Iterator[Terminal]:
    """Any program on a terminal."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", **extra}
    for name in ("COLUMNS", "LINES"):  # a test runner sets them; they would outrank the terminal's own size
        env.pop(name, None)
    for name in ("NO_COLOR", "TMUX", "COLORTERM"):
        if name not in extra:
            env.pop(name, None)
    terminal = Terminal(command, env, rows, columns, owns=owns)
    try:
        yield terminal
    finally:
        terminal.close()


def left_behind(session: int) -> list[str]:
    """Processes that still belong to a session, by their command line."""
    found = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, ProcessLookupError):
                with open(f"/proc/{name}/environ", "rb") as stream:  # noqa: PTH123
                    ours = f"SSHWIZARD_TEST={session}".encode() in stream.read()
                with open(f"/proc/{name}/cmdline", "rb") as stream:  # noqa: PTH123
                    line = stream.read().replace(b"\0", b" ").decode()
                if ours and line.strip():
                    found.append(line)
    return found
