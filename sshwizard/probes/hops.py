"""One way to a host, told in one text: the ssh of a jump host writes between the lines of the ssh that started it."""

from __future__ import annotations

import re

from sshwizard import clean
from sshwizard.probes.sshlog import Log, Said

HEADER = re.compile(r"(?:debug1: )?OpenSSH_(?:for_Windows_)?\d\S*,? ")
_STARTS_SSH = re.compile(r"debug1: (?:Setting implicit ProxyCommand from ProxyJump|Executing proxy command: .*\bssh\b)")
_OF_HOP = re.compile(r"stdio forwarding failed|channel \d+: open failed|Killed by signal")
_OF_OUTER = re.compile(r"UNKNOWN port 65535|\(via proxy\)|kex_exchange_identification: Connection closed by remote")


class Hops:
    """The logs of one attempt. A version header after a ProxyCommand that runs ssh starts the log of a hop;
    until its tunnel is up the outer ssh has nothing to say, afterwards it is the hop that is quiet."""

    def __init__(self) -> None:
        self.target = Log()
        """The log of the ssh that a person started."""
        self._outer_first = [self.target]
        self._owner = 0
        self._waits = False

    @property
    def logs(self) -> tuple[Log, ...]:
        """The nearest hop first, the target last."""
        return tuple(reversed(self._outer_first))

    @property
    def only(self) -> Log | None:
        """The log, while there is one."""
        return self.target if len(self._outer_first) == 1 else None

    @property
    def expects_hop(self) -> bool:
        """True while the next version header is that of a jump host's ssh."""
        return self._waits

    def add(self, text: str, number: int, said: Said | None = None) -> None:
        """One line of the text, by its number; `said`: what a plain one is, if that is known."""
        if self._waits and HEADER.match(text):
            self._waits = False
            self._outer_first.append(Log())
            self._owner = len(self._outer_first) - 1
        elif "roxy" in text and _STARTS_SSH.match(text):
            self._waits = True
        logs = self._outer_first
        log = logs[0] if len(logs) == 1 else self.at(text)
        log.count = number - 1
        log.add(text, said)

    def at(self, text: str) -> Log:
        """The log that a line belongs to."""
        logs = self._outer_first
        if len(logs) == 1:
            return logs[0]
        if "Local version string" in text:
            return next((log for log in logs if not log.has("banner.local")), logs[self._owner])
        if "Remote protocol version" in text:
            within = [number for number, log in enumerate(logs) if not log.has("banner.remote")]
            self._owner = within[-1] if within else self._owner
        elif _OF_HOP.search(text):
            return next((log for log in logs[1:] if log.has("banner.remote")), logs[-1])
        elif _OF_OUTER.search(text):
            told = [log for log in logs[:-1] if not log.has("proxy.unknown65535", "banner.remote")]
            return told[-1] if told else logs[0]
        return logs[self._owner]


def split(raw: bytes) -> tuple[Log, ...]:
    """The logs in the text of one attempt."""
    hops = Hops()
    for number, row in enumerate(raw.removesuffix(b"\n").split(b"\n") if raw else (), 1):
        hops.add(clean.decode(row), number)
    return hops.logs
