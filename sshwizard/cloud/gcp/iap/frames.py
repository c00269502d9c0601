"""The messages of the relay's subprotocol: a tag of two bytes, then what belongs to it, all big-endian.

Source: Google Cloud SDK 528, iap_tunnel_websocket_utils.py. LONG_CLOSE is not known there; its layout is assumed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

SUBPROTOCOL = "relay.tunnel.cloudproxy.app"
MOST = 16_384
"""Bytes of data in a message."""

SID, RECONNECTED, DATA, ACK, LONG_CLOSE = 0x0001, 0x0002, 0x0004, 0x0007, 0x000A
Kind = Literal["sid", "reconnected", "data", "ack", "long-close", "other"]
_KINDS: dict[int, Kind] = {
    SID: "sid", RECONNECTED: "reconnected", DATA: "data", ACK: "ack", LONG_CLOSE: "long-close",
}  # fmt: skip
_TAG, _LENGTH, _COUNT = struct.Struct(">H"), struct.Struct(">I"), struct.Struct(">Q")


class Malformed(Exception):
    """A message that is shorter than it says."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, read."""

    kind: Kind
    data: bytes = b""
    """The bytes of `data`, the id of `sid`, the reason of `long-close`."""
    number: int = 0
    """The bytes that `ack` and `reconnected` confirm, the code of `long-close`."""


def data(chunk: bytes | memoryview) -> bytes:
    """A message that carries bytes, at most MOST."""
    return b"".join((_TAG.pack(DATA), _LENGTH.pack(len(chunk)), chunk))


def ack(received: int) -> bytes:
    """A message that confirms all bytes that have come so far."""
    return _TAG.pack(ACK) + _COUNT.pack(received)


def read(raw: bytes) -> Frame:
    """What a message says. What follows behind it is left out, as Google's client does. Raises Malformed."""
    try:
        (tag,) = _TAG.unpack_from(raw)
        kind = _KINDS.get(tag, "other")
        match kind:
            case "sid" | "data":
                return Frame(kind, _text(raw, 2))
            case "ack" | "reconnected":
                return Frame(kind, number=_COUNT.unpack_from(raw, 2)[0])
            case "long-close":
                return Frame(kind, _text(raw, 6), _LENGTH.unpack_from(raw, 2)[0])
    except struct.error:
        raise Malformed(f"a message of {len(raw)} bytes is too short") from None
    return Frame(kind)


def _text(raw: bytes, at: int) -> bytes:
    (length,) = _LENGTH.unpack_from(raw, at)
    start = at + _LENGTH.size
    if len(raw) < start + length:
        raise Malformed(f"a message promises {length} bytes and has {len(raw) - start}")
    return raw[start : start + length]
