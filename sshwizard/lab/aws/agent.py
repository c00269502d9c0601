"""The agent's end of Session Manager's data channel: it shakes hands, relays to the instance's SSH server or to a
shell, and loses, doubles or delays messages where a test asked for it.

Source: amazon-ssm-agent, agent/session.
"""

from __future__ import annotations

import base64
import hmac
import json
import random
import secrets
import socket
import threading
import time
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from sshwizard.doors import message
from sshwizard.doors.message import Garbled, Message
from sshwizard.doors.sealed import Sealed
from sshwizard.doors.stream import Incoming, Outgoing
from sshwizard.lab.aws.machines import Machines
from sshwizard.lab.aws.state import Lab, Oddities, Opened
from sshwizard.lab.aws.terminal import Shell
from sshwizard.lab.bench import LOOPBACK

_PIECE = 1024
_BEAT = 0.02
_TOKEN_SECONDS = 5
_SESSION_KEY = "alias/sessions"
"""The key of KMS that the account encrypts its sessions with, where a test asked for that."""


class Agents:
    """The agents of all instances."""

    PATH = "/v1/data-channel/"

    def __init__(self, lab: Lab, machines: Machines) -> None:
        self._lab, self._machines = lab, machines

    def serve(self, connection: ServerConnection, path: str) -> None:
        """One session, if the first frame holds its token."""
        opened = self._lab.opened.get(urlsplit(path).path.removeprefix(self.PATH))
        try:
            first = json.loads(connection.recv(timeout=_TOKEN_SECONDS))
            known = opened is not None and hmac.compare_digest(opened.token, first["TokenValue"])
        except (ValueError, KeyError, TypeError, TimeoutError, ConnectionClosed):
            known = False
        if opened is None or not known:
            connection.close(1008, "the token is not valid")
            return
        with suppress(ConnectionClosed):
            session = _Session(connection, self._lab.streams, opened, self._machines.server(opened.instance))
            session.begins = tuple(self._lab.shells.get(opened.instance, ()))
            session.run()


