"""One question of the decision tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, cast

from sshwizard.model import UNKNOWN, Lead, Outcomes
from sshwizard.probes.scene import Probe


@dataclass(frozen=True)
class Node(Generic[Outcomes]):
    """Which look answers a question, and where each answer leads. Plain data: drawn before anything runs."""

    id: str
    asks: str
    """The question, with {host}, {port} and {user}."""
    via: Probe[Outcomes]
    leads: Mapping[Outcomes | Literal["unknown"], Lead]
    at_hop: Mapping[Outcomes, Lead] = field(default_factory=dict)
    """Leads that differ on a leg before the last one."""
    short: str = ""
    """The question in at most 24 cells, for the tree."""
    words: Mapping[Outcomes, str] = field(default_factory=dict)
    """Each outcome in a few words, for the tree and for answers by hand."""
    spine: bool = False
    """True for the questions every connection passes."""
    stretch: str = ""
    """Filled in when the tree is put together."""

    def word(self, outcome: str) -> str:
        """An outcome in a few words."""
        if outcome == UNKNOWN:
            return "cannot tell"
        words: Mapping[str, str] = cast("Mapping[str, str]", self.words)
        return words.get(outcome) or outcome.replace("-", " ")
