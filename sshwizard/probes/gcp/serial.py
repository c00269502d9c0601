"""Google's own server for serial consoles refused a login: is the interactive console of the VM switched on?"""

from __future__ import annotations

from sshwizard import clean
from sshwizard.cloud.gcp.clues import Question
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.metadata import items
from sshwizard.cloud.gcp.names import Place, of_console
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.asked import of
from sshwizard.probes.gcp.looks import Serial
from sshwizard.probes.gcp.offered import named
from sshwizard.probes.gcp.state import MUTE
from sshwizard.probes.scene import Leg, Scene

KEY = "serial-port-enable"
POLICY = "policy-disableSerialPortAccess"
_TRUE = {"true", "y", "yes", "1", "t", "on"}
_BEHIND = 100
"""Added to a hop's number: the inquiry about the VM behind the console's server, which is another machine."""


def place_of(leg: Leg) -> Place | None:
    """The VM whose console it is, with all empty where the login name holds none; None for any other host."""
    found = of_console(leg.host, leg.user)
    return of_console(leg.name, leg.user) if found is None else found


def behind(scene: Scene) -> Inquiry | None:
    """The inquiry about that VM."""
    place = place_of(scene.leg)
    if place is None or not place.full:
        return None
    return scene.cloud.gcp.about(_BEHIND + max(scene.index, 0), Question(place.shown, place.shown))


def read(who: Identity, policy: Answer, zone: Answer, project: Answer) -> Fact[Serial]:
    """The VM's own value wins, then the zone's, then the project's (Compute Engine, About VM metadata); a constraint
    of the organization stands above all three."""
    own = items(who.instance.get("metadata"))
    data = {**named(who), "status": clean.line(who.status, 40), "serial_port_enable": own.get(KEY)}
    command = of(who.place, "instances", "describe")
    if not isinstance(policy, Unseen) and (policy.get("booleanPolicy") or {}).get("enforced"):
        says = "an organization policy forbids the interactive serial console (disableSerialPortAccess)"
        return Fact("forbidden", says, ("constraints/compute.disableSerialPortAccess: enforced",), "", data)
    if who.status in MUTE:
        return Fact("not-running", f"the VM is {data['status']}, and only a running one has a console", data=data)
    zonal = {} if isinstance(zone, Unseen) else items(zone.get("metadata"))
    shared = {} if isinstance(project, Unseen) else items(project.get("commonInstanceMetadata"))
    rows = (("instance", own), ("zone", zonal), ("project", shared))
    where, value = next(((place, found[KEY]) for place, found in rows if found.get(KEY)), ("", ""))
    line = clean.line(f"{KEY}={value} ({where})" if where else f"{KEY} is not set", 120)
    if value.lower() in _TRUE:
        return Fact("allowed", "the interactive serial console is switched on", (line,), command, data)
    if not value and isinstance(project, Unseen):
        return blind(project, says=f"whether it is switched on: {project.why}")
    unseen = (policy,) if isinstance(policy, Unseen) else ()
    says = f"the interactive serial console is switched off for this VM ({KEY})"
    return Fact("off", says, (line,), command, {**data, **missing(unseen)})


async def ask(asked: Inquiry, who: Identity) -> Fact[Serial]:
    """What Google says about the console of a VM that was found."""
    return read(who, await asked.part(POLICY), await asked.part("settings"), await asked.part("project"))


async def look(scene: Scene) -> Fact[Serial]:
    asked = behind(scene)
    if asked is None:
        return unknown("the login name holds no VM: it is PROJECT.ZONE.VM.USER.port=1")
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no VM of this project")
    return await ask(asked, who)
