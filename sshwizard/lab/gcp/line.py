"""The relay's half of one tunnel: a connection to the server, on as many websockets as come one after the other."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

MOST = 16_384
_ACK_AFTER = 2 * MOST
_HELD_MOST = 1 << 20
"""Bytes from the server that wait for the client's acknowledgement."""


@dataclass
class Oddities:
    """What a test asks for. Numbers of bytes count both directions of a tunnel; each of them strikes once."""

    close: int = 0
    """The close code for every websocket, right after the handshake."""
    status: int = 0
    """The HTTP status at the handshake, in place of a websocket."""
    hang: Literal["", "handshake", "welcome", "data"] = ""
    text: bool = False
    drops: list[int] = field(default_factory=list)
    """The socket is cut without a word."""
    reauthentications: list[int] = field(default_factory=list)
    """Close 4004; who continues needs another token than before."""
    ack: Literal["", "back", "beyond"] = ""
    """An acknowledgement that cannot be true."""
    wake: threading.Event = field(default_factory=threading.Event, repr=False)


class Line:
    """Threads: the websocket's own reads from the client, one a websocket writes to it, one reads the server."""

    def __init__(self, server: socket.socket, odd: Oddities, token: str) -> None:
        self._server, self._odd, self._token = server, odd, token
        self._turn, self._writing = threading.Condition(), threading.Lock()
        self._current: ServerConnection | None = None
        self._held = bytearray()
        self._confirmed = self._sent = self._furthest = 0
        self._received = self._told = 0
        self._ended = False
        self._stale = False
        """Whether the next websocket needs another token."""
        threading.Thread(target=self._from_server, daemon=True).start()

    def again(self, connection: ServerConnection, ack: int, token: str) -> None:
        """Continue on a new websocket, from the bytes that the client says it has."""
        with self._turn:
            if self._stale and token == self._token:
                connection.close(4033, "not authorized")
                return
            if not self._confirmed <= ack <= self._furthest:
                connection.close(4005, "bad ack")
                return
            self._token, self._stale, self._current = token, False, None  # the old one's thread stops
            self._acknowledged(ack, self._furthest)
            self._sent = ack
            self._told = self._received
            connection.send(struct.pack(">HQ", 2, self._received))
        self.serve(connection)

    def serve(self, connection: ServerConnection) -> None:
        """Until this websocket ends."""
        with self._turn:
            self._current = connection
            self._turn.notify_all()
        threading.Thread(target=self._to_client, args=(connection,), daemon=True).start()
        with suppress(ConnectionClosed):
            for message in connection:
                assert isinstance(message, bytes), "a tunnel carries bytes"
                if not self._got(connection, message):
                    break
        if connection.close_code is not None and connection.close_code not in {1006, 4004}:
            self.end()

    @property
    def far(self) -> int:
        """Bytes that went through, both directions."""
        return self._received + self._sent

    def cut(self) -> None:
        """End the websocket without a word; the session stays."""
        if self._current is not None:
            socket.socket.shutdown(self._current.socket, socket.SHUT_RDWR)

    def end(self) -> None:
        """Let the server go."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------------ from the client

    def _got(self, connection: ServerConnection, message: bytes) -> bool:
        (tag,) = struct.unpack_from(">H", message)
        with self._writing:  # what one websocket has brought goes before what the next one brings
            with self._turn:
                if connection is not self._current:
                    return False
                if tag == 7:
                    self._acknowledged(struct.unpack_from(">Q", message, 2)[0], self._sent)
                    return True
                if tag != 4:
                    connection.close(4008, "invalid tag")
                    return False
                (length,) = struct.unpack_from(">I", message, 2)
                assert len(message) - 6 == length <= MOST, "a message's length is wrong"
                self._received += length
                self._turn.notify_all()
            if self._odd.hang != "data":
                try:
                    self._server.sendall(message[6:])
                except OSError:
                    connection.close(4009, "destination write failed")
        return True

    def _acknowledged(self, count: int, most: int) -> None:
        assert self._confirmed <= count <= most, f"a wrong ack: {count} is not in {self._confirmed} to {most}"
        del self._held[: count - self._confirmed]
        self._confirmed = count
        self._turn.notify_all()

    # ------------------------------------------------------------------ to the client

    def _from_server(self) -> None:
        with suppress(OSError):
            while data := self._server.recv(MOST):
                with self._turn:
                    self._turn.wait_for(lambda: len(self._held) < _HELD_MOST or self._ended)
                    self._held += data
                    self._turn.notify_all()
        with self._turn:
            self._ended = True
            self._turn.notify_all()
        self._server.close()

    def _to_client(self, connection: ServerConnection) -> None:
        with suppress(ConnectionClosed, OSError):
            while batch := self._batch(connection):
                for message in batch:
                    connection.send(message)
                if self._strikes(connection):
                    return

    def _batch(self, connection: ServerConnection) -> list[bytes]:
        """What to send next; nothing when this websocket is over."""
        with self._turn:
            self._turn.wait_for(lambda: connection is not self._current or self._ended or self._waits())
            if connection is not self._current:
                return []
            found = []
            if self._odd.ack and self._received:
                wrong = 1 << 40 if self._odd.ack == "beyond" else 0
                first = [struct.pack(">HQ", 7, self._received)] if self._odd.ack == "back" else []
                self._odd.ack = ""
                return [*first, struct.pack(">HQ", 7, wrong)]
            if self._received - self._told > _ACK_AFTER:
                self._told = self._received
                found.append(struct.pack(">HQ", 7, self._received))
            if self._odd.hang != "data":
                start = self._sent - self._confirmed
                if data := bytes(self._held[start : start + MOST]):
                    self._sent += len(data)
                    self._furthest = max(self._furthest, self._sent)
                    found.append(struct.pack(">HI", 4, len(data)) + data)
            if not found and self._ended:
                self._current = None
                with suppress(ConnectionClosed, OSError):
                    connection.close(4010, "destination read failed")
            return found

    def _waits(self) -> bool:
        return bool(
            (self._odd.hang != "data" and len(self._held) > self._sent - self._confirmed)
            or self._received - self._told > _ACK_AFTER
            or (self._odd.ack and self._received)
        )

    def _strikes(self, connection: ServerConnection) -> bool:
        """Whether a test wanted this websocket to end here."""
        if self._odd.drops and self.far >= self._odd.drops[0]:
            self._odd.drops.pop(0)
            self.cut()
            return True
        if self._odd.reauthentications and self.far >= self._odd.reauthentications[0]:
            self._odd.reauthentications.pop(0)
            with self._turn:
                self._stale = True
            connection.close(4004, "reauthentication required")
            return True
        return False
