"""Session Manager's data channel from the client's side, without a socket: messages in, messages and events out.

Source: session-manager-plugin, sessionmanagerplugin/session and datachannel. What is new here is only the shape: time
and randomness are arguments, and nothing waits.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sshwizard.doors import message
from sshwizard.doors.message import Garbled, Message
from sshwizard.doors.sealed import NewKey, Sealed, Unsealed, client
from sshwizard.doors.stream import Incoming, Outgoing

CLIENT_VERSION = "1.2.0.0"
PIECE = 1024
"""Bytes of one message at most."""
_DONE, _FAILED, _UNSUPPORTED = 1, 2, 3

_KMS = "KMSEncryption"

Kind = Literal["ready", "data", "error", "refused", "encrypted", "closed", "lost"]


@dataclass(frozen=True, slots=True)
class Event:
    """What came of a message: `ready`, bytes from the instance (`data`, `error`), or an end: the instance `refused` the
    port, the session is `encrypted` and we have no key of it, it was `closed`, or nobody acknowledges any more
    (`lost`)."""

    kind: Kind
    data: bytes = b""
    """For ready and closed: what the other side says to people; for encrypted: why there is no key."""


def opening(token: str, client: str, request: str) -> str:
    """The first frame, which is text."""
    return json.dumps({
        "MessageSchemaVersion": "1.0", "RequestId": request, "TokenValue": token, "ClientId": client,
        "ClientVersion": CLIENT_VERSION,
    })  # fmt: skip


@dataclass(slots=True)
class Channel:
    """One session. After every call, `outbox` holds the messages to be written; take them with `drain`.

    `now` is in seconds since the epoch, of a clock that never goes back.
    """

    new_id: Callable[[], uuid.UUID] = uuid.uuid4
    outgoing: Outgoing = field(default_factory=Outgoing)
    incoming: Incoming[Message] = field(default_factory=Incoming)
    new_key: NewKey | None = None
    """Asked where the account encrypts its sessions with a key of KMS. It may wait."""
    sealed: Sealed | None = field(default=None, repr=False)
    ready: bool = False
    over: bool = False
    paused: bool = False
    outbox: list[bytes] = field(default_factory=list)

    def drain(self) -> list[bytes]:
        """What is to be written now."""
        drained, self.outbox = self.outbox, []
        return drained

    @property
    def room(self) -> int:
        """Bytes that `send` would take now."""
        return PIECE * max(0, self.outgoing.room) if self.ready and not (self.paused or self.over) else 0

    def send(self, data: bytes, now: float) -> None:
        """Input for the instance. Not more than `room` says."""
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self._put(message.DATA, self.sealed.seal(piece) if self.sealed else piece, now)

    def resize(self, columns: int, rows: int, now: float) -> None:
        """The person's terminal has this size."""
        self._put(message.SIZE, json.dumps({"cols": columns, "rows": rows}).encode(), now)

    def end(self, now: float) -> None:
        """We end the session."""
        if not self.over:
            self._put(message.FLAG, message.u32(message.TERMINATE), now)
            self.over = True

    def tick(self, now: float) -> list[Event]:
        """Send again what is overdue. To be called every few hundredths of a second."""
        if self.paused or self.over:
            return []
        try:
            again = self.outgoing.due(now)
        except TimeoutError:
            self.over = True
            return [Event("lost")]
        if again is not None:
            self.outbox.append(again)
        return []

    def received(self, raw: bytes, now: float) -> list[Event]:
        """What one frame means. A garbled one means nothing: its sender sends it again."""
        try:
            return self._received(message.decode(raw), now)
        except Garbled:
            return []
        except Unsealed as wrong:
            self.over = True
            return [Event("encrypted", str(wrong).encode())]

    def _received(self, came: Message, now: float) -> list[Event]:
        match came.type:
            case message.OUTPUT:
                if not self.incoming.takes(came.number):
                    return []
                self.outbox.append(message.acknowledge(came, self.new_id(), int(now * 1000)).encode())
                return [event for one in self.incoming.arrived(came) for event in self._in_turn(one, now)]
            case message.ACKNOWLEDGE:
                number = message.told(came).get("AcknowledgedMessageSequenceNumber")
                if isinstance(number, int):
                    self.outgoing.acknowledged(number, now)
            case message.PAUSE:
                self.paused = True
            case message.START:
                self.paused = False
            case message.CLOSED:
                self.over = True
                return [Event("closed", _says(came, "Output"))]
        return []

    def _in_turn(self, came: Message, now: float) -> list[Event]:
        match came.payload_type:
            case message.HANDSHAKE_REQUEST:
                return self._handshake(message.told(came), now)
            case message.CHALLENGE if self.sealed:
                self._prove(message.told(came), self.sealed, now)
            case message.HANDSHAKE_COMPLETE:
                self.ready = True
                return [Event("ready", _says(came, "CustomerMessage"))]
            case message.DATA | message.ERROR:
                kind: Kind = "data" if came.payload_type == message.DATA else "error"
                first = [] if self.ready else [Event("ready")]  # agents before 2.3.722 shake no hands
                self.ready = True
                return [*first, Event(kind, self.sealed.open(came.payload) if self.sealed else came.payload)]
            case message.FLAG if message.flag(came) == message.PORT_REFUSED:
                self.over = True
                return [Event("refused")]
        return []

    def _handshake(self, asked: dict[str, Any], now: float) -> list[Event]:
        """Agree to what we can; a session that is to be encrypted needs a data key of KMS first."""
        wanted = asked.get("RequestedClientActions")
        done = [self._processed(one) for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
        errors = [one["Error"] for one in done if one["Error"]]
        answer = {"ClientVersion": CLIENT_VERSION, "ProcessedClientActions": done, "Errors": errors}
        self._put(message.HANDSHAKE_RESPONSE, json.dumps(answer).encode(), now)
        failed = next((one for one in done if one["ActionType"] == _KMS and one["ActionStatus"] != _DONE), None)
        if failed is None:
            return []
        self.over = True
        return [Event("encrypted", failed["Error"].encode("utf-8", "replace"))]

    def _processed(self, action: dict[str, Any]) -> dict[str, Any]:
        """What becomes of one thing that the agent asks for."""
        kind, status, result, why = str(action.get("ActionType", "")), _DONE, None, ""
        if kind == _KMS and self.new_key:
            given = action.get("ActionParameters")
            told = self.new_key(str(given.get("KMSKeyId", "")) if isinstance(given, dict) else "")
            if isinstance(told, str):
                status, why = _FAILED, told
            else:
                self.sealed = client(told[1])
                result = {"KMSCipherTextKey": base64.b64encode(told[0]).decode()}
        elif kind != "SessionType":
            status, why = _UNSUPPORTED, f"Unsupported action {kind}"
        return {"ActionType": kind, "ActionStatus": status, "ActionResult": result, "Error": why}

    def _prove(self, asked: dict[str, Any], sealed: Sealed, now: float) -> None:
        """Both sides have the key: what the agent encrypted goes back, encrypted by us. Raises Unsealed."""
        try:
            plain = sealed.open(base64.b64decode(str(asked.get("Challenge", "")), validate=True))
        except ValueError as wrong:
            raise Unsealed(str(wrong)) from None
        answer = {"Challenge": base64.b64encode(sealed.seal(plain)).decode()}
        self._put(message.CHALLENGE_ANSWER, json.dumps(answer).encode(), now)

    def _put(self, kind: int, payload: bytes, now: float) -> None:
        number, created = self.outgoing.number, int(now * 1000)
        raw = Message(message.INPUT, number, payload, kind, 0, self.new_id(), created).encode()
        self.outgoing.sent(raw, now)
        self.outbox.append(raw)


def _says(came: Message, name: str) -> bytes:
    """A text for people; an end without one is an end all the same."""
    try:
        return str(message.told(came).get(name) or "").encode("utf-8", "replace")
    except Garbled:
        return b""
