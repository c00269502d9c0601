"""Machines between client and server that do harm, or ask for more: a relay that alters bytes, an HTTP proxy."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from .ports import LOOPBACK, Peer

Talk = Callable[[Peer, socket.socket], None]
NEWKEYS = 21
"""The last packet of a handshake that is not encrypted (RFC 4253, 7.3)."""


def _exactly(connection: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        more = connection.recv(count - len(got))
        if not more:
            raise OSError("the other side left")
        got += more
    return got


def _pump(source: socket.socket, sink: socket.socket, heard: bytearray | None = None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if heard is not None:
                heard += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def alters(port: int, *, only_umac: bool = False) -> Talk:
    """Passes everything on to `port`, and flips a bit of what the server sends once it is encrypted.

    With `only_umac`, only where the client still offers a umac: like a computer that gets that code wrong.
    """

    def talk(peer: Peer, client: socket.socket) -> None:
        heard = bytearray()
        with socket.create_connection((LOOPBACK, port)) as server:
            threading.Thread(target=_pump, args=(client, server, heard), daemon=True).start()
            with contextlib.suppress(OSError):
                _in_the_clear(server, client)
                if b"umac-64" in heard or not only_umac:
                    data = bytearray(_exactly(server, 24))
                    data[20] ^= 1
                    client.sendall(data)
            _pump(server, client)

    return talk


def _in_the_clear(server: socket.socket, client: socket.socket) -> None:
    line = b""
    while not line.endswith(b"\n"):
        line += _exactly(server, 1)
    client.sendall(line)
    kind = 0
    while kind != NEWKEYS:
        head = _exactly(server, 6)
        kind = head[5]
        client.sendall(head + _exactly(server, int.from_bytes(head[:4], "big") - 2))


def http_proxy(answer: bytes = b"") -> Talk:
    """Answers CONNECT with `answer`, or makes the connection (RFC 9110, 9.3.6)."""

    def talk(peer: Peer, client: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            more = client.recv(4096)
            if not more:
                return
            request += more
        if answer:
            client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
            return
        host, _, port = request.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            _pump(server, client)

    return talk
