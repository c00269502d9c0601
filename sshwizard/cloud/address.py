"""The address that the internet sees of us, asked of AWS's own service; only ever for a target that is in a cloud.

The service echoes what a proxy says about its client, so proxies are passed by, and an address that cannot be on the
internet is no answer. Three questions on connections of their own show a network that leaves by several addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from sshwizard.cloud.pool import Pool

URL = "SSHWIZARD_CHECKIP_URL"
USUAL = "https://checkip.amazonaws.com"
TIMES = 3
PATIENCE = 3.0
"""Seconds for one answer."""


@dataclass(frozen=True)
class OwnAddress:
    """The addresses of one family that answered, each once, in the order of the answers."""

    addresses: tuple[str, ...] = ()
    why: str = ""
    """Why there is none, in a sentence."""

    @property
    def several(self) -> bool:
        """True when this network leaves by more than one address."""
        return len(self.addresses) > 1


async def own(pool: Pool, family: socket.AddressFamily = socket.AF_INET) -> OwnAddress:
    """Ask three times, at once, over one family only."""
    url = os.environ.get(URL) or USUAL
    try:
        async with asyncio.timeout(PATIENCE + 0.5):
            told = await asyncio.gather(*(pool.ask(lambda: _asked(url, family)) for _ in range(TIMES)))
    except TimeoutError:
        return OwnAddress(why=f"{urlsplit(url).hostname} did not answer within {PATIENCE:.0f} s")
    found = tuple(dict.fromkeys(one for one, _ in told if one))
    return OwnAddress(found, "" if found else f"{urlsplit(url).hostname} did not tell: {told[0][1]}")


def _asked(url: str, family: socket.AddressFamily) -> tuple[str, str]:
    """One answer, or what stood in its way."""
    try:
        return read(_fetched(url, family), family), ""
    except (OSError, ValueError) as error:
        return "", str(error)
    except http.client.HTTPException as error:
        return "", f"no proper answer ({type(error).__name__})"


def _fetched(url: str, family: socket.AddressFamily) -> bytes:
    place = urlsplit(url)
    host, secure = place.hostname or "", place.scheme == "https"
    port = place.port or (443 if secure else 80)
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        rows = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
        plain = socket.socket(family, socket.SOCK_STREAM)
        connection.sock = plain
        plain.settimeout(PATIENCE)
        plain.connect(rows[0][4])
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        connection.request("GET", place.path or "/", headers={"User-Agent": "sshwizard"})
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"it answered {response.status}")
        return response.read(200)


def read(answer: bytes, family: socket.AddressFamily = socket.AF_INET) -> str:
    """The address in an answer. Raises ValueError for one that is none, or not of the internet."""
    try:
        address = ipaddress.ip_address(answer.decode("ascii", "replace").strip())
    except ValueError:
        raise ValueError("the answer is no address") from None
    if not address.is_global:
        raise ValueError(f"{address} is not an address of the internet: a proxy stands in between")
    if (address.version == 6) is not (family == socket.AF_INET6):
        raise ValueError(f"{address} is of the other family")
    return str(address)
