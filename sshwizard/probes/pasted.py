"""A text that was pasted, piped or read from a file, whatever it is: bytes in, attempts and a server's words out.

It is read in pieces and in order, so that its size does not matter. Each line is tried as it stands, then without
what a terminal, a logger or a mail program put before it; the first program that knows it has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sshwizard import clean
from sshwizard.probes.encodings import SNIFFED, Form, sniff
from sshwizard.probes.readers import LONGEST, Readers
from sshwizard.probes.shapes import Kind, Shapes, Spoken
from sshwizard.probes.undress import Line

_MANY = 1 << 16
"""Bytes of which it pays to look first where a known message may be."""


class Paste(Readers):
    """Feed it bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.odd = ""
        """What the text is, where it is no text: a sentence."""
        self._rest = b""
        self._form = Form()
        self._head = b""
        self._begun = False
        self._overlong = False
        self._shapes = Shapes()

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
        """Whole lines. Many of them are looked at by their shapes first, and read where they may say something."""
        rows = raw.split(b"\n")
        rows.pop()
        if len(raw) < _MANY:
            for row in rows:
                self._row(row)
            return
        if self._overlong:
            self._row(rows.pop(0))
        found, at = self._shapes.sort(rows), 0
        run: list[Spoken] = []  # debug lines of ssh that follow on each other
        for spot, line in [(spot, line) for spot, line in enumerate(found) if line is not None]:
            if at < spot:
                self._hear(run)
                self._pass_over(rows[at:spot])
            at = spot + 1
            if isinstance(line, Kind):
                if run:
                    self._hear(run)
                if self._held or not self._of_sshd(rows[spot], line):
                    self._row(rows[spot])
            elif line.said.own and not (self._held or self._in_server):
                if run and run[0].dress is not line.dress:
                    self._hear(run)
                run.append(line)
            else:
                self._hear(run)
                if self._held or not self._message(line):
                    self._row(rows[spot])
        self._hear(run)
        self._pass_over(rows[at:])
        self._cr = raw.endswith(b"\r\n")

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
