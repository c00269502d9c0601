"""What a fix is: a pure function from what was seen to effects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard.effects import Effect
from sshwizard.model import Fact, Target
from sshwizard.probes.scene import Leg, Probe


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a fix cannot be applied here and now, in a sentence. Empty: it has no place here at all, and is not shown."""

    why: str
    overtaken: bool = False
    """True when what was seen holds no longer: a new look will tell more."""


@dataclass(frozen=True)
class Situation:
    """What a fix may know."""

    target: Target
    leg: Leg
    facts: Mapping[str, Fact[Any]]
    """Facts of this leg by node; a look that the fix needs stands under its probe's name."""
    found: Fact[Any]
    """The fact that decided the verdict."""
    answer: str = ""
    """What the person typed for it: a fingerprint, a login name."""
    code: str = ""
    """The cause that it is for."""


Plan = Callable[[Situation], tuple[Effect, ...] | Refusal]


Lines = Callable[[Situation], tuple[str, ...]]
"""What is there to be copied; nothing where it does not fit."""

Proof = Callable[[Situation], Awaitable[str]]


@dataclass(frozen=True)
class Fix:
    """How an action of the vocabulary is done. Its title and risk stand in the vocabulary."""

    id: str
    plan: Plan
    needs: Probe[Any] | None = None
    """A look that is made before it can be planned."""
    asks: str = ""
    """What the person has to type first; empty when nothing."""
    proof: Proof | None = None
    """A look right after it was applied, where the next walk would not see it: why it does not hold, or empty."""
    around: bool = False
    """True when what was found stays as it is and ssh takes another way: only ssh itself can prove it."""
    later: bool = False
    """True when only time shows whether it helped: no look proves it at once."""
    inside: bool = False
    """True when it is made on the server: until somebody looked inside there, it is a guide in words."""
    told: bool = False
    """True when it is a guide in words while it cannot be done."""
    account: bool = False
    """True when it is made in the account of an instance: of any other host it is a guide in words."""
