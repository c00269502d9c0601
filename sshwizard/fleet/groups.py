"""What many hosts have in common: the same cause, and the same change that would mend it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sshwizard import vocabulary
from sshwizard.fleet.rows import Row


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the hosts that it mends."""

    fix: str
    preview: tuple[str, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The hosts that fail for one cause."""

    cause: str
    """Empty: those of which nothing could be told."""
    title: str
    """The vocabulary's, since each host has its own sentence."""
    rows: tuple[Row, ...]
    changes: tuple[Change, ...] = ()
    """What would mend them, the change for the most hosts first."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A sweep in numbers."""

    hosts: int
    works: int
    fails: int
    unclear: int
    groups: tuple[Group, ...]


CANNOT_TELL = "Cannot tell what is wrong"


def summary(rows: Iterable[Row]) -> Summary:
    """All of it: the largest group first, those of which nothing is known last."""
    kept = list(rows)
    by_cause: dict[str, list[Row]] = {}
    for one in kept:
        if not one.works or one.cause:
            by_cause.setdefault(one.cause, []).append(one)
    groups = sorted(
        (_group(cause, rows) for cause, rows in by_cause.items()), key=lambda it: (not it.cause, -len(it.rows))
    )
    works = sum(one.works for one in kept)
    unclear = sum(one.outcome == "inconclusive" for one in kept)
    return Summary(len(kept), works, len(kept) - works - unclear, unclear, tuple(groups))


def _group(cause: str, rows: list[Row]) -> Group:
    changes: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in rows:
        if one.mends:
            changes.setdefault((one.fix, one.mends), []).append(one.host)
    made = [Change(fix, preview, tuple(hosts)) for (fix, preview), hosts in changes.items()]
    title = vocabulary.causes()[cause].title if cause in vocabulary.causes() else CANNOT_TELL
    return Group(cause, title, tuple(rows), tuple(sorted(made, key=lambda one: -len(one.hosts))))
