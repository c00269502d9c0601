"""One connection through the relay, without a socket: it outlives the websockets that carry it.

Each side keeps what it has sent until the other confirms it. After a broken websocket the client names the bytes that
have come to it, the relay those that have come to the relay, and both go on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sshwizard.cloud.gcp.iap import frames
from sshwizard.cloud.gcp.iap.frames import Malformed

ACK_AFTER = 2 * frames.MOST
"""Bytes that may come unconfirmed before we confirm them."""
HELD_MOST = 32 << 20
"""Bytes that we keep unconfirmed: far above what a relay leaves open, and no reason to fill the memory."""
_BATCH = 16


class Odd(Exception):
    """The other end breaks the protocol."""


class LongClose(Exception):
    """The relay ends the connection by a message: code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(slots=True)
class Session:
    """The client's half."""

    sid: str = ""
    """The relay's name for it; empty until it has answered."""
    up: bool = False
    """Whether a websocket is there that the relay has welcomed."""
    received: int = 0
    confirmed: int = 0
    """Bytes of ours that the relay has confirmed: where `_held` begins."""
    _told: int = 0
    """Bytes received that we have confirmed."""
    _sent: int = 0
    """Where the stream stands on this websocket."""
    _furthest: int = 0
    """How far it was ever sent."""
    _held: bytearray = field(default_factory=bytearray)

    @property
    def room(self) -> int:
        """Bytes that `send` still takes."""
        return max(0, HELD_MOST - len(self._held))

    @property
    def pending(self) -> bool:
        """Whether `take` has anything to send."""
        return self.up and (self._due() or self._sent < self.confirmed + len(self._held))

    def send(self, chunk: bytes) -> None:
        """Bytes for the VM, also while no websocket is there."""
        self._held += chunk

    def take(self) -> list[bytes]:
        """The next messages to send, in order; nothing while no websocket is there."""
        if not self.up:
            return []
        found = []
        if self._due():
            self._told = self.received
            found.append(frames.ack(self.received))
        for _ in range(_BATCH):
            start = self._sent - self.confirmed
            chunk = bytes(self._held[start : start + frames.MOST])
            if not chunk:
                break
            found.append(frames.data(chunk))
            self._sent += len(chunk)
        self._furthest = max(self._furthest, self._sent)
        return found

    def got(self, raw: bytes) -> bytes:
        """A message has come; returns the bytes for ssh in it. Raises Odd or LongClose."""
        try:
            frame = frames.read(raw)
        except Malformed as error:
            raise Odd(str(error)) from None
        if frame.kind in {"data", "ack"} and not self.up:
            raise Odd(f"{frame.kind} came before the connection stood")
        match frame.kind:
            case "data":
                self.received += len(frame.data)
                return frame.data
            case "ack":
                self._confirm(frame.number, self._sent)
            case "sid":
                self._begin(frame.data)
            case "reconnected":
                self._resume(frame.number)
            case "long-close":
                raise LongClose(frame.number, frame.data.decode("utf-8", "replace"))
        return b""

    def dropped(self) -> int:
        """The websocket is gone; returns the bytes that have come, which the next one is told."""
        self.up = False
        self._told = self.received
        return self.received

    def _due(self) -> bool:
        return self.received - self._told > ACK_AFTER

    def _begin(self, sid: bytes) -> None:
        if self.sid:
            raise Odd("a second session id came")
        if not sid or not sid.isascii():
            raise Odd("the session id is not readable")
        self.sid = sid.decode("ascii")
        self.up = True

    def _resume(self, number: int) -> None:
        if self.up or not self.sid:
            raise Odd("the relay continued what had not been broken")
        self._confirm(number, self._furthest)
        self._sent = self.confirmed
        self.up = True

    def _confirm(self, number: int, most: int) -> None:
        if number < self.confirmed:
            raise Odd(f"an acknowledgement goes back from {self.confirmed} to {number} bytes")
        if number > most:
            raise Odd(f"{number} bytes are acknowledged, and {most} were sent")
        del self._held[: number - self.confirmed]
        self.confirmed = number
