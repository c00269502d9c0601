"""What the bytes of a text are: their encoding, their line ends, or no text at all."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

SNIFFED = 4096
"""Bytes from the beginning that decide."""

_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\x00", b"BZh")
_BINARY = [bytes((byte,)) for byte in (*range(9), 11, 12, *range(14, 27), *range(28, 32))]
"""Bytes that no text holds: controls other than tab, line ends and escape."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a text is to be read."""

    decoder: codecs.IncrementalDecoder | None = None
    """What makes letters of it, where it is not UTF-8."""
    lone_cr: bool = False
    """True when carriage returns alone part its lines."""
    odd: str = ""
    """What it is, where it is no text: a sentence."""


def sniff(head: bytes) -> Form:
    """The form of a text that begins with `head`. PowerShell's redirections write UTF-16."""
    name = ""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        name = "utf-16"
    elif head[:3] == b"\xef\xbb\xbf":
        name = "utf-8-sig"
    elif len(head) > 7 and head[1::2].count(0) > len(head) * 0.4 and head[0::2].count(0) < len(head) * 0.05:
        name = "utf-16-le"
    if name:
        return Form(codecs.getincrementaldecoder(name)("replace"))
    odd = ""
    if head.startswith(_PACKED):
        odd = "the file is compressed; unpack it first, for example: zcat FILE | sshwizard explain -"
    elif len(head) > 63 and sum(head.count(byte) for byte in _BINARY) > len(head) * 0.1:
        odd = "this is binary data, not a log"
    return Form(lone_cr=b"\n" not in head and b"\r" in head, odd=odd)
