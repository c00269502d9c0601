"""The events of a session, and how each stands as one JSON line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard import effects
from sshwizard.effects import Effect
from sshwizard.model import Fact, Mode, Target

SCHEMA = 1
"""The version of the session file."""


@dataclass(frozen=True, slots=True)
class Began:
    """The session started."""

    target: Target
    mode: Mode = "live"
    at: str = ""
    """Local time, ISO 8601 with its offset."""
    logs: int = 1
    """In a pasted text: how many ssh processes wrote it, hops first."""


@dataclass(frozen=True, slots=True)
class Saw:
    """A look ended, or a person answered (then the fact's source says so)."""

    leg: int
    node: str
    fact: Fact[Any]


@dataclass(frozen=True, slots=True)
class Did:
    """A fix was applied."""

    fix: str
    code: str
    """The cause it was for."""
    leg: int
    node: str
    outcome: str
    """What the deciding look had seen before."""
    question: str
    """The spine question at which ssh had stopped, and its answer then."""
    answer: str
    effects: tuple[Effect, ...]
    inverses: tuple[Effect, ...]
    at: str = ""


@dataclass(frozen=True, slots=True)
class Undid:
    """The newest fix that was still in force was taken back."""

    fix: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Rewound:
    """The person looks again: facts from this question on are dropped; without a node, all are."""

    leg: int = -1
    node: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The walk came to an end."""

    outcome: str
    took_ms: int = 0


Event = Began | Saw | Did | Undid | Rewound | Ended


_EVENTS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Began, Saw, Did, Undid, Rewound, Ended)}


def to_json(event: Event) -> dict[str, Any]:
    """An event as one line of a session file."""
    row: dict[str, Any] = {"event": type(event).__name__}
    for name in event.__slots__:
        value = getattr(event, name)
        if isinstance(value, Fact):
            value = {key: getattr(value, key) for key in value.__slots__}
        elif isinstance(value, Target):
            value = {"input": value.input, "args": value.args, "overrides": value.overrides}
        elif name in {"effects", "inverses"}:
            value = [effects.to_json(effect) for effect in value]
        row[name] = value
    return row


def from_json(row: Mapping[str, Any]) -> Event:
    """The event that a line holds. Raises ValueError when it is none of ours."""
    made = _EVENTS.get(str(row.get("event")))
    if made is None:
        raise ValueError(f"unknown event {row.get('event')!r}")
    if row.get("schema", SCHEMA) != SCHEMA:
        raise ValueError(f"schema {row['schema']!r} is not that of this version ({SCHEMA})")
    fields = {key: value for key, value in row.items() if key not in {"event", "schema"}}
    try:
        if made is Saw:
            fields["fact"] = _fact(fields["fact"])
        if made is Began:
            target = fields["target"]
            fields["target"] = Target(target["input"], tuple(target["args"]), tuple(target["overrides"]))
        if made is Did:
            for name in ("effects", "inverses"):
                fields[name] = tuple(effects.from_json(effect) for effect in fields[name])
        event: Event = made(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a broken {row.get('event')} event: {error}") from None
    return event


def _fact(row: Mapping[str, Any]) -> Fact[Any]:
    return Fact(**{**row, "lines": tuple(row["lines"])})
