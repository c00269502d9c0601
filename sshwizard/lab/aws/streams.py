"""The websockets of the embedded AWS: Instance Connect tunnels, and Session Manager's data channels, on one port."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from sshwizard.lab.aws.agent import Agents
from sshwizard.lab.aws.machines import Machines
from sshwizard.lab.aws.state import Lab
from sshwizard.lab.aws.tunnel import Tunnels
from sshwizard.lab.bench import LOOPBACK

_QUEUE = 4096


@dataclass(frozen=True)
class Streams:
    """Both services behind one port."""

    tunnels: Tunnels
    agents: Agents

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse at the upgrade, as AWS does."""
        path = urlsplit(request.path).path
        if path == "/openTunnel":
            body = self.tunnels.refusal(request.path)
        else:
            body = "" if path.startswith(Agents.PATH) else '{"message": "Not Found"}'
        if not body:
            return None
        raw = body.encode()
        headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(raw)), "Connection": "close"})
        return Response(HTTPStatus.FORBIDDEN.value, HTTPStatus.FORBIDDEN.phrase, headers, raw)

    def talk(self, connection: ServerConnection) -> None:
        """Serve one connection, in a thread of its own."""
        assert connection.request is not None
        if urlsplit(connection.request.path).path == "/openTunnel":
            self.tunnels.serve(connection, connection.request.path)
        else:
            self.agents.serve(connection, connection.request.path)


def listen(lab: Lab, machines: Machines) -> int:
    """Serve for the rest of this process; returns the port."""
    logger = logging.getLogger("websockets.server")
    logger.setLevel(logging.CRITICAL)
    streams = Streams(Tunnels(lab, machines), Agents(lab, machines))
    server = serve(
        streams.talk, LOOPBACK, 0, process_request=streams.admit, compression=None, ping_interval=None, max_size=None,
        max_queue=_QUEUE, close_timeout=1, logger=logger,
    )  # fmt: skip
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.socket.getsockname()[1])
