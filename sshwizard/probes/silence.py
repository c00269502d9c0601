"""Silence: is the machine there, does another address of the name answer, and may this computer send at all?"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import icmp, names
from sshwizard.probes.neighbours import TABLE, neighbour_of
from sshwizard.probes.run import LIMITS
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sockets import echo, knock
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.stages import begun, dialled

Silence = Literal[
    "machine-answers", "nothing", "ipv6-lost", "ipv4-lost", "address-lost", "blocked-here", "no-neighbour", "loop",
    "ours-passes",
]  # fmt: skip

AFTER = 1.2
"""Seconds of silence after which these looks begin, while ssh still waits."""
OTHERS = 3
"""Other addresses of the same name that are tried."""
_CONNECT = 3.0


async def _look(scene: Scene) -> Fact[Silence]:
    return await begun(scene, "silence", lambda: ask(scene))


async def watch(scene: Scene) -> None:
    """Beside ssh: where no other address answers either, ssh is not waited for at each of them."""
    began = asyncio.get_running_loop().time()
    fact = await begun(scene, "silence", lambda: ask(scene))
    if fact.outcome == "blocked-here":
        scene.run.give_up()
    await asyncio.sleep(began + LIMITS[Stage.TCP] - AFTER - asyncio.get_running_loop().time())
    if not fact.outcome.endswith("-lost"):
        scene.run.give_up()


async def ask(scene: Scene) -> Fact[Silence]:
    """Ping the silent address, look at the neighbour table, and knock at the other addresses of its name."""
    leg = scene.leg
    silent = await dialled(scene)
    if not silent:
        return unknown(f"{leg.host} has no address now")
    first = silent[0]
    everywhere = (await names.lookup(leg.host)).addresses
    others = [address for address in everywhere if address != first][:OTHERS]
    blocked = may_not_send(first)
    again, echoed, knocks = await asyncio.gather(
        begun(scene, "refuser", lambda: icmp.ask(scene)),
        echo(first),
        asyncio.gather(*(knock(address, leg.port, connect=_CONNECT) for address in others)),
    )
    if str(again.data.get("said", "")).startswith("SSH-"):
        says = f"{first} leaves ssh without an answer, and greets another connection from this computer"
        return Fact("ours-passes", says, (f"{first} port {leg.port}: {again.data['said']}",))
    for address, met in zip(others, knocks, strict=True):
        if met.said.startswith("SSH-"):
            return _other_works(first, address, leg.port, met.said)
    neighbour, row = await neighbour_of(first)
    if blocked:
        says = f"this computer may not send to {first} (EPERM): a firewall rule of its own forbids it"
        return Fact("blocked-here", says, command=f"ping {first}")
    if neighbour == "dead":
        return Fact("no-neighbour", f"{first} is on this network, and no machine there has it", (row,), TABLE + first)
    if echoed == "answers":
        says = f"{first} answers ping, and port {leg.port} stays silent"
        return Fact("machine-answers", says, command=f"ping {first}")
    if echoed == "loop":
        says = f"a router says that packets to {first} have passed too many routers (ICMP time exceeded)"
        return Fact("loop", says, command=f"ping {first}")
    if neighbour == "alive":
        says = f"{first} has told this network its hardware address just now, and port {leg.port} stays silent"
        return Fact("machine-answers", says, (row,), TABLE + first)
    if echoed == "unknown":
        return unknown("ping could not be run, so it is open whether the machine is alive", f"ping {first}")
    return Fact("nothing", f"{first} answers neither on port {leg.port} nor to ping", command=f"ping {first}")


def _other_works(first: str, works: str, port: int, said: str) -> Fact[Silence]:
    lost: Silence = "address-lost"
    if (":" in first) != (":" in works):
        lost = "ipv6-lost" if ":" in first else "ipv4-lost"
    return Fact(
        lost,
        f"{first} is silent; {works}, another address of the same name, answers",
        (f"{works} port {port}: {clean.line(said, 80)}",),
        data={"lost": first, "works": works, "family": "inet6" if ":" in works else "inet"},
    )


def may_not_send(address: str) -> bool:
    """True when this computer's own firewall forbids even an echo request: send(2) fails with EPERM.

    A rule for TCP alone drops in silence, and only root could read it.
    """
    six = ":" in address
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    request = struct.pack("!BBHHH", 128 if six else 8, 0, 0 if six else 0xF7FE, 0, 1)  # ICMPv6: the kernel's sum
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM, protocol) as sock:
        sock.setblocking(False)
        sock.connect((address, 0))
        try:
            sock.send(request)
        except OSError as error:
            return error.errno == errno.EPERM
    return False


silence: Probe[Silence] = Probe(
    "port.silence",
    get_args(Silence),
    _look,
    waits="a sign of life from the machine (gives up in 5 s)",
)
