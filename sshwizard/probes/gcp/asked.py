"""What every look at Google needs: the inquiry about this hop, and a command that shows the same."""

from __future__ import annotations

import contextlib
import ipaddress
import shlex
from dataclasses import replace

from sshwizard import clean
from sshwizard.cloud.gcp.clues import Question, named
from sshwizard.cloud.gcp.credentials import configured
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.ranges import region_of
from sshwizard.probes.names import literal
from sshwizard.probes.process import spell
from sshwizard.probes.scene import Scene
from sshwizard.probes.stages import by_program, dialled

NAMED = -1
"""Where the inquiry stands that was begun by `gce:`, before there were legs."""


async def inquiry(scene: Scene) -> Inquiry:
    """The inquiry about this hop: a host of another kind is recognised here, and nobody is asked about it."""
    if "vm" in scene.facts and scene.leg.final and (known := scene.cloud.gcp.known(NAMED)):
        return known
    if known := scene.cloud.gcp.known(max(scene.index, 0)):
        return known
    leg, addresses = scene.leg, tuple[str, ...]()
    proxy = _words(leg.value("proxycommand"))
    alias = leg.value("hostkeyalias")
    told = literal(leg.host) or named((leg.name, leg.host), alias, proxy) is not None
    if not told and scene.live and scene.index <= 0 and not by_program(leg):
        addresses = await dialled(scene)
    reverse = await _reverse(scene, addresses or (leg.host,)) if scene.live and scene.index <= 0 else ()
    question = Question(leg.name, leg.host, addresses, reverse, alias, proxy, await _hop(scene))
    return scene.cloud.gcp.about(max(scene.index, 0), question)


async def _reverse(scene: Scene, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The names that DNS gives for addresses newer than our table. Asked only where a login could be used."""
    public = [one for one in addresses if literal(one) and ipaddress.ip_address(one.partition("%")[0]).is_global]
    if not public or any(region_of(one) for one in public) or not configured():
        return ()
    return await scene.cloud.names_of(public[0])


async def _hop(scene: Scene) -> Place | None:
    """The hop before, when that is a VM of ours."""
    if scene.index <= 0:
        return None
    who = await (await inquiry(replace(scene, index=scene.index - 1))).identity()
    return who.place if who.instance else None


def _words(command: str) -> tuple[str, ...]:
    with contextlib.suppress(ValueError):
        return tuple(shlex.split(command))
    return ()


def as_typed(*words: str) -> str:
    """A gcloud command line as a person would type it; what comes from outside is quoted."""
    return clean.line(spell(("gcloud", *words)), 300)


def of(place: Place, *words: str) -> str:
    """A gcloud command about one VM."""
    zone = ("--zone", place.zone) if place.zone else ()
    project = ("--project", place.project) if place.project else ()
    return as_typed("compute", *words, place.name or place.id, *zone, *project)
