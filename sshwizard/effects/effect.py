"""What an effect is."""

from __future__ import annotations

from typing import Protocol


class Refused(Exception):
    """The world is not as the preview saw it; nothing was changed. The text says what differs."""


class Effect(Protocol):
    """One change. A preview is a promise: it carries what was seen when it was made."""

    @property
    def undoable(self) -> bool:
        """False when there is no way back, which is said before it is confirmed."""
        ...

    @property
    def terminal(self) -> bool:
        """True when it needs the person's terminal: a program there may ask."""
        ...

    def preview(self) -> tuple[str, ...]:
        """What will change, as commands or a diff."""
        ...

    def check(self) -> None:
        """Raise Refused or OSError when the world is not as the preview saw it."""
        ...

    def inverse(self) -> Effect | None:
        """The way back, made before the change: a file's content is kept first. None: there is none."""
        ...

    def apply(self) -> None:
        """Change it. Raises Refused or OSError, with nothing changed."""
        ...
