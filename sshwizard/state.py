"""What is known in a session: facts, answers by hand, changes. Frozen; the events make it (session.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sshwizard.events import Did, Doing, Ended
from sshwizard.model import UNKNOWN, Fact, Mode, Target
from sshwizard.probes.client import legs_of
from sshwizard.probes.scene import Leg
from sshwizard.tree.hand import in_words

Place = tuple[int, str]
"""A question on a leg; leg -1 is what comes before the legs."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fix in force or undone."""

    did: Did
    undone: bool = False
    proof: Fact[Any] | None = None
    """What the look that found the trouble saw afterwards."""
    passed: Fact[Any] | None = None
    """What ssh itself did at the question where it had stopped."""

    @property
    def lasts(self) -> bool:
        """False when it left nothing behind: a connection of the person's own, a wait."""
        return bool(self.did.inverses) or any(effect.changes for effect in self.did.effects)

    @property
    def proved(self) -> bool:
        """True when the look that found the trouble looked again and no longer sees it, or, where that look
        had no reason to come again, when ssh passed the question at which it had stopped."""
        if self.undone:
            return False
        if self.proof is not None:
            return self.proof.known and self.proof.outcome != self.did.outcome
        return self.passed is not None and self.passed.known and self.passed.outcome != self.did.answer

    @property
    def helped(self) -> bool | None:
        """False when what had found the trouble looked again and saw the same; None while nobody looked."""
        if self.proved or self.undone:
            return self.proved
        seen = self.proof or self.passed
        return False if seen is not None and seen.known else None


@dataclass(frozen=True, slots=True)
class State:
    """Everything known."""

    target: Target
    mode: Mode = "live"
    facts: Mapping[Place, Fact[Any]] = field(default_factory=dict)
    """What was looked at."""
    answers: Mapping[Place, str] = field(default_factory=dict)
    """What a person said, by hand."""
    changes: tuple[Change, ...] = ()
    pending: tuple[Doing, ...] = ()
    """Effects that were begun and of whose end nothing is known: a crash came in between."""
    logs: int = 1
    ended: Ended | None = None

    @property
    def in_force(self) -> tuple[int, ...]:
        """The numbers of the changes that can be undone: those with a way back, not taken yet."""
        return tuple(at for at, change in enumerate(self.changes) if change.did.inverses and not change.undone)

    @property
    def legs(self) -> tuple[Leg, ...]:
        """Hops first, the target last."""
        if self.mode != "live":
            hops = tuple(Leg(f"hop {number}", final=False) for number in range(1, self.logs))
            return (*hops, Leg(self.target.input))
        return legs_of(self.facts.get((-1, "client")))

    @property
    def destination(self) -> str:
        """The host as it was typed, without a login name."""
        return self.target.args[-1].rpartition("@")[2] if self.target.args else self.target.input

    def who(self, leg: int) -> dict[str, str]:
        """Host as it was named, port and user of a leg, for sentences; in a text, as far as it says them."""
        known = {"host": "the server", "port": "the port", "user": "this user"}
        if self.mode == "live" and self.legs:
            at = self.legs[max(leg, 0)]
            return {**known, "host": at.name, "port": str(at.port), **({"user": at.user} if at.user else {})}
        fact = self.facts.get((max(leg, 0), "name"))
        said = fact.data if fact else {}
        return {name: str(said.get(name) or word) for name, word in known.items()}

    def stands(self, place: Place) -> Fact[Any] | None:
        """What leads on at a question: the person's answer if there is one, else what the look saw.

        Where a look can be made, it comes first, so that both are known. "I do not know" speaks against nothing.
        """
        seen, said = self.facts.get(place), self.answers.get(place)
        if said is None or (seen is None and self.mode != "hand"):
            return seen
        if seen is not None and said in {seen.outcome, UNKNOWN}:
            return seen
        return in_words(place[1], said, seen)

    def disputed(self, place: Place) -> bool:
        """True when the person says one thing and a look saw another."""
        fact, seen = self.stands(place), self.facts.get(place)
        return fact is not None and fact.source == "person" and seen is not None and seen.known

    def on(self, leg: int) -> dict[str, Fact[Any]]:
        """The facts that a look on `leg` may use, by node."""
        return {node: fact for (at, node), fact in self.facts.items() if at in (-1, leg)}
