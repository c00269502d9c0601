"""What every look at AWS needs: the inquiry about this hop, and what to say when an answer is missing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.clues import Question, read_name
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import UNKNOWN, Fact
from sshwizard.probes.names import literal
from sshwizard.probes.scene import Scene
from sshwizard.probes.stages import by_program, dialled

NAMED = -1
"""Where the inquiry stands that was begun by an instance id, before there were legs."""


async def inquiry(scene: Scene) -> Inquiry:
    """The inquiry about this hop: a plain host is recognised here, and nobody is asked about it."""
    if "machine" in scene.facts and scene.leg.final and (known := scene.cloud.aws.known(NAMED)):
        return known
    leg = scene.leg
    addresses: tuple[str, ...] = ()
    told = literal(leg.host) or leg.host.lower().startswith("i-") or read_name(leg.host.lower()) is not None
    if not told and scene.live and scene.index <= 0 and not by_program(leg):
        addresses = await dialled(scene)
    region, vpc = await _hop(scene)
    question = Question(leg.name, leg.host, addresses, hop_region=region, hop_vpc=vpc)
    return scene.cloud.aws.about(max(scene.index, 0), question)


async def _hop(scene: Scene) -> tuple[str, str]:
    """Region and VPC of the hop before, when that was found to be an instance of ours."""
    if scene.index <= 0:
        return "", ""
    before = scene.cloud.aws.known(scene.index - 1)
    who = await before.identity() if before else None
    return (who.region, str(who.instance.get("VpcId", ""))) if who and who.instance else ("", "")


def blind(*unseen: Unseen, says: str = "") -> Fact[Any]:
    """The fact of a look that AWS gave no answer to: `data.unseen` names each call, why, and what would unblock it."""
    first = unseen[0]
    why = clean.line(says or first.why)
    return Fact(UNKNOWN, why, data=missing(unseen), why=why, command=clean.line(first.unblock, 160))


def missing(unseen: tuple[Unseen, ...]) -> dict[str, Any]:
    """What could not be seen, as facts carry it."""
    return {"unseen": [{key: clean.line(value, 300) for key, value in asdict(one).items()} for one in unseen]}
