"""Where do the keys of this VM come from: OS Login, or metadata?"""

from __future__ import annotations

from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.metadata import Metadata
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.admission import Source
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import is_windows, metadata, named
from sshwizard.probes.scene import Scene


def read(who: Identity, known: Metadata, unseen: tuple[Unseen, ...], policy: Answer | None = None) -> Fact[Source]:
    """By enable-oslogin, as the guest agent reads it. `policy`: what the organisation demands, where that was asked."""
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("not-asked", "it is no VM of this project")
    switch = known.oslogin
    value = f"enable-oslogin={switch.text} ({switch.place})" if switch.place else "enable-oslogin is not set"
    command = of(who.place, "instances", "describe")
    data: dict[str, Any] = {**named(who), "oslogin": switch.text, "oslogin_at": switch.place,
                            "oslogin_own": known.instance.get("enable-oslogin"), **missing(unseen)}  # fmt: skip
    lines = [clean.line(value, 120)]
    if is_windows(who):
        return Fact("windows", f"{who.place.name} runs Windows, for which there is no OS Login", (), command, data)
    if switch.on is None:
        return blind(*unseen)
    says = f"{value}: keys come from {'OS Login' if switch.on else 'metadata'}"
    if switch.split:
        lines.append(clean.line(switch.split, 120))
        says += f". {clean.line(switch.split, 120)} is unset for the guest agent, and off for gcloud"
    if switch.on:
        data |= {"two_factor": known.switch("enable-oslogin-2fa").on is True}
        if enforced(policy):
            data |= {"required": True}
            lines.append("constraints/compute.requireOsLogin is enforced")
    return Fact("oslogin" if switch.on else "metadata", says, tuple(lines), command, data)


def enforced(answer: Answer | None) -> bool:
    """Is a boolean constraint enforced? (Resource Manager v1, getEffectiveOrgPolicy)"""
    if answer is None or isinstance(answer, Unseen):
        return False
    return bool((answer.get("booleanPolicy") or {}).get("enforced"))


async def look(scene: Scene) -> Fact[Source]:
    asked = await inquiry(scene)
    who = await asked.identity()
    known, unseen = await metadata(asked, who)
    policy = await asked.part("policy-requireOsLogin") if known.oslogin.on else None
    return read(who, known, unseen, policy)
