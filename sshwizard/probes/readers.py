"""Whose line it is: ssh's, another client's, a tool's, a server's or a journal's; the first that knows it has it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sshwizard import clean
from sshwizard.probes import clients, cloudlines, sshlines
from sshwizard.probes.attempts import Attempts
from sshwizard.probes.debuglines import CLIENT_AGAIN, DEBUG, is_of_client, of_server
from sshwizard.probes.hops import HEADER
from sshwizard.probes.journal import Entry, Journal
from sshwizard.probes.serverlines import group_of
from sshwizard.probes.serverlog import Reader, Word
from sshwizard.probes.shapes import OF_SSHD, PLAIN_OF_SSHD, Kind, Spoken
from sshwizard.probes.sshlog import Said
from sshwizard.probes.undress import CUT, Line, forms, prompt, unfolded

LONGEST = 1 << 16
"""Bytes of one line that are read; the rest of it is passed over."""

_OF_PROGRAM = re.compile(r"(?:[A-Z\d]\S+ (?: ?\d+ [\d:.]+ )?)?(?:[\w.:-]+ )?[\w./-]+\[\d+\]: ")
_SERVER_PLAIN = re.compile(
    r"Server listening on|Connection from \S+ port|sshd: |.*\[preauth\]|.*sshd_config|Unable to load host"
)
_UNREACHABLE = re.compile(r"(?:.*?fatal: \[(?P<play>[^\]]+)\]|(?P<adhoc>[\w.-]+) \|).{0,20}UNREACHABLE!")
_VAGUE = {"se.notfound", "hk.banner_text", "se.transfer", "se.transfer_closed", "proxy.exec", "tcp.bind", "cfg.usage"}
"""Messages whose words are too common to be known behind another program's prefix."""


