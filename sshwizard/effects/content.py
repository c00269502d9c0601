"""A file's content: compared, kept, and replaced in one step."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sshwizard import paths
from sshwizard.effects.effect import Refused
from sshwizard.paths import short

MARK = ".sshwizard-"
"""Stands in the name of a file that is being written; one that a crash left behind is known by it."""


def digest(content: bytes | None) -> str:
    """SHA-256 of a file's content; empty for no file."""
    if content is None:
        return ""
    import hashlib  # brings OpenSSL with it, which a session without a change does not need

    return hashlib.sha256(content).hexdigest()


def content_of(path: Path) -> bytes | None:
    """What the file holds; None when there is none. Raises OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def expect(path: Path, content: bytes | None, expects: str) -> None:
    """Raise Refused unless the content has this digest."""
    if digest(content) != expects:
        raise Refused(f"{short(path)} was changed by somebody else since the preview; look again first")


def replaceable(path: Path) -> Path:
    """Where the file itself is. Raises Refused for one that another cannot take the place of.

    A file with several names (hard links) would have two contents afterwards. Writing into it would keep the names
    together, but then a crash in the middle could tear it, so it is refused.
    """
    real = Path(os.path.realpath(path))
    try:
        info = real.lstat()
    except FileNotFoundError:
        return real
    if stat.S_ISLNK(info.st_mode):
        raise Refused(f"{short(path)} is a link that leads to itself")
    if not stat.S_ISREG(info.st_mode):
        raise Refused(f"{short(path)} is no plain file")
    if info.st_nlink > 1:
        raise Refused(f"{short(path)} has {info.st_nlink} names (hard links), and replacing it would part them")
    return real


def keep(path: Path, content: bytes | None) -> str:
    """A copy of a content in our own backups directory, on the disk when this returns; empty for no content."""
    if content is None:
        return ""
    folder = paths.backups_dir()
    with _at(folder):
        handle, name = tempfile.mkstemp(dir=folder, prefix=f"{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    return name


@contextlib.contextmanager
def _at(place: Path) -> Iterator[None]:
    """An error of the system is about this place: it names a file that was never seen, or none."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(place)) from None


def write_whole(
    path: Path, content: bytes, mode: int | None = None, prove: Callable[[Path], None] = lambda made: None
) -> None:
    """Replace a file in one step: whoever reads it, or crashes, meets the old or the new content whole.

    A link stays a link, and mode, owner and extended attributes stay as they were. `prove` sees the new file before
    it takes the place of the old one. Raises OSError, or what `prove` raises, with nothing changed.
    """
    real = replaceable(path)
    old = real.stat() if real.exists() else None
    sweep(real)
    with _at(real.parent):
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}{MARK}")
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream, _at(real):
            stream.write(content)
            stream.flush()
            prove(made)
            if old is not None:
                _dress(made, real, old)
            made.chmod(mode if mode is not None else stat.S_IMODE(old.st_mode) if old else 0o600)
            os.fsync(stream.fileno())
        with _at(real):
            made.replace(real)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    _settle(real.parent)


def _dress(made: Path, real: Path, old: os.stat_result) -> None:
    """Give the new file the owner and the extended attributes (access lists among them) of the old one."""
    now = made.stat()
    if (old.st_uid, old.st_gid) != (now.st_uid, now.st_gid):
        os.chown(made, old.st_uid, old.st_gid)
    if hasattr(os, "listxattr"):  # Linux
        with contextlib.suppress(OSError):  # a file system without them, or one that only root may set
            for name in os.listxattr(real):
                os.setxattr(made, name, os.getxattr(real, name))


def sweep(real: Path) -> None:
    """Remove what a crash left of an earlier replacement of this file. Changes are made one at a time (store.lock)."""
    for left in real.parent.glob(f".{glob_safe(real.name)}{MARK}*"):
        left.unlink(missing_ok=True)


def glob_safe(name: str) -> str:
    """`name` as a pattern that matches only itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _settle(folder: Path) -> None:
    """Put the new directory entry on the disk (rename(2), fsync(2)); some network file systems cannot."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
