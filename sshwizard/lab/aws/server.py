"""The embedded AWS: `python -m sshwizard.lab.aws.server SCRATCH`, moto with our overlay on a port of 127.0.0.1.

It lives as long as its standard input is open, so it cannot outlast the wizard, and removes the directory SCRATCH at
the end. Prints one line when it answers: {"port": N, "keys": FILE, "streams": N}; the file holds the keys that
Instance Connect was given, and `streams` is the port of its websockets. Beside the API it answers GET /checkip with the
client's pretended address, and what `control` knows.
"""

# ruff: noqa: E402  (what moto and botocore shall know stands before they are imported)

from __future__ import annotations

import functools
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sshwizard.lab.bench import LOOPBACK

# moto reads these when it is imported. Its own list of images holds 1,291, which takes 8 s to describe.
os.environ["MOTO_AMIS_PATH"] = str(Path(__file__).parent / "images.json")
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
# The lab's own calls stay on loopback, whatever proxy the person has.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = LOOPBACK

from botocore.loaders import JSONFileLoader

# moto makes many sessions while it is imported; each would read the same megabytes of botocore again.
_READ = functools.cache(JSONFileLoader().load_file)
JSONFileLoader.load_file = lambda _, path: _READ(path)

import boto3
import moto.ec2.models.elastic_ip_addresses
import moto.ec2.models.elastic_network_interfaces
import moto.ec2.models.security_groups
import moto.iam.models
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from sshwizard.lab import channel, child
from sshwizard.lab.addresses import Addresses
from sshwizard.lab.aws import (
    automation,
    checks,
    cloudtrail,
    commands,
    connect,
    iam,
    instances,
    keys,
    network,
    overlay,
    ssm,
    volumes,
)
from sshwizard.lab.aws.control import Control
from sshwizard.lab.aws.machines import Ask, Machines
from sshwizard.lab.aws.state import OWN_KEY, Lab
from sshwizard.lab.aws.streams import listen

HANDLERS = (instances, checks, network, keys, connect, ssm, commands, automation, iam, cloudtrail, volumes)
"""Imported for what they enter into the overlay."""

Start = Callable[[str, list[tuple[str, str]]], object]


class Site:
    """Our own pages, and moto for the rest. A WSGI application."""

    control: Control

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, request: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = str(request.get("PATH_INFO", ""))
        if path == "/checkip":
            return _say(start, "200 OK", "text/plain", f"{self._lab.client_address}\n".encode())
        if path.startswith(channel.PATH) and request.get("HTTP_X_SSHWIZARD_LAB"):
            body = request["wsgi.input"].read(int(request.get("CONTENT_LENGTH") or 0))
            status, text = self.control.answer(path.removeprefix(channel.PATH), body)
            return _say(start, status, "application/json", text)
        answer: Iterable[bytes] = self._moto(request, start)
        return answer


def _say(start: Start, status: str, kind: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def _bend_moto(addresses: Addresses) -> None:
    """What no handler can reach: random public addresses, 60 rules a group, 1,400 managed policies where 14 do."""
    moto.ec2.models.elastic_network_interfaces.random_public_ip = addresses.next
    moto.ec2.models.elastic_ip_addresses.random_ip = addresses.next
    groups = moto.ec2.models.security_groups.SecurityGroupBackend
    groups._verify_group_will_respect_rule_count_limit = lambda *_, **__: None
    policies = json.loads(moto.iam.models.aws_managed_policies_data)
    moto.iam.models.aws_managed_policies_data = json.dumps({name: policies[name] for name in iam.MANAGED})


def _ask(url: str) -> Ask:
    """Calls of the lab's own."""
    client = functools.cache(
        lambda region: boto3.client(
            "ec2", region, endpoint_url=url, aws_access_key_id=OWN_KEY, aws_secret_access_key=OWN_KEY
        )
    )

    def ask(region: str, operation: str, **asked: Any) -> dict[str, Any]:
        told: dict[str, Any] = getattr(client(region), operation)(**asked)
        return told

    return ask


def main(scratch: Path) -> None:
    """Serve until standard input ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    lab, addresses = Lab(), Addresses(77)
    _bend_moto(addresses)
    overlay.install(lab)
    site = Site(lab)
    server = make_server(LOOPBACK, 0, site, threaded=True, request_handler=MotoRequestHandler)
    ask = _ask(f"http://{LOOPBACK}:{server.server_port}")
    machines = Machines(lab, addresses, ask, scratch / "pushed.json")
    lab.changed = machines.follow
    site.control = Control(lab, addresses, machines, ask)
    streams = listen(lab, machines)
    lab.stream = f"ws://{LOOPBACK}:{streams}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = {"port": server.server_port, "keys": str(scratch / "pushed.json"), "streams": streams}
    child.serve(told, scratch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
