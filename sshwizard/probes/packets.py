"""Do large packets get through? A handshake that stalls is often a packet that is too large."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Literal, get_args

from sshwizard.model import Fact, unknown
from sshwizard.probes import names
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sockets import CONNECT, LISTEN, echo

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
    small, large = await asyncio.gather(echo(found[0]), echo(found[0], 1400, whole=True))
    if small == "answers" and large == "silent":
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
        await within(CONNECT, asyncio.get_running_loop().sock_connect(sock, (address, port)))
        reader, writer = await asyncio.open_connection(sock=sock)
    except (OSError, TimeoutError):
        sock.close()
        return False
    try:
        writer.write(b"SSH-2.0-sshwizard\r\n")
        banner = await within(LISTEN, reader.readline())
        if not banner.startswith(b"SSH-"):
            return False
        head = await within(LISTEN, reader.readexactly(6))
        length = struct.unpack("!I", head[:4])[0]
        if head[5] != 20 or length > 65536:
            return False
        await within(LISTEN, reader.readexactly(length - 2))
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return False
    else:
        return True
    finally:
        writer.close()


mtu: Probe[Mtu] = Probe(
    "path.mtu",
    get_args(Mtu),
    _mtu,
    waits="a handshake in small packets (gives up in 8 s)",
)
