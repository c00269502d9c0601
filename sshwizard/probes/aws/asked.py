"""What every look at AWS needs: the inquiry about this hop, and what to say when an answer is missing."""

from __future__ import annotations

from dataclasses import replace

from sshwizard import clean
from sshwizard.cloud.aws.access import configured
from sshwizard.cloud.aws.clues import Question, is_private, read_name
from sshwizard.cloud.aws.identify import Identity
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.aws.ranges import region_of
from sshwizard.probes import doorways
from sshwizard.probes.names import literal
from sshwizard.probes.process import spell
from sshwizard.probes.scene import Scene
from sshwizard.probes.stages import by_program, dialled

NAMED = -1
"""Where the inquiry stands that was begun by an instance id, before there were legs."""


async def inquiry(scene: Scene) -> Inquiry:
    """The inquiry about this hop: a plain host is recognised here, and nobody is asked about it."""
    if "machine" in scene.facts and scene.leg.final and (known := scene.cloud.aws.known(NAMED)):
        return known
    leg = scene.leg
    if id_ := doorways.meant(leg):
        return scene.cloud.aws.about(max(scene.index, 0), Question(id_, id_))
    addresses: tuple[str, ...] = ()
    told = literal(leg.host) or leg.host.lower().startswith("i-") or read_name(leg.host.lower()) is not None
    if not told and scene.live and scene.index <= 0 and not by_program(leg):
        addresses = await dialled(scene)
    region, vpc = await _hop(scene)
    reverse = await _reverse(scene, addresses or (leg.host,)) if scene.live and scene.index <= 0 else ()
    question = Question(leg.name, leg.host, addresses, reverse, region, vpc)
    return scene.cloud.aws.about(max(scene.index, 0), question)


async def _hop(scene: Scene) -> tuple[str, str]:
    """Region and VPC of the hop before, when that is an instance of ours."""
    if scene.index <= 0:
        return "", ""
    who = await before(scene)
    return (who.region, str(who.instance.get("VpcId", ""))) if who.instance else ("", "")


async def before(scene: Scene) -> Identity:
    """Who the hop before is."""
    return await (await inquiry(replace(scene, index=scene.index - 1))).identity()


async def _reverse(scene: Scene, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The names that DNS gives for addresses newer than our table. Asked only where credentials could be used."""
    public = [one for one in addresses if literal(one) and not is_private(one)]
    if not public or any(region_of(one) for one in public) or not configured():
        return ()
    return await scene.cloud.names_of(public[0])


def as_typed(*words: str) -> str:
    """An aws command line as a person would type it; what comes from outside is quoted."""
    return clean.line(spell(("aws", *words)), 300)
