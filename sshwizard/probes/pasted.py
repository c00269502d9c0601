"""A text that was pasted, piped or read from a file, whatever it is: bytes in, attempts and a server's words out.

It is read in pieces and in order, so that its size does not matter. Each line is tried as it stands, then without
what a terminal, a logger or a mail program put before it; the first program that knows it has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sshwizard import clean
from sshwizard.probes import clients, cloudlines, sshlines
from sshwizard.probes.attempts import Attempts
from sshwizard.probes.debuglines import CLIENT_AGAIN, DEBUG, is_of_client, of_server
from sshwizard.probes.encodings import SNIFFED, Form, sniff
from sshwizard.probes.hops import HEADER
from sshwizard.probes.journal import Entry, Journal
from sshwizard.probes.serverlines import group_of
from sshwizard.probes.serverlog import Reader, Word
from sshwizard.probes.sieve import OF_SSHD, Kind, Sieve, Spoken
from sshwizard.probes.sshlog import Said
from sshwizard.probes.undress import CUT, Line, forms, prompt, unfolded

LONGEST = 1 << 16
"""Bytes of one line that are read; the rest of it is passed over."""

_MANY = 1 << 16
"""Bytes of which it pays to look first where a known message may be."""
_OF_PROGRAM = re.compile(r"(?:[A-Z\d]\S+ (?: ?\d+ [\d:.]+ )?)?(?:[\w.:-]+ )?[\w./-]+\[\d+\]: ")
_SERVER_PLAIN = re.compile(
    r"Server listening on|Connection from \S+ port|sshd: |.*\[preauth\]|.*sshd_config|Unable to load host"
)
_UNREACHABLE = re.compile(r"(?:.*?fatal: \[(?P<play>[^\]]+)\]|(?P<adhoc>[\w.-]+) \|).{0,20}UNREACHABLE!")


class Paste:
    """Feed it bytes; `attempts`, `server` and `named` hold what they said."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self.server = Reader()
        self.named: dict[str, Word] = {}
        """Causes that a tool named by itself, each by its newest line."""
        self.odd = ""
        """What the text is, where it is no text: a sentence."""
        self.number = 0
        self._rest = b""
        self._form = Form()
        self._head = b""
        self._begun = False
        self._overlong = False
        self._in_server = False
        self._held: tuple[str, int] | None = None
        self._journal = Journal()
        self._cr = False
        self._sieve = Sieve()

    # ---------------------------------------------------------------- bytes

    def feed(self, raw: bytes) -> None:
        """Read on."""
        if not self._begun:
            self._head += raw
            if len(self._head) < SNIFFED:
                return
            raw, self._head = self._head, b""
            self._begin(raw[:SNIFFED])
        if self._form.decoder:
            raw = self._form.decoder.decode(raw).encode("utf-8", "replace")
        if self._form.lone_cr:
            raw = raw.replace(b"\r", b"\n")
        end = raw.rfind(b"\n") + 1
        if end:
            self._whole(self._rest + raw[:end])
            self._rest = raw[end:]
        else:
            self._rest += raw
        if len(self._rest) > LONGEST:
            self._row(self._rest)
            self._rest, self._overlong = b"", True

    def close(self) -> None:
        """The text has ended."""
        if not self._begun:
            raw, self._head = self._head, b""
            self._begin(raw[:SNIFFED])
            self.feed(raw)
        if self._rest:
            self._row(self._rest, unended=True)
        self._flush()
        self._say(self._journal.end())

    def _begin(self, head: bytes) -> None:
        self._begun = True
        self._form = sniff(head)
        self.odd = self._form.odd

    def _whole(self, raw: bytes) -> None:
        """Whole lines. Many of them pass the sieve first, and are read one by one only where they may say something."""
        rows = raw.split(b"\n")
        rows.pop()
        if len(raw) < _MANY:
            for row in rows:
                self._row(row)
            return
        if self._overlong:
            self._row(rows.pop(0))
        found, at = self._sieve.sort(rows), 0
        run: list[Spoken] = []  # debug lines of ssh that follow on each other
        for spot, line in [(spot, line) for spot, line in enumerate(found) if line is not None]:
            if at < spot:
                self._hear(run)
                self._pass_over(rows[at:spot])
            at = spot + 1
            if isinstance(line, Spoken) and line.said.own and not (self._held or self._in_server):
                if run and run[0].dress is not line.dress:
                    self._hear(run)
                run.append(line)
                continue
            self._hear(run)
            if self._held or not (self._message(line) if isinstance(line, Spoken) else self._of_sshd(rows[spot], line)):
                self._row(rows[spot])
        self._hear(run)
        self._pass_over(rows[at:])
        self._cr = raw.endswith(b"\r\n")

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
        if kind.of != "sshd" or len(row) > LONGEST or b"\\" in row:
            return False
        text = row.removesuffix(b"\r").decode("utf-8", "replace")
        found = OF_SSHD.match(text) if text.isascii() and text.isprintable() else None
        if found is None:
            return False
        self.number += 1
        self.server.sshd(found["text"], self.number, found["pid"], kind.knows)
        return True

    def _pass_over(self, rows: list[bytes]) -> None:
        """Lines that are no known message: between those of an ssh that is at work they are a stranger's words."""
        begun = 0
        while begun < len(rows) and (self._held or self._journal.open):
            self._row(rows[begun])
            begun += 1
        if not self.attempts.listens or self._in_server:
            self.number += len(rows) - begun
            return
        for row in rows[begun:]:
            if b"\r" in row.rstrip(b"\r"):
                self._row(row)
                continue
            self.number += 1
            text = _readable(row.rstrip(b"\r")[:LONGEST])
            if text.strip():
                self.attempts.other(Line(text), self.number, known=False)

    def _row(self, row: bytes, *, unended: bool = False) -> None:
        if self._overlong:  # the rest of a line that was too long
            self._overlong = False
            return
        self.number += 1
        self._cr = row.endswith(b"\r") or (unended and self._cr)
        row = row.rstrip(b"\r")
        for part in row.split(b"\r") if b"\r" in row else (row,):
            self._text(_readable(part[:LONGEST]))

    # ---------------------------------------------------------------- lines

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
        id_, groups = (said.id, said.groups) if said else _message(text)
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


_VAGUE = {"se.notfound", "hk.banner_text", "se.transfer", "se.transfer_closed", "proxy.exec", "tcp.bind", "cfg.usage"}
"""Messages whose words are too common to be known behind another program's prefix."""


def _message(text: str) -> tuple[str, Mapping[str, str]]:
    found = sshlines.plain().find(text)
    return (found[0], sshlines.parts(found[1])) if found else ("", {})


def _readable(row: bytes) -> str:
    """A line as it may be read; one that begins or ends a private key is left, so that the log can leave it out."""
    text = clean.decode(row)
    return text if (text.isascii() and text.isprintable()) or "PRIVATE KEY-----" in text else clean.line(text, LONGEST)


def read(text: bytes | Iterable[bytes]) -> Paste:
    """The whole of one text."""
    paste = Paste()
    for piece in _pieces(text):
        paste.feed(piece)
    paste.close()
    return paste


def _pieces(text: bytes | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(text, bytes):
        yield from (text[at : at + (1 << 20)] for at in range(0, len(text), 1 << 20))
    else:
        yield from text
