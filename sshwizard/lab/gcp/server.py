"""The embedded Google Cloud: `python -m sshwizard.lab.gcp.server SCRATCH`, its REST APIs on a port of 127.0.0.1.

It lives as long as its standard input is open, so it cannot outlast the wizard, and removes the directory SCRATCH at
the end. Prints one line when it answers: {"port": N, "keys": FILE, "ssh": N, "relay": URL}. The file holds the keys
that the guests let in, `ssh` is the port of every machine, `relay` that of IAP's tunnels (empty without websockets).
Beside the APIs it answers GET /checkip with the client's pretended address, and what `control` knows.
"""

from __future__ import annotations

import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sshwizard.lab import channel, child
from sshwizard.lab.addresses import Addresses
from sshwizard.lab.bench import LOOPBACK
from sshwizard.lab.gcp import admin, calls, disks, iam, instances, making, metadata, operations, people, vpc
from sshwizard.lab.gcp.control import Control
from sshwizard.lab.gcp.machines import Machines
from sshwizard.lab.gcp.state import Lab
from sshwizard.lab.gcp.tunnel import open_relay

HANDLERS = (instances, vpc, metadata, disks, making, operations, iam, people, admin)
"""Imported for the routes that they enter."""
_LARGEST_BODY = 8 * 1024 * 1024


class Site(ThreadingHTTPServer):
    """Our own pages, and the APIs."""

    daemon_threads = True
    # With fewer, clients that connect all at once stall for a second.
    request_queue_size = 128

    def __init__(self, lab: Lab) -> None:
        super().__init__((LOOPBACK, 0), Handler)
        self.lab = lab
        self.control: Control

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is nothing special; what else goes wrong is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, with many calls."""

    server: Site
    protocol_version = "HTTP/1.1"
    # A small answer after a small answer would wait 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 300

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        site, body = self.server, self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_BODY))
        asked = urllib.parse.urlsplit(self.path)
        path = asked.path.strip("/")
        if path == "checkip":
            return self._say("200 OK", f"{site.lab.client_address}\n".encode(), "text/plain")
        if asked.path.startswith(channel.PATH) and self.headers.get("X-Sshwizard-Lab"):
            return self._say(*site.control.answer(asked.path.removeprefix(channel.PATH), body))
        query = dict(urllib.parse.parse_qsl(asked.query))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ").strip() or query.pop("access_token", "")
        call = calls.Call(site.lab, self.command, urllib.parse.unquote(path), query, self._told(body), token)
        status, told = calls.answer(call)
        return self._say(str(status), json.dumps(told, indent=1).encode())

    def _told(self, body: bytes) -> dict[str, Any]:
        """A form or JSON; what is neither is an empty body."""
        if body and not body.lstrip().startswith(b"{"):
            return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def _say(self, status: str, body: bytes, kind: str = "application/json; charset=UTF-8") -> None:
        self.send_response(int(status[:3]))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are written down by `calls`."""


def main(scratch: Path) -> None:
    """Serve until standard input ends."""
    addresses = Addresses(78)
    lab = Lab(addresses)
    keys = scratch / "keys.json"
    machines = Machines(lab, addresses, keys)
    lab.changed = machines.follow
    site = Site(lab)
    site.control = Control(lab, machines, site.url)
    relay = open_relay(lab, machines)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    child.serve({"port": site.server_port, "keys": str(keys), "ssh": addresses.port, "relay": relay}, scratch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
