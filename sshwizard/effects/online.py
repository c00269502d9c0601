"""A change in a cloud: how it is shown, and how a cloud's refusal is told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled


@dataclass(frozen=True, slots=True)
class Online(Effect):
    """What is changed, and the same as a person would type it."""

    sign: ClassVar[str] = ""
    """What a diff would have in front of it."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What is changed, in a line."""

    @abstractmethod
    def by_hand(self) -> str:
        """The same as commands of the cloud's own tool, one a line; empty where none is short enough to be copied."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(f"{self.sign} {self.words}".strip(), 300),)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless(self.by_hand().splitlines())


def refused(why: Unseen) -> Refused:
    """A refusal in words, with what would unblock it."""
    return Refused(f"{why.why}{f'; {why.unblock}' if why.unblock else ''}")
