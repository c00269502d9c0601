"""What an effect is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from sshwizard import clean
from sshwizard.effects.spelling import Spelling, harmless, spelled, word
from sshwizard.paths import short


class Refused(Exception):
    """The world is not as the preview saw it; nothing was changed. The text says what differs."""


def in_words(error: OSError) -> str:
    """What the system refused, and where, in a sentence."""
    if error.strerror is None:
        return clean.line(str(error))
    where = f"{short(error.filename)}: " if isinstance(error.filename, str) else ""
    return clean.line(f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}")


def cautioned(words: str, cautions: Sequence[str]) -> tuple[str, ...]:
    """A preview: what is done in one row, and a row for each thing to know before."""
    return (clean.line(words, 300), *(clean.line(f"# {one}", 300) for one in cautions))


class Effect(ABC):
    """One change. A preview is a promise: it carries what was seen when it was made."""

    terminal: ClassVar[bool] = False
    """True when it needs the person's terminal: a program there may ask."""
    changes: ClassVar[bool] = True
    """False when this computer stays as it is: options of this run, a wait, a connection of the person's own."""
    slow: ClassVar[bool] = False
    """True when it may take minutes: it is made on a thread of its own, and tells how far it is (`following`)."""

    @property
    def undoable(self) -> bool:
        """False when there is no way back, which is said before it is confirmed."""
        return True

    @abstractmethod
    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        """What will change, as commands or a diff; `name` spells a path."""

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        """The same as lines for sh, bash or zsh, to be copied whole; none where no honest ones exist.

        `args` are ssh's own arguments, without the options of this run.
        """
        return harmless(self.preview(word))

    def check(self) -> None:  # noqa: B027 - a command carries no picture of the world
        """Raise Refused or OSError when the world is not as the preview saw it."""

    @abstractmethod
    def inverse(self) -> Effect | None:
        """The way back, made before the change: a file's content is kept first. None: there is none.

        One that is not `undoable` may have one all the same: what a crash left half done is taken back with it.
        """

    @abstractmethod
    def apply(self) -> None:
        """Change it. Raises Refused or OSError, with nothing changed."""
