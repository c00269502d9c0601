"""What a learner did so far: one private file in the state directory, and nothing about anybody else."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from sshwizard import paths

FULL = 10
"""Points for an exercise that was solved without a hint."""
_HINT = 2
_LEAST = 2
"""Points that a solved exercise brings, whatever was told."""


@dataclass(frozen=True)
class Row:
    """One exercise."""

    tries: int = 0
    hints: int = 0
    """Hints that were told since it was last solved, or begun anew."""
    missed: int = 0
    """Causes that were named and were not it, as long."""
    solved: int = 0
    """How often."""
    points: int = 0
    """The most that it brought."""
    seconds: int = 0
    """The last time until it was solved."""
    best: int = 0
    """The shortest one."""
    asked: int = 0
    """Questions of the tutor."""
    right: int = 0
    at: str = ""
    """When it was last solved: UTC, to the second."""


def points(hints: int, missed: int = 0) -> int:
    """What a solved exercise brings: a hint and a wrong guess cost the same."""
    return max(FULL - _HINT * (hints + missed), _LEAST)


def file() -> Path:
    """Where it is kept."""
    return paths.state_dir() / "lab-progress.json"


def rows() -> dict[str, Row]:
    """Everything so far, by the ids of the exercises. A file that cannot be read counts as none."""
    try:
        told = json.loads(file().read_text(encoding="utf-8"))
        return {str(id_): _row(one) for id_, one in told["exercises"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _row(told: Mapping[str, object]) -> Row:
    known = {one.name: one.type for one in fields(Row)}
    right = {name: value for name, value in told.items() if name in known}
    return Row(**{name: value for name, value in right.items() if isinstance(value, str) is (name == "at")})  # type: ignore[arg-type]


def begun(id_: str) -> None:
    """One more try."""
    with _changing() as kept:
        kept[id_] = replace(row := kept.get(id_, Row()), tries=row.tries + 1)


def hinted(id_: str, number: int) -> None:
    """So many hints were told."""
    with _changing() as kept:
        kept[id_] = replace(row := kept.get(id_, Row()), hints=max(row.hints, number))


def missed(id_: str) -> None:
    """A cause was named, and it was not it."""
    with _changing() as kept:
        kept[id_] = replace(row := kept.get(id_, Row()), missed=row.missed + 1)


def taught(id_: str, asked: int, right: int) -> None:
    """The tutor asked so many questions, and so many answers were right."""
    with _changing() as kept:
        kept[id_] = replace(row := kept.get(id_, Row()), asked=row.asked + asked, right=row.right + right)


def solved(id_: str, seconds: float | None) -> Row:
    """It was solved, in so many seconds (None: nobody looked at the clock); the hints begin anew."""
    with _changing() as kept:
        row, took = kept.get(id_, Row()), 0 if seconds is None else max(1, round(seconds))
        kept[id_] = made = replace(
            row, solved=row.solved + 1, points=max(row.points, points(row.hints, row.missed)), hints=0, missed=0,
            seconds=took, best=min(row.best or took, took or row.best),
            at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )  # fmt: skip
    return made


def reset(id_: str = "") -> None:
    """Forget one exercise, or all of them."""
    with _changing() as kept:
        for one in [id_] if id_ else list(kept):
            kept.pop(one, None)


@contextmanager
def _changing() -> Iterator[dict[str, Row]]:
    """Read, change, write in one step, one process at a time, readable by the person alone."""
    place = file()
    lock = os.open(place.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = rows()
        yield kept
        fresh = place.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(0o600)
        told = {"exercises": {id_: asdict(row) for id_, row in kept.items()}}
        fresh.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        fresh.replace(place)
    finally:
        os.close(lock)
