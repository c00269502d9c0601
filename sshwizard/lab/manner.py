"""How the practice server behaves beside being a server, and how it leads on as a jump host."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Manner:
    """How the server behaves, as it stands in its file."""

    greets: Literal["ssh", "http", "silence", "closes", "full"] = "ssh"
    """What a client meets first: an SSH server, a web server, nothing at all, the end, or MaxStartups' refusal."""
    takes: str = "publickey"
    """The ways to log in, as a server lists them."""
    banner: str = ""
    """Told before the login."""
    tries: int = 0
    """Refused keys after which it hangs up (MaxAuthTries, sshd_config(5)); 0: as many as come."""
    forwards: tuple[int, ...] | None = None
    """Ports of 127.0.0.1 to which logins may be led on; None: this is no jump host."""
    ciphers: tuple[str, ...] = ()
    """All that it offers; empty: those of a present-day server."""

    @classmethod
    def read(cls, file: Path) -> Manner:
        """As it is now."""
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        forwards = told.pop("forwards", None)
        return cls(
            **{**told, "ciphers": tuple(told.get("ciphers", ()))},
            forwards=None if forwards is None else tuple(forwards),
        )


def stranger(client: socket.socket, greets: str) -> None:
    """Meet a client as something else than an SSH server does."""
    says = {
        "http": b"HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24.0\r\nConnection: close\r\n\r\n",
        "full": b"Exceeded MaxStartups\r\n",
    }
    with client:
        client.settimeout(_PATIENCE_SECONDS)
        if greets in says:
            client.sendall(says[greets])
            client.shutdown(socket.SHUT_WR)
        elif greets == "silence":
            while client.recv(4096):
                pass


def lead_on(transport: Any, chanid: int, far: socket.socket) -> None:
    """Carry bytes between a channel and the next server, both ways, until both ends are done."""
    with far:
        deadline = time.monotonic() + 5
        while (channel := transport._channels.get(chanid)) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if channel is None:
            return
        back = threading.Thread(target=_copy, args=(far.recv, channel.sendall, channel.shutdown_write), daemon=True)
        back.start()
        _copy(channel.recv, far.sendall, lambda: far.shutdown(socket.SHUT_WR))
        back.join()
        channel.close()


def _copy(take: Callable[[int], bytes], give: Callable[[bytes], object], end: Callable[[], object]) -> None:
    with suppress(OSError, EOFError):
        while data := take(65536):
            give(data)
    with suppress(OSError, EOFError):
        end()
