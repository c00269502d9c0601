"""A tunnel of one TCP connection: a session on as many websockets as it takes.

One thread reads from ssh, one writes to Google, and the caller's own reads from Google, so that neither direction
waits for the other. A wait that nothing ends has a limit of its own.
"""

from __future__ import annotations

import os
import socket as sockets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sshwizard.cloud.gcp.iap.codes import NORMAL, REAUTHENTICATE, End, Ended, closed
from sshwizard.cloud.gcp.iap.dial import SECONDS, dial
from sshwizard.cloud.gcp.iap.frames import MOST
from sshwizard.cloud.gcp.iap.session import LongClose, Odd, Session
from sshwizard.cloud.gcp.iap.target import Target

Token = Callable[[bool], str]
"""A token that is valid now; with True a new one, because Google no longer takes the last. May wait, within limits."""
WELCOME_SECONDS = 10.0
"""From the open websocket to the relay's first message."""
FIRST_SECONDS = 10.0
"""An SSH server speaks first (RFC 4253, 4.2), so silence after the connection is a finding."""
AGAIN_SECONDS = 30.0
"""How long a broken connection is tried to be continued."""
_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each try; the last one repeats."""


class Client:
    """Used in this order: open, first, carry; close at the end, from any thread."""

    def __init__(self, to: Target, token: Token, trust: str = "") -> None:
        self._to, self._token, self._trust = to, token, trust
        self._session = Session()
        self._turn = threading.Condition()
        self._socket: Any = None
        self._broken: Any = None
        """The websocket that no longer takes anything."""
        self._over = threading.Event()
        self._read_all = False
        """Nothing more comes from ssh."""
        self._tried = (0.0, (0, 0))
        """When continuing begins to be pointless, and how far the streams were then."""

    def open(self, fresh: bool = False) -> None:
        """Connect, and wait for the relay's welcome. Raises Ended."""
        self._welcome(_url(self._to.connect), fresh, time.monotonic() + SECONDS + WELCOME_SECONDS)

    def first(self, seconds: float = FIRST_SECONDS) -> bytes:
        """What the VM says first, which proves that the relay reached it. Raises Ended."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                if data := self._next(left):
                    return data
        raise Ended(End(f"the tunnel is open, but nothing came back within {seconds:.0f} s", cause="kex.no-banner"))

    def carry(self, source: int, sink: int) -> End:
        """Both ways until either end is done: what comes from `source` goes in, what comes out goes to `sink`."""
        # A descriptor of its own: the number of ours may be another file's when that thread reads next.
        threading.Thread(target=self._up, args=(os.dup(source),), daemon=True).start()
        threading.Thread(target=self._send, daemon=True).start()
        try:
            while True:
                try:
                    write(sink, self._next(None))
                except Ended as ended:
                    if self._over.is_set() or not ended.end.resumes:
                        return ended.end
                    self._again(fresh=ended.end.code == REAUTHENTICATE)
        except Ended as ended:
            return ended.end
        except OSError:
            return closed(NORMAL)  # ssh has gone
        finally:
            self.close()

    def close(self) -> None:
        """End it, whatever waits in it."""
        with self._turn:
            self._over.set()
            self._turn.notify_all()
        _shut(self._socket)

    # ------------------------------------------------------------------ from Google

    def _next(self, seconds: float | None) -> bytes:
        """The bytes in the next message. Raises Ended, and TimeoutError."""
        from websockets.exceptions import ConnectionClosed

        try:
            raw = self._socket.recv(timeout=seconds)
        except ConnectionClosed:
            raise Ended(closed(self._socket.close_code, self._socket.close_reason or "")) from None
        if isinstance(raw, str):
            raise Ended(_odd("it sent text"))
        try:
            with self._turn:
                data = self._session.got(raw)
                self._turn.notify_all()
                return data
        except Odd as odd:
            raise Ended(_odd(str(odd))) from None
        except LongClose as end:
            raise Ended(closed(end.code, end.reason)) from None

    def _welcome(self, url: str, fresh: bool, deadline: float) -> None:
        """A new websocket, up to the message that says it stands."""
        limit = min(SECONDS, max(0.1, deadline - time.monotonic()))
        try:
            self._socket = dial(url, self._token(fresh), limit, self._trust)
        except Ended as ended:
            if ended.end.code != 401 or fresh:
                raise
            self._socket = dial(url, self._token(True), limit, self._trust)
        if self._over.is_set():
            _shut(self._socket)
        while not self._session.up:
            try:
                self._next(min(WELCOME_SECONDS, max(0.1, deadline - time.monotonic())))
            except TimeoutError:
                _shut(self._socket)
                raise Ended(End("Google's relay accepted the connection, and said nothing", resumes=True)) from None

    def _again(self, fresh: bool) -> None:
        """Continue the session on a new websocket. Raises Ended."""
        with self._turn:
            received, far = self._session.dropped(), (self._session.received, self._session.confirmed)
        _shut(self._socket)
        now = time.monotonic()
        until, then = self._tried
        if far != then or now > until + AGAIN_SECONDS:
            until = now + AGAIN_SECONDS
        self._tried = until, far
        for pause in _pauses():
            if self._over.wait(pause):
                raise Ended(closed(NORMAL))
            try:
                self._welcome(_url(lambda: self._to.reconnect(self._session.sid, received)), fresh, until)
                return
            except Ended as ended:
                if not ended.end.resumes or time.monotonic() > until:
                    raise
                fresh = fresh or ended.end.code == REAUTHENTICATE

    # ------------------------------------------------------------------ to Google

    def _up(self, source: int) -> None:
        session = self._session
        with suppress(OSError):
            while read := os.read(source, MOST):
                with self._turn:
                    self._turn.wait_for(lambda: session.room or self._over.is_set())
                    session.send(read)
                    self._turn.notify_all()
        os.close(source)
        with self._turn:
            self._read_all = True
            self._turn.notify_all()

    @property
    def _sends(self) -> bool:
        """Whether there is something to send, and a websocket for it."""
        return self._session.pending and self._socket is not self._broken

    def _send(self) -> None:
        """What the session has to say, as long as there is a websocket for it."""
        from websockets.exceptions import ConnectionClosed

        session = self._session
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._sends or self._read_all or self._over.is_set())
                if self._over.is_set():
                    return
                if not self._sends:
                    break
                socket, batch = self._socket, session.take()
            try:
                for message in batch:
                    socket.send(message)
            except (ConnectionClosed, OSError):
                self._broken = socket  # the reader sees it, too, when it has read all, and begins a new one
        self._over.set()
        with suppress(Exception):
            self._socket.close()


def _odd(why: str) -> End:
    return End(f"Google's relay does not speak as expected: {why}", odd=True)


def _pauses() -> Any:
    yield from _PAUSES
    while True:
        yield _PAUSES[-1]


def _url(make: Callable[[], str]) -> str:
    try:
        return make()
    except ValueError as error:
        raise Ended(End(str(error))) from None


def _shut(socket: Any) -> None:
    """End what any thread does with it: a thread that sends to a silent peer holds the library's own lock."""
    if socket is not None:
        with suppress(OSError):
            sockets.socket.shutdown(socket.socket, sockets.SHUT_RDWR)


def write(sink: int, rest: bytes) -> None:
    """All of it. Raises OSError when nobody reads."""
    view = memoryview(rest)
    while view:
        view = view[os.write(sink, view) :]
