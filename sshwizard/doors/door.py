"""What a door is: whether it is open is judged from what was seen, and walking through it is a matter of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal

from sshwizard import clean
from sshwizard.doors.way import Way
from sshwizard.model import Fact
from sshwizard.probes.scene import Scene

Stand = Literal["open", "shut", "unknown"]


@dataclass(frozen=True, slots=True)
class DoorFact:
    """How a door stands for this server, judged without knocking."""

    state: Stand
    why: str
    """One sentence."""
    needs: tuple[str, ...] = ()
    """What it takes: permissions, programs, something on the server."""
    costs: str = "nothing"
    interrupts: str = ""
    """What stops meanwhile; empty: nothing does."""
    commands: tuple[str, ...] = ()
    """Lines to copy, for who walks through it by hand."""
    code: str = ""
    """The cause that shuts it, of the vocabulary."""
    elsewhere: bool = False
    """True for a door of a cloud that this host is not in."""

    def fact(self, title: str, action: str) -> Fact[Stand]:
        """As a session keeps it."""
        data: dict[str, Any] = {
            "title": title, "action": action, "needs": list(self.needs), "costs": self.costs,
            "interrupts": self.interrupts, "commands": list(self.commands), "code": self.code,
        }  # fmt: skip
        why = clean.line(self.why, 300)
        return Fact(self.state, why, data=data, why=why if self.state == "unknown" else "")


Judge = Callable[[Scene], Awaitable[DoorFact]]
"""Changes nothing and tries nothing; reads the answers that the account gave."""
Walk = Callable[[Scene], AbstractAsyncContextManager[Way]]
"""Opens it for the time of the block. Raises Shut; leaves nothing behind, whatever ends the block."""


@dataclass(frozen=True, slots=True)
class Door:
    """One way in."""

    id: str
    """As `connect --via` names it."""
    title: str
    action: str
    """The action of the vocabulary that goes through it; empty: plain ssh."""
    judge: Judge
    walk: Walk | None = None
    """None: it is walked by hand, with the commands of its fact."""
    plain: bool = False
    """True for a way that no cloud knows of."""
    offline: bool = False
    """True for a way in words, which stops the server; it counts for nobody as an open door."""
