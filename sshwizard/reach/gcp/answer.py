"""What an evaluation says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sshwizard.reach.gcp.request import Request
from sshwizard.reach.gcp.rule import Kind, Reason, Rule
from sshwizard.reach.gcp.spans import Span, Spans, told

Verdict = Literal["allow", "deny", "partial", "uncertain"]

Outcome = Literal["took", "may-take", "no-match", "nothing-left"]
"""took: it decided for a part of the source. may-take: whether it does cannot be told. no-match: `misses` says why.
nothing-left: it would match, and rules before it had decided for all that it holds."""

IMPLIED = "implied-deny-ingress"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was looked at, in the order of evaluation."""

    rule: Rule
    outcome: Outcome
    took: Spans = ()
    """The part of the source that it took, or may take."""


@dataclass(frozen=True, slots=True)
class Record:
    """What becomes of a part of the source, by one rule; `rule` is None for the implied deny."""

    spans: Spans
    effect: Literal["allow", "deny"]
    rule: Rule | None
    sure: bool
    above_vpc: bool = False
    """It stands before the VPC rules, so that none of them can undo it."""

    @property
    def by(self) -> str:
        """The rule, by name."""
        return self.rule.by if self.rule else IMPLIED

    @property
    def kind(self) -> Kind | Literal["implied"]:
        """Where it stands."""
        return self.rule.kind if self.rule else "implied"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the source that is treated alike."""

    span: Span
    action: Literal["allow", "deny", "uncertain"]
    decided: Record
    """What decides; where it is uncertain, what decides if no rule in doubt takes the part before."""
    may: tuple[Record, ...] = ()
    """What else may become of it, first the rule that comes first."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where a new VPC rule that allows the asked source and port would have to stand to let all of it in."""

    priority: int | None
    """The largest priority number that still wins: any from 0 to this. None: no VPC rule surely wins."""
    held_by: str = ""
    """What stands above it: the rule whose priority it must be below of, or the one that no VPC rule can beat."""


@dataclass(frozen=True, slots=True)
class Near:
    """A rule that lets in, and fails by one thing alone; without it the rule would let in all that is denied."""

    rule: Rule
    miss: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question."""

    request: Request
    action: Verdict
    by: str
    """The rule that decided: `firewall:NAME`, `policy:POLICY/RULE` or `implied-deny-ingress`. Of several the first
    in the order of evaluation; of a partial answer the one that denies, of an uncertain one the one in doubt."""
    parts: tuple[Part, ...]
    """The source in order of its addresses."""
    trace: tuple[Step, ...]
    doubts: tuple[tuple[str, Reason], ...] = ()
    """What makes it uncertain: the rule and what it depends on."""
    room: Room | None = None
    """For anything but a plain allow."""
    near: tuple[Near, ...] = ()
    unseen: tuple[str, ...] = ()
    """What was not among the answers, so that the verdict holds without it only: `organization policies`."""

    @property
    def proved(self) -> bool:
        """The verdict stands on everything that decides."""
        return self.action != "uncertain" and not self.unseen

    @property
    def inspected_by(self) -> tuple[str, ...]:
        """The rules that let packets in only through an inspection (a security profile group)."""
        return tuple(
            dict.fromkeys(
                part.decided.by
                for part in self.parts
                if part.decided.rule and part.decided.rule.action == "apply_security_profile_group"
            )
        )

    @property
    def admitted(self) -> tuple[str, ...]:
        """The parts of the source that surely get in, as people write them."""
        return self.shown("allow")

    def shown(self, action: str) -> tuple[str, ...]:
        """The parts with this action; neighbours as one."""
        source = self.request.source
        spans: list[Span] = []
        for part in self.parts:
            if part.action == action and spans and spans[-1][1] + 1 == part.span[0]:
                spans[-1] = (spans[-1][0], part.span[1])
            elif part.action == action:
                spans.append(part.span)
        return tuple(told(source.family, span) for span in spans) if source else ()
