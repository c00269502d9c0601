"""A private key's access list on Windows, as icacls(1) shows and sets it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from sshwizard import clean, paths
from sshwizard.effects.commands import must
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, spelled

_ENTRY = re.compile(r"(?P<who>[^:()]+):(?P<rights>(?:\([A-Za-z,]+\))+)$")
_LIMIT = 10.0


def read(text: str, path: str) -> tuple[str, ...]:
    """The entries of a list as icacls prints it, `NAME:(I)(F)` each; none when it says something else.

    The first entry stands behind the path, the others below it; a last line counts the files.
    """
    if not text.startswith(path):
        return ()
    found = []
    for row in text[len(path) :].splitlines():
        entry = _ENTRY.fullmatch(row.strip())
        if entry is None:
            break
        found.append(row.strip())
    return tuple(found)


def listed(path: str) -> tuple[str, ...]:
    """The access list as it is now; empty when icacls cannot tell."""
    try:
        ran = subprocess.run(
            ("icacls", path), capture_output=True, text=True, errors="replace", timeout=_LIMIT,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return read(ran.stdout, path) if ran.returncode == 0 else ()


def to_remove(entries: Sequence[str], user: str) -> tuple[str, ...]:
    """Who else has an entry of their own: switching inheritance off leaves those behind."""
    own = (_ENTRY.fullmatch(entry) for entry in entries if "(I)" not in entry)
    names = (found["who"] for found in own if found)
    return tuple(dict.fromkeys(f"*{name}" * name.startswith("S-1-") or name for name in names if name != user))


@dataclass(frozen=True, slots=True)
class ResetAcl(Effect):
    """Inheritance off, and only this account may read the key."""

    path: str
    user: str
    was: tuple[str, ...]
    """The entries that the preview saw."""

    def command(self) -> tuple[str, ...]:
        """One call, so that it is one step: all of it or none."""
        gone = to_remove(self.was, self.user)
        return (
            "icacls", self.path, "/inheritance:r", "/grant:r", f"{self.user}:R", *(("/remove", *gone) if gone else ())
        )  # fmt: skip

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(subprocess.list2cmdline(self.command()), 4000),)

    def check(self) -> None:
        if listed(self.path) != self.was:
            raise Refused("the key's access list is no longer what the preview saw")

    def inverse(self) -> Effect:
        """The whole list is kept first, in icacls' own form."""
        handle, kept = tempfile.mkstemp(dir=paths.backups_dir(), suffix=".acl")
        os.close(handle)
        must(("icacls", self.path, "/save", kept), _LIMIT)
        return RestoreAcl(self.path, kept, self.user, self.was)

    def apply(self) -> None:
        self.check()
        must(self.command(), _LIMIT)


@dataclass(frozen=True, slots=True)
class RestoreAcl(Effect):
    """Put a key's access list back, from what icacls saved."""

    path: str
    kept: str
    user: str
    was: tuple[str, ...]

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(subprocess.list2cmdline(self._command()), 4000),)

    def _command(self) -> tuple[str, ...]:
        return ("icacls", str(PureWindowsPath(self.path).parent), "/restore", self.kept)

    def check(self) -> None:
        if listed(self.path) != (f"{self.user}:(R)",):
            raise Refused("somebody changed the key's access list since")

    def inverse(self) -> Effect:
        return ResetAcl(self.path, self.user, self.was)

    def apply(self) -> None:
        self.check()
        must(self._command(), _LIMIT)
