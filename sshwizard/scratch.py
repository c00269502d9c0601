"""A directory for one look: private, gone after the block, and swept by the next wizard where one was killed.

It is locked as long as we live (flock(2) ends with the process, also with SIGKILL), so what is not locked belongs to
nobody any more.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "sshwizard-run-"
_TRIES = 20


@contextmanager
def directory() -> Iterator[Path]:
    """A directory of mode 700. Raises OSError where there is no place for one."""
    _sweep_once(tempfile.gettempdir())
    place, lock = _made()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _made() -> tuple[Path, int]:
    for _ in range(_TRIES):
        place = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError, BlockingIOError):  # swept by another wizard before it was locked
            return place, _locked(place)
    raise OSError(None, f"no directory stays in {tempfile.gettempdir()}")


def _locked(place: Path) -> int:
    """Hold it. Raises BlockingIOError or FileNotFoundError where somebody sweeps it; OSError without locks."""
    lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        place.lstat()
    except OSError:
        os.close(lock)
        raise
    return lock


@functools.cache
def _sweep_once(folder: str) -> None:
    sweep(Path(folder))


def sweep(folder: Path) -> None:
    """Remove what killed wizards of this account left there; what is in use stays. Never raises."""
    with suppress(OSError):
        for place in folder.glob(f"{PREFIX}*"):
            _end(place)


def _end(place: Path) -> None:
    with suppress(OSError):
        if place.lstat().st_uid != os.getuid():
            return
        lock = _locked(place)
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)
