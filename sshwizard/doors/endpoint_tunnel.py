"""Through an EC2 Instance Connect Endpoint: a websocket to AWS that ends at a port of the instance's private address.

The wizard carries the connection itself (`handover`), and signs a URL for each. Where local sockets cannot, a process
of its own does (`relay`), with one URL in its environment. ssh checks the host key as always: a tunnel knows no names.
"""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sshwizard import clean
from sshwizard.cloud.aws.access import Access
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors import handover, relay
from sshwizard.doors.way import Shut, Way
from sshwizard.reach.aws.connect_endpoint import PORTS, USABLE

DOOR = "eice"
INSTEAD = "SSHWIZARD_EICE_URL"
"""A websocket on loopback that stands in for every endpoint: the practice AWS."""
SERVICE = "ec2-instance-connect"
LONGEST = 3600
"""Seconds: the most that an endpoint keeps a tunnel (maxTunnelDuration, OpenTunnel)."""
VALID = 60
"""Seconds in which a signed URL opens a tunnel."""
_ALIVE = ("-o", "ServerAliveInterval=5", "-o", "ControlPath=none")
_SHUT = "eic.endpoint-not-usable"
_NAME = re.compile(r"[A-Za-z0-9.-]+")
_HERE = {"127.0.0.1", "::1", "localhost"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Where it leads."""

    endpoint: str
    host: str
    """The endpoint's own name."""
    address: str
    """The private address of the instance."""
    port: int
    region: str
    stand_in: str = ""

    def url(self, sign: Callable[[str, str, str, int], str | Unseen]) -> str:
        """A signed URL, a credential for 60 s. Raises Shut where nothing can sign."""
        asked = {
            "instanceConnectEndpointId": self.endpoint,
            "remotePort": str(self.port),
            "privateIpAddress": self.address,
            "maxTunnelDuration": str(LONGEST),
        }
        signed = sign(f"https://{self.host}/openTunnel?{urlencode(asked)}", SERVICE, self.region, VALID)
        if isinstance(signed, Unseen):
            raise Shut(f"the tunnel could not be signed: {signed.why}", unblock=signed.unblock)
        return (self.stand_in or f"wss://{self.host}") + signed.removeprefix(f"https://{self.host}")


def choose(endpoints: Iterable[Row], instance: Row, proved: str = "") -> Row | None:
    """The endpoint to take: the one that was seen to get through, else one in the instance's subnet, else any of its
    VPC that works."""
    usable = [
        row for row in endpoints
        if str(row.get("State", "")).lower() in USABLE and row.get("VpcId") == instance.get("VpcId")
    ]  # fmt: skip
    usable.sort(
        key=lambda row: (
            row.get("InstanceConnectEndpointId") != proved,
            row.get("SubnetId") != instance.get("SubnetId"),
            str(row.get("InstanceConnectEndpointId", "")),
        )
    )
    return usable[0] if usable else None


def place(endpoint: Row, instance: Row, port: int, region: str, *, fips: bool = False) -> Tunnel:
    """What is signed for. Raises Shut where the account names no way."""
    id_ = clean.line(str(endpoint.get("InstanceConnectEndpointId", "")), 60)
    host = str(endpoint.get("FipsDnsName" if fips else "DnsName") or "")
    address = str(instance.get("PrivateIpAddress") or "")
    if not _NAME.fullmatch(host):
        raise Shut(f"the endpoint {id_} has no {'FIPS ' if fips else ''}name to connect to", _SHUT)
    if not address:
        raise Shut("the instance has no private IPv4 address, which the endpoint needs", _SHUT)
    if port not in PORTS:
        raise Shut(
            f"an Instance Connect Endpoint leads to the ports 22 and 3389 only, not to {port}",
            "eic.endpoint-not-usable",
        )
    return Tunnel(id_, host, address, port, region, stand_in())


def stand_in() -> str:
    """The websocket that stands in for every endpoint. Raises Shut where it is not on loopback: signed URLs leak."""
    url = os.environ.get(INSTEAD, "").rstrip("/")
    if url and (urlsplit(url).scheme not in {"ws", "wss"} or urlsplit(url).hostname not in _HERE):
        raise Shut(f"{INSTEAD} must be a websocket on this computer, such as ws://127.0.0.1:8080")
    return url


@asynccontextmanager
async def tunnel(access: Access, to: Tunnel, *, apart: bool = False) -> AsyncIterator[Way]:
    """The way in, for the time of the block. `apart`: by a process of its own, which opens one connection.

    Raises Shut when nothing can sign, or a library is missing.
    """
    pool = Pool("tunnel", 1)
    try:
        await pool.ask(lambda: prepare("a tunnel"))
        # The first signature tells early what is missing, and reads the credentials before ssh waits for them.
        url = await pool.ask(lambda: to.url(access.sign))
    finally:
        pool.close()
    limit = f"AWS ends it after {LONGEST // 60} minutes at the latest"
    says = f"a tunnel through the Instance Connect Endpoint {to.endpoint} to {to.address} port {to.port}; {limit}"
    trust = {"AWS_CA_BUNDLE": access.trust} if access.trust else {}
    if apart or not handover.possible():
        helper = handover.command(sys.executable, "-I", str(Path(relay.__file__).resolve()))
        options = ("-o", f"ProxyCommand={helper}", "-o", "ProxyUseFdpass=no", *_ALIVE)
        yield Way(DOOR, options, {relay.URL: url, **trust}, says, time.monotonic() + VALID)
        return

    def serve(line: socket.socket, opened: Callable[[], None]) -> None:
        try:
            with relay.dial(to.url(access.sign), trust=access.trust) as channel:
                start = relay.first(channel)
                opened()
                relay.write(line.fileno(), start)
                relay.carry(channel, line.fileno(), line.fileno())
        except (relay.Trouble, Shut) as trouble:
            raise handover.Closed(str(trouble)) from None

    with handover.open_place(serve) as found:
        yield Way(DOOR, (*found.options, *_ALIVE), found.env, says)


def prepare(what: str) -> None:
    """Import what takes time before ssh waits for it. Raises Shut with what needs the library that is missing."""
    try:
        import websockets.sync.client
    except ImportError:
        raise Shut(
            f"{what} needs the library websockets", "client.tool-missing-or-outdated", "pip install 'sshwizard[aws]'"
        ) from None
    assert websockets.sync.client
