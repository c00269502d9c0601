"""Our own sockets: used only after ssh itself failed, one bounded connection at a time."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
import sys
from typing import Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.probes import names, process
from sshwizard.probes.process import within
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
        reader, writer = await within(CONNECT, asyncio.open_connection(host, port))
    except (OSError, TimeoutError):
        return ""
    said = b""
    try:
        with contextlib.suppress(TimeoutError, OSError):
            said = await within(LISTEN, reader.read(512))
            if not said and not poke:
                return ""
        if poke and not said:
            with contextlib.suppress(TimeoutError, OSError):
                writer.write(poke)
                said = await within(LISTEN, reader.read(512))
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
    get_args(Speaks),
    _speaks,
    waits="what else speaks there (gives up in 8 s)",
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
            asked = leg.setting("port")
            from_config = leg.port != 22 and (asked is None or bool(asked.file))
            return Fact(
                "found-config" if from_config else "found",
                f"port {port} of {leg.host} greets as SSH; port {leg.port} refuses",
                (*(leg.shown("port") if from_config else ()), f"{leg.host} port {port}: {clean.line(text, 80)}"),
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
    get_args(Ports),
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
    get_args(Silence),
    _silence,
    waits="a sign of life from the machine (gives up in 4 s)",
)
