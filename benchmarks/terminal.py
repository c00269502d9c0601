"""A program on a terminal of 120 x 40, and the smallest Textual application to compare with."""

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

ROWS, COLUMNS = 40, 120
QUIET = 0.06
"""Seconds without a byte after which an answer is over."""

WIZARD = "from sshwizard.cli import run; run()"
MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    count = 0
    def compose(self):
        yield Static("The smallest Textual application.")
    def on_key(self):
        self.count += 1
        self.query_one(Static).update(f"{self.count} keys")
Minimal().run()
"""


class Terminal:
    """The program, its process id, and our end of its terminal."""

    def __init__(self, code: str, arguments: Sequence[str], home: str) -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": home}
            os.execve(sys.executable, [sys.executable, "-c", code, *arguments], env)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, patience: float) -> bytes:
        """What it painted next; nothing where nothing comes in time, or it ended."""
        if not select.select([self.master], [], [], patience)[0]:
            return b""
        try:
            return os.read(self.master, 1 << 16)
        except OSError:
            return b""

    def settle(self, quiet: float = 0.5) -> None:
        """Until something was painted, and then nothing more."""
        end, patience = time.monotonic() + 30, 20.0
        while time.monotonic() < end and self.read(patience):
            patience = quiet

    def end(self) -> None:
        """It does not outlive the benchmark; it has two seconds to set its terminal right."""
        os.kill(self.pid, signal.SIGTERM)
        for _ in range(200):
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            if not self.read(0.01):
                time.sleep(0.01)
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)  # nothing outlives SIGKILL for long
        os.close(self.master)


Kind = TypeVar("Kind", bound=Terminal)


@contextmanager
def running(kind: type[Kind], code: str, arguments: Sequence[str], home: str, quiet: float = 0.5) -> Iterator[Kind]:
    """A program from its first frame on."""
    terminal = kind(code, arguments, home)
    try:
        terminal.settle(quiet)
        yield terminal
    finally:
        terminal.end()
