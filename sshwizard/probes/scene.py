"""What a look may see, and what a look is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

from sshwizard.access import Access, of_look
from sshwizard.cloud.cloud import Cloud
from sshwizard.model import Fact, Mode, Outcomes, Target
from sshwizard.paths import short

if TYPE_CHECKING:
    from sshwizard.probes.run import Run

Settings = Mapping[str, tuple[str, ...]]
"""The answer of `ssh -G`: every keyword, in lower case, with its values."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the ssh config that applied, or one option of the command line (then `file` is empty)."""

    keyword: str
    """In lower case."""
    value: str
    file: str = ""
    line: int = 0
    block: str = ""
    """The Host or Match line that it stands under; empty before every block."""
    special: int = 0
    """How narrow that block is: a higher number names the host more exactly."""

    @property
    def place(self) -> str:
        """Where it stands, as a person would say it."""
        return f"{short(self.file)} line {self.line}" if self.file else "the command line"

    @property
    def shown(self) -> str:
        """The line of evidence."""
        under = f", under {self.block}" if self.block else ""
        return f"{self.place}{under}: {self.keyword} {self.value}"


@dataclass(frozen=True, slots=True)
class Leg:
    """One hop of the way, or the target itself (the last leg)."""

    name: str
    """The name that ssh was given for it."""
    settings: Settings = field(default_factory=dict)
    final: bool = True
    lines: tuple[Setting, ...] = ()
    """Where the settings come from, in the order in which ssh met them: the first of a keyword won."""

    def value(self, keyword: str, default: str = "") -> str:
        """The first value of `keyword` in the effective configuration."""
        return next(iter(self.settings.get(keyword, ())), default)

    def values(self, keyword: str) -> tuple[str, ...]:
        """All values of `keyword`."""
        return tuple(self.settings.get(keyword, ()))

    def setting(self, keyword: str, value: str = "") -> Setting | None:
        """What set `keyword` (with a list: the line that gave `value`); None for ssh's own default."""
        mine = (one for one in self.lines if one.keyword == keyword.lower())
        return next((one for one in mine if not value or one.value == value), None)

    def shown(self, keyword: str) -> tuple[str, ...]:
        """The evidence for `keyword`: file, line and value, or what `ssh -G` says when no line is known."""
        if found := self.setting(keyword):
            return (found.shown,)
        return tuple(f"{keyword.lower()} {value}" for value in self.values(keyword.lower())[:3])

    def place(self, keyword: str, otherwise: str = "the ssh config") -> str:
        """Where `keyword` was set, in words."""
        found = self.setting(keyword)
        return found.place if found else otherwise

    def overruled(self, keyword: str) -> tuple[Setting, ...]:
        """Lines of narrower blocks that lost against the one that set `keyword`: ssh keeps the first value."""
        mine = [one for one in self.lines if one.keyword == keyword.lower()]
        return tuple(
            one for one in mine[1:] if mine[0].file and one.special > mine[0].special and one.value != mine[0].value
        )

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
    cloud: Cloud = field(default_factory=Cloud)
    """What AWS says about the hops, for who asks it."""
    login: str = ""
    """As whom the person wants to go through a door; empty: as ssh would log in."""

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

    @property
    def access(self) -> Access:
        """What access it needs."""
        return of_look(self.name)
