"""Ports on the loopback that no other test process takes, and peers that do not speak SSH well."""

from __future__ import annotations

import itertools
import os
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any

LOOPBACK = "127.0.0.1"

# Below the range from which the system takes ports for outgoing connections, a share for each xdist worker.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 16
_SHARE = range(12_000 + 1_200 * _WORKER, 13_200 + 1_200 * _WORKER)
_NEXT = itertools.cycle(_SHARE)
_SKIP = os.getpid() % len(_SHARE)  # two test runs at once shall not walk in step
next(itertools.islice(_NEXT, _SKIP, _SKIP), None)


def free_port() -> int:
    """A port on which nobody listens, handed out once per round."""
    for port in itertools.islice(_NEXT, len(_SHARE)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        return port
    raise RuntimeError("no free port on the loopback")


def listening(port: int) -> bool:
    """Whether somebody accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away early is nothing to report."""


class _LocalServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away early is nothing to report."""


class Peer:
    """A service that a few lines of Python speak, on a port or a local socket; `talk` gets each connection in a thread
    of its own."""

    def __init__(self, port: int | str, talk: Callable[[Peer, socket.socket], None]) -> None:
        self.over = threading.Event()
        peer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                talk(peer, self.request)

        self._server: socketserver.BaseServer
        if isinstance(port, int):
            self._server = _Server((LOOPBACK, port), Handler)
        else:
            self._server = _LocalServer(port, Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        assert not self._thread.is_alive()


def says(answer: bytes) -> Callable[[Peer, socket.socket], None]:
    """Speaks at once, reads what the client has to say, and closes in good order."""

    def talk(peer: Peer, connection: socket.socket) -> None:
        connection.settimeout(3)
        if answer:
            connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        _drain(connection)

    return talk


def answers(answer: bytes) -> Callable[[Peer, socket.socket], None]:
    """Waits for the client to speak first, as web servers do, and then closes with `answer`."""

    def talk(peer: Peer, connection: socket.socket) -> None:
        connection.settimeout(30)
        if connection.recv(4096):
            connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(3)
        _drain(connection)

    return talk


def stays_silent(peer: Peer, connection: socket.socket) -> None:
    """Takes the connection and never says a word."""
    peer.over.wait(120)


def hangs_up_after(seconds: float) -> Callable[[Peer, socket.socket], None]:
    """Takes the connection, and closes it in good order a while later, without a word."""

    def talk(peer: Peer, connection: socket.socket) -> None:
        peer.over.wait(seconds)
        connection.shutdown(socket.SHUT_RDWR)

    return talk


def drips(peer: Peer, connection: socket.socket) -> None:
    """A tarpit: a line now and then, and never an SSH version; it tires, as ssh's own timer may never do."""
    for number in range(1, 20):
        if peer.over.wait(0.5):
            return
        connection.sendall(b"%x\r\n" % (number * 2654435761 % 2**32))


def _drain(connection: socket.socket) -> None:
    """Read to the end: closing with unread bytes would send a reset instead of an orderly end."""
    while connection.recv(4096):
        pass
