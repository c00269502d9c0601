"""One line of the tree."""

from __future__ import annotations

from dataclasses import dataclass, field

from sshwizard.state import Place
from sshwizard.wording import Mark

Key = tuple[str | int, ...]
"""What a row is, whatever it says at the moment; the cursor keeps to it."""


@dataclass(frozen=True)
class Row:
    """One line of the tree, with the lines under it."""

    key: Key
    text: str
    mark: Mark = "ahead"
    word: str = ""
    """The outcome, in a few words."""
    place: Place | None = None
    outcome: str = ""
    """For an answer: which one."""
    foldable: bool = False
    open: bool = False
    """Unfolded when it first appears."""
    code: str = ""
    """For a cause: which one."""
    hit: bool = False
    """Fits the filter."""
    said: bool = False
    """Answered by a person."""
    here: bool = False
    """Where the walk stands, or ended with a cause."""
    under: tuple[Row, ...] = field(default=(), compare=False)
