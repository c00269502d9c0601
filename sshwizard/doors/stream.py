"""The two halves of a reliable stream over messages that may be lost, doubled or late. Pure: time comes as a number.

Constants: session-manager-plugin, config/config.go (retransmission as in RFC 6298, with other bounds).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sshwizard.doors.message import Message

WINDOW = 256
"""Messages on their way at once."""
AHEAD = 10_000
"""Numbers beyond the expected one that are kept and acknowledged."""
TRIES = 3000
"""Resends of one message, which is five minutes."""
_FIRST, _LONGEST, _GRAIN = 0.2, 1.0, 0.01
"""Seconds: the time to a resend before anything was measured, at most, and the least above the mean."""


@dataclass(slots=True)
class Clock:
    """How long an acknowledgement takes, and so when to send again."""

    mean: float = 0.0
    spread: float = 0.0

    @property
    def patience(self) -> float:
        if not self.mean:
            return _FIRST
        return min(_LONGEST, self.mean + max(_GRAIN, 4 * self.spread))

    def measured(self, seconds: float) -> None:
        """One acknowledgement took so long (RFC 6298, 2.2 and 2.3)."""
        if not self.mean:
            self.mean, self.spread = seconds, seconds / 2
        else:
            self.spread = 0.75 * self.spread + 0.25 * abs(self.mean - seconds)
            self.mean = 0.875 * self.mean + 0.125 * seconds


@dataclass(slots=True)
class _Sent:
    raw: bytes
    first: float
    last: float
    tries: int = 0


@dataclass(slots=True)
class Outgoing:
    """What was sent and not yet acknowledged, in the order of the numbers."""

    clock: Clock = field(default_factory=Clock)
    number: int = 0
    """The next message's."""
    held: dict[int, _Sent] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """Messages that may still be sent."""
        return WINDOW - len(self.held)

    def sent(self, raw: bytes, now: float) -> None:
        """The message with the next number is on its way."""
        self.held[self.number] = _Sent(raw, now, now)
        self.number += 1

    def acknowledged(self, number: int, now: float) -> None:
        """It has come. What was sent twice measures nothing: which of the two was it (Karn)?"""
        found = self.held.pop(number, None)
        if found is not None and not found.tries:
            self.clock.measured(now - found.first)

    def due(self, now: float) -> bytes | None:
        """The oldest message again, once it has waited long enough. Raises TimeoutError after five minutes."""
        oldest = next(iter(self.held.values()), None)
        if oldest is None or now - oldest.last < self.clock.patience:
            return None
        if oldest.tries >= TRIES:
            raise TimeoutError
        oldest.tries += 1
        oldest.last = now
        return oldest.raw


Kept = TypeVar("Kept", bound=Message)


@dataclass(slots=True)
class Incoming(Generic[Kept]):
    """What has come too early, until what is missing has come."""

    expected: int = 0
    early: dict[int, Kept] = field(default_factory=dict)

    def takes(self, number: int) -> bool:
        """Whether it is to be acknowledged: what came before, too, for its acknowledgement may have been lost."""
        return 0 <= number < self.expected + AHEAD

    def arrived(self, message: Kept) -> list[Kept]:
        """The messages whose turn it is now, in order."""
        if not self.takes(message.number) or message.number < self.expected:
            return []
        self.early.setdefault(message.number, message)
        turn = []
        while (found := self.early.pop(self.expected, None)) is not None:
            turn.append(found)
            self.expected += 1
        return turn
