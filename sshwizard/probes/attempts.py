"""Several connections in one text: where each begins, and how it ended."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.probes import sshlines
from sshwizard.probes.hints import hints
from sshwizard.probes.hops import Hops
from sshwizard.probes.sshlines import ALONE, Stage
from sshwizard.probes.sshlog import Hit, Log, Said
from sshwizard.probes.undress import Line

MOST = 100
"""Attempts that are listed, the newest ones."""

MOST_KEPT = 24
"""Attempts whose lines are kept, so that they can be judged."""

How = Literal["healthy", "failed", "inconclusive"]

_BEGINS = {"tcp.fail", "dns.fail", "hk.changed", "hk.ask", "id.notaccessible", "tcp.connecting", "name.resolving"}
"""Messages that a connection which has ended cannot write any more."""
_LATER = {"au.denied", "au.toomany", "au.ok", "hk.failed", "hk.changed", "kex.nomatch"}
"""Messages that need a connection: a refused or unknown host cannot write them."""
_NEVER_LAST = {"hdr", "proxy.unknown65535", "au.disconnected", "se.disconnecting", "banner.timed2", "au.disconnect"}
_FROM_SUITE = {"se.msgtoolong", "se.transfer_closed"}
"""Words of scp and sftp, which end their lines in another way than ssh does."""
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


_ALONE = tuple(id_ for ids in ALONE.values() for id_ in ids)


@cache
def _endings() -> frozenset[str]:
    """Messages that say how a connection ended."""
    return frozenset(id_ for id_, kind in sshlines.kinds().items() if kind in "FE")


def _how(attempt: Attempt, last: Hit | None) -> How:
    """How an attempt ended, by the same reader that judges a session."""
    log = attempt.log
    if log.stage >= Stage.SESSION:
        from sshwizard.probes.run import Run
        from sshwizard.probes.session import read_session

        return "healthy" if read_session(Run.over((log,)), log).outcome == "ok" else "failed"
    if last is not None or log.verbose or log.stage > Stage.START or log.has(*_ALONE):
        return "failed"
    return "inconclusive"


class Attempts:
    """Takes recognised lines and gives each to the attempt it belongs to."""

    def __init__(self) -> None:
        self.open: Attempt | None = None
        self.count = 0
        self._told: deque[Told] = deque(maxlen=MOST)
        self._kept: dict[str, Attempt] = {}
        self._well: dict[str, Attempt] = {}
        """Those of the kept ones that worked: they go first."""
        self._recent: deque[Attempt] = deque(maxlen=MOST_KEPT)

    # ---------------------------------------------------------------- lines

    @property
    def listens(self) -> bool:
        """True while any line may count: between the lines of an ssh that is at work."""
        now = self.open
        return now is not None and not now.ended and (now.dress is not None or now.log.has("hdr"))

    def header(self, line: Line, number: int) -> None:
        """`OpenSSH_9.2p1, ...`: the first line of every ssh that was asked for its log."""
        now = self.open
        if now and self._strange(now, line):
            return self.other(line, number)
        if now is None or not (now.hops.expects_hop or self._fresh(now)):
            now = self.begin(number)
        now.hops.add(line.text, number)
        return None

    def debug(self, line: Line, number: int) -> None:
        """A debug line; one that is dressed otherwise than the others is a stranger's imitation."""
        now = self.open
        if now is None or (now.ended and "Reading configuration data" in line.text):
            now = self.begin(number)
        if now.dress is None:
            now.dress = line.dress
        if now.dress == line.dress or "_exchange_identification" in line.text or now.hops.logs[-1].stage is Stage.DONE:
            now.hops.add(line.text, number)
        else:
            self.other(line, number)

    def debugs(self, lines: Sequence[Said], dress: tuple[str, ...], number: int) -> None:
        """Debug lines that follow on each other, none of which tells of a hop: from `number` on."""
        for done, line in enumerate(lines):
            now = self.open
            log = now.hops.only if now and not now.ended and now.dress in (None, dress) else None
            if now and log and log.reads:
                now.dress = dress
                return log.extend(lines[done:], number + done)
            self.debug(Line(line.text, dress), number + done)
        return None

    def message(self, id_: str, groups: Mapping[str, str], line: Line, number: int, said: Said | None = None) -> None:
        """A plain message of ssh; `said`: what it is, if that is known."""
        now = self._at_work(id_, groups, number)
        if id_ not in _FROM_SUITE and self._strange(now, line):
            return self.other(line, number)
        now.hops.add(line.text, number, said)
        return self._final(now, id_)

    def alike(self, id_: str, groups: Mapping[str, str], line: Line, number: int) -> None:
        """Another client's words for a message of ssh."""
        now = self._at_work(id_, groups, number)
        now.log.count = number
        now.log.take(id_, groups, clean.line(line.text, 4000), sshlines.PROVES.get(id_, Stage.START))
        self._final(now, id_)

    def _at_work(self, id_: str, groups: Mapping[str, str], number: int) -> Attempt:
        """The attempt that a message belongs to."""
        now = self.open
        return self.begin(number) if now is None or self._is_next(now, id_, groups.get("host") or "") else now

    @staticmethod
    def _final(now: Attempt, id_: str) -> None:
        if sshlines.kinds().get(id_) == "F":
            now.finals.add(id_)
            now.ended = now.ended or now.log.stage < Stage.SESSION or id_.startswith("se.")

    def other(self, line: Line, number: int, *, known: bool = True) -> None:
        """A line that no ssh wrote: between ssh's own lines a banner or a program on the server, else nothing."""
        now = self.open
        if now is None or not self.listens:
            return
        log = now.hops.at(line.text)
        log.count = number - 1
        log.hear(line.text, known=known)

    def prompt(self, command: str, number: int) -> None:
        """A command that somebody typed begins an attempt."""
        if self.open is None or not self._fresh(self.open):
            self.begin(number)
        if self.open:
            self.open.line, self.open.named, self.open.command = number, _host_of(command), command

    def folded(self, number: int) -> None:
        """The lines before stood in one line of the text."""
        if self.open and self.open.line <= number + 1:
            self.open.line, self.open.folded = number, True

    # ---------------------------------------------------------------- from one to the next

    def begin(self, number: int, named: str = "") -> Attempt:
        """The next attempt."""
        self.end()
        self.open = Attempt(number, named)
        return self.open

    @staticmethod
    def _strange(now: Attempt, line: Line) -> bool:
        """True for a line that does not end as ssh ends its own: with a carriage return, where no terminal or
        editor took them all away."""
        return now.dress is not None and not now.ended and now.dress[:1] == ("cr",) != line.dress[:1]

    @staticmethod
    def _fresh(now: Attempt) -> bool:
        """True while an attempt has only what may stand before its first line."""
        return not now.ended and now.log.stage is Stage.START and not now.log.has("hdr") and not now.finals

    @staticmethod
    def _is_next(now: Attempt, id_: str, host: str) -> bool:
        kind = sshlines.kinds().get(id_)
        if id_ == "id.notaccessible" and now.log.has("hdr"):  # it is said before the version
            return True
        if not now.ended:
            return False
        if id_ in now.finals and kind == "F":
            return True
        if now.finals & {"tcp.fail", "dns.fail"} and id_ in _LATER:
            return True
        if id_ in _BEGINS or (id_.startswith("cfg.") and not now.finals & {id_} and kind == "E"):
            return not (id_ == "hk.changed" and now.log.has("hk.spoof"))
        return bool(kind == "F" and host and now.host and id_ in _LATER and host.lower() != now.host.lower())

    def end(self) -> None:
        """Close the open attempt."""
        now, self.open = self.open, None
        if now is None:
            return
        last = now.last
        lone = () if last else hints(now.log)
        opened = now.log.stage > Stage.START or now.log.has("hdr", *_ALONE)
        if not (opened or last or now.named or lone):
            return
        self.count += 1
        for log in now.hops.logs:  # a lone line of a login script says that the session had opened
            if log.stage is Stage.START:
                log.stage = max((stage for stage, ids in ALONE.items() if log.has(*ids)), default=Stage.START)
        last = now.last if len(now.hops.logs) > 1 else last
        now.how, host = _how(now, last), now.host
        says = "ssh worked" if now.how == "healthy" else last.text if last else ""
        says = says or (lone[0].text if lone else "it ends without a word")
        self._told.append(Told(host, now.how, says, _line(now, last)))
        self._recent.append(now)
        key = host.lower()
        for kept in (self._kept, self._well):
            kept.pop(key, None)
        self._kept[key] = now
        if now.how == "healthy":
            self._well[key] = now
        if len(self._kept) > MOST_KEPT:
            gone = next(iter(self._well or self._kept))
            del self._kept[gone]
            self._well.pop(gone, None)

    # ---------------------------------------------------------------- the choice

    def chosen(self) -> Attempt | None:
        """The attempt that is judged: the last of those that failed and were not followed by a success on the
        same host; without one, the last that worked; else the last."""
        self.end()
        newest = list(self._kept.values())
        for wanted in ("failed", "healthy"):
            fitting = [one for one in newest if one.how == wanted]
            if fitting:
                return fitting[-1]
        return newest[-1] if newest else None

    def told(self, judged: Attempt | None) -> tuple[tuple[Told, Attempt | None], ...]:
        """The list, each with its lines where they are kept."""
        line = _line(judged, judged.last) if judged else None
        rows = [row._replace(says=clean.line(row.says, 200), judged=row.line == line) for row in self._told]
        kept: list[Attempt | None] = [None] * (len(rows) - len(self._recent))
        return tuple(zip(rows, [*kept, *self._recent], strict=True))


def _line(attempt: Attempt, last: Hit | None) -> int:
    """The line that tells how an attempt ended."""
    return last.number if last and not attempt.folded and attempt.how == "failed" else attempt.line


def _host_of(command: str) -> str:
    """The host that a typed command names, as far as it is an ssh."""
    from sshwizard.probes import typed

    words = command.split()
    program = re.sub(r"^.*/|\.exe$", "", words[0])
    if program in {"scp", "rsync", "sftp", "git"}:
        found = re.search(r"(?:ssh://)?(?:[\w.-]+@)?([\w.-]+):", command)
        return found[1] if found else ""
    if program != "ssh":
        return ""
    try:
        target = typed.parse(words[1:])
    except UsageError:
        return ""
    return target.args[-1].rpartition("@")[2]
