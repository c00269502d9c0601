"""What a look may see, and what a look is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from sshwizard.model import Fact, Mode, Outcomes, Target

if TYPE_CHECKING:
    from sshwizard.probes.run import Run

Settings = Mapping[str, tuple[str, ...]]
"""The answer of `ssh -G`: every keyword, in lower case, with its values."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One hop of the way, or the target itself (the last leg)."""

    name: str
    """The name that ssh was given for it."""
    settings: Settings = field(default_factory=dict)
    final: bool = True

    def value(self, keyword: str, default: str = "") -> str:
        """The first value of `keyword` in the effective configuration."""
        return next(iter(self.settings.get(keyword, ())), default)

    def values(self, keyword: str) -> tuple[str, ...]:
        """All values of `keyword`."""
        return tuple(self.settings.get(keyword, ()))

    @property
    def host(self) -> str:
        """The name or address that ssh dials."""
        return self.value("hostname", self.name)

    @property
    def port(self) -> int:
        """The port that ssh dials."""
        text = self.value("port", "22")
        return int(text) if text.isdigit() else 22

    @property
    def user(self) -> str:
        """The login name."""
        return self.value("user")


@dataclass(frozen=True)
class Scene:
    """Everything one look may use. Looks read it and change nothing."""

    target: Target
    legs: tuple[Leg, ...]
    index: int
    """Which leg is looked at; -1 before the legs are known."""
    facts: Mapping[str, Fact[Any]]
    """What was seen on this leg so far, and at the start, by node."""
    run: Run
    mode: Mode = "live"

    @property
    def leg(self) -> Leg:
        """The leg that is looked at."""
        return self.legs[self.index] if self.legs else Leg(self.target.input)

    @property
    def live(self) -> bool:
        """True when this machine itself may be looked at."""
        return self.mode == "live"


Look = Callable[[Scene], Awaitable[Fact[Outcomes]]]


@dataclass(frozen=True)
class Probe(Generic[Outcomes]):
    """A named look and the outcomes it can have (`unknown` is always one more): those of its Literal type."""

    name: str
    outcomes: tuple[Outcomes, ...]
    look: Look[Outcomes]
    reads_log: bool = False
    """True when a log alone answers it."""
    waits: str = ""
    """What is awaited and until when, for the person ("gives up in 5 s")."""
