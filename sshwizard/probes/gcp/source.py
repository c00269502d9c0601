"""From which address our packets reach the VM: the internet's view of us, our own interface, or the hop before."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, replace

from sshwizard.cloud.gcp.identify import Identity, addresses, external, internal
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.parts import Row
from sshwizard.cloud.unseen import Unseen
from sshwizard.probes import private
from sshwizard.probes.gcp.asked import inquiry
from sshwizard.probes.names import literal
from sshwizard.probes.scene import Scene
from sshwizard.probes.stages import dialled
from sshwizard.reach.blocks import block


@dataclass(frozen=True)
class Source:
    """Where we come from, and which address of the VM we dial."""

    addresses: tuple[str, ...] = ()
    target: str = ""
    inside: bool = False
    """True when the packets come to its internal address, and no route of the internet matters."""
    outside: bool = False
    """True when its internal address is dialled and no way leads there from here."""
    tags: tuple[str, ...] | None = ()
    """Network tags of the hop before; None: it is a VM, and they are not known."""
    accounts: tuple[str, ...] | None = ()
    why: str = ""
    """Why there is no address."""


def tags(row: Row) -> tuple[str, ...]:
    """The network tags of a VM."""
    return tuple(str(one) for one in (row.get("tags") or {}).get("items") or ())


def accounts(row: Row) -> tuple[str, ...]:
    """The service accounts of a VM, by e-mail."""
    return tuple(str(one.get("email", "")) for one in row.get("serviceAccounts") or ())


async def source_of(scene: Scene, asked: Inquiry, who: Identity) -> Source:
    """Behind a hop its own address; from here the public address, or our interface where a private way leads there."""
    target = await _target(scene, who)
    near = target not in {"", external(who.instance)} and target in addresses(who.instance) and _private(target)
    if scene.index > 0:
        return await _of_hop(scene, target, near)
    if near:
        mine = _own_interface(target)
        found = Source((mine,) if mine else (), target, inside=True, why="no route leads there")
        led = (await private.private.look(scene)).outcome
        inside = led == "covered" or await _within(asked, mine, sure=led != "from-same-range")
        return found if inside else replace(found, outside=True)
    told = await scene.cloud.own_address(six=":" in target)
    return Source(told.addresses, target, why=told.why)


async def _target(scene: Scene, who: Identity) -> str:
    """The address that ssh dials."""
    if literal(scene.leg.host):
        return scene.leg.host
    usual = external(who.instance) or internal(who.instance)
    if scene.index > 0 or not scene.live:
        return usual
    return next((one for one in await dialled(scene) if literal(one)), usual)


async def _of_hop(scene: Scene, target: str, near: bool) -> Source:
    before = await (await inquiry(replace(scene, index=scene.index - 1))).identity()
    row = before.instance
    if not row:
        return Source((), target, near, why="the hop before is no VM that we know")
    mine = internal(row) if near else external(row)
    return Source((mine,) if mine else (), target, near, False, tags(row), accounts(row), "" if mine else "it has none")


async def _within(asked: Inquiry, mine: str, *, sure: bool) -> bool:
    """True when a subnet, a peering or a tunnel of the VM's network holds our own address, or may hold it."""
    answer, own = await asked.part("routes"), block(mine)
    if isinstance(answer, Unseen):
        return not sure
    rows = answer.get("items") or ()
    dests = (block(str(row.get("destRange", ""))) for row in rows if not row.get("nextHopGateway"))
    return own is not None and any(one is not None and one.length > 0 and one.meets(own) for one in dests)


def _private(address: str) -> bool:
    return literal(address) and bool(private.private_range(address))


def _own_interface(target: str) -> str:
    """The address of ours from which packets to `target` leave; nothing is sent (connect(2) of a datagram socket)."""
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as way:
        way.connect((target, 9))
        return str(way.getsockname()[0])
    return ""
