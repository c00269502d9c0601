"""Who refused: the machine itself, a firewall, a router, or this computer."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import socket
import struct
import sys
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import process
from sshwizard.probes.neighbours import TABLE, neighbour_of
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sockets import LISTEN
from sshwizard.probes.stages import begun, dialled

Refuser = Literal[
    "this-computer", "reset", "icmp-port", "icmp-host", "icmp-prohibited", "icmp-net", "loop", "local",
    "router-dead", "silent", "open",
]  # fmt: skip

_TIME_EXCEEDED4, _TIME_EXCEEDED6 = 11, 3
"""ICMP types: RFC 792, RFC 4443."""

_ICMP4: dict[int, Refuser] = {
    0: "icmp-net",
    1: "icmp-host",
    3: "icmp-port",
    6: "icmp-net",
    9: "icmp-prohibited",
    10: "icmp-prohibited",
    13: "icmp-prohibited",
}
_ICMP6: dict[int, Refuser] = {
    0: "icmp-net",
    1: "icmp-prohibited",
    3: "icmp-host",
    4: "icmp-port",
    5: "icmp-prohibited",
    6: "icmp-net",
}


CONNECT = 3.3
"""Seconds for one connection; an answer that takes longer comes from ssh's own attempt, which began before."""


async def _refuser(scene: Scene) -> Fact[Refuser]:
    return await begun(scene, "refuser", lambda: ask(scene))


async def ask(scene: Scene) -> Fact[Refuser]:
    """Connect once more, in a way that tells who ends it; where this computer does, its neighbour table says why."""
    found = await dialled(scene)
    if not found:
        return unknown(f"{scene.leg.host} has no address now")
    if not sys.platform.startswith("linux"):
        return unknown("only Linux tells a program who refused")
    fact = await who_refused(found[-1], scene.leg.port)
    return await _neighbour(fact, found[-1]) if fact.outcome in ("local", "silent") else fact


async def _neighbour(fact: Fact[Refuser], address: str) -> Fact[Refuser]:
    """Who did not answer on this network, by its own table: the machine, or the router on the way to it."""
    result = await process.run(("ip", "-j", "route", "get", address), 2)
    router = re.search(r'"gateway":"([^"]+)"', result.out.replace(" ", ""))
    at = router.group(1) if router else address
    state, row = await neighbour_of(at)
    command = TABLE + at
    if state != "dead":
        return fact
    if router:
        says = f"{at}, the router of this network, does not answer, so nothing can leave"
        return Fact("router-dead", says, (row,), command, {"address": address, "router": at})
    says = f"{address} is on this network, and no machine there answers for it"
    return Fact("local", says, (row,), command, {"address": address})


@dataclass(frozen=True, slots=True)
class _Error:
    number: int
    origin: int
    kind: int
    code: int
    offender: str


async def who_refused(address: str, port: int) -> Fact[Refuser]:
    """Connect once with IP_RECVERR, so that the kernel says which ICMP message ended it (ip(7))."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    level, option = (socket.IPPROTO_IPV6, 25) if family == socket.AF_INET6 else (socket.IPPROTO_IP, 11)
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(level, option, 1)
        try:
            await within(CONNECT, loop.sock_connect(sock, (address, port)))
        except TimeoutError:
            return Fact("silent", f"{address} port {port} stays silent now")
        except OSError as error:
            return read_refusal(address, port, error.errno or 0, _error_queue(sock), _own_address(family, address))
        said = b""
        with contextlib.suppress(TimeoutError, OSError):
            said = await within(LISTEN, loop.sock_recv(sock, 256))
    data = {"address": address, "said": clean.line(said.decode("latin-1"), 80)}
    return Fact("open", f"{address} port {port} accepts connections now", data=data)


def _error_queue(sock: socket.socket) -> _Error | None:
    try:
        _, extra, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for _, _, raw in extra:
        if len(raw) >= 16:
            number, origin, kind, code = struct.unpack_from("=IBBB", raw)
            return _Error(number, origin, kind, code, _offender(raw[16:]))
    return None


def _offender(raw: bytes) -> str:
    with contextlib.suppress(ValueError, struct.error, OSError):
        family = struct.unpack_from("=H", raw)[0]
        if family == socket.AF_INET:
            return socket.inet_ntop(family, raw[4:8])
        if family == socket.AF_INET6:
            return socket.inet_ntop(family, raw[8:24])
    return ""


def _own_address(family: int, address: str) -> str:
    """The address of this computer from which packets to `address` would leave; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))
        return str(sock.getsockname()[0])
    return ""


