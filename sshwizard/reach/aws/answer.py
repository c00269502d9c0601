"""What an evaluation says: reasons with their rules, a verdict for each path, and the best path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["reachable", "partial", "unknown", "blocked"]
RANK: dict[Verdict, int] = {"reachable": 0, "partial": 1, "unknown": 2, "blocked": 3}

Source = Literal["cidr", "prefix_list", "group"]

Miss = Literal["other_cidr", "other_port", "prefix_list_miss", "unreadable_prefix_list", "sg_reference"]


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One source (or, for egress, destination) of one permission of a security group."""

    group: str
    egress: bool
    protocol: str
    low: int
    high: int
    """Ports, both included; 0 to 65535 where the rule names none."""
    kind: Source
    source: str
    """A CIDR, the id of a prefix list, or the id of another group."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that would nearly have let the connection in."""

    kind: Miss
    rule: Rule


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way, or that could not be told."""

    code: str
    resources: tuple[str, ...] = ()
    """The ids of the group, ACL, route table, gateway, … that it is about."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: the rule number, the route, the ports, …"""
    near: tuple[NearMiss, ...] = ()
    """The rules that nearly matched, the nearest first."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way to the instance, judged whole: a fault hides no other."""

    endpoint: str | None
    """What to connect to: an address, or the id of an Instance Connect Endpoint. None where there is none."""
    interface: str = ""
    address: str = ""
    """The private address (or the IPv6 address) at which the packets arrive."""
    blockers: tuple[Reason, ...] = ()
    unknown: tuple[Reason, ...] = ()
    partial: tuple[Reason, ...] = ()
    """Connections get through only now and then."""
    warnings: tuple[Reason, ...] = ()
    admitted_by: Rule | None = None
    """The narrowest security group rule that lets the connection in."""
    assumed: tuple[str, ...] = ()
    """What the given answers do not hold and what was taken to be fine, see docs/reach.md."""

    @property
    def verdict(self) -> Verdict:
        """What was proved blocked stays blocked; what could not be told is never fine."""
        if self.blockers:
            return "blocked"
        if self.unknown:
            return "unknown"
        return "partial" if self.partial else "reachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: every path, in the order in which one would try them."""

    paths: tuple[Path, ...]

    @property
    def best(self) -> Path:
        """The first of the paths with the best verdict."""
        return min(self.paths, key=lambda path: RANK[path.verdict])

    @property
    def verdict(self) -> Verdict:
        """The verdict of the best path."""
        return self.best.verdict


class Findings:
    """Collects what the checks of one path find."""

    def __init__(self) -> None:
        self.blockers: list[Reason] = []
        self.unknown: list[Reason] = []
        self.partial: list[Reason] = []
        self.warnings: list[Reason] = []
        self.assumed: list[str] = []
        self.admitted_by: Rule | None = None

    def block(self, code: str, *resources: str, near: tuple[NearMiss, ...] = (), **detail: Any) -> None:
        """Something is proved to stand in the way."""
        _add(self.blockers, Reason(code, resources, detail, near))

    def doubt(self, code: str, *resources: str, near: tuple[NearMiss, ...] = (), **detail: Any) -> None:
        """Something could not be told."""
        _add(self.unknown, Reason(code, resources, detail, near))

    def sometimes(self, code: str, *resources: str, **detail: Any) -> None:
        """Something stops a part of the connections."""
        _add(self.partial, Reason(code, resources, detail))

    def warn(self, code: str, *resources: str) -> None:
        """Something that the instance itself must have right."""
        _add(self.warnings, Reason(code, resources))

    def assume(self, what: str) -> None:
        """Something that is not among the answers was taken to be fine."""
        if what not in self.assumed:
            self.assumed.append(what)

    def take(self, other: Findings) -> None:
        """All that another collection found, too."""
        for mine, theirs in (
            (self.blockers, other.blockers),
            (self.unknown, other.unknown),
            (self.partial, other.partial),
            (self.warnings, other.warnings),
        ):
            for reason in theirs:
                _add(mine, reason)
        for what in other.assumed:
            self.assume(what)

    def path(self, endpoint: str | None, interface: str = "", address: str = "") -> Path:
        """The path, judged."""
        return Path(
            endpoint,
            interface,
            address,
            tuple(self.blockers),
            tuple(self.unknown),
            tuple(self.partial),
            tuple(self.warnings),
            self.admitted_by,
            tuple(self.assumed),
        )


def _add(reasons: list[Reason], reason: Reason) -> None:
    if reason not in reasons:
        reasons.append(reason)
