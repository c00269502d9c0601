"""What a cloud did not tell, why, and what would unblock it. Never the same as fine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "off",
    "plain",
    "no-library",
    "no-credentials",
    "expired",
    "wrong-credentials",
    "partial-credentials",
    "no-profile",
    "no-region",
    "mfa-needed",
    "clock-wrong",
    "denied",
    "throttled",
    "unreachable",
    "slow",
    "missing",
    "not-understood",
    "failed",
]
"""Why something could not be seen. `off` and `plain`: nobody was asked, on purpose."""

LOCKED_OUT: frozenset[Kind] = frozenset({
    "no-library", "no-credentials", "expired", "wrong-credentials", "partial-credentials", "no-profile", "mfa-needed",
    "clock-wrong",
})  # fmt: skip
"""Those that stand before every call, not before one."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """One thing that could not be seen."""

    call: str
    """The permission that the call needs, such as ec2:DescribeNetworkAcls; empty when no call was made."""
    kind: Kind
    why: str
    """A sentence for people."""
    unblock: str = ""
    """What would let us see it: a permission to allow, or a command."""
    code: str = ""
    """The cloud's own word for the error."""


Answer = Mapping[str, Any] | Unseen
"""What a call gave: the cloud's own answer, or why there is none."""


def late(call: str, limit: float) -> Unseen:
    """The call was not awaited any longer."""
    return Unseen(call, "slow", f"no answer within {limit:.0f} s", "look again")


def same(why: Unseen, call: str) -> Unseen:
    """The same obstacle, before another call."""
    return Unseen(call, why.kind, why.why, why.unblock, why.code)
