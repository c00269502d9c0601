"""The log of `ssh -vvv`, read line by line: pure, streaming, any size.

Rules of reading (OpenSSH log.c, ssh(1) -v): debug lines carry a `debugN: ` prefix, all other levels none.
Text from servers and proxies stands between ssh's own lines and may imitate them, so a hit is a claim about
one line, and the stage is the furthest anchor that was reached, never the final sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sshwizard import clean
from sshwizard.probes import sshlines
from sshwizard.probes.sshlines import Stage

MOST_HITS = 60
"""Hits kept for one kind of line, so that an endless log stays small; the first ones decide."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One recognised line."""

    id: str
    number: int
    """Line number in the log, from 1."""
    text: str
    groups: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.groups.get(name) or ""


PAUSE = 1.0
"""Seconds without a line that are worth remembering."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence in a log that was read while it grew."""

    seconds: float
    stage: Stage
    number: int
    """The line it came after, from 1."""
    after: str


_PREFIX = re.compile(r"debug[123]: ")


class Log:
    """What one ssh process wrote, as recognised lines. Feed it bytes as they come."""

    def __init__(self) -> None:
        self.stage = Stage.START
        self.count = 0
        """Lines read so far."""
        self.words: list[Hit] = []
        """Plain lines that ssh did not write: banners, proxies, remote programs."""
        self.last: list[Hit] = []
        """The newest lines, whatever they are."""
        self.pauses: list[Pause] = []
        """Where nothing came for a while; empty for a text, which has no times."""
        self._at: float | None = None
        self._line = ""
        self._hits: dict[str, list[Hit]] = {}
        self._rest = b""
        self._in_key = False

    def feed(self, raw: bytes, at: float | None = None) -> None:
        """Read more of the log; an unfinished last line waits for its end. `at`: when it came, in seconds."""
        if raw and at is not None:
            if self._at is not None and at - self._at >= PAUSE:
                self.pauses.append(Pause(at - self._at, self.stage, self.count, self._line))
            self._at = at
        *whole, self._rest = (self._rest + raw).split(b"\n")
        for part in whole:
            self.add(clean.decode(part))
        if len(self._rest) > 65536:  # no line of ssh is longer than 1,023 bytes; a stranger's may be
            self.close()

    def close(self) -> None:
        """The log has ended: read what is left."""
        if self._rest:
            self.add(clean.decode(self._rest))
            self._rest = b""

    def add(self, text: str) -> None:
        """Read one line that ssh wrote."""
        text = self._cleaned(text)
        if not text:
            return
        self._line = text
        found = False
        if prefix := _PREFIX.match(text):
            for hit, stage in self._match_debug(text, text[prefix.end() :]):
                found = True
                self._keep(hit, stage)
        else:
            for hit in self._match_plain(text):
                found = True
                self._keep(hit, sshlines.PROVES.get(hit.id, Stage.START))
        if not found:
            self._foreign(text, own=prefix is not None)

    def hear(self, text: str) -> None:
        """Read one line that somebody else wrote: a banner, a proxy, a login script. It proves no stage, and
        what it imitates is not believed; only the words of a proxy or a remote program count."""
        text = self._cleaned(text)
        if not text:
            return
        for hit in self._match_plain(text):
            if hit.id in sshlines.FOREIGN:
                self._keep(hit, Stage.START)
        self._foreign(text, own=False)

    def _cleaned(self, text: str) -> str:
        self.count += 1
        if "PRIVATE KEY-----" in text:
            self._in_key = "-----BEGIN" in text and "-----END" not in text
            return "[secret]"
        return "" if self._in_key else clean.line(text, 4000)

    def _foreign(self, text: str, *, own: bool) -> None:
        other = Hit("", self.count, text, {})
        self.last = [*self.last[-7:], other]
        if not own and len(self.words) < MOST_HITS:
            self.words.append(other)

    def _match_debug(self, text: str, body: str) -> Iterator[tuple[Hit, Stage]]:
        for id_, stage, pattern in sshlines.debug():
            if found := pattern.search(body):
                yield Hit(id_, self.count, text, found.groupdict("")), stage
                return

    def _match_plain(self, text: str) -> Iterator[Hit]:
        for id_, pattern in sshlines.plain():
            if found := pattern.search(text):
                yield Hit(id_, self.count, text, found.groupdict(""))
                return

    def _keep(self, hit: Hit, stage: Stage) -> None:
        self.stage = max(self.stage, stage)
        kept = self._hits.setdefault(hit.id, [])
        if len(kept) < MOST_HITS:
            kept.append(hit)
        else:
            kept[-1] = hit
        self.last = [*self.last[-7:], hit]

    def all(self, *ids: str) -> tuple[Hit, ...]:
        """Every hit of these kinds, in order of lines."""
        return tuple(sorted((hit for id_ in ids for hit in self._hits.get(id_, ())), key=lambda hit: hit.number))

    def first(self, *ids: str) -> Hit | None:
        """The first hit of these kinds."""
        return next(iter(self.all(*ids)), None)

    def newest(self, *ids: str) -> Hit | None:
        """The last hit of these kinds."""
        return next(reversed(self.all(*ids)), None)

    def has(self, *ids: str) -> bool:
        """True when any line of these kinds was seen."""
        return any(self._hits.get(id_) for id_ in ids)

    def said(self, pattern: str) -> Hit | None:
        """The first foreign line that matches `pattern`, whatever its case."""
        wanted = re.compile(pattern, re.I)
        return next((hit for hit in self.words if wanted.search(hit.text)), None)


