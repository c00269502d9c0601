"""A key for one login: in a private directory that ends with the login, and is swept after a crash.

The directory is locked as long as we live (flock(2) ends with the process, also with SIGKILL), so what is not locked
belongs to nobody any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.doors.way import Shut
from sshwizard.probes import process

_LIMIT = 5.0
"""Seconds for ssh-keygen; Ed25519 takes milliseconds."""


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """A key pair that nobody else has, and the directory that is its own."""

    private: Path
    public: str
    """One line, without a comment."""


@contextlib.asynccontextmanager
async def temporary_key() -> AsyncIterator[TemporaryKey]:
    """A fresh Ed25519 key; nothing of it is left after the block. Raises Shut."""
    with private_directory() as place:
        file = place / "key"
        made = await process.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(file)), _LIMIT)
        if made.code != 0:
            why = clean.line(made.err, 160) or "there is no ssh-keygen that answers"
            raise Shut(f"no temporary key could be made: {why}", "client.tool-missing-or-outdated")
        yield TemporaryKey(file, file.with_suffix(".pub").read_text("ascii").strip())


@contextlib.contextmanager
def private_directory() -> Iterator[Path]:
    """A directory of mode 700 that is gone after the block. Raises Shut."""
    try:
        with _alone(fcntl.LOCK_SH) as home:
            place = Path(tempfile.mkdtemp(dir=home))
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Shut(f"there is no place for a temporary key: {error.strerror}") from None
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def sweep() -> None:
    """Remove what a killed wizard left behind; what another one still uses stays. Never raises."""
    with contextlib.suppress(OSError), contextlib.ExitStack() as held:
        if not paths.doors_dir().is_dir():
            return
        home = held.enter_context(_alone(fcntl.LOCK_EX))
        for place in home.iterdir():
            with contextlib.suppress(OSError):
                lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(place, ignore_errors=True)
                finally:
                    os.close(lock)


@contextlib.contextmanager
def _alone(how: int) -> Iterator[Path]:
    """Our directory; while it is swept, none is made in it, and a new one is locked before it can be swept."""
    paths.state_dir()
    home = paths.doors_dir()
    home.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, how)
        yield home
    finally:
        os.close(lock)
