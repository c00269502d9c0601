"""Our own sockets: used only after ssh itself failed, one bounded connection at a time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Literal

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.probes import names, process
from sshwizard.probes.scene import Leg, Probe, Scene

CONNECT = 4.0
"""Seconds for one TCP connection."""
LISTEN = 2.0
"""Seconds to wait for a banner: OpenSSH sends its own at once."""

# A TLS 1.2 ClientHello without extensions: enough for a TLS server to answer with a record of its own, and
# not HTTP, so a web server answers with an error page (RFC 5246, 7.4.1.2).
_HELLO_BODY = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x04\xc0\x2f\x00\x9c" + b"\x01\x00"
_HELLO_MESSAGE = b"\x01" + struct.pack("!I", len(_HELLO_BODY))[1:] + _HELLO_BODY
CLIENT_HELLO = b"\x16\x03\x01" + struct.pack("!H", len(_HELLO_MESSAGE)) + _HELLO_MESSAGE + b"\r\n\r\n"


async def greeting(host: str, port: int, poke: bytes = b"") -> str:
    """What a port says by itself, or after `poke`; empty when it is silent, closed or dead. Never raises."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT)
    except (OSError, TimeoutError):
        return ""
    said = b""
    try:
        with contextlib.suppress(TimeoutError, OSError):
            said = await asyncio.wait_for(reader.read(512), LISTEN)
            if not said and not poke:
                return ""
        if poke and not said:
            with contextlib.suppress(TimeoutError, OSError):
                writer.write(poke)
                said = await asyncio.wait_for(reader.read(512), LISTEN)
    finally:
        writer.close()
    return said.decode("latin-1")


# ------------------------------------------------------------------ who is on the port

Speaks = Literal["ssh", "tls", "web", "other", "nothing"]


async def _speaks(scene: Scene) -> Fact[Speaks]:
    leg = scene.leg
    said = await greeting(leg.host, leg.port, CLIENT_HELLO)
    return read_speech(said, leg)


def read_speech(said: str, leg: Leg) -> Fact[Speaks]:
    """Which protocol the first bytes belong to."""
    where, shown = f"{leg.host} port {leg.port}", clean.lines(said, 3)
    if "SSH-" in said:
        return Fact("ssh", f"{where} greets as SSH this time: {shown[0]}", shown)
    if said[:1] in {"\x15", "\x16"} and said[1:2] == "\x03":
        return Fact(
            "tls",
            f"{where} answers in TLS, as a web server does",
            ("first bytes: " + said[:8].encode("latin-1").hex(" "),),
        )
    if said.startswith("HTTP/") or "<html" in said.lower():
        return Fact("web", f"{where} answers as a web server: {shown[0]}", shown)
    if said.strip():
        return Fact("other", f"{where} says: {shown[0] if shown else 'bytes that are no text'}", shown)
    return Fact("nothing", f"{where} says nothing to a TLS hello either")


speaks: Probe[Speaks] = Probe(
    "port.speaks",
    ("ssh", "tls", "web", "other", "nothing"),
    _speaks,
    waits="what else speaks there (gives up in 8 s)",
)


# ------------------------------------------------------------------ who refused

Refuser = Literal["reset", "icmp-port", "icmp-host", "icmp-prohibited", "icmp-net", "local", "silent", "open"]

_ICMP4: dict[int, Refuser] = {
    0: "icmp-net",
    1: "icmp-host",
    3: "icmp-port",
    9: "icmp-prohibited",
    10: "icmp-prohibited",
    13: "icmp-prohibited",
}
_ICMP6: dict[int, Refuser] = {0: "icmp-net", 1: "icmp-prohibited", 3: "icmp-host", 4: "icmp-port"}