def waits_for_agent(log: Log) -> bool:
    """Is it the agent's turn? OpenSSH up to 9.x asks it before the login begins, 10.0 when keys come up."""
    if log.stage is not Stage.LOGIN:
        return False
    turn = log.newest("auth.next")
    if not log.has("auth.service"):
        return not log.has("auth.methods")
    after = ("packet.sent", "auth.plan", "auth.offer", "auth.trying", "auth.none_left", "agent.count", "agent.error")
    return bool(turn and turn["method"] == "publickey" and not any(hit.number > turn.number for hit in log.all(*after)))


def read(text: str | bytes) -> Log:
    """The whole of one log."""
    log = Log()
    log.feed(text if isinstance(text, bytes) else text.encode())
    log.close()
    return log


_HEADER = re.compile(rb"^OpenSSH_\S+,? ")
_OF_CHILD = re.compile(rb"stdio forwarding failed|channel \d+: open failed|Killed by signal")
_OF_PARENT = re.compile(rb"UNKNOWN port 65535|\(via proxy\)|kex_exchange_identification: Connection closed by remote")


def split(raw: bytes) -> tuple[Log, ...]:
    """The logs in a text where a jump host's ssh writes into the same file: hops first, the target last.

    A second version header starts the child's log; until its tunnel is up the parent has nothing to say,
    afterwards it is the child that is quiet.
    """
    rows = raw.split(b"\n")
    heads = [number for number, row in enumerate(rows) if _HEADER.search(row)]
    if len(heads) < 2 or not any(b"roxy" in row for row in rows[heads[0] : heads[1]]):
        return (read(raw),)
    parent, child = Log(), Log()
    owner = parent
    for number, row in enumerate(rows):
        if number == heads[1]:
            owner = child
        mine = owner
        if number > heads[1] and _OF_CHILD.search(row):
            mine = child
        elif _OF_PARENT.search(row) or (b"Local version string" in row and not parent.has("banner.local")):
            mine = parent
        for log in (parent, child):  # keep the numbers of the whole file
            log.count = number
        if b"Remote protocol version" in row and child.has("banner.remote"):
            owner = mine = parent
        mine.add(clean.decode(row))
    return (child, parent)


def quote(hits: Iterable[Hit | None], most: int = 6) -> tuple[str, ...]:
    """Hits as evidence lines, harmless, each with its line number; the one that decides comes first."""
    chosen = {hit.number: hit for hit in hits if hit is not None}
    return tuple(f"{number}: {clean.line(hit.text)}" for number, hit in list(chosen.items())[:most])
