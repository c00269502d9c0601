"""What DNS itself says about a name that this computer could not look up."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.probes import aliases, configfiles, names, process
from sshwizard.probes.names import Zone
from sshwizard.probes.process import within
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.stages import begun

Resolver = Literal[
    "nxdomain", "similar", "search-domain", "private", "servfail", "refused", "silent", "no-answer-to-this",
    "none-set", "no-address", "no-route", "blocked", "other-family", "now-ok",
    "config-unread",
]  # fmt: skip

State = Literal["answers", "silent", "closed", "no-route", "blocked"]
_TRIES = (1.5, 2.0)
"""Seconds that each of our questions to one DNS server may take."""

PRIVATE = re.compile(
    r"\.(?:internal|intranet|private|corp|home|lan|local|localdomain|home\.arpa|compute\.internal|cluster\.local)\.?$",
    re.I,
)
"""Names that no public DNS has: RFC 6762 appendix G, RFC 8375, and what clouds and clusters use inside."""


async def _look(scene: Scene) -> Fact[Resolver]:
    return await begun(scene, "resolver", lambda: ask(scene))


async def ask(scene: Scene) -> Fact[Resolver]:
    """Ask DNS for the name, and beside it each server whether it is alive at all."""
    leg = scene.leg
    if names.literal(leg.host):
        return _has_address(leg, Zone("ok", (leg.host,)), process.spell(("ssh", "-G", leg.name)))
    zone, states = await asked(leg.host)
    if zone.status in ("nxdomain", "no-address") and "." not in leg.host:
        full = aliases.full_names(leg.host, scene.target.args, leg, socket.gethostname())
        found = await asyncio.gather(*(names.dns(f"{name}.") for name in full))
        for name, its in zip(full, found, strict=True):
            if its.status == "ok":
                return _short(leg.host, name, its)
    if zone.status != "ok" and (closed := configfiles.unread(scene.target.ssh_args)):
        return _unread(leg.host, closed)
    return read_zone(leg, zone, states, aliases.similar(leg.host, scene.target.args, leg))


async def asked(host: str) -> tuple[Zone, dict[str, State]]:
    """What DNS says, and how each server is; dead servers are not waited for."""
    async with process.beside(names.dns(host)) as asking:
        states = await _alive()
        if states and not {"answers", "silent"} & set(states.values()):
            return Zone("silent"), states
        return await asking, states


def _short(host: str, full: str, zone: Zone) -> Fact[Resolver]:
    return Fact(
        "search-domain",
        f"DNS has no {host}, and it has {full}: {', '.join(zone.addresses[:3])}",
        (f"{full}: {', '.join(zone.addresses[:3])}", *_search()),
        process.spell(("dig", "+short", full)),
        {"name": host, "suggested": full, "domain": full.partition(".")[2]},
    )


def _unread(host: str, closed: Path) -> Fact[Resolver]:
    named, owner = paths.short(closed), closed.stat()
    shown = (f"{named}: uid {owner.st_uid}, mode {owner.st_mode & 0o7777:04o}",)
    told = f"DNS has no answer for {host}, and ssh passed over {named}, which it may not read"
    return Fact("config-unread", told, shown, f"ls -ld {paths.spelled(closed)}", {"path": str(closed), "named": named})


def _search() -> tuple[str, ...]:
    """The lines of resolv.conf(5) that complete short names."""
    rows = [clean.line(row) for row in _resolv_conf() if re.match(r"(search|domain)\s", row)]
    return tuple(rows[:2]) or ("/etc/resolv.conf has no search line",)


def read_zone(leg: Leg, zone: Zone, states: Mapping[str, State], close: tuple[str, ...] = ()) -> Fact[Resolver]:
    """What the answers mean for this name."""
    host, command = leg.host, process.spell(("dig", leg.host))
    shown = tuple(f"DNS server {server}: {_STATES[state]}" for server, state in states.items())
    data: dict[str, Any] = {"name": host, "servers": list(states), "server": ", ".join(states) or "the DNS server"}
    if close:
        data |= {"suggested": close[0], "suggestions": list(close)}
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    if zone.status == "ok":
        return _has_address(leg, zone, command)
    if zone.status == "nxdomain":
        if PRIVATE.search(host):
            says = f"{host} is a name of a private network, and the DNS server asked here does not have it{meant}"
            return Fact("private", says, shown, command, data)
        says = f"DNS says that no name {host} exists (NXDOMAIN){meant}"
        return Fact("similar" if close else "nxdomain", says, shown, command, data)
    if zone.status in ("silent", "no-route", "unknown") and "answers" in states.values():
        says = f"the DNS server is alive, and gives no answer for {host}"
        return Fact("no-answer-to-this", says, shown, command, data)
    if zone.status == "silent" and "blocked" in states.values():
        return Fact("blocked", "this computer may not send to its DNS server (EPERM)", shown, command, data)
    if zone.status == "silent" and states and set(states.values()) == {"closed"}:
        return Fact("silent", "at the DNS server's address no DNS server runs", shown, command, data)
    if zone.status == "silent" and states and set(states.values()) == {"no-route"}:
        return Fact("no-route", _SAYS["no-route"], shown, command, data)
    if zone.status == "unknown":
        return unknown(zone.detail or "the DNS answer could not be read", command)
    return Fact(zone.status, _SAYS[zone.status].format(host=host) + meant, shown, command, data)


def _has_address(leg: Leg, zone: Zone, command: str) -> Fact[Resolver]:
    wanted = names.FAMILIES.get(leg.value("addressfamily"), "")
    if wanted and not names.of_family(zone.addresses, leg):
        has = f"{leg.host} has only {', '.join(zone.addresses)}, and ssh is told to use {wanted}"
        setting = {"name": leg.host, "wanted": wanted, "keyword": "AddressFamily", "value": "any"}
        setting["works"] = zone.addresses[0]
        return Fact("other-family", has, leg.shown("addressfamily"), command, setting)
    return Fact("now-ok", f"DNS answers now: {', '.join(zone.addresses)}", command=command, data={"name": leg.host})


_SAYS = {
    "servfail": "the DNS server reports a failure for {host} (SERVFAIL)",
    "refused": "the DNS server refuses to answer for {host} (REFUSED)",
    "silent": "no DNS server answered",
    "no-address": "DNS knows {host} and has no address for it",
    "no-route": "the DNS server cannot be reached: no route",
    "none-set": "this computer has no DNS server set (/etc/resolv.conf)",
}
_STATES: dict[State, str] = {
    "answers": "it answers other questions",
    "silent": "silent",
    "closed": "no DNS server runs there",
    "no-route": "no way there",
    "blocked": "this computer may not send there",
}


# ------------------------------------------------------------------ is a DNS server alive


async def _alive() -> dict[str, State]:
    """Whether each configured server answers anything: the root's NS set is in every resolver's cache."""
    servers = _servers()
    states = await asyncio.gather(*(alive(server) for server in servers))
    return dict(zip(servers, states, strict=True))


async def alive(server: str, port: int = 53) -> State:
    """Ask one server for `. NS`, over a connected socket, so that a refusal comes back (udp(7))."""
    import dns.message

    state: State = "silent"
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    loop = asyncio.get_running_loop()
    for limit in _TRIES:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, (server, port))
                await loop.sock_sendall(sock, dns.message.make_query(".", "NS").to_wire())
                if await within(limit, loop.sock_recv(sock, 4096)):
                    return "answers"
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                return "closed"
            except PermissionError:
                return "blocked"
            except OSError as error:
                state = "no-route" if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH) else "silent"
    return state


def _servers() -> tuple[str, ...]:
    """The servers of resolv.conf(5); glibc asks the first three."""
    found = [row.split()[1] for row in _resolv_conf() if row.startswith("nameserver") and len(row.split()) > 1]
    return tuple(clean.line(server) for server in found if names.literal(server))[:3]


def _resolv_conf() -> list[str]:
    try:
        return Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


resolver: Probe[Resolver] = Probe(
    "dns.resolver",
    get_args(Resolver),
    _look,
    waits="the DNS servers (gives up in 5 s)",
)