async def _refuser(scene: Scene) -> Fact[Refuser]:
    leg = scene.leg
    found = (await names.lookup(leg.host)).addresses
    if not found:
        return unknown(f"{leg.host} has no address now")
    if not sys.platform.startswith("linux"):
        return unknown("only Linux tells a program who refused")
    return await who_refused(found[-1], leg.port)


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
            await asyncio.wait_for(loop.sock_connect(sock, (address, port)), CONNECT)
        except TimeoutError:
            return Fact("silent", f"{address} port {port} stays silent now")
        except OSError as error:
            return read_refusal(address, port, error.errno or 0, _error_queue(sock))
    return Fact("open", f"{address} port {port} accepts connections now")


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


def read_refusal(address: str, port: int, number: int, queued: _Error | None) -> Fact[Refuser]:
    """Who ended the connection attempt."""
    data = {"address": address, "by": queued.offender if queued else ""}
    if queued and queued.origin in (2, 3):
        kinds = _ICMP4 if queued.origin == 2 else _ICMP6
        outcome = kinds.get(queued.code, "icmp-host")
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
}

refuser: Probe[Refuser] = Probe(
    "port.refuser",
    ("reset", "icmp-port", "icmp-host", "icmp-prohibited", "icmp-net", "local", "silent", "open"),
    _refuser,
    waits="who refused (gives up in 4 s)",
)


# ------------------------------------------------------------------ the same server on another port

Ports = Literal["found", "found-config", "none"]


async def _ports(scene: Scene) -> Fact[Ports]:
    leg = scene.leg
    candidates = [port for port in (22, 2222, *known_ports(leg)) if port != leg.port]
    tried = list(dict.fromkeys(candidates))[:5]
    said = await asyncio.gather(*(greeting(leg.host, port) for port in tried))
    for port, text in zip(tried, said, strict=True):
        if text.startswith("SSH-"):
            typed = any(word == "-p" for word in scene.target.ssh_args)
            from_config = leg.port != 22 and not typed
            return Fact(
                "found-config" if from_config else "found",
                f"port {port} of {leg.host} greets as SSH; port {leg.port} refuses",
                (f"{leg.host} port {port}: {clean.line(text, 80)}",),
                data={"port_found": port, "configured": leg.port},
            )
    return Fact("none", f"no SSH server on port {', '.join(map(str, tried))} either")


def known_ports(leg: Leg) -> list[int]:
    """Up to three other ports under which known_hosts knows this host, as `[host]:port` (sshd(8))."""
    wanted = {leg.host, leg.name}
    found: list[int] = []
    for file in leg.values("userknownhostsfile"):
        try:
            text = paths.expand(file).read_text("utf-8", "replace")
        except OSError:
            continue
        for host, port in re.findall(r"\[([^\]\s]+)\]:(\d+)", text):
            if host in wanted and 0 < int(port) < 65536 and int(port) not in found:
                found.append(int(port))
    return found[:3]


ports: Probe[Ports] = Probe(
    "port.others",
    ("found", "found-config", "none"),
    _ports,
    waits="known other ports of this host (gives up in 6 s)",
)


# ------------------------------------------------------------------ silence

Silence = Literal["machine-answers", "other-family", "nothing"]


async def _silence(scene: Scene) -> Fact[Silence]:
    leg = scene.leg
    found = (await names.lookup(leg.host)).addresses or ()
    if not found:
        return unknown(f"{leg.host} has no address now")
    pinged = asyncio.ensure_future(ping(found[0]))
    greetings = await asyncio.gather(*(greeting(address, leg.port) for address in found[1:4]))
    alive = await pinged
    for address, text in zip(found[1:4], greetings, strict=False):
        if text.startswith("SSH-"):
            return Fact(
                "other-family",
                f"{found[0]} is silent; {address}, another address of the same name, answers",
                (f"{address} port {leg.port}: {clean.line(text, 80)}",),
                data={"works": address, "family": "inet6" if ":" in address else "inet"},
            )
    if alive is None:
        return unknown("ping could not be run, so it is open whether the machine is alive", f"ping {found[0]}")
    if alive:
        return Fact(
            "machine-answers",
            f"{found[0]} answers ping, and port {leg.port} stays silent",
            command=f"ping {found[0]}",
        )
    return Fact("nothing", f"{found[0]} answers neither on port {leg.port} nor to ping", command=f"ping {found[0]}")


