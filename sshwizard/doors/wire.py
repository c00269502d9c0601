"""Session Manager's data channel on a real websocket: what `channel` decides is read, written and timed here."""

from __future__ import annotations

import os
import select
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sshwizard import clean
from sshwizard.doors import relay
from sshwizard.doors.channel import Channel, Event, opening
from sshwizard.doors.relay import Trouble
from sshwizard.doors.sealed import NewKey

_BEAT = 0.05
"""Seconds between looks at what is overdue."""
_READ = 16_384
_QUEUE = 4096
"""Frames that wait unread: more than both windows, so that neither side can wait for the other."""
_PING_SECONDS = 300.0
HANDSHAKE_SECONDS = 10.0


class Wire:
    """One session with an agent. Its two threads share the channel under one lock."""

    def __init__(self, socket: Any, token: str, new_key: NewKey | None = None) -> None:
        self._socket = socket
        self._base = time.time() - time.monotonic()
        self._channel = Channel(new_key=new_key)
        self._turn = threading.Condition()
        self._early: list[Event] = []
        self._size: tuple[int, int] | None = None
        self._pinged = self._now()
        socket.send(opening(token, str(uuid.uuid4()), str(uuid.uuid4())))

    def _now(self) -> float:
        return self._base + time.monotonic()

    def first(self) -> bytes:
        """Shake hands and wait for the instance's first bytes, which an SSH server sends unasked. Raises Trouble."""
        self.greet()
        deadline = self._now() + relay.FIRST_SECONDS
        while self._now() < deadline:
            events = self._next()
            for place, event in enumerate(events):
                if event.kind == "data":
                    self._early = events[place + 1 :]
                    return event.data
                _end(event)
        raise Trouble(f"the session is open, but nothing came back within {relay.FIRST_SECONDS:.0f} s", relay.SILENT)

    def greet(self) -> None:
        """Shake hands with the agent. Raises Trouble."""
        deadline = self._now() + HANDSHAKE_SECONDS
        while self._now() < deadline:
            events = self._next()
            for event in events:
                _end(event)
            if self._channel.ready:
                # An agent that shakes no hands has begun to talk: nothing of that may be lost.
                self._early = [event for event in events if event.kind == "data"]
                return
        raise Trouble(f"the agent on the instance did not answer within {HANDSHAKE_SECONDS:.0f} s", relay.SILENT)

    def carry(self, source: int, sink: int, size: Callable[[], tuple[int, int]] | None = None,
              stop: threading.Event | None = None) -> str:  # fmt: skip
        """Both ways until either end is done; returns why it ended, when that was not a plain end.

        `size` tells the columns and rows of the person's terminal, which the shell then follows; `stop` ends it.
        """
        threading.Thread(target=self._up, args=(os.dup(source),), daemon=True).start()
        try:
            while not (stop and stop.is_set()):
                if size:
                    self._resize(*size())
                for event in self._next():
                    if event.data and event.kind in ("data", "error"):
                        relay.write(sink, event.data)
                    if event.kind == "closed" and not event.data:
                        return ""
                    _end(event)
        except Trouble as trouble:
            return str(trouble)
        except OSError:
            return ""  # ssh has gone
        finally:
            with self._turn:
                self._channel.end(self._now())
                self._flush()
                self._turn.notify_all()
        return ""

    def _resize(self, columns: int, rows: int) -> None:
        if (columns, rows) != self._size:
            self._size = columns, rows
            with self._turn:
                self._channel.resize(columns, rows, self._now())
                self._flush()

    def _next(self) -> list[Event]:
        """What the next frame means, or none within a beat. Raises Trouble at the end of the websocket."""
        early, self._early = self._early, []
        if early:
            return early
        from websockets.exceptions import ConnectionClosed

        try:
            raw = self._socket.recv(timeout=_BEAT)
        except TimeoutError:
            raw = ""
        except ConnectionClosed:
            raise Trouble(relay.goodbye(self._socket), relay.LOST) from None
        with self._turn:
            now = self._now()
            events = self._channel.received(raw, now) if isinstance(raw, bytes) else []
            events += self._channel.tick(now)
            self._flush()
            self._turn.notify_all()
            if now - self._pinged > _PING_SECONDS:
                self._pinged = now
                self._socket.ping()
        return events

    def _flush(self) -> None:
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):  # the next read says so
            for raw in self._channel.drain():
                self._socket.send(raw)

    def _up(self, source: int) -> None:
        channel, waiting = self._channel, select.poll()
        waiting.register(source, select.POLLIN)
        with suppress(OSError):
            while True:
                with self._turn:
                    self._turn.wait_for(lambda: channel.room or channel.over)
                    room = channel.room
                if channel.over:
                    break
                # Not read(2) alone: it would take the first key that the person types after the end.
                if not waiting.poll(1000 * _BEAT):
                    continue
                if not (read := os.read(source, min(room, _READ))):
                    break
                with self._turn:
                    channel.send(read, self._now())
                    self._flush()
        os.close(source)
        with self._turn:
            channel.end(self._now())
            self._flush()
        with suppress(Exception):
            self._socket.close()


def _end(event: Event) -> None:
    """Raises Trouble for an event that ends the session."""
    match event.kind:
        case "refused":
            raise Trouble("the instance refused the connection to this port: no SSH server listens there", relay.SHUT)
        case "encrypted":
            why = clean.line(event.data.decode("utf-8", "replace"), 200) or "this session was given none"
            raise Trouble(f"the account encrypts sessions with a key of KMS, and there is no data key: {why}",
                          relay.REFUSED)  # fmt: skip
        case "closed":
            said = clean.line(event.data.decode("utf-8", "replace"), 200)
            raise Trouble(f"Systems Manager closed the session{f': {said}' if said else ''}", relay.SHUT)
        case "lost":
            raise Trouble("the connection to the agent was lost: nothing was acknowledged for minutes", relay.LOST)
