"""What the lines of a large text may be, by their shapes: most are nothing, and of the rest most say the same again.

A line's shape is what the border leaves of it, in lower case and without its digits. A log has few shapes: each is
looked at once, whatever numbers stand in it. A shape can only say what a line may be; what it is, the line says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sshwizard.probes import fragments, serverlines, sshlines, sshlog
from sshwizard.probes.debuglines import DEBUG, SERVER_DEBUG
from sshwizard.probes.sshlog import Said
from sshwizard.probes.table import Table
from sshwizard.probes.undress import CUT

ROOM = 8 << 20
"""Bytes of shapes that are remembered, with 100 for each one."""
MOST = 4096
"""Lines of ssh that are remembered, none longer than `LONGEST`."""
LONGEST = 400
FEW = 64
"""Selections of messages that are remembered."""

_LETTERS = bytes(code if code > 31 or code in b"\r\n" else 32 for code in range(127)).lower() + bytes(
    (32, *range(128, 256))
)
"""Small letters, and blanks for controls: what `clean.line` makes of a byte, but for the case."""
_OCTAL = re.compile(rb"(?:\\[0-3][0-7]{2})+")
_ESCAPES = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?|\xef\xb8[\x80-\x8f]"
)
_HIDDEN = re.compile(rb"\xc2[\x80-\x9f\xad]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf")
OF_SSHD = re.compile(
    r"[A-Z\d]\S+ (?: ?\d+ [\d:.]+ )?(?:[\w.:-]+ )?sshd(?:-session|-auth)?\[(?P<pid>\d+)\]: (?P<text>.*)"
)
"""A line of sshd in a system log."""
PLAIN_OF_SSHD = re.compile(
    (OF_SSHD.pattern.replace(r"\S", r"[!-\[\]-~]").replace(".*", r"[ -\[\]-~]*") + r"\r?$").encode()
)
"""One of printable letters only, of which the border takes nothing away."""
_CUT = re.compile(
    re.sub(r"\\d\+|\(\?<!.*?\)", "", CUT.pattern).replace(r"\S+", r"\S*").lower().replace(r"\s", r"\S").encode()
)
"""The shapes of messages that may have been cut."""
_ODD = re.compile(
    rb"[a-z_]+=|\{|.*(?:unreachable!|private key|roxy|\[preauth\]|sshd)|connection from |server listening on|"
    rb"unable to load host|debug: open|" + SERVER_DEBUG.pattern.replace(r"\d", "").lower().encode()
)
"""What is more than a message of ssh: a journal's field, a task of Ansible, a key, a jump host, words of sshd."""

Of = Literal["any", "debug", "plain", "sshd"]
"""Whose messages: ssh's debug lines, its other ones, sshd's in a system log; or all that there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What a line may be, by its shape."""

    of: Of
    knows: Table | None = None
    """Those of their messages that it may be; None where it is surely none of them."""


class Spoken(NamedTuple):
    """A line of ssh, read."""

    said: Said
    dress: tuple[str, ...]


_ANY, _CR, _BARE = Kind("any"), ("cr",), ()


class Shapes:
    """Tells what lines may be, and reads those that are simple."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, Kind | None] = {}
        self._room = ROOM
        self._spoken: dict[bytes, Spoken] = {}
        self._among_few: dict[tuple[Of, frozenset[str]], Kind] = {}

    def sort(self, rows: list[bytes]) -> list[Spoken | Kind | None]:
        """What each line is or may be; None for one that holds no word of any message."""
        found: list[Spoken | Kind | None] = list(map(self._spoken.get, rows))
        rest = [number for number, line in enumerate(found) if line is None]
        for number, kind in zip(rest, self._kind_of([rows[number] for number in rest]), strict=True):
            if kind is not None:
                found[number] = (self._read(rows[number], kind) if kind.of in ("debug", "plain") else None) or kind
        return found

    def _kind_of(self, rows: list[bytes]) -> Iterator[Kind | None]:
        shapes = _bare(rows)
        every = set(shapes)
        new = every.difference(self._kinds)
        if new:
            size = sum(map(len, new)) + 100 * len(new)
            if size > self._room:
                self._kinds, self._room, new = {}, ROOM, every
            self._room -= size
            self._learn(new)
        return map(self._kinds.__getitem__, shapes)

    def _learn(self, new: set[bytes]) -> None:
        kinds = self._kinds
        kinds.update((shape, self._kind(shape) if b"sshd" in shape else None) for shape in new)
        text = b"\n%b\n" % b"\n".join(shape for shape in new if kinds[shape] is None)
        for begin in fragments.lines(text):
            shape = text[begin : text.index(b"\n", begin)]
            if kinds[shape] is None:
                kinds[shape] = self._kind(shape)

    def _kind(self, shape: bytes) -> Kind:
        before, named, text = shape.partition(b"[]: ")
        if named:
            return self._among("sshd", text) if b"sshd" in before else _ANY
        if _ODD.match(shape):
            return _ANY
        if shape.startswith(b"debug: "):
            return self._among("debug", shape)
        kind = self._among("plain", shape)
        return kind if kind.knows and not _CUT.match(shape.rstrip(b"\r")) else _ANY

    def _among(self, of: Of, shape: bytes) -> Kind:
        """Those messages of one table whose words stand in a shape."""
        ids = fragments.among(of, shape)
        kind = self._among_few.get((of, ids))
        if kind is None:
            whole = _table(of)
            few = whole.few(ids) if len(self._among_few) < FEW else whole
            self._among_few[of, ids] = kind = Kind(of, few if ids else None)
        return kind

    def _read(self, row: bytes, kind: Kind) -> Spoken | None:
        """A line of ssh, if it is one that needs no more than reading."""
        line = self._spoken.get(row)
        if line is None and len(row) <= LONGEST and (line := _spoken(row, kind)):
            if len(self._spoken) > MOST:
                self._spoken.clear()
            self._spoken[row] = line
        return line


def _table(of: Of) -> Table:
    return serverlines.table("sshd") if of == "sshd" else sshlines.debug() if of == "debug" else sshlines.plain()


def _bare(rows: list[bytes]) -> list[bytes]:
    raw = b"\n".join(rows)
    if b"\\" in raw:
        raw = _OCTAL.sub(_unoctal, raw)
    if b"\x1b" in raw or not raw.isascii():
        raw = _HIDDEN.sub(b" ", _ESCAPES.sub(b"", raw))
    return raw.translate(_LETTERS, b"0123456789").split(b"\n") if rows else []


def _unoctal(found: re.Match[bytes]) -> bytes:
    letters = bytes(int(part, 8) for part in found[0].split(b"\\")[1:])
    return letters.replace(b"\r", b" ").replace(b"\n", b" ")


def _spoken(row: bytes, kind: Kind) -> Spoken | None:
    text = row.removesuffix(b"\r").decode("utf-8", "replace")
    odd = not text.isascii() or not text.isprintable() or "\\" in text
    if odd or (kind.of == "debug" and not text.startswith(DEBUG)):
        return None
    said = sshlog.recognise(text, kind.knows)
    return Spoken(said, _CR if row.endswith(b"\r") else _BARE) if said.id or said.own else None
