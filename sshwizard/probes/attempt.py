"""One connection as a text tells it: its lines, its host, and how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from sshwizard import clean
from sshwizard.probes import sshlines
from sshwizard.probes.hops import Hops
from sshwizard.probes.sshlines import ALONE, Stage
from sshwizard.probes.sshlog import Hit, Log

How = Literal["healthy", "failed", "inconclusive"]

_NEVER_LAST = {"hdr", "proxy.unknown65535", "au.disconnected", "se.disconnecting", "banner.timed2", "au.disconnect"}
_AIMED = re.compile(r"-W '?\[?([^\]':\s]+)")
_NAMED = ("tcp.connecting", "tcp.fail", "dns.fail", "name.resolving", "auth.as", "au.ok", "au.denied", "kex.nomatch",
          "banner.closed2", "banner.timed2", "banner.invalid2", "hk.unknown_strict", "hk.ask",
          "au.toomany")  # fmt: skip


@dataclass
class Attempt:
    """One connection as a text tells it."""

    line: int
    """Where it begins, from 1."""
    named: str = ""
    """The host that a prompt or another program named for it."""
    command: str = ""
    """What somebody typed at that prompt."""
    hops: Hops = field(default_factory=Hops)
    ended: bool = False
    folded: bool = False
    """True when its lines stood in one line of the text."""
    dress: tuple[str, ...] | None = None
    """What stands before ssh's debug lines, once one was seen; other lines are a stranger's."""
    finals: set[str] = field(default_factory=set)
    how: How = "inconclusive"
    """How it ended, once it did."""

    def __post_init__(self) -> None:
        self.log: Log = self.hops.target
        """The target's lines."""

    @property
    def host(self) -> str:
        """The host it was for, as far as the text says it."""
        found = next((host for id_ in _NAMED if (host := self.log.part(id_, "host"))), "")
        if not found and (hit := self.log.newest("proxy.exec_debug", "proxy.implicit")):
            aimed = _AIMED.search(hit.text)
            found = aimed[1] if aimed else ""
        return clean.line(self.named or found, 120).strip("[]'\"").removesuffix(".")

    @property
    def last(self) -> Hit | None:
        """The line that says how it ended."""
        blocked = len(self.hops.logs) > 1 and self.log.stage < Stage.KEX
        log = self.hops.logs[0] if blocked else self.log  # a hop that failed says why; the target only that it did
        kinds, endings = sshlines.kinds(), _endings()
        ends = [hit for id_ in log.ids if id_ in endings and (hit := log.newest(id_))]
        if len(ends) > 1:
            ends.sort(key=lambda hit: (kinds[hit.id] == "F", hit.id not in _NEVER_LAST, hit.number))
        return ends[-1] if ends else None


class Told(NamedTuple):
    """One line of the list of attempts."""

    host: str
    how: How
    says: str
    line: int
    judged: bool = False


ALONE_IDS = tuple(id_ for ids in ALONE.values() for id_ in ids)
"""Lines that say how far a connection came when they are all that was pasted."""


@cache
def _endings() -> frozenset[str]:
    """Messages that say how a connection ended."""
    return frozenset(id_ for id_, kind in sshlines.kinds().items() if kind in "FE")


def how(attempt: Attempt, last: Hit | None) -> How:
    """How an attempt ended, by the same reader that judges a session."""
    log = attempt.log
    if log.stage >= Stage.SESSION:
        from sshwizard.probes.run import Run
        from sshwizard.probes.session import read_session

        return "healthy" if read_session(Run.over((log,)), log).outcome == "ok" else "failed"
    if last is not None or log.verbose or log.stage > Stage.START or log.has(*ALONE_IDS):
        return "failed"
    return "inconclusive"


def line_of(attempt: Attempt, last: Hit | None) -> int:
    """The line that tells how an attempt ended."""
    return last.number if last and not attempt.folded and attempt.how == "failed" else attempt.line
