"""Do large packets get through? A handshake that stalls is often a packet that is too large."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Literal, get_args

from sshwizard.model import Fact, unknown
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sockets import CONNECT, LISTEN, echo
from sshwizard.probes.stages import begun, by_program, dialled

Mtu = Literal["black-hole", "large-lost", "fine"]


AFTER = 3.0
"""Seconds of silence in the key exchange after which this look begins, while ssh still waits."""


async def _look(scene: Scene) -> Fact[Mtu]:
    return await begun(scene, "mtu", lambda: ask(scene))


def start(scene: Scene) -> Callable[[], object]:
    """Begin it beside ssh; once the black hole is proved, ssh need not wait any longer."""

    async def watch() -> None:
        fact = await begun(scene, "mtu", lambda: ask(scene))
        if fact.outcome == "black-hole":
            scene.run.give_up()

    return lambda: scene.run.aside(scene.index, "watch-mtu", watch)


async def ask(scene: Scene) -> Fact[Mtu]:
    """A handshake in small segments: if that gets further than ssh did, large packets are what is lost."""
    leg = scene.leg
    if scene.index > 0 or by_program(leg):
        return unknown("the way leads through a proxy or hop, whose packets are not ours")
    found = await dialled(scene)
    if not found:
        return unknown(f"{leg.host} has no address now")
    received = scene.run.logs[scene.index].has("kex.received")
    if not received and await _small_segments(found[-1], leg.port):
        return Fact(
            "black-hole",
            "the server's key exchange message arrives when TCP segments are kept to 536 bytes, and is lost otherwise",
            command=f"ping -M do -s 1400 {found[-1]}",
        )
    small, large = await asyncio.gather(echo(found[-1]), echo(found[-1], 1400, whole=True))
    if small == "answers" and large == "silent":
        return Fact(
            "large-lost",
            f"{found[-1]} answers a ping of 56 bytes and not one of 1400",
            command=f"ping -M do -s 1400 {found[-1]}",
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
    _look,
    waits="a handshake in small packets (gives up in 8 s)",
)
