"""Google's relay for IAP tunnels, on loopback: it keeps sessions, forwards to a real server, and fails as told.

Written from the protocol, apart from the client: what one half gets wrong, the other does not repeat.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import secrets
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from sshwizard.lab.bench import LOOPBACK
from sshwizard.lab.gcp.line import Line, Oddities

SUBPROTOCOL = "relay.tunnel.cloudproxy.app"
CLOSES = {
    4001: "sid unknown", 4003: "failed to connect to backend", 4004: "reauthentication required",
    4010: "destination read failed", 4033: "not authorized", 4047: "failed to look up instance",
}  # fmt: skip
_SECONDS = 5.0

Backend = Callable[[Mapping[str, str]], int]
"""The port on loopback of the VM that a query names; a negative number is the close code that refuses it."""


@dataclass
class Relay:
    """All tunnels. `oddities` may be changed at any time; `tokens` are those that are taken."""

    backend: Backend
    tokens: set[str] = field(default_factory=lambda: {"practice"})
    oddities: Oddities = field(default_factory=Oddities)
    calls: list[dict[str, Any]] = field(default_factory=list)
    """Each handshake: its query, its path, whether the token was good, Origin and subprotocol."""
    lines: dict[str, Line] = field(default_factory=dict)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse at the handshake, as Google does."""
        where = urlsplit(request.path)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append(
            {"path": where.path, "origin": request.headers.get("Origin"), "good": token in self.tokens,
             "protocol": request.headers.get("Sec-WebSocket-Protocol"), **dict(parse_qsl(where.query))}
        )  # fmt: skip
        if self.oddities.hang == "handshake":
            self.oddities.wake.wait(60)
        if self.oddities.status:
            return _response(self.oddities.status, "practice refusal")
        if token not in self.tokens:
            return _response(401, "Request had invalid authentication credentials.")
        return None if where.path in {"/v4/connect", "/v4/reconnect"} else _response(404, "Not Found")

    def talk(self, connection: ServerConnection) -> None:
        """Serve one websocket, in a thread of its own."""
        assert connection.request is not None
        where = urlsplit(connection.request.path)
        asked, odd = dict(parse_qsl(where.query)), self.oddities
        with suppress(ConnectionClosed, OSError):
            if odd.close:
                _close(connection, odd.close)
            elif odd.hang == "welcome":
                odd.wake.wait(60)
            elif odd.text:
                connection.send("<html>")
            elif where.path.endswith("/connect"):
                self._connect(connection, asked)
            elif (line := self.lines.get(asked.get("sid", ""))) is None:
                _close(connection, 4001)
            else:
                token = connection.request.headers.get("Authorization", "")
                line.again(connection, int(asked["ack"]), token)

    def _connect(self, connection: ServerConnection, asked: Mapping[str, str]) -> None:
        assert connection.request is not None
        port = self.backend(asked)
        if port < 0:
            _close(connection, -port)
            return
        try:
            server = socket.create_connection((LOOPBACK, port), timeout=_SECONDS)
        except OSError:
            _close(connection, 4003)
            return
        server.settimeout(None)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sid = secrets.token_urlsafe(24)
        line = self.lines[sid] = Line(server, self.oddities, connection.request.headers.get("Authorization", ""))
        connection.send(struct.pack(">HI", 1, len(sid)) + sid.encode())
        line.serve(connection)

    def end(self) -> None:
        """Cut everything."""
        self.oddities.wake.set()
        for line in tuple(self.lines.values()):
            line.end()


def _close(connection: ServerConnection, code: int) -> None:
    connection.close(code, CLOSES.get(code, ""))


def _response(status: int, text: str) -> Response:
    raw = text.encode()
    headers = Headers({"Content-Type": "text/plain", "Content-Length": str(len(raw)), "Connection": "close"})
    return Response(status, HTTPStatus(status).phrase, headers, raw)


@dataclass(frozen=True)
class Served:
    """A relay that listens."""

    relay: Relay
    url: str
    certificate: Path | None
    """To be trusted by who connects; None without TLS."""
    stop: Callable[[], None]


def listen(relay: Relay, home: Path | None) -> Served:
    """Serve until stopped: by TLS with a certificate made in `home`, as gcloud wants it, or plainly without one."""
    context, shown = (None, None) if home is None else certified(home)
    logger = logging.getLogger("sshwizard.lab.relay")
    logger.disabled = True
    server = serve(
        relay.talk, LOOPBACK, 0, ssl=context, process_request=relay.admit, subprotocols=[Subprotocol(SUBPROTOCOL)],
        compression=None, ping_interval=None, max_size=None, close_timeout=1, logger=logger,
    )  # fmt: skip
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.socket.getsockname()[1]

    def stop() -> None:
        relay.end()
        server.shutdown()

    return Served(relay, f"{'wss' if context else 'ws'}://{LOOPBACK}:{port}", shown, stop)


def certified(home: Path) -> tuple[ssl.SSLContext, Path]:
    """A TLS context with a certificate for loopback, and the certificate's file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "practice relay")])
    now, hour = datetime.datetime.now(datetime.UTC), datetime.timedelta(hours=1)
    there = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName("localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - hour, now + 24 * hour)
        .add_extension(there, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    shown, hidden = home / "relay.pem", home / "relay.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    hidden.write_bytes(key.private_bytes(*kinds))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, hidden)
    context.num_tickets = 0  # on loopback they come while the client's other thread writes, and OpenSSL may lose that
    return context, shown
