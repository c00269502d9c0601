"""Changes of files and directories: mode, owner, lines, whole content."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sshwizard import clean
from sshwizard.effects.content import content_of, digest, expect, keep, replaceable, write_whole
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, edit, harmless, spelled, word
from sshwizard.paths import short


@dataclass(frozen=True, slots=True)
class Chmod(Effect):
    """Set the mode of a file or directory."""

    path: str
    mode: int
    was: int

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"chmod {self.mode:o} {name(self.path)}",)

    def check(self) -> None:
        now = stat.S_IMODE(Path(self.path).stat().st_mode)
        if now != self.was:
            raise Refused(f"{short(self.path)} has mode {now:04o} now; the preview saw {self.was:04o}")

    def inverse(self) -> Effect:
        return Chmod(self.path, self.was, self.mode)

    def apply(self) -> None:
        self.check()
        Path(self.path).chmod(self.mode)


@dataclass(frozen=True, slots=True)
class Chown(Effect):
    """Give a file to another account; only root may."""

    path: str
    uid: int
    gid: int
    was: tuple[int, int]

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"chown {self.uid}:{self.gid} {name(self.path)}",)

    def check(self) -> None:
        info = Path(self.path).lstat()
        if (info.st_uid, info.st_gid) != tuple(self.was):
            raise Refused(f"{short(self.path)} belongs to {info.st_uid}:{info.st_gid} now; the preview saw another")

    def inverse(self) -> Effect:
        return Chown(self.path, *self.was, (self.uid, self.gid))

    def apply(self) -> None:
        self.check()
        os.chown(self.path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class EditLines(Effect):
    """Take lines out of a text file, switch lines off and put lines in, every other byte kept."""

    path: str
    expects: str
    """SHA-256 of the content that the preview saw; empty when the file did not exist."""
    remove: tuple[tuple[int, str], ...] = ()
    """Line numbers from 1, with their text."""
    add: tuple[str, ...] = ()
    at_top: bool = False
    comment: tuple[tuple[int, str], ...] = ()
    """Lines that get a # in front."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        file = clean.line(short(self.path))
        taken = tuple(f"- {clean.line(text, 110)}" for _, text in self.remove)
        off = tuple(
            row for _, text in self.comment for row in (f"- {clean.line(text, 110)}", f"+ # {clean.line(text, 110)}")
        )
        given = tuple(f"+ {clean.line(text, 110)}" for text in self.add)
        return (f"{file}:", *taken, *off, *given)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        edits = [f"{number}d" for number, _ in self.remove] + [f"{number}s/^/# /" for number, _ in self.comment]
        shown = (*self.remove, *self.comment)
        return edit(self.path, shown, edits, self.add, at_top=self.at_top, new=not self.expects)

    def check(self) -> None:
        replaceable(Path(self.path))
        self._edited(self._seen())

    def inverse(self) -> Effect:
        before = self._seen()
        return Restore(self.path, keep(Path(self.path), before), digest(self._edited(before)))

    def apply(self) -> None:
        write_whole(Path(self.path), self._edited(self._seen()))

    def _seen(self) -> bytes | None:
        content = content_of(Path(self.path))
        expect(Path(self.path), content, self.expects)
        return content

    def _edited(self, before: bytes | None) -> bytes:
        rows = [row + b"\n" for row in (before or b"").split(b"\n")]
        rows[-1] = rows[-1][:-1]
        for number, text in (*self.remove, *self.comment):
            if not 0 < number <= len(rows) or _text(rows[number - 1]) != clean.line(text, 4000):
                raise Refused(f"line {number} of {short(self.path)} is not what the preview saw")
        if any(letter in row for row in self.add for letter in "\n\r\0"):
            raise Refused(f"what is to be written into {short(self.path)} is more than one line")
        gone, off = {number for number, _ in self.remove}, {number for number, _ in self.comment}
        kept = [
            b"# " + row if number in off else row for number, row in enumerate(rows, 1) if row and number not in gone
        ]
        added = [text.encode() + b"\n" for text in self.add]
        if self.at_top:
            return b"".join([*added, *kept])
        if kept and added and not kept[-1].endswith(b"\n"):
            kept[-1] += b"\n"
        return b"".join([*kept, *added])


