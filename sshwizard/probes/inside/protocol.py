"""What the look inside a server answers, line by line. Pure.

Each line of ours is `NONCE key xHEX xHEX …`. The nonce is drawn for one look and travels on standard input only, so
neither a banner, a start-up file nor a file's content can make such a line; and each value is hexadecimal digits, so
what it holds can end neither its field nor its line.
"""

from __future__ import annotations

import binascii
import re
import shlex
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LARGEST = 2 << 20
"""Bytes of an answer that are read; a server that sends more is cut off there."""
MOST = 4000
"""Rows that are kept."""

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a look, by key and in order."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    begun: bool = False
    whole: bool = False
    """True when the last line came, too: what is missing was then looked for."""

    def all(self, key: str) -> tuple[Row, ...]:
        """Every row of a key."""
        return self.rows.get(key, ())

    def first(self, key: str) -> Row:
        """The first row of a key; empty when there is none."""
        return next(iter(self.all(key)), ())

    def text(self, key: str, at: int = 0) -> str:
        """One value of the first row of a key, or nothing."""
        row = self.first(key)
        return row[at] if at < len(row) else ""


def read(raw: bytes, nonce: str) -> Answer:
    """The rows of an answer; whatever else the server wrote is passed over."""
    rows: dict[str, list[Row]] = {}
    kept = 0
    for line in unpacked(raw[:LARGEST], nonce).split(b"\n"):
        words = line.decode("ascii", "replace").split(" ")
        if words[0] != nonce or len(words) < 2 or kept >= MOST:
            continue
        values = [_value(word) for word in words[2:]]
        if all(value is not None for value in values):
            rows.setdefault(words[1], []).append(tuple(value or "" for value in values))
            kept += 1
    frozen = {key: tuple(found) for key, found in rows.items()}
    return Answer(frozen, "begin" in frozen, "end" in frozen)


def unpacked(raw: bytes, nonce: str) -> bytes:
    """The lines of an answer that came packed (base64 of gzip), up to LARGEST; one that did not is left as it is."""
    hit = re.search(rb"^" + re.escape(nonce.encode()) + rb" packed x([A-Za-z0-9+/=]+)", raw, re.M)
    if hit is None:
        return raw
    digits = hit[1].rstrip(b"=")
    digits = digits[: len(digits) - (len(digits) % 4 == 1)]
    reader = zlib.decompressobj(wbits=31)
    try:
        return reader.decompress(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)), LARGEST)
    except (zlib.error, binascii.Error):
        return b""


def _value(word: str) -> str | None:
    if not word.startswith("x"):
        return None
    try:
        return bytes.fromhex(word[1:]).decode("utf-8", "replace")
    except ValueError:  # cut in the middle
        return None


def script(
    nonce: str, login: str, port: int, *, address: str = "", direct: bool = False, room: int = 0, only: str = ""
) -> bytes:
    """The whole script with what it is asked about in front. `room`: the most characters that the way back carries;
    `only`: `packages` for nothing else than their versions."""
    asked = {
        "N": nonce, "LOGIN": login, "ADDRESS": address, "PORT": str(port), "WAY": "direct" if direct else "door",
        "ROOM": str(room or ""), "ONLY": only,
    }  # fmt: skip
    head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in asked.items())
    place = Path(__file__).parents[2] / "data"
    parts = (place.joinpath(name).read_text("utf-8") for name in ("inside-packages.sh", "inside.sh"))
    return (head + "".join(parts)).encode()


REMOTE = (
    """sh -c 'if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; """
    """then exec sudo -n sh -s -- "$SSH_CONNECTION"; else exec sh -s -- "$SSH_CONNECTION"; fi'"""
)
"""As root where sudo lets it without a question; any login shell understands it."""
