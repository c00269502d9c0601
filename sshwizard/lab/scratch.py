"""A directory of its own for each embedded cloud, and an end for those of which everything was killed at once."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "alive"
_YOUNG_SECONDS = 60
"""A directory that was made just now may not be locked yet."""


@contextmanager
def directory(cloud: str) -> Iterator[Path]:
    """A private directory, locked as long as it is in use."""
    sweep(cloud)
    home = Path(tempfile.mkdtemp(prefix=_prefix(cloud))).resolve()
    try:
        with (home / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _prefix(cloud: str) -> str:
    return f"sshwizard-{cloud}-"


def sweep(cloud: str) -> None:
    """Remove what killed labs of ours left behind."""
    for home in Path(tempfile.gettempdir()).glob(f"{_prefix(cloud)}*"):
        with suppress(OSError):
            told = home.lstat()
            if told.st_uid != os.getuid() or time.time() - told.st_mtime < _YOUNG_SECONDS:
                continue
            with (home / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(home, ignore_errors=True)
