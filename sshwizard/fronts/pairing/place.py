"""Where a session's socket lies, and who is at the other end of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from sshwizard import paths

_LONGEST = 100
"""Bytes of a socket's path: 104 on macOS, 108 on Linux, with the zero at the end (unix(7))."""


def place(session: Path) -> Path:
    """The socket of a session. Its directory is ours alone. Raises OSError."""
    folder = paths.state_dir() / "pairing"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid():
        raise PermissionError(1, f"{folder} belongs to another account")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder / (hashlib.sha256(os.fsencode(session.resolve())).hexdigest()[:16] + ".sock")


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """`path` as bind and connect take it: through its directory, where it is too long for them."""
    if len(os.fsencode(path)) <= _LONGEST or not Path("/proc/self/fd").exists():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listening(path: Path) -> socket.socket:
    """A socket that only this account can open. Raises OSError."""
    _sweep(path.parent)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX)
    try:
        with address(path) as name:
            made.bind(name)
        path.chmod(0o600)
        made.listen(8)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def connected(path: Path) -> socket.socket:
    """A line to the owner of a session. Raises OSError."""
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(5)
    try:
        with address(path) as name:
            made.connect(name)
        if not same_account(made):
            raise PermissionError(1, "another account is at its end")
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def same_account(line: socket.socket) -> bool:
    """True when the process at the other end is of this account (SO_PEERCRED in unix(7), LOCAL_PEERCRED on macOS)."""
    if hasattr(socket, "SO_PEERCRED"):
        _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    elif sys.platform == "darwin":
        _, uid = struct.unpack_from("II", line.getsockopt(0, 1, 76))
    else:
        return False
    return bool(uid == os.getuid())


def _sweep(folder: Path) -> None:
    """Take away what a crash left: sockets at which nobody listens."""
    for old in folder.glob("*.sock"):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock, address(old) as name:
            knock.settimeout(0.2)
            try:
                knock.connect(name)
            except ConnectionRefusedError:
                old.unlink(missing_ok=True)
