"""An HTTP proxy for a machine of a network world: `proxyd.py PORT` makes the connections that it is asked for."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def serve(client: socket.socket) -> None:
    """One CONNECT (RFC 9110, 9.3.6)."""
    request = b""
    with client, contextlib.suppress(OSError):
        while b"\r\n\r\n" not in request:
            more = client.recv(4096)
            if not more:
                return
            request += more
        host, _, port = request.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port)), 5) as server:
            client.sendall(b"HTTP/1.0 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(client, server), daemon=True).start()
            pump(server, client)


with socket.create_server(("", int(sys.argv[1]))) as door:
    print("up", flush=True)
    while True:
        threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()
