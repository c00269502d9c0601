"""Several connections in one text: where each begins, and how it ended."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.probes import sshlines
from sshwizard.probes.attempt import ALONE_IDS, Attempt, Told, how, line_of
from sshwizard.probes.hints import hints
from sshwizard.probes.sshlines import ALONE, Stage
from sshwizard.probes.sshlog import Said
from sshwizard.probes.undress import Line

MOST = 100
"""Attempts that are listed, the newest ones."""

MOST_KEPT = 24
"""Attempts whose lines are kept, so that they can be judged."""

_BEGINS = {"tcp.fail", "dns.fail", "hk.changed", "hk.ask", "id.notaccessible", "tcp.connecting", "name.resolving"}
"""Messages that a connection which has ended cannot write any more."""
_LATER = {"au.denied", "au.toomany", "au.ok", "hk.failed", "hk.changed", "kex.nomatch"}
"""Messages that need a connection: a refused or unknown host cannot write them."""
_FROM_SUITE = {"se.msgtoolong", "se.transfer_closed"}
"""Words of scp and sftp, which end their lines in another way than ssh does."""


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
        opened = now.log.stage > Stage.START or now.log.has("hdr", *ALONE_IDS)
        if not (opened or last or now.named or lone):
            return
        self.count += 1
        for log in now.hops.logs:  # a lone line of a login script says that the session had opened
            if log.stage is Stage.START:
                log.stage = max((stage for stage, ids in ALONE.items() if log.has(*ids)), default=Stage.START)
        last = now.last if len(now.hops.logs) > 1 else last
        now.how, host = how(now, last), now.host
        says = "ssh worked" if now.how == "healthy" else last.text if last else ""
        says = says or (lone[0].text if lone else "it ends without a word")
        self._told.append(Told(host, now.how, says, line_of(now, last)))
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
        line = line_of(judged, judged.last) if judged else None
        rows = [row._replace(says=clean.line(row.says, 200), judged=row.line == line) for row in self._told]
        kept: list[Attempt | None] = [None] * (len(rows) - len(self._recent))
        return tuple(zip(rows, [*kept, *self._recent], strict=True))


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