class _Session:
    """One client. `run` reads what it sends; a second thread sends what the SSH server says."""

    def __init__(self, connection: ServerConnection, odd: Oddities, opened: Opened, server: int | None) -> None:
        self._connection, self._odd, self._opened, self._server = connection, odd, opened, server
        self._turn = threading.Condition()
        self._outgoing = Outgoing()
        self._incoming: Incoming[Message] = Incoming()
        self._chance = random.Random(7)
        self._late: bytes | None = None
        self._line: socket.socket | Shell | None = None
        self._over = False
        self._paused_at = 0.0
        self._sealed: Sealed | None = None
        self._challenge = b""
        self.begins: tuple[str, ...] = ()

    def run(self) -> None:
        if self._odd.agent == "silent":
            with suppress(TimeoutError):
                self._connection.recv(timeout=self._odd.seconds)
            return
        kind = "Port" if self._opened.port else "Standard_Stream"
        actions = [{"ActionType": "SessionType", "ActionParameters": {"SessionType": kind, "Properties": None}}]
        if self._odd.agent == "encrypt":
            actions.append({"ActionType": "KMSEncryption", "ActionParameters": {"KMSKeyId": _SESSION_KEY}})
        asked = {"AgentVersion": "3.3.2299.0", "RequestedClientActions": actions}
        self._put(message.HANDSHAKE_REQUEST, json.dumps(asked).encode())
        try:
            while not self._over:
                self._beat()
        finally:
            self._over = True
            with self._turn:
                self._turn.notify_all()
                line = self._line
            if line:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _beat(self) -> None:
        """Read what has come, and send again what is overdue."""
        try:
            raw = self._connection.recv(timeout=_BEAT)
        except TimeoutError:
            raw = b""
        with self._turn:
            if raw and not self._lost():
                for one in (raw, raw)[: 2 if self._chance.random() < self._odd.doubled else 1]:
                    self._received(one if isinstance(one, bytes) else one.encode())
            if again := self._outgoing.due(time.monotonic()):
                self._send(again)
            if self._paused_at and time.monotonic() - self._paused_at > self._odd.hold:
                self._paused_at, self._odd.hold = 0.0, 0.0
                self._connection.send(Message(message.START).encode())
            self._turn.notify_all()

    def _received(self, raw: bytes) -> None:
        try:
            came = message.decode(raw)
            if came.type == message.ACKNOWLEDGE:
                number = message.told(came)["AcknowledgedMessageSequenceNumber"]
                self._outgoing.acknowledged(number, time.monotonic())
                return
        except (Garbled, KeyError):
            return
        if came.type != message.INPUT or not self._incoming.takes(came.number):
            return
        self._send(message.acknowledge(came, uuid.uuid4(), _now()).encode())
        for one in self._incoming.arrived(came):
            self._in_turn(one)

    def _in_turn(self, came: Message) -> None:
        match came.payload_type:
            case message.HANDSHAKE_RESPONSE:
                if self._odd.agent == "encrypt":
                    self._seal(message.told(came))
                else:
                    self._begin()
            case message.CHALLENGE_ANSWER if self._sealed:
                if self._sealed.open(base64.b64decode(message.told(came)["Challenge"])) == self._challenge:
                    self._begin()
            case message.DATA if self._line:
                with suppress(OSError):
                    self._line.sendall(self._sealed.open(came.payload) if self._sealed else came.payload)
                if self._odd.hold and not self._paused_at:
                    self._paused_at = time.monotonic()
                    self._connection.send(Message(message.PAUSE).encode())
            case message.SIZE if isinstance(self._line, Shell):
                size = message.told(came)
                self._line.resize(int(size["cols"]), int(size["rows"]))
            case message.FLAG if message.flag(came) == message.TERMINATE:
                self._over = True

    def _begin(self) -> None:
        told = {"HandshakeTimeToComplete": 1_000_000, "CustomerMessage": ""}
        self._put(message.HANDSHAKE_COMPLETE, json.dumps(told).encode())
        self._open()

    def _seal(self, told: dict[str, Any]) -> None:
        """Take the data key out of its encrypted copy, and see that the client has it, too."""
        done = {one["ActionType"]: one for one in told["ProcessedClientActions"]}["KMSEncryption"]
        if done["ActionStatus"] != 1:
            self._over = True
            return
        key = self._opened.decrypt(base64.b64decode(done["ActionResult"]["KMSCipherTextKey"]))
        self._sealed = Sealed(key[32:], key[:32])
        self._challenge = secrets.token_bytes(64)
        sealed = base64.b64encode(self._sealed.seal(self._challenge)).decode()
        self._put(message.CHALLENGE, json.dumps({"Challenge": sealed}).encode())

    def _open(self) -> None:
        """Connect to the port of the session, or run a shell."""
        if self._odd.agent == "close":
            said = json.dumps({"Output": "The session was closed by the administrator."}).encode()
            self._connection.send(Message(message.CLOSED, payload=said).encode())
            self._over = True
            return
        try:
            self._line = Shell(self.begins) if not self._opened.port else self._connect()
        except OSError:
            self._put(message.FLAG, message.u32(message.PORT_REFUSED))
            return
        threading.Thread(target=self._down, args=(self._line,), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._server is None or self._odd.agent == "refuse":
            raise OSError
        line = socket.create_connection((LOOPBACK, self._server), timeout=3)
        line.settimeout(None)
        return line

    def _down(self, line: socket.socket | Shell) -> None:
        """Send what it says, and at its end the end. A pty ends with an error (EIO)."""
        with suppress(ConnectionClosed):
            with suppress(OSError):
                while data := line.recv(_PIECE):
                    with self._turn:
                        self._turn.wait_for(lambda: self._outgoing.room > 0 or self._over)
                        if self._over:
                            break
                        self._put(message.DATA, self._sealed.seal(data) if self._sealed else data)
            with self._turn:
                self._line = None
                line.close()
                self._turn.wait_for(lambda: not self._outgoing.held or self._over, timeout=5)
                self._connection.send(Message(message.CLOSED, payload=json.dumps({"Output": ""}).encode()).encode())
                self._over = True

    def _put(self, kind: int, payload: bytes) -> None:
        raw = Message(message.OUTPUT, self._outgoing.number, payload, kind, 0, uuid.uuid4(), _now()).encode()
        self._outgoing.sent(raw, time.monotonic())
        self._send(raw)

    def _send(self, raw: bytes) -> None:
        """Write it, or what becomes of it on a bad line."""
        if self._lost():
            return
        if self._late is None and self._chance.random() < self._odd.late:
            self._late = raw
            return
        self._connection.send(raw)
        if self._chance.random() < self._odd.doubled:
            self._connection.send(raw)
        if self._late is not None:
            held, self._late = self._late, None
            self._connection.send(held)

    def _lost(self) -> bool:
        return self._chance.random() < self._odd.loss


def _now() -> int:
    """Milliseconds since the epoch."""
    return int(time.time() * 1000)
