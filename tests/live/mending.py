"""A row of the mending tables, and how it is played: broken, mended, proved, and taken back byte for byte."""

from __future__ import annotations

import codecs
import re
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from .process import TOKEN, Ran
from .scenario import World, read_report, report_digest

OWN_STATE = ".local"
Shown = dict[str, tuple[int, int, int, bytes]]
"""Everything below a home, without our own state: mode, owner, group, and content, or where a link points."""


class Mendable(World, Protocol):
    """What a world must offer beside a diagnosis."""

    @property
    def places(self) -> tuple[Path, ...]: ...

    @property
    def fingerprint(self) -> str: ...

    def product(self, *words: str) -> Ran: ...

    def undo(self) -> int: ...

    def plain_ssh(self, args: list[str], limit: float = 30) -> Ran: ...


W = TypeVar("W", bound=Mendable)


def _nothing(world: Any) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Mend(Generic[W]):
    """One broken world, the fixes that mend it, in their order, and what they may change."""

    name: str
    fixes: str
    """Action ids with spaces between."""
    touches: str
    """Names of the files that will be other than before, with commas between."""
    broken: Callable[[W], object]
    prepare: Callable[[W], object] = _nothing
    args: Callable[[W], list[str]] | None = None
    undone: bool = True
    """False where a fix has no way back."""
    needs: str = ""
    """A program that the fix calls."""

    def play(self, world: W) -> None:
        """The whole story."""
        args = self._break(world)
        before = seen(world)
        ran = world.product("diagnose", "--fix", "--yes=confirm", "--fingerprint", world.fingerprint, "--json", *args)
        self._judge(ran)
        connects(world, args)
        after = seen(world)
        self._only_what_was_told(before, after)
        if self.undone:
            for _ in self.fixes.split():
                assert world.undo() == 0
            assert changed(before, seen(world)) == []

    def play_by_hand(self, world: W) -> None:
        """The same by the lines that the report has for a shell: they change what the fix would, and ssh gets in."""
        args = self._break(world)
        before = seen(world)
        told = read_report(world.diagnose(args))["findings"][0]["fixes"]
        lines = next(fix["commands"] for fix in told if fix["id"] == self.fixes)
        assert lines
        assert not lines[0].startswith("sshwizard ")
        ran = subprocess.run(["bash"], input="\n".join(lines).encode(), capture_output=True, timeout=20, check=False)
        assert ran.returncode == 0, (lines, ran.stderr)
        connects(world, args)
        self._only_what_was_told(before, seen(world))

    def _break(self, world: W) -> list[str]:
        self.prepare(world)
        self.broken(world)
        args = self.args(world) if self.args else world.target_args
        ran = world.plain_ssh(args, 2.0)
        assert TOKEN not in ran.out.decode(errors="replace"), f"ssh still works:\n{ran.text}"
        return args

    def _judge(self, ran: Ran) -> None:
        report = read_report(ran)
        told = report_digest(report) + "\n" + ran.err.decode(errors="replace")[-3000:]
        assert " ".join(row["id"] for row in report["fixed"]) == self.fixes, told
        assert all(row["proved"] for row in report["fixed"]), told
        assert (ran.code, report["outcome"], report["findings"]) == (0, "healthy", []), told

    def _only_what_was_told(self, before: Shown, after: Shown) -> None:
        allowed = set(self.touches.split(", "))
        assert {Path(name).name for name in changed(before, after)} == allowed
        for name in changed(before, after):
            if name not in before or name not in after:
                continue
            (_, *owner, old), (_, *owner_now, new) = before[name], after[name]
            assert owner == owner_now, name
            if Path(name).name.endswith(("config", ".conf")):
                assert without_marked(new) in {old, *commented(old), old.removeprefix(codecs.BOM_UTF8)}, new.decode(
                    errors="replace"
                )
            elif Path(name).name.startswith("known_hosts"):
                assert set(old.split(b"\n")) - set(new.split(b"\n")) == _entries_of_one_host(old, new)


def seen(world: Mendable) -> Shown:
    """Everything in the world's places."""
    return {
        str(path): _one(path)
        for place in world.places
        for path in (place, *sorted(place.rglob("*")))
        if OWN_STATE not in path.relative_to(place).parts[:1]
    }


def _one(path: Path) -> tuple[int, int, int, bytes]:
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        content = str(path.readlink()).encode()
    else:
        content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
    return info.st_mode, info.st_uid, info.st_gid, content


def changed(before: Shown, after: Shown) -> list[str]:
    """The names whose mode, owner or content differs."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def connects(world: Mendable, args: list[str]) -> None:
    """Plain ssh gets in."""
    ran = world.plain_ssh(args)
    assert ran.code == 0, ran.text
    assert TOKEN in ran.out.decode(), ran.text


def without_marked(content: bytes) -> bytes:
    """A config file without our blocks."""
    return re.sub(rb"# >>> sshwizard: .*\n(?:.*\n)*?# <<< sshwizard: .*\n\n?", b"", content)


def commented(content: bytes) -> list[bytes]:
    """Each way to switch lines of a config file off (up to two of them)."""
    rows = content.split(b"\n")
    once = [[*rows[:at], b"# " + row, *rows[at + 1 :]] for at, row in enumerate(rows)]
    twice = [[*one[:at], b"# " + row, *one[at + 1 :]] for one in once for at, row in enumerate(one)]
    return [b"\n".join(one) for one in (*once, *twice)]


def _entries_of_one_host(old: bytes, new: bytes) -> set[bytes]:
    """The lines that went: at most one, and at most one came."""
    gone, came = set(old.split(b"\n")) - set(new.split(b"\n")), set(new.split(b"\n")) - set(old.split(b"\n"))
    assert len(gone) <= 2, gone
    assert len(came) <= 1, came
    return gone
