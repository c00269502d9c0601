"""The events of a session, and how each stands as one JSON line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from sshwizard import clean, effects
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
    """A look ended."""

    leg: int
    node: str
    fact: Fact[Any]
    at: str = ""
    """When it ended; empty in sessions of older versions and of a text."""
    took_ms: int = 0
    """How long the look took, waiting included; 0 where nobody measured it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A person answered a question by hand. What a look saw there is kept beside it."""

    leg: int
    node: str
    outcome: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The person took an answer back."""

    leg: int
    node: str
    at: str = ""


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
class Doing:
    """An effect is about to be applied, or taken back: written before it runs, so that a crash leaves a trace."""

    fix: str
    effect: Effect
    inverse: Effect | None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Undid:
    """A fix that was in force was taken back."""

    fix: str
    at: str = ""
    number: int = -1
    """Which change of the session, from 0; -1: the newest that was in force."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a crash had interrupted was looked at, and taken back where it had been made."""

    at: str = ""


@dataclass(frozen=True, slots=True)
class Rewound:
    """The person looks again: facts from this question on are dropped; without a node, all are."""

    leg: int = -1
    node: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The walk came to an end."""

    outcome: str
    took_ms: int = 0
    at: str = ""


Event = Began | Saw | Answered | Unanswered | Doing | Did | Undid | Settled | Rewound | Ended


_EVENTS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


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
        elif name in {"effect", "inverse"} and value is not None:
            value = effects.to_json(value)
        row[name] = value
    return row


def from_json(row: Mapping[str, Any]) -> Event:
    """The event that a line holds. Raises ValueError when it is none of ours."""
    if not isinstance(row, Mapping):
        raise ValueError("it is no object")
    made = _EVENTS.get(str(row.get("event")))
    if made is None:
        raise ValueError(f"unknown event {row.get('event')!r}")
    if row.get("schema", SCHEMA) != SCHEMA:
        raise ValueError(f"schema {row['schema']!r} is not that of this version ({SCHEMA})")
    fields = {key: value for key, value in row.items() if key not in {"event", "schema"}}
    try:
        if made is Saw:
            fields["fact"] = _fact(fields["fact"])
        elif made is Began:
            fields["target"] = _target(fields["target"])
        elif made is Did:
            for name in ("effects", "inverses"):
                fields[name] = tuple(effects.from_json(effect) for effect in fields[name])
        elif made is Doing:
            fields["effect"] = effects.from_json(fields["effect"])
            fields["inverse"] = effects.from_json(fields["inverse"]) if fields["inverse"] else None
        event: Event = made(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a broken {row.get('event')} event: {error}") from None
    for name, kind in _KINDS.items():
        value = getattr(event, name, kind())
        if type(value) is not kind or (kind is int and abs(int(value)) > _MOST):
            raise ValueError(f"a broken {row.get('event')} event: {name} is no {kind.__name__}")
    return event


_MOST = 10**9
"""A session numbers no more, and takes no more milliseconds (eleven days)."""
_KINDS: dict[str, type[str] | type[int]] = {
    **dict.fromkeys(("node", "fix", "code", "outcome", "question", "answer", "at", "mode"), str),
    **dict.fromkeys(("leg", "logs", "took_ms", "number"), int),
}


def _target(row: Mapping[str, Any]) -> Target:
    return Target(_text(row["input"]), _texts(row["args"]), _texts(row["overrides"]))


def _fact(row: Mapping[str, Any]) -> Fact[Any]:
    if not isinstance(row.get("data", {}), dict):
        raise TypeError("data is no object")
    told = {name: _text(row.get(name, "")) for name in ("outcome", "says", "command", "why")}
    source = row.get("source", "look")
    if source not in ("look", "log", "person"):
        raise TypeError(f"{source!r} is no source")
    return Fact(lines=_texts(row["lines"]), data=row.get("data", {}), source=source, **told)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        raise TypeError(f"{values!r} is no list")
    return tuple(_text(value) for value in values)


def harmless(event: Event) -> Event:
    """The event as it may be shown: a session file may come from anybody, so its facts pass the border again.

    Target and effects stay to the byte: an undo must find the very file.
    """
    if not isinstance(event, Saw):
        return event
    fact = event.fact
    shown = replace(
        fact,
        says=clean.line(fact.says),
        command=clean.line(fact.command),
        why=clean.line(fact.why),
        lines=tuple(clean.line(row) for row in fact.lines),
        data=_harmless(fact.data),
    )
    return replace(event, fact=shown)


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return clean.line(value, 4000)
    if isinstance(value, Mapping):
        return {clean.line(str(key)): _harmless(part) for key, part in value.items()}
    return [_harmless(part) for part in value] if isinstance(value, list | tuple) else value
