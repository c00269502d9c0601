"""A local socket at which ssh fetches a connection that the wizard itself carries.

No port: a socket in a private directory, for the same account only, and for who knows the word that stands in the
environment of this one ssh. The secrets of the connection (a signed URL, a token) never leave the wizard, and each
connection gets fresh ones.
"""

from __future__ import annotations

import errno
import hmac
import os
import secrets
import shlex
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sshwizard.doors import join

Serve = Callable[[socket.socket, Callable[[], None]], None]
"""Carries one connection of ssh's: it calls what it is given once the way is open, and raises Closed before that."""

Lines = dict[socket.socket, threading.Thread]
_ASK_SECONDS = 3.0
_END_SECONDS = 1.5
"""For what a connection does at its end, such as ending its session."""
_PREFIX = "sshwizard-door-"
_LONGEST = 100
"""Bytes of a local socket's path: 104 on macOS, 108 on Linux, with the zero at the end (unix(7))."""
_BACKLOG = 4


class Closed(Exception):
    """No connection, and why: ssh shows it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where ssh fetches its connections."""

    options: tuple[str, ...]
    env: Mapping[str, str]


def possible() -> bool:
    """Local sockets that carry descriptors: not on Windows."""
    return hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds") and len(tempfile.gettempdir()) < _LONGEST - 40


def command(*words: str) -> str:
    """A ProxyCommand: words for the person's shell, in which ssh replaces %h and the like (ssh_config(5))."""
    return shlex.join(words).replace("%", "%%")


@contextmanager
def open_place(serve: Serve) -> Iterator[Place]:
    """Serve connections until the block ends, each in a thread; then all of them end."""
    sweep()
    home = Path(tempfile.mkdtemp(prefix=_PREFIX))
    place, word = home / "s", secrets.token_hex(32)
    lines: Lines = {}
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))
            place.chmod(0o600)
            listener.listen(_BACKLOG)
            threading.Thread(target=_welcome, args=(listener, word, serve, lines), daemon=True).start()
            helper = command(sys.executable, "-I", "-S", str(Path(join.__file__).resolve()), str(place))
            try:
                yield Place(("-o", f"ProxyCommand={helper}", "-o", "ProxyUseFdpass=yes"), {join.WORD: word})
            finally:
                _wake(listener)
                _end(lines)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _welcome(listener: socket.socket, word: str, serve: Serve, lines: Lines) -> None:
    while True:
        try:
            line, _ = listener.accept()
        except OSError:
            return
        thread = threading.Thread(target=_talk, args=(line, word, serve, lines), daemon=True)
        lines[line] = thread
        thread.start()


def _talk(line: socket.socket, word: str, serve: Serve, lines: Lines) -> None:
    with line, suppress(OSError):
        try:
            if _ours(line) and _knows(line, word):
                line.settimeout(None)
                serve(line, lambda: line.sendall(b"+"))
        except Closed as closed:
            line.sendall(b"-" + str(closed).encode())
        except Exception as error:  # else a thread writes it over the person's screen
            line.sendall(b"-" + f"the way did not open: {type(error).__name__}".encode())
        finally:
            _wake(line)
            lines.pop(line, None)


def _end(lines: Lines) -> None:
    deadline = time.monotonic() + _END_SECONDS
    for line, thread in tuple(lines.items()):
        _wake(line)
        if thread.ident is not None:  # one that has not begun finds its line shut
            thread.join(max(0.0, deadline - time.monotonic()))


def _ours(line: socket.socket) -> bool:
    """Whether the same account asks. Where the system does not tell, the directory's mode holds others out."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(uid == os.getuid())


def _knows(line: socket.socket, word: str) -> bool:
    line.settimeout(_ASK_SECONDS)
    told = b""
    while not told.endswith(b"\n") and len(told) <= len(word):
        if not (more := line.recv(len(word) + 1 - len(told))):
            return False
        told += more
    return hmac.compare_digest(told, word.encode() + b"\n")


def _wake(line: socket.socket) -> None:
    """End what anybody does with it, in whatever thread; close alone wakes nobody."""
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def sweep() -> None:
    """Remove the directories of wizards that were killed: nobody listens there any more."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if home.lstat().st_uid != os.getuid() or not (home / "s").exists():
                continue
            with socket.socket(socket.AF_UNIX) as knock:
                knock.setblocking(False)
                if knock.connect_ex(str(home / "s")) == errno.ECONNREFUSED:
                    shutil.rmtree(home, ignore_errors=True)
