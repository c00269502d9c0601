"""Everything we can change. An effect previews itself, applies itself, and returns its inverse.

A preview is a promise: it carries what was seen when it was made, and `apply` refuses when the world has
changed since. Nothing else in the package writes outside our own state directory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from sshwizard import clean, paths
from sshwizard.paths import short


class Refused(Exception):
    """The world is not as the preview saw it; nothing was changed. The text says what differs."""


class Effect(Protocol):
    """One change."""

    @property
    def undoable(self) -> bool:
        """False when there is no way back, which is said before it is confirmed."""
        ...

    def preview(self) -> tuple[str, ...]:
        """What will change, as commands or a diff."""
        ...

    def apply(self) -> Effect | None:
        """Change it and return the inverse. Raises Refused or OSError, with nothing changed."""
        ...


@dataclass(frozen=True, slots=True)
class Chmod:
    """Set the mode of a file or directory."""

    path: str
    mode: int
    was: int
    undoable: bool = True

    def preview(self) -> tuple[str, ...]:
        return (f"chmod {self.mode:o} {_spelled(self.path)}",)

    def apply(self) -> Effect:
        path = Path(self.path)
        now = stat.S_IMODE(path.stat().st_mode)
        if now != self.was:
            raise Refused(f"{short(path)} has mode {now:04o} now; the preview saw {self.was:04o}")
        path.chmod(self.mode)
        return Chmod(self.path, self.was, self.mode)


@dataclass(frozen=True, slots=True)
class EditLines:
    """Take lines out of a text file and put lines in, every other byte kept; the original is backed up."""

    path: str
    expects: str
    """SHA-256 of the content that the preview saw; empty when the file did not exist."""
    remove: tuple[tuple[int, str], ...] = ()
    """Line numbers from 1, with their text."""
    add: tuple[str, ...] = ()
    at_top: bool = False
    undoable: bool = True

    def preview(self) -> tuple[str, ...]:
        name = clean.line(short(self.path))
        taken = tuple(f"- {clean.line(text, 110)}" for _, text in self.remove)
        given = tuple(f"+ {clean.line(text, 110)}" for text in self.add)
        return (f"{name}:", *taken, *given)

    def apply(self) -> Effect:
        path = Path(self.path)
        before = _content(path)
        _expect(path, before, self.expects)
        rows = [row + b"\n" for row in (before or b"").split(b"\n")]
        rows[-1] = rows[-1][:-1]
        for number, text in self.remove:
            if not 0 < number <= len(rows) or clean.line(
                rows[number - 1].decode("utf-8", "replace"), 4000
            ) != clean.line(text, 4000):
                raise Refused(f"line {number} of {short(path)} is not what the preview saw")
        gone = {number for number, _ in self.remove}
        kept = [row for number, row in enumerate(rows, 1) if row and number not in gone]
        added = [text.encode() + b"\n" for text in self.add]
        if self.at_top:
            kept = [*added, *kept]
        else:
            if kept and added and not kept[-1].endswith(b"\n"):
                kept[-1] += b"\n"
            kept += added
        backup = _keep(path, before)
        after = b"".join(kept)
        write_whole(path, after)
        return Restore(self.path, backup, digest(after))


@dataclass(frozen=True, slots=True)
class Restore:
    """Put back the content that a file had before."""

    path: str
    backup: str
    """Our copy of it; empty when there was no file."""
    expects: str
    undoable: bool = True

    def preview(self) -> tuple[str, ...]:
        if not self.backup:
            return (f"rm {_spelled(self.path)}",)
        return (f"cp {_spelled(self.backup)} {_spelled(self.path)}",)

    def apply(self) -> Effect | None:
        path = Path(self.path)
        before = _content(path)
        _expect(path, before, self.expects)
        if not self.backup:
            Path(os.path.realpath(path)).unlink()
            return None
        old = Path(self.backup).read_bytes()
        kept = _keep(path, before)
        write_whole(path, old)
        return Restore(self.path, kept, digest(old))


@dataclass(frozen=True, slots=True)
class Retarget:
    """Other options for this run only; the world stays as it is."""

    overrides: tuple[str, ...]
    was: tuple[str, ...] = ()
    undoable: bool = True

    def preview(self) -> tuple[str, ...]:
        import shlex

        if not self.overrides:
            return ("ssh …   (without the options of this run)",)
        return ("ssh " + shlex.join(self.overrides) + " …   (this run only)",)

    def apply(self) -> Effect:
        return Retarget(self.was, self.overrides)


_KINDS: dict[str, Callable[..., Effect]] = {
    "Chmod": Chmod,
    "EditLines": EditLines,
    "Restore": Restore,
    "Retarget": Retarget,
}


def to_json(effect: Effect) -> dict[str, Any]:
    """An effect as the journal keeps it."""
    return {"kind": type(effect).__name__, **asdict(effect)}  # type: ignore[call-overload]


def from_json(row: Mapping[str, Any]) -> Effect:
    """An effect from the journal. Raises ValueError for a kind that does not exist."""
    made = _KINDS.get(row.get("kind", ""))
    if made is None:
        raise ValueError(f"unknown effect {row.get('kind')!r}")
    fields = {key: _frozen(value) for key, value in row.items() if key != "kind"}
    return made(**fields)


def apply_all(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Apply in order; if one fails, those before it are taken back. Returns the inverses, last first."""
    inverses: list[Effect] = []
    try:
        for effect in effects:
            if inverse := effect.apply():
                inverses.insert(0, inverse)
    except (Refused, OSError):
        for inverse in inverses:
            with contextlib.suppress(Refused, OSError):
                inverse.apply()
        raise
    return tuple(inverses)


def digest(content: bytes | None) -> str:
    """SHA-256 of a file's content; empty for no file."""
    return "" if content is None else hashlib.sha256(content).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; a link stays a link, and mode and owner stay as they were."""
    real = Path(os.path.realpath(path))
    old = real.stat() if real.exists() else None
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None and (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
            os.chown(name, old.st_uid, old.st_gid)
        Path(name).chmod(stat.S_IMODE(old.st_mode) if old else 0o600)
        Path(name).replace(real)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _expect(path: Path, content: bytes | None, expects: str) -> None:
    if digest(content) != expects:
        raise Refused(f"{short(path)} was changed by somebody else since the preview; look again first")


def _keep(path: Path, content: bytes | None) -> str:
    if content is None:
        return ""
    handle, name = tempfile.mkstemp(dir=paths.backups_dir(), prefix=f"{path.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return name


def _spelled(path: str) -> str:
    import shlex

    told = clean.line(short(path))
    return told if told.startswith("~") and shlex.quote(told[1:]) == told[1:] else shlex.quote(clean.line(path))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value
