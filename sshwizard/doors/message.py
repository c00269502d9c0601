"""One message of Session Manager's data channel, as bytes and as parts.

Layout: amazon-ssm-agent and session-manager-plugin, message/message.go: big-endian, a header of 116 bytes with the
payload's type at its end (112 bytes and no type in channel_closed), then the payload's length and the payload.
"""

from __future__ import annotations

import hashlib
import json
import struct
import uuid
from dataclasses import dataclass
from typing import Any

INPUT, OUTPUT, ACKNOWLEDGE = "input_stream_data", "output_stream_data", "acknowledge"
CLOSED, PAUSE, START = "channel_closed", "pause_publication", "start_publication"

DATA, ERROR, SIZE, HANDSHAKE_REQUEST, HANDSHAKE_RESPONSE, HANDSHAKE_COMPLETE, FLAG = 1, 2, 3, 5, 6, 7, 10
CHALLENGE, CHALLENGE_ANSWER = 8, 9
"""Types of payloads."""
TERMINATE, PORT_REFUSED = 2, 3
"""Payloads of FLAG, as u32: the client ends the session; the instance refused the connection to the port."""

_VERSION = 1
_LONG, _SHORT = 116, 112
_HEAD = struct.Struct(">I32sIQqQ16s32s")
_U32 = struct.Struct(">I")
_NOBODY = uuid.UUID(int=0)
_MOST = 1 << 20
"""Bytes of a payload that are believed; agents send 1,024."""


class Garbled(ValueError):
    """Not a message of the data channel."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    type: str
    number: int = 0
    """The sequence number; counts only in input_stream_data and output_stream_data."""
    payload: bytes = b""
    payload_type: int = 0
    flags: int = 0
    id: uuid.UUID = _NOBODY
    created: int = 0
    """Milliseconds since the epoch."""

    def encode(self) -> bytes:
        """As bytes."""
        short = self.type == CLOSED
        head = _HEAD.pack(
            _SHORT if short else _LONG, self.type.encode("ascii").ljust(32), _VERSION, self.created, self.number,
            self.flags, _swapped(self.id.bytes), hashlib.sha256(self.payload).digest(),
        )  # fmt: skip
        kind = b"" if short else _U32.pack(self.payload_type)
        return b"".join((head, kind, _U32.pack(len(self.payload)), self.payload))


def decode(raw: bytes) -> Message:
    """The message. Raises Garbled when it is none, is cut short, or its digest is another payload's."""
    try:
        length, name, _, created, number, flags, id_, digest = _HEAD.unpack_from(raw)
        if length not in (_SHORT, _LONG):
            raise Garbled(f"a header of {length} bytes")
        kind = _U32.unpack_from(raw, _SHORT)[0] if length == _LONG else 0
        size = _U32.unpack_from(raw, length)[0]
        type_ = name.decode("ascii").strip(" \0")
    except (struct.error, UnicodeDecodeError) as error:
        raise Garbled(str(error)) from None
    payload = raw[length + 4 : length + 4 + size]
    if size > _MOST or len(payload) != size:
        raise Garbled(f"a payload of {len(payload)} bytes, which says {size}")
    # An empty payload has no digest with some agents.
    if payload and digest != hashlib.sha256(payload).digest():
        raise Garbled("the payload is not the one that was sent")
    return Message(type_, number, bytes(payload), kind, flags, uuid.UUID(bytes=_swapped(id_)), created)


def _swapped(id_: bytes) -> bytes:
    """The agent writes the lower half of a UUID first."""
    return id_[8:] + id_[:8]


def acknowledge(seen: Message, id_: uuid.UUID, created: int) -> Message:
    """What says that `seen` has come."""
    told = {
        "AcknowledgedMessageType": seen.type,
        "AcknowledgedMessageId": str(seen.id),
        "AcknowledgedMessageSequenceNumber": seen.number,
        "IsSequentialMessage": True,
    }
    return Message(ACKNOWLEDGE, 0, json.dumps(told).encode(), 0, 3, id_, created)


def told(message: Message) -> dict[str, Any]:
    """The JSON object of a payload. Raises Garbled."""
    try:
        found = json.loads(message.payload)
    except (ValueError, RecursionError) as error:
        raise Garbled(str(error)) from None
    if not isinstance(found, dict):
        raise Garbled("no JSON object")
    return found


def flag(message: Message) -> int:
    """The number in a FLAG payload; 0 when it holds none."""
    return int(_U32.unpack(message.payload)[0]) if len(message.payload) == _U32.size else 0


def u32(number: int) -> bytes:
    """A FLAG payload."""
    return _U32.pack(number)
