"""The log of `ssh -vvv`, read line by line: pure, streaming, any size.

Rules of reading (OpenSSH log.c, ssh(1) -v): debug lines carry a `debugN: ` prefix, all other levels none.
Text from servers and proxies stands between ssh's own lines and may imitate them, so a hit is a claim about
one line, and the stage is the furthest anchor that was reached, never the final sentence.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from sshwizard import clean
from sshwizard.probes import sshlines
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.table import Table

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


_DEBUG = ("debug1: ", "debug2: ", "debug3: ")

LONGEST = 4000
"""Characters of a line that are read."""


class Said(NamedTuple):
    """What a line of ssh is, wherever it stands."""

    id: str
    """Empty for a line that is none of ours."""
    groups: Mapping[str, str]
    text: str
    """Without secrets."""
    stage: Stage
    """The one that it proves."""
    own: bool
    """True for a debug line."""


_STAGE = attrgetter("stage")


@lru_cache(1024)
def recognised(text: str) -> Said:
    """What a line of ssh is. Logs say the same again and again."""
    return recognise(text, sshlines.debug() if text.startswith(_DEBUG) else sshlines.plain())


def recognise(text: str, table: Table | None) -> Said:
    """What a line of ssh is; `table`: the messages that it may be, if any."""
    own = text.startswith(_DEBUG)
    start = 8 if own else 0
    found = table and table.find(text[start:])
    secret = "=" in text or "b3Blbn" in text  # what is kept holds none
    if table and found and secret and (kept := clean.line(text, LONGEST)) != text:
        text, found = kept, table.find(kept[start:])
    if not found:
        return Said("", {}, text, Stage.START, own)
    proves = sshlines.STAGE_OF if own else sshlines.PROVES
    return Said(found[0], sshlines.parts(found[1]), text, proves.get(found[0], Stage.START), own)


class Log:
    """What one ssh process wrote, as recognised lines. Feed it bytes as they come."""

    def __init__(self) -> None:
        self.stage = Stage.START
        self.count = 0
        """Lines read so far."""
        self.words: list[Hit] = []
        """Plain lines that ssh did not write: banners, proxies, remote programs."""
        self.pauses: list[Pause] = []
        """Where nothing came for a while; empty for a text, which has no times."""
        self._at: float | None = None
        self._line = ""
        self.verbose = False
        """True once a debug line was there: only then may silence mean something."""
        self._hits: dict[str, list[tuple[int, Said]]] = {}
        self._newest: deque[tuple[int, Said]] = deque(maxlen=8)
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

    def add(self, text: str, said: Said | None = None) -> None:
        """Read one line that ssh wrote; `said`: what a plain one is, if that is known."""
        text = self._shown(text)
        if not text:
            return
        self._line = text
        said = said or recognised(text)
        self.verbose = self.verbose or said.own
        if said.id:
            self._keep(self.count, said)
        elif not said.own and len(self.words) < MOST_HITS:
            self.words.append(Hit("", self.count, clean.line(text, LONGEST), {}))
        self._newest.append((self.count, said))

    @property
    def reads(self) -> bool:
        """False between the lines of a key that was pasted."""
        return not self._in_key

    def extend(self, said: Sequence[Said], number: int) -> None:
        """Debug lines that follow on each other, of which only the first one's number in the log is to be told."""
        rows, hits = list(enumerate(said, number)), self._hits
        for row in rows:
            if id_ := row[1][0]:
                kept = hits.get(id_)
                if kept is None:
                    hits[id_] = [row]
                elif len(kept) < MOST_HITS:
                    kept.append(row)
                else:
                    kept[-1] = row
        self._newest.extend(rows[-8:])
        self.stage = max(self.stage, *map(_STAGE, said))
        self.count, self._line, self.verbose = rows[-1][0], rows[-1][1].text, True

    def hear(self, text: str, *, known: bool = True) -> None:
        """Read one line that somebody else wrote: a banner, a proxy, a login script. It proves no stage, and
        what it imitates is not believed; only the words of a proxy or a remote program count. A caller that knows
        the line for no message at all says so."""
        text = self._shown(text)
        if not text:
            return
        found = sshlines.plain().find(text) if known else None
        if found and found[0] in sshlines.FOREIGN:
            self.take(found[0], sshlines.parts(found[1]), text, Stage.START)
        self._newest.append((self.count, Said("", {}, text, Stage.START, own=False)))
        if len(self.words) < MOST_HITS:
            self.words.append(Hit("", self.count, clean.line(text, LONGEST), {}))

    def take(self, id_: str, groups: Mapping[str, str], text: str, stage: Stage) -> None:
        """Keep a recognised line, and the stage it proves; `text` is harmless already."""
        said = Said(id_, groups, text, stage, own=False)
        self._keep(self.count, said)
        self._newest.append((self.count, said))

    def _keep(self, number: int, said: Said) -> None:
        if said.stage > self.stage:
            self.stage = said.stage
        kept = self._hits.setdefault(said.id, [])
        if len(kept) < MOST_HITS:
            kept.append((number, said))
        else:
            kept[-1] = (number, said)

    @property
    def last(self) -> list[Hit]:
        """The newest lines, whatever they are."""
        rows = self._newest
        return [Hit(said.id, number, clean.line(said.text, LONGEST), said.groups) for number, said in rows]

    def _shown(self, text: str) -> str:
        """The line as it may be read; a key that was pasted between the lines is left out."""
        self.count += 1
        if "PRIVATE KEY-----" in text:
            self._in_key = "-----BEGIN" in text and "-----END" not in text
            return "[secret]"
        if self._in_key:
            return ""
        if len(text) <= LONGEST and text.isascii() and text.isprintable():
            return text
        return clean.line(text, LONGEST)

    @property
    def ids(self) -> tuple[str, ...]:
        """The kinds of lines that were seen."""
        return tuple(self._hits)

    def all(self, *ids: str) -> tuple[Hit, ...]:
        """Every hit of these kinds, in order of lines."""
        found = [_hit(row) for id_ in ids for row in self._hits.get(id_, ())]
        return tuple(found if len(ids) == 1 else sorted(found, key=lambda hit: hit.number))

    def first(self, *ids: str) -> Hit | None:
        """The first hit of these kinds."""
        if len(ids) == 1:
            kept = self._hits.get(ids[0])
            return _hit(kept[0]) if kept else None
        return next(iter(self.all(*ids)), None)

    def part(self, id_: str, name: str) -> str:
        """A named part of the first hit of a kind."""
        kept = self._hits.get(id_)
        return (kept[0][1].groups.get(name) or "") if kept else ""

    def newest(self, *ids: str) -> Hit | None:
        """The last hit of these kinds."""
        if len(ids) == 1:
            kept = self._hits.get(ids[0])
            return _hit(kept[-1]) if kept else None
        return next(reversed(self.all(*ids)), None)

    def has(self, *ids: str) -> bool:
        """True when any line of these kinds was seen."""
        for id_ in ids:  # noqa: SIM110  (asked for every line of a large text)
            if id_ in self._hits:
                return True
        return False

    def said(self, pattern: str) -> Hit | None:
        """The first foreign line that matches `pattern`, whatever its case."""
        wanted = re.compile(pattern, re.I)
        return next((hit for hit in self.words if wanted.search(hit.text)), None)


def _hit(row: tuple[int, Said]) -> Hit:
    number, said = row
    return Hit(said.id, number, said.text, said.groups)


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


def quote(hits: Iterable[Hit | None], most: int = 6) -> tuple[str, ...]:
    """Hits as evidence lines, harmless, each with its line number; the one that decides comes first."""
    chosen = {hit.number: hit for hit in hits if hit is not None}
    return tuple(f"{number}: {clean.line(hit.text)}" for number, hit in list(chosen.items())[:most])
