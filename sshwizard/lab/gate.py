"""A gate stands on one public address of a practice instance: nothing answers, it refuses, or it leads to a server.

Silence without a firewall: a socket listens with the shortest queue, the gate itself fills that queue and never
accepts. Linux then ignores every further SYN (tcp(7); net.ipv4.tcp_abort_on_overflow is off), and a client times
out as behind a security group.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
from contextlib import suppress
from typing import Literal

from sshwizard.lab.bench import LOOPBACK

Mood = Literal["silent", "refusing"] | int
"""An int: the port on 127.0.0.1 to which connections are led."""

_FULL_SECONDS = 0.05
"""On loopback a connect that does not end in this time found the queue full."""
_MOST_FILLERS = 8
_MOST_CONNECTIONS = 64
_RESET = struct.pack("ii", 1, 0)


class Gate:
    """One address and port. Not made for several threads at once."""

    def __init__(self, address: str, port: int) -> None:
        self.place = (address, port)
        self._sockets: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.mood: Mood | None = None

    def become(self, mood: Mood) -> None:
        """From now on; connections that were let in go on. Raises OSError when somebody else has the port."""
        if mood == self.mood:
            return
        self.close()
        holder = socket.socket()
        self._sockets.append(holder)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(self.place)
        if mood == "silent":
            holder.listen(0)
            self._fill()
        elif mood != "refusing":
            # Bound and not listening refuses; this one listens, and is accepted from.
            holder.listen(_MOST_CONNECTIONS)
            self._listener = holder
            threading.Thread(target=_welcome, args=(holder, mood), daemon=True).start()
        self.mood = mood

    def _fill(self) -> None:
        for _ in range(_MOST_FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.place)
            _, connected, _ = select.select([], [filler], [], _FULL_SECONDS)
            if not connected:
                filler.close()
                return
            self._sockets.append(filler)

    def close(self) -> None:
        """Nothing stands here any more: the address refuses."""
        if self._listener is not None:
            # Wakes the thread that accepts; close alone does not.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener = None
        for one in self._sockets:
            one.close()
        self._sockets.clear()
        self.mood = None


def _welcome(listener: socket.socket, backend: int) -> None:
    turns = threading.BoundedSemaphore(_MOST_CONNECTIONS)
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        if not turns.acquire(blocking=False):
            client.close()
            continue
        threading.Thread(target=_relay, args=(client, backend, turns), daemon=True).start()


def _relay(client: socket.socket, backend: int, turns: threading.BoundedSemaphore) -> None:
    """Both ways until both ends are done. A server that is gone resets, as a dead process on the instance does."""
    with client:
        try:
            server = socket.create_connection((LOOPBACK, backend), timeout=3)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            turns.release()
            return
        server.settimeout(None)
        with server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()
        turns.release()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
