"""Names and addresses: what this computer says, and what DNS itself says."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.paths import short
from sshwizard.probes import configfiles, process
from sshwizard.probes.scene import Probe, Scene

LIMIT = 5.0
"""Seconds for one lookup; glibc's own limit is 10 s and ConnectTimeout does not bound it."""

_ASK = """
import json, socket, sys
try:
    rows = socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM)
    print(json.dumps({"addresses": list(dict.fromkeys(row[4][0] for row in rows))}))
except (OSError, UnicodeError) as error:
    print(json.dumps({"error": str(error)}))
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the system's resolver gave, in the order in which ssh tries it."""

    addresses: tuple[str, ...] = ()
    error: str = ""
    silent: bool = False
    """True when no answer came in time."""


async def lookup(host: str) -> Answer:
    """Ask the system's resolver in a child process, which can be ended when the resolver hangs."""
    if literal(host):
        return Answer((host,))
    result = await process.run((sys.executable, "-I", "-S", "-c", _ASK, host), LIMIT)
    if result.code != 0:
        return Answer((), "the lookup gave no answer", result.timed_out)
    found = json.loads(result.out)
    return Answer(tuple(found.get("addresses", ())), clean.line(found.get("error", "")))


@lru_cache(maxsize=256)
def literal(host: str) -> bool:
    """True when `host` is an address and not a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


Status = Literal["ok", "nxdomain", "servfail", "silent", "no-address", "no-route", "unknown"]


@dataclass(frozen=True, slots=True)
class Zone:
    """What DNS servers answered, past the hosts file and every cache of this computer."""

    status: Status
    addresses: tuple[str, ...] = ()
    detail: str = ""


async def dns(host: str) -> Zone:
    """Ask the configured DNS servers for A and AAAA (RFC 1035, RFC 2308). Never raises."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.asyncresolver.Resolver()
    except (dns.resolver.NoResolverConfiguration, OSError):
        return Zone("unknown", detail="no DNS server is configured")
    resolver.lifetime = LIMIT
    resolver.timeout = 2.0
    resolver.cache = None

    async def one(kind: str) -> tuple[Status, tuple[str, ...]]:
        try:
            answer = await resolver.resolve(host, kind, search=True)
            return "ok", tuple(str(row) for row in answer)
        except dns.resolver.NXDOMAIN:
            return "nxdomain", ()
        except dns.resolver.NoAnswer:
            return "no-address", ()
        except dns.resolver.NoNameservers as error:
            return _servers_said(str(error)), ()
        except dns.resolver.LifetimeTimeout as error:
            return _servers_said(str(error), "silent"), ()
        except (dns.exception.DNSException, UnicodeError, OSError):
            return "unknown", ()

    answers = await asyncio.gather(one("A"), one("AAAA"))
    addresses = tuple(address for _, found in answers for address in found)
    if addresses:
        return Zone("ok", addresses)
    states = {state for state, _ in answers}
    return Zone(next(state for state in _WORST_FIRST if state in states))


_WORST_FIRST: tuple[Status, ...] = ("silent", "no-route", "servfail", "unknown", "no-address", "nxdomain")


def _servers_said(text: str, otherwise: Status = "servfail") -> Status:
    if "unreachable" in text.lower() and "SERVFAIL" not in text:
        return "no-route"
    return "servfail" if "SERVFAIL" in text or "REFUSED" in text else otherwise


Resolver = Literal[
    "nxdomain", "servfail", "silent", "no-address", "no-route", "other-family", "now-ok", "config-unread"
]


async def _resolver(scene: Scene) -> Fact[Resolver]:
    host = scene.leg.host
    zone = await dns(host)
    command = process.spell(("dig", host))
    says = {
        "nxdomain": f"DNS says that no name {host} exists (NXDOMAIN)",
        "servfail": f"the DNS server reports a failure for {host} (SERVFAIL)",
        "silent": "no DNS server answered",
        "no-address": f"DNS knows {host} and has no address for it",
        "no-route": "the DNS server cannot be reached: no route",
    }
    if zone.status == "ok":
        wanted = {"inet": "IPv4", "inet6": "IPv6"}.get(scene.leg.value("addressfamily"), "")
        if wanted and not any((":" in found) is (wanted == "IPv6") for found in zone.addresses):
            has = f"{host} has only {', '.join(zone.addresses)}, and ssh is told to use {wanted}"
            setting = {"wanted": wanted, "keyword": "AddressFamily", "value": "any"}
            return Fact("other-family", has, scene.leg.shown("addressfamily"), command, setting)
        return Fact("now-ok", f"DNS answers now: {', '.join(zone.addresses)}", command=command)
    if closed := configfiles.unread(scene.target.ssh_args):
        named = short(closed)
        owner = closed.stat()
        shown = (f"{named}: uid {owner.st_uid}, mode {owner.st_mode & 0o7777:04o}",)
        told = f"DNS has no answer for {host}, and ssh passed over {named}, which it may not read"
        return Fact("config-unread", told, shown, f"ls -ld {named}", {"path": str(closed), "named": named})
    if zone.status == "unknown":
        return unknown(zone.detail or "the DNS answer could not be read", command)
    return Fact(zone.status, says[zone.status], command=command, data={"servers": list(_servers())})


def _servers() -> tuple[str, ...]:
    try:
        text = Path("/etc/resolv.conf").read_text("utf-8", "replace")
    except OSError:
        return ()
    return tuple(
        clean.line(row.split()[1])
        for row in text.splitlines()
        if row.startswith("nameserver ") and len(row.split()) > 1
    )


resolver: Probe[Resolver] = Probe(
    "dns.resolver",
    get_args(Resolver),
    _resolver,
    waits="the DNS servers (gives up in 5 s)",
)
