"""How the practice Google Cloud misbehaves when a test asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass
class Faults:
    """What a test asked for. Keys are patterns on names of methods or permissions, such as "compute.instances.*"."""

    deny: list[str] = field(default_factory=list)
    throttle: dict[str, int] = field(default_factory=dict)
    """How many calls are still to be turned away."""
    hang: dict[str, float] = field(default_factory=dict)
    """Seconds of silence before the answer."""
    latency: float = 0.0
    expired: bool = False
    failing: dict[str, str] = field(default_factory=dict)
    """Operations that end in an error: kind -> code."""


def matches(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, one) for one in patterns)
