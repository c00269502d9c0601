"""The interactive serial console of Compute Engine: a VM's first serial port, through a regional SSH server of Google.

It needs no network of the VM. Google publishes the host keys of each region by HTTPS (Google Cloud SDK 528,
surface/compute/connect_to_serial_port.py); without them nothing is guessed.
"""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.pool import Pool
from sshwizard.doors.keys import private_directory
from sshwizard.doors.way import Shut, Way

DOOR = "gce-serial"
PORT = 9600
BASES = ("https://www.gstatic.com/vm_serial_port_public_keys", "https://www.gstatic.com/vm_serial_port")
KEYS = "SSHWIZARD_GCE_SERIAL_KEYS"
"""A place on loopback that stands in for where Google publishes the keys."""
SERVER = "SSHWIZARD_GCE_SERIAL"
"""HOST:PORT on loopback that stands in for the regional servers."""
_SECONDS = 5.0
_MOST = 1 << 16
_REGION = re.compile(r"[a-z]+-[a-z]+\d{1,2}")
_KEY = re.compile(r"(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp\d{3}) [A-Za-z0-9+/]{40,2000}={0,2}", re.ASCII)
_HERE = {"127.0.0.1", "::1", "localhost"}
_LEAVE = "enter, then ~. leaves"


@asynccontextmanager
async def console(place: Place, user: str, identities: Sequence[str]) -> AsyncIterator[Way]:
    """The way in for the time of the block. Raises Shut where no host key is published, or none can be had."""
    region = place.zone.rpartition("-")[0]
    if not _REGION.fullmatch(region):
        raise Shut("the VM's zone names no region, and each region has a serial console of its own")
    pool = Pool("serial", 1)
    try:
        keys = await pool.ask(lambda: published(region))
    finally:
        pool.close()
    host, port = _server(region)
    with private_directory() as home:
        known = home / "known_hosts"
        known.write_text("".join(f"[{host}]:{port} {key}\n" for key in keys), "ascii")
        options = (
            "-F", "none", "-p", str(port), *(word for file in identities for word in ("-i", file)),
            *(word for option in (
                f'UserKnownHostsFile="{known}"', "GlobalKnownHostsFile=none", "StrictHostKeyChecking=yes",
                "UpdateHostKeys=no", "EscapeChar=~", "ControlPath=none",
            ) for word in ("-o", option)),
        )  # fmt: skip
        login = f"{place.project}.{place.zone}.{place.name}.{user}.port=1"
        says = f"the serial console of {place.name} by {host}, with the host key that Google publishes; {_LEAVE}"
        yield Way(DOOR, options, says=says, target=("-l", login, host))


def published(region: str) -> tuple[str, ...]:
    """The host keys of a region's server, as Google publishes them. Waits. Raises Shut."""
    why = "Google published none"
    found: list[str] = []
    for base in _bases():
        try:
            with urllib.request.urlopen(f"{base}/{region}/{region}.pub", timeout=_SECONDS) as answer:
                text = answer.read(_MOST).decode("ascii", "replace")
        except (OSError, ValueError) as error:
            why = str(getattr(error, "reason", "") or type(error).__name__)
            continue
        found += [key[0] for line in text.splitlines() if (key := _KEY.match(line.strip()))]
    if not found:
        raise Shut(f"the host key of the serial console in {region} could not be had ({why}), and it is not guessed")
    return tuple(dict.fromkeys(found))


def _bases() -> tuple[str, ...]:
    given = os.environ.get(KEYS, "").rstrip("/")
    if not given:
        return BASES
    if urlsplit(given).hostname not in _HERE:
        raise Shut(f"{KEYS} must be a place on this computer, such as http://127.0.0.1:8080")
    return (given,)


def _server(region: str) -> tuple[str, int]:
    host, _, port = os.environ.get(SERVER, "").rpartition(":")
    if not host:
        return f"{region}-ssh-serialport.googleapis.com", PORT
    if host not in _HERE or not port.isdigit():
        raise Shut(f"{SERVER} must be a server on this computer, such as 127.0.0.1:9600")
    return host, int(port)
