"""What an effect is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from sshwizard import clean
from sshwizard.paths import short


class Refused(Exception):
    """The world is not as the preview saw it; nothing was changed. The text says what differs."""


def in_words(error: OSError) -> str:
    """What the system refused, and where, in a sentence."""
    if error.strerror is None:
        return clean.line(str(error))
    where = f"{short(error.filename)}: " if isinstance(error.filename, str) else ""
    return clean.line(f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}")


class Effect(ABC):
    """One change. A preview is a promise: it carries what was seen when it was made."""

    undoable: ClassVar[bool] = True
    """False when there is no way back, which is said before it is confirmed."""
    terminal: ClassVar[bool] = False
    """True when it needs the person's terminal: a program there may ask."""

    @abstractmethod
    def preview(self) -> tuple[str, ...]:
        """What will change, as commands or a diff."""

    def check(self) -> None:  # noqa: B027 - a command carries no picture of the world
        """Raise Refused or OSError when the world is not as the preview saw it."""

    @abstractmethod
    def inverse(self) -> Effect | None:
        """The way back, made before the change: a file's content is kept first. None: there is none."""

    @abstractmethod
    def apply(self) -> None:
        """Change it. Raises Refused or OSError, with nothing changed."""
