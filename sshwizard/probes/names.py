"""Names and addresses: what this computer says, and what DNS servers say."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sshwizard import clean
from sshwizard.probes import process
from sshwizard.probes.scene import Leg

LIMIT = 4.0
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


def of_family(addresses: tuple[str, ...], leg: Leg) -> tuple[str, ...]:
    """Those of the addresses that ssh may use by AddressFamily, -4 or -6."""
    wanted = leg.value("addressfamily", "any")
    return tuple(one for one in addresses if wanted not in FAMILIES or (":" in one) is (wanted == "inet6"))


FAMILIES = {"inet": "IPv4", "inet6": "IPv6"}


@lru_cache(maxsize=256)
def literal(host: str) -> bool:
    """True when `host` is an address and not a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


Status = Literal["ok", "nxdomain", "servfail", "refused", "silent", "no-address", "no-route", "none-set", "unknown"]


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
        return Zone("none-set")
    resolver.lifetime = LIMIT
    resolver.timeout = 1.3
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
            return _servers_said(str(error), "unknown"), ()
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


_WORST_FIRST: tuple[Status, ...] = (
    "silent", "no-route", "servfail", "refused", "unknown", "no-address", "nxdomain",
)  # fmt: skip


def _servers_said(text: str, otherwise: Status) -> Status:
    if "unreachable" in text.lower() and "SERVFAIL" not in text:
        return "no-route"
    if "SERVFAIL" in text:
        return "servfail"
    return "refused" if "REFUSED" in text else otherwise