async def ping(address: str, size: int = 56, whole: bool = False) -> bool | None:
    """True when `address` answers one echo of `size` bytes; None when ping cannot be run."""
    flags = ["-M", "do"] if whole and sys.platform.startswith("linux") else []
    wait = "-W" if sys.platform.startswith("linux") else "-t"
    result = await process.run(("ping", "-n", "-c", "1", wait, "1", *flags, "-s", str(size), "--", address), 3)
    if result.missing or result.code not in (0, 1):
        return None
    return result.code == 0


silence: Probe[Silence] = Probe(
    "port.silence",
    ("machine-answers", "other-family", "nothing"),
    _silence,
    waits="a sign of life from the machine (gives up in 4 s)",
)


# ------------------------------------------------------------------ routes

Route = Literal["none", "forbidden", "exists"]


async def _route(scene: Scene) -> Fact[Route]:
    found = (await names.lookup(scene.leg.host)).addresses
    if not found:
        return unknown(f"{scene.leg.host} has no address now")
    command = ("ip", "route", "get", found[0])
    result = await process.run(command, 2)
    if result.missing or result.timed_out:
        return unknown("the routing table could not be read: no `ip` program", process.spell(command))
    return read_route(result.code or 0, result.out + result.err, found[0])


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


route: Probe[Route] = Probe("route.local", ("none", "forbidden", "exists"), _route)


# ------------------------------------------------------------------ packet size

Mtu = Literal["black-hole", "large-lost", "fine"]


async def _mtu(scene: Scene) -> Fact[Mtu]:
    """A handshake in small segments: if that gets further than ssh did, large packets are what is lost."""
    leg = scene.leg
    found = (await names.lookup(leg.host)).addresses
    if not found:
        return unknown(f"{leg.host} has no address now")
    kexinit = scene.facts.get("kex")
    if kexinit and not kexinit.data.get("received") and await _small_segments(found[0], leg.port):
        return Fact(
            "black-hole",
            "the server's key exchange message arrives when TCP segments are kept to 536 bytes, and is lost otherwise",
            command=f"ping -M do -s 1400 {found[0]}",
        )
    small, large = await asyncio.gather(ping(found[0]), ping(found[0], 1400, whole=True))
    if small and large is False:
        return Fact(
            "large-lost",
            f"{found[0]} answers a ping of 56 bytes and not one of 1400",
            command=f"ping -M do -s 1400 {found[0]}",
        )
    return Fact("fine", "large packets are not the trouble, as far as can be seen")


async def _small_segments(address: str, port: int) -> bool:
    """True when the server's whole KEXINIT (RFC 4253, 7.1) comes through in small TCP segments."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, (address, port)), CONNECT)
        reader, writer = await asyncio.open_connection(sock=sock)
    except (OSError, TimeoutError):
        sock.close()
        return False
    try:
        writer.write(b"SSH-2.0-sshwizard\r\n")
        banner = await asyncio.wait_for(reader.readline(), LISTEN)
        if not banner.startswith(b"SSH-"):
            return False
        head = await asyncio.wait_for(reader.readexactly(6), LISTEN)
        length = struct.unpack("!I", head[:4])[0]
        if head[5] != 20 or length > 65536:
            return False
        await asyncio.wait_for(reader.readexactly(length - 2), LISTEN)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return False
    else:
        return True
    finally:
        writer.close()


mtu: Probe[Mtu] = Probe(
    "path.mtu",
    ("black-hole", "large-lost", "fine"),
    _mtu,
    waits="a handshake in small packets (gives up in 8 s)",
)