def _text(row: bytes) -> str:
    return clean.line(row.decode("utf-8", "replace"), 4000)


@dataclass(frozen=True, slots=True)
class Restore(Effect):
    """Put back the content that a file had before."""

    path: str
    backup: str
    """A copy of it; empty when there was no file."""
    expects: str
    mode: int = -1
    """The mode it had; -1 leaves the mode as it is."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        if not self.backup:
            return (f"rm {name(self.path)}",)
        return (f"cp {name(self.backup)} {name(self.path)}",)

    def check(self) -> None:
        replaceable(Path(self.path))
        expect(Path(self.path), content_of(Path(self.path)), self.expects)
        if self.backup and not Path(self.backup).exists():
            raise Refused(f"the copy {short(self.backup)} is gone, so {short(self.path)} stays as it is")

    def inverse(self) -> Effect:
        self.check()
        path = Path(self.path)
        now = content_of(path)
        knows = now is not None and (self.mode >= 0 or not self.backup)
        mode = stat.S_IMODE(path.stat().st_mode) if knows else -1
        then = Path(self.backup).read_bytes() if self.backup else None
        return Restore(self.path, keep(path, now), digest(then), mode)

    def apply(self) -> None:
        self.check()
        if not self.backup:
            Path(os.path.realpath(self.path)).unlink()
            return
        write_whole(Path(self.path), Path(self.backup).read_bytes(), self.mode if self.mode >= 0 else None)


@dataclass(frozen=True, slots=True)
class WriteFile(Effect):
    """Write a whole file of a few lines, none of them secret."""

    path: str
    content: str
    expects: str
    """SHA-256 of the content that the preview saw; empty when there was no file."""
    mode: int = 0o644

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"{clean.line(short(self.path))}:", *(f"+ {clean.line(row, 110)}" for row in self.content.splitlines()))

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        rows = " ".join(shlex.quote(row) for row in self.content.splitlines())
        return harmless((f"printf '%s\\n' {rows} > {word(self.path)}", f"chmod {self.mode:o} {word(self.path)}"))

    def check(self) -> None:
        replaceable(Path(self.path))
        expect(Path(self.path), content_of(Path(self.path)), self.expects)

    def inverse(self) -> Effect:
        path = Path(self.path)
        before = content_of(path)
        expect(path, before, self.expects)
        mode = stat.S_IMODE(path.stat().st_mode) if before is not None else -1
        return Restore(self.path, keep(path, before), digest(self.content.encode()), mode)

    def apply(self) -> None:
        self.check()
        write_whole(Path(self.path), self.content.encode(), self.mode)


@dataclass(frozen=True, slots=True)
class MakeDirectory(Effect):
    """Make a directory for this account alone."""

    path: str
    mode: int = 0o700

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"mkdir -m {self.mode:o} {name(self.path)}",)

    def check(self) -> None:
        if Path(self.path).exists():
            raise Refused(f"{short(self.path)} is there already")

    def inverse(self) -> Effect:
        return RemoveDirectory(self.path)

    def apply(self) -> None:
        self.check()
        Path(self.path).mkdir(mode=self.mode)


@dataclass(frozen=True, slots=True)
class RemoveDirectory(Effect):
    """Remove an empty directory."""

    path: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"rmdir {name(self.path)}",)

    def check(self) -> None:
        if any(Path(self.path).iterdir()):
            raise Refused(f"{short(self.path)} is not empty any more")

    def inverse(self) -> Effect:
        return MakeDirectory(self.path, stat.S_IMODE(Path(self.path).stat().st_mode))

    def apply(self) -> None:
        self.check()
        Path(self.path).rmdir()
