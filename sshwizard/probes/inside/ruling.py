"""What the judgement of a look inside gives, and what it goes by from outside. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sshwizard.model import Fact

Stage = Literal["reach", "login", "session"]


@dataclass(frozen=True, slots=True)
class Outside:
    """What the walk saw: where ssh stopped, and with what it came."""

    code: str
    """The finding from outside."""
    stage: Stage
    login: str
    port: int = 22
    fingerprints: tuple[str, ...] = ()
    """Of the keys that were offered."""
    local_time: int = 0
    """Seconds since 1970 on this computer."""
    sure: bool = False
    """True when the finding is proved already: inside, only the same cause says more about it."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One defect that is in the way of this login, with the lines that prove it."""

    code: str
    says: str
    lines: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    """What a repair needs; JSON values only."""


_SESSION = ("session.", "proxy.forwarding")
_LOGIN = ("auth.", "key.", "cert.", "eic.", "gcp.oslogin", "gcp.metadata-key", "agent.", "server.login-grace",
          "server.slow-login", "server.drop-in", "server.clock")  # fmt: skip


def stage_of(code: str, facts: Mapping[str, Fact[Any]] = {}) -> Stage:
    """At which stage a finding stands: its family says so, else how far ssh came."""
    if code.startswith(_SESSION):
        return "session"
    if code.startswith(_LOGIN):
        return "login"
    came = [node for node in ("login", "session") if (fact := facts.get(node)) and fact.known]
    return "session" if "session" in came else "login" if came else "reach"
