"""A broken account, and what the wizard must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aws.stage import Stage


@dataclass(frozen=True)
class Case:
    """One broken world."""

    cause: str
    breaks: Callable[[Stage], str | None]
    """Returns what to type instead of the instance id."""
    says: str
    """A regular expression on what decided: its sentence and its lines."""
    confidence: str = "certain"
    by: str = "aws.path"
    """The look that decided."""
    ssh: str = ""
    """What plain ssh says about `web-1` then."""

    @property
    def name(self) -> str:
        return f"{self.breaks.__name__}: {self.cause}"

    def accepted(self) -> set[str]:
        return {self.cause}
