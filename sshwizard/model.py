"""The nouns: what travels between the rooms. Frozen, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

Confidence = Literal["certain", "likely", "possible"]
Risk = Literal["safe", "confirm", "typed", "guide"]
Source = Literal["look", "log", "person"]
Outcome = Literal["healthy", "degraded", "failed", "inconclusive"]
Mode = Literal["live", "log", "hand"]
"""live: this machine may look; log: only a text was given; hand: the person answers every question."""

Outcomes = TypeVar("Outcomes", bound=str)

UNKNOWN = "unknown"
"""The outcome every look may have: it could not be told, and the fact says why. Never the same as fine."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the person wants to reach, as ssh's own arguments."""

    input: str
    """What was typed, for the report."""
    args: tuple[str, ...] = ()
    """Arguments for ssh: options, then the destination. Never a remote command."""
    overrides: tuple[str, ...] = ()
    """Options for this run only; they stand first, because ssh keeps the first value it meets."""
    found: tuple[str, ...] = ()
    """Options that lead to the machine which the typed name means in the cloud: its address, its login name."""

    @property
    def ssh_args(self) -> tuple[str, ...]:
        """Everything that goes on ssh's command line."""
        return (*self.overrides, *self.found, *self.args)


@dataclass(frozen=True, slots=True)
class Fact(Generic[Outcomes]):
    """What a look saw: one of its named outcomes, a sentence, and the lines that show it."""

    outcome: Outcomes | Literal["unknown"]
    says: str
    lines: tuple[str, ...] = ()
    """Verbatim evidence, already cleaned."""
    command: str = ""
    """What a person could run to see the same."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Details for titles, fixes and later looks; JSON values only."""
    source: Source = "look"
    why: str = ""
    """For `unknown`: what stood in the way."""

    @property
    def known(self) -> bool:
        """False when the look could not tell."""
        return self.outcome != UNKNOWN


def unknown(why: str, command: str = "") -> Fact[Any]:
    """The fact of a look that could not look."""
    return Fact(UNKNOWN, why, command=command, why=why)


@dataclass(frozen=True, slots=True)
class Cause:
    """A leaf of the tree: the stable code of what is wrong, and how sure we may be."""

    code: str
    title: str = ""
    """A sentence for this case, with {host}-like fields; empty: the vocabulary's own title."""
    why: str = ""
    confidence: Confidence = "certain"
    also: tuple[str, ...] = ()
    """Causes that look the same from here; they follow the finding as `possible`."""
    decided_by: str = ""
    """The look that would decide between them."""
    degrades: bool = False
    """True when ssh connects all the same."""


def Suspects(general: str, *first: str, title: str = "", why: str = "", decided_by: str = "") -> Cause:
    """A general code that is `likely`, with the candidates that a view from outside cannot tell apart."""
    return Cause(general, title, why, "likely", first, decided_by)


@dataclass(frozen=True, slots=True)
class Arrived:
    """The end of a leg without trouble: the next hop begins, or ssh works."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The end of the walk without a verdict: what could not be told decides, and it is said."""


Lead = str | Cause | Arrived | Unclear
"""Where an outcome leads: the next question, a cause, or an end of the way."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact as a report shows it."""

    probe: str
    says: str
    lines: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What can be done about a finding: a fix that we can apply, or a guide in words."""

    id: str
    title: str
    risk: Risk
    preview: tuple[str, ...]
    undoable: bool
    applicable: bool = True
    refusal: str = ""
    """Why it cannot be applied now, in a sentence."""
    commands: tuple[str, ...] = ()
    """The same for a shell, to be copied whole; none where no honest ones exist."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause found in this world, with its evidence and remedies."""

    cause: str
    confidence: Confidence
    title: str
    why: str
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    leg: int = -1
    node: str = ""
    decided_by: str = ""
    """The look that would tell it from its siblings; empty when nothing is open."""
    often: str = ""
    """How often it was the proved cause on this computer lately; empty where it never was."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One connection that a text tells of."""

    host: str
    """As far as the text names it."""
    outcome: Outcome
    cause: str
    """Why it failed, where that was judged."""
    says: str
    line: int
    judged: bool
    """True for the one that the verdict is about."""