def read_refusal(address: str, port: int, number: int, queued: _Error | None, own: str = "") -> Fact[Refuser]:
    """Who ended the connection attempt."""
    data = {"address": address, "by": queued.offender if queued else ""}
    if queued and queued.origin in (2, 3):
        kinds = _ICMP4 if queued.origin == 2 else _ICMP6
        outcome = kinds.get(queued.code, "icmp-host")
        if queued.kind == (_TIME_EXCEEDED4 if queued.origin == 2 else _TIME_EXCEEDED6):
            outcome = "loop"
        if own and queued.offender == own != address:
            if outcome in ("icmp-port", "icmp-prohibited"):
                return Fact("this-computer", f"this computer's own firewall refused port {port} ({own})", data=data)
            return Fact("local", f"this computer gave up by itself: no machine answers for {address}", data=data)
        words = f"{queued.offender or 'a router'} sent ICMP type {queued.kind} code {queued.code}"
        return Fact(outcome, f"{words}: {_MEANS[outcome]}", data=data)
    if queued and queued.origin == 1:
        return Fact("local", f"this computer gave up by itself: {os.strerror(number)}", data=data)
    if number == errno.ECONNREFUSED:
        return Fact("reset", f"{address} itself answered with a TCP reset", data=data)
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return unknown(f"{os.strerror(number)}, and the kernel does not say who reported it")
    return unknown(f"the attempt ended with: {os.strerror(number)}")


_MEANS = {
    "icmp-port": "port unreachable, which a firewall sends and a closed TCP port does not",
    "icmp-host": "host unreachable",
    "icmp-prohibited": "prohibited by an administrator",
    "icmp-net": "network unreachable",
    "loop": "the packet passed too many routers, so it goes round in a circle",
}

refuser: Probe[Refuser] = Probe(
    "port.refuser",
    get_args(Refuser),
    _refuser,
    waits="who refused (gives up in 4 s)",
)


# ------------------------------------------------------------------ routes


Route = Literal["none", "none-for-ipv6", "forbidden", "no-scope", "exists"]


async def _route(scene: Scene) -> Fact[Route]:
    found = await dialled(scene)
    if not found:
        return unknown(f"{scene.leg.host} has no address now")
    if found[0].lower().startswith("fe80:") and "%" not in found[0]:
        return Fact("no-scope", f"{found[0]} is a link-local address, and says nothing about the interface")
    command = ("ip", "route", "get", found[0])
    result = await process.run(command, 2)
    if result.missing or result.timed_out:
        return unknown("the routing table could not be read: no `ip` program", process.spell(command))
    fact = read_route(result.code or 0, result.out + result.err, found[0])
    if fact.outcome == "none" and all(":" in address for address in found):
        return replace(fact, outcome="none-for-ipv6", says=f"{fact.says}; the name has no IPv4 address")
    return fact


def read_route(code: int, text: str, address: str) -> Fact[Route]:
    """What the local routing table says about `address` (ip-route(8))."""
    shown, command = clean.lines(text, 3), f"ip route get {address}"
    if re.search(r"\b(prohibit|blackhole|unreachable)\b", text) and "Network is unreachable" not in text:
        return Fact("forbidden", f"a local route forbids {address}", shown, command)
    if re.search(r"Invalid argument|Permission denied|No route to host", text):
        return Fact("forbidden", f"a local route forbids {address}", shown, command)
    if code:
        return Fact("none", f"this computer has no route to {address}", shown, command)
    return Fact("exists", f"this computer has a route to {address}", shown, command)


route: Probe[Route] = Probe("route.local", get_args(Route), _route)
