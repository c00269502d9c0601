"""A shell on a terminal of its own, used as a socket is: what a session of Systems Manager leads to."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Sequence


class Shell:
    """`sh -i` on a pty, on the machine that `begins` leads to. It ends when the pty does."""

    def __init__(self, begins: Sequence[str] = ()) -> None:
        self._end, other = pty.openpty()
        self._child = subprocess.Popen(
            [*begins, "sh", "-i"], stdin=other, stdout=other, stderr=other, start_new_session=True,
            env={"PATH": os.defpath, "PS1": "sh-practice$ ", "TERM": "xterm"},
        )  # fmt: skip
        os.close(other)

    def recv(self, most: int) -> bytes:
        """What it writes. Raises OSError at its end."""
        return os.read(self._end, most)

    def sendall(self, data: bytes) -> None:
        """Type."""
        os.write(self._end, data)

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has this size."""
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self) -> None:
        """Nobody reads it any more."""
        self.shutdown()
        os.close(self._end)

    def shutdown(self, _how: int = 0) -> None:
        """End it."""
        self._child.kill()
        self._child.wait()
