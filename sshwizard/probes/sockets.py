"""Our own sockets: used only after ssh itself failed, one bounded connection at a time."""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
import sys
from dataclasses import dataclass
from typing import Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact
from sshwizard.probes import process
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


@dataclass(frozen=True, slots=True)
class Knock:
    """What one connection of ours met."""

    opened: bool = False
    said: str = ""
    """The first bytes, as Latin-1."""
    error: int = 0
    """The errno of a connection that failed; 0 for silence."""


async def knock(host: str, port: int, poke: bytes = b"", *, connect: float = CONNECT, listen: float = LISTEN) -> Knock:
    """Connect once and listen; then say `poke`, and listen again. Never raises."""
    try:
        reader, writer = await within(connect, asyncio.open_connection(host, port))
    except TimeoutError:
        return Knock()
    except OSError as error:
        return Knock(error=error.errno or 0)
    said, over = b"", False
    try:
        with contextlib.suppress(TimeoutError, OSError):
            said = await within(listen, reader.read(512))
            over = not said
        if poke and not said and not over:
            with contextlib.suppress(TimeoutError, OSError):
                writer.write(poke)
                said = await within(LISTEN, reader.read(512))
    finally:
        writer.close()
    return Knock(True, said.decode("latin-1"))


async def greeting(host: str, port: int, poke: bytes = b"", connect: float = CONNECT) -> str:
    """What a port says by itself, or after `poke`; empty when it is silent, closed or dead."""
    return (await knock(host, port, poke, connect=connect)).said


Echo = Literal["answers", "silent", "loop", "unknown"]


async def echo(address: str, size: int = 56, *, whole: bool = False) -> Echo:
    """Two echo requests of `size` bytes; `loop`: a router reports their age; `unknown`: ping cannot be run."""
    linux = sys.platform.startswith("linux")
    flags = ["-M", "do"] if whole and linux else []
    limit = ("-W" if linux else "-t", "1")
    result = await process.run(
        ("ping", "-n", "-c", "2", "-i", "0.5", *limit, *flags, "-s", str(size), "--", address), 4
    )
    if result.code == 0:
        return "answers"
    if re.search(r"Time to live exceeded|Hop limit", result.out):
        return "loop"
    return "silent" if result.code == 1 else "unknown"


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
