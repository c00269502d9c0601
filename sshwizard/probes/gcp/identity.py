"""Whose VM it is, as Google says."""

from __future__ import annotations

from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity, addresses, brief, external, internal, is_public
from sshwizard.cloud.gcp.parts import Row
from sshwizard.cloud.unseen import LOCKED_OUT
from sshwizard.model import Fact
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.looks import Who
from sshwizard.probes.gcp.serial import place_of
from sshwizard.probes.names import literal
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Who]:
    if not scene.live:
        return Fact("not-asked", "a text was given, so no cloud is asked", source="log")
    if (place := place_of(scene.leg)) is not None:
        data = {"vm": place.name or "the VM", "zone": place.zone, "project": place.project}
        says = f"{scene.leg.host} is Google's server for the serial console of {place.name or 'a VM'}"
        return Fact("serial-console", says, data=data)
    asked = await inquiry(scene)
    asked.ahead()
    return read(await asked.identity(), asked.question.host)


def read(who: Identity, dialled: str = "") -> Fact[Who]:
    """One sentence for each outcome; the data name the VM and what else was found. `dialled`: what ssh connects to."""
    shown = wanted(who)
    data: dict[str, Any] = {
        "vm": clean.line(who.place.name, 80), "zone": who.place.zone, "project": clean.line(who.place.project, 80),
        "number": str(who.instance.get("id", "")), "asked": shown, "address": external(who.instance),
        "others": [brief(row) for row in who.others][:8], **missing(who.unseen),
    }  # fmt: skip
    lines = tuple(line(row) for row in (who.instance, *who.others) if row)[:6]
    command = of(who.place, "instances", "describe") if who.place.name or who.place.id else ""

    def fact(outcome: Who, says: str) -> Fact[Who]:
        return Fact(outcome, says, lines, command, data)

    if who.who == "not-asked":
        return fact("not-asked", f"Google was not asked: {who.unseen[0].why}")
    if who.who == "unseen":
        first = who.unseen[0]
        if first.kind in LOCKED_OUT:
            return fact("locked-out", first.why)
        return fact("denied", first.why) if first.kind == "denied" else blind(*who.unseen)
    where = ", ".join(clean.line(one, 60) for one in who.projects) or "no project"
    if who.who == "namesake" or (who.who == "instance" and _elsewhere(who, dialled)):
        data["asked"] = dialled if literal(dialled) else shown
        if not data["address"]:
            return fact(
                "unaddressed", f"the VM {data['vm']} has no external address now, and ssh dials {data['asked']}"
            )
        return fact(
            "moved", f"the VM {data['vm']} has the address {data['address']} now, and ssh dials {data['asked']}"
        )
    if who.who == "instance":
        name, zone, project = (clean.line(one, 80) for one in (who.place.name, who.place.zone, who.place.project))
        return fact("instance", f"{shown} is the VM {name} in {zone}, project {project}")
    if who.who == "several":
        return fact("several", f"{len(who.others)} VMs of {where} match {shown}")
    if who.who == "load-balancer":
        return fact("load-balancer", f"{shown} is the front of a load balancer of {where}")
    if who.who == "free-address":
        return fact("free-address", f"{shown} is reserved in {where} and leads to no VM")
    return fact("nobody", f"nothing in {where} is {shown}")


def _elsewhere(who: Identity, dialled: str) -> bool:
    """True when ssh dials an address of the internet that this VM does not have: an old one, by all that is known."""
    if not literal(dialled) or (who.clue and who.clue.addresses):
        return False
    return is_public(dialled) and dialled not in addresses(who.instance)


def line(row: Row) -> str:
    """One VM as a line of evidence."""
    told = brief(row)
    words = (told["name"], told["zone"], told["status"], told["address"], internal(row))
    return clean.line("  ".join(str(word) for word in words if word), 160)


def wanted(who: Identity) -> str:
    """What was looked for."""
    found = who.clue
    if found is None:
        return ""
    if found.place.name or found.place.id:
        return clean.line(found.place.shown, 160)
    return clean.line(", ".join(found.addresses[:3]), 120)
