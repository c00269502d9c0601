"""What many hosts have in common: the same cause, and the same change that would mend it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

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

    @property
    def behind(self) -> tuple[tuple[str, int], ...]:
        """The jump hosts at which they stop, and how many at each."""
        return tuple(Counter(one.jump for one in self.rows if one.jump).most_common())

    @property
    def seen(self) -> int:
        """On how many of them the server itself was looked at."""
        return sum(one.inside == "answered" for one in self.rows)

    @property
    def wires(self) -> tuple[tuple[str, int], ...]:
        """As what they were told before that look, and how many each."""
        return tuple(Counter(one.wire for one in self.rows if one.wire not in {"", self.cause}).most_common())

    @property
    def unseen(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Why such a look gave no answer, and on which."""
        found: dict[str, list[str]] = {}
        for one in self.rows:
            if one.inside not in {"", "answered"}:
                found.setdefault(one.saw, []).append(one.host)
        return tuple((why, tuple(hosts)) for why, hosts in found.items())


@dataclass(frozen=True, slots=True)
class Action:
    """One and the same change in several places: the same rule in each of three security groups."""

    fix: str
    changes: tuple[Change, ...]
    """One for each place, the one for the most hosts first."""
    causes: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """The security groups, tables, … in which it would be made."""
        return tuple(dict.fromkeys(id_ for one in self.changes for text in one.preview for id_ in _PLACE.findall(text)))

    @property
    def hosts(self) -> int:
        """How many it mends in all."""
        return sum(len(one.hosts) for one in self.changes)


@dataclass(frozen=True, slots=True)
class Summary:
    """A sweep in numbers."""

    hosts: int
    works: int
    fails: int
    unclear: int
    groups: tuple[Group, ...]
    actions: tuple[Action, ...] = ()
    """What mends the most, over all groups; each of them in more than one place."""


_PLACE = re.compile(r"\b(?:sg|acl|rtb|subnet|vpc|eice|i)-[0-9a-z]+")
"""What a change of an account is made in."""
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
    return Summary(len(kept), works, len(kept) - works - unclear, unclear, tuple(groups), _actions(groups))


def _group(cause: str, rows: list[Row]) -> Group:
    changes: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in rows:
        if one.mends:
            changes.setdefault((one.fix, one.mends), []).append(one.host)
    made = [Change(fix, preview, tuple(hosts)) for (fix, preview), hosts in changes.items()]
    title = vocabulary.causes()[cause].title if cause in vocabulary.causes() else CANNOT_TELL
    return Group(cause, title, tuple(rows), tuple(sorted(made, key=lambda one: -len(one.hosts))))


def _actions(groups: Iterable[Group]) -> tuple[Action, ...]:
    """Changes that differ in nothing but their place are one."""
    same: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], Change]] = {}
    causes: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for group in groups:
        for one in group.changes:
            key = (one.fix, tuple(_PLACE.sub("", text) for text in one.preview))
            held = same.setdefault(key, {})
            known = held.get(one.preview)
            held[one.preview] = replace(one, hosts=(*known.hosts, *one.hosts)) if known else one
            causes.setdefault(key, {})[group.cause] = None
    made = [
        Action(key[0], tuple(sorted(held.values(), key=lambda one: -len(one.hosts))), tuple(causes[key]))
        for key, held in same.items()
        if len(held) > 1 or len(causes[key]) > 1
    ]
    return tuple(sorted(made, key=lambda one: -one.hosts))