class Readers:
    """Gives each line to a reader; `attempts`, `server` and `named` hold what they said."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self.server = Reader()
        self.named: dict[str, Word] = {}
        """Causes that a tool named by itself, each by its newest line."""
        self.number = 0
        """Lines read so far."""
        self._in_server = False
        self._held: tuple[str, int] | None = None
        self._journal = Journal()
        self._cr = False

    # ---------------------------------------------------------------- lines that are known by their shape

    def _hear(self, run: list[Spoken]) -> None:
        """What ssh said in one go."""
        if run:
            self.attempts.debugs([line.said for line in run], run[0].dress, self.number + 1)
            self.number += len(run)
            run.clear()

    def _message(self, line: Spoken) -> bool:
        """A message of ssh; False for one that must be read otherwise."""
        said, dress = line
        if self._in_server:
            return False
        if said.id == "hdr" and HEADER.match(said.text):
            self.attempts.header(Line(said.text, dress), self.number + 1)
        elif said.own or not self._plain(Line(said.text, dress), self.number + 1, said):
            return False
        self.number += 1
        return True

    def _of_sshd(self, row: bytes, kind: Kind) -> bool:
        """A line of sshd in a system log; False for one that must be read otherwise."""
        found = PLAIN_OF_SSHD.match(row) if kind.of == "sshd" and len(row) <= LONGEST else None
        if found is None:
            return False
        self.number += 1
        self.server.sshd(found, self.number, kind.knows)
        return True

    # ---------------------------------------------------------------- any lines

    def _text(self, text: str) -> None:
        if self._held:
            text = self._joined(text)
        elif not self._in_server and is_of_client(text):
            self.attempts.debug(Line(text, ("cr",) if self._cr else ()), self.number)
            return
        elif named := OF_SSHD.match(text):
            self.server.add(named["text"], self.number, "sshd", named["pid"])
            return
        if not text:
            self._say(self._journal.end())
            return
        if CUT.match(text) and not self._held and len(text) > 20:
            self._held = (text, self.number)
            return
        self._line(text, self.number)

    def _joined(self, text: str) -> str:
        """A message that a terminal or a mail cut in two is one again, if the two make one."""
        first, number = self._held or ("", 0)
        self._held = None
        for glue in (" ", ""):
            whole = f"{first.rstrip()}{glue}{text.lstrip()}"
            if (
                text
                and not CUT.match(whole)
                and sshlines.plain().find(whole)
                and not sshlines.plain().find(text.strip())
            ):
                self._line(whole, number)
                return ""
        self._line(first, number)
        return text

    def _flush(self) -> None:
        if self._held:
            (text, number), self._held = self._held, None
            self._line(text, number)

    def _line(self, text: str, number: int) -> None:
        ours, entry = self._journal.add(text)
        self._say(entry)
        if ours:
            return
        if "UNREACHABLE!" in text and (found := _UNREACHABLE.match(text)):
            self.attempts.begin(number, found["play"] or found["adhoc"])
            text = text[found.end() :]
        if not _OF_PROGRAM.match(text) and self._known(Line(text, ("cr",) * self._cr), number):
            return
        parts = unfolded(text)
        if len(parts) > 1:
            for later, part in enumerate(parts):  # numbered on, because order counts
                self._dressed(part, number + later, "json")
            self.attempts.folded(number)
        else:
            self._dressed(text, number)

    def _dressed(self, text: str, number: int, inside: str = "") -> None:
        start = ("cr",) * self._cr + (inside,) * bool(inside)
        for line in forms(text):
            if (line.dress or inside) and self._known(line._replace(dress=(*start, *line.dress)), number):
                return
            if command := prompt(line.text):
                self.attempts.prompt(command, number)
                return
        if not self._in_server and text.strip():
            self.attempts.other(Line(text, start), number)

    def _known(self, line: Line, number: int) -> bool:
        """Give a line to whoever knows it."""
        text = line.text
        if line.program:
            known = self.server.add(text, number, line.program, line.pid)
            if known or group_of(line.program) != "other":
                return known or line.program.startswith("sshd")
        if HEADER.match(text):
            self._in_server = False
            self.attempts.header(line, number)
            return True
        if text.startswith(DEBUG):
            if of_server(text):
                self._in_server = True
            elif self._in_server and CLIENT_AGAIN.match(text):
                self._in_server = False
            if self._in_server:
                self.server.add(text, number, "sshd")
            else:
                self.attempts.debug(line, number)
            return True
        if (self._in_server or _SERVER_PLAIN.match(text)) and self.server.add(text, number, "sshd"):
            return True
        return (self._in_server and not CLIENT_AGAIN.match(text)) or self._plain(line, number)

    def _plain(self, line: Line, number: int, said: Said | None = None) -> bool:
        text = line.text
        verbose = self.attempts.open is not None and self.attempts.open.log.has("hdr") and not self.attempts.open.ended
        id_, groups = (said.id, said.groups) if said else _plain_message(text)
        servers = "sshd_config" in text or (id_ == "se.full" and not verbose)
        if id_ and not servers and not (id_ in _VAGUE and line.dress and not text.startswith("Bad port ")):
            self.attempts.message(id_, groups, line, number, said)
            if id_ in {"proxy.winspawn", "proxy.exec"}:
                self._names(text, number)
            return True
        if not verbose:
            named = self._names(text, number)
            if same := clients.read(text):
                self.attempts.alike(*same, line, number)
                return True
            if named or (not line.program and self.server.add(text, number)):
                return True
        return False

    def _names(self, text: str, number: int) -> bool:
        found = cloudlines.read(text)
        if found:
            self.named[found[0]] = Word(found[0], found[1], number, clean.line(text), "tool")
        return found is not None

    def _say(self, entry: Entry | None) -> None:
        """A message of the journal."""
        if entry:
            self._known(Line(clean.line(entry.text, 4000), ("journal",), entry.program, entry.pid), self.number)


def _plain_message(text: str) -> tuple[str, Mapping[str, str]]:
    found = sshlines.plain().find(text)
    return (found[0], sshlines.parts(found[1])) if found else ("", {})
