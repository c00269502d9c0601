"""From which address our packets reach the instance: the internet's view of us, or the hop before."""

from __future__ import annotations

import contextlib
import socket
import sys
from dataclasses import dataclass, replace
from typing import Any

from sshwizard.cloud.aws.clues import is_private
from sshwizard.cloud.aws.identify import Identity, Row
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.model import Fact, unknown
from sshwizard.probes.aws.asked import before, inquiry
from sshwizard.probes.blind import blind
from sshwizard.probes.names import literal
from sshwizard.probes.scene import Scene
from sshwizard.probes.stages import dialled
from sshwizard.reach.aws.query import Client, Kind


@dataclass(frozen=True)
class Source:
    """Where we come from."""

    addresses: tuple[str, ...]
    kind: Kind = "internet"
    client: Client = "nat"
    dialled: tuple[str, ...] = ()
    """The addresses of the instance that ssh dials."""
    neighbours: tuple[Row, ...] = ()
    """The interfaces of the hop before, when that is an instance of ours."""
    why: str = ""
    """Why there is no address."""


async def asked_about(scene: Scene) -> tuple[Inquiry, Identity, Source] | Fact[Any]:
    """The inquiry, the instance and our address; a fact when there is no instance to judge a way to."""
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no instance of this account")
    return asked, who, await source_of(scene, who)


async def source_of(scene: Scene, who: Identity) -> Source:
    """Behind a hop its private address; from here the public address, or our own one inside a private network."""
    if scene.index > 0:
        return await _of_hop(scene)
    target = await _target(scene, who)
    if target and is_private(target):
        mine = _own_interface(target)
        return Source((mine,) if mine else (), "private", _system(), (target,), why="no route leads there")
    told = await scene.cloud.own_address(six=":" in target)
    behind = not set(told.addresses) <= {_own_interface(target or "192.0.2.1")}
    return Source(told.addresses, "internet", "nat" if behind else _system(), (target,) if target else (), (), told.why)


async def _target(scene: Scene, who: Identity) -> str:
    """The address that ssh dials."""
    if literal(scene.leg.host):
        return scene.leg.host
    public = str(who.instance.get("PublicIpAddress", ""))
    if who.clue_is_id or not scene.live:
        return public
    found = await dialled(scene)
    return next((one for one in found if literal(one)), public)


async def _of_hop(scene: Scene) -> Source:
    """An instance of ours comes from its private address; any other hop, it seems, from where it is reached."""
    row: Row = (await before(scene)).instance
    if not row:
        found = await dialled(replace(scene, index=scene.index - 1)) if scene.live else ()
        host = scene.legs[scene.index - 1].host
        public = next((one for one in (*found, host) if literal(one) and not is_private(one)), "")
        why = "" if public else "the hop before is no instance of this account, and has no public address"
        return Source((public,) if public else (), "internet", "nat", (scene.leg.host,), (), why)
    mine = str(row.get("PrivateIpAddress", ""))
    near = tuple(row.get("NetworkInterfaces", ()))
    why = "" if mine else "the hop before is no instance of this account"
    return Source((mine,) if mine else (), "private", "linux", (scene.leg.host,), near, why)


def _own_interface(target: str) -> str:
    """The address of ours from which packets to `target` leave; nothing is sent (connect(2) of a datagram socket)."""
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as way:
        way.connect((target, 9))
        return str(way.getsockname()[0])
    return ""


def _system() -> Client:
    return "macos" if sys.platform == "darwin" else "linux"
