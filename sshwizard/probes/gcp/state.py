"""Does the VM run? (Compute Engine, VM instance lifecycle.)"""

from __future__ import annotations

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.looks import State
from sshwizard.probes.scene import Scene

_OF: dict[str, State] = {
    "RUNNING": "running", "PROVISIONING": "starting", "STAGING": "starting", "STOPPING": "stopped",
    "TERMINATED": "stopped", "STOPPED": "stopped", "SUSPENDING": "suspended", "SUSPENDED": "suspended",
    "PENDING_STOP": "stopped", "REPAIRING": "repairing",
}  # fmt: skip
MUTE = frozenset({"STOPPING", "TERMINATED", "STOPPED", "SUSPENDING", "SUSPENDED"})


def read(who: Identity) -> Fact[State]:
    """The state as instances.get gives it."""
    if not who.instance:
        if who.unseen and who.who == "unseen":
            return blind(*who.unseen)
        return Fact("not-asked", who.unseen[0].why if who.unseen else "it is no VM of this project")
    status = clean.line(who.status, 40)
    if status not in _OF:
        return Fact("unknown", f"Google names the state {status!r}", why="this state is not known here")
    why = clean.line(str(who.instance.get("statusMessage", "")), 160)
    says = f"the VM is {status}" + (f": {why}" if why else "")
    data = {
        "vm": who.place.name, "zone": who.place.zone, "project": who.place.project, "status": status,
        "started": clean.line(str(who.instance.get("lastStartTimestamp", "")), 40),
    }  # fmt: skip
    return Fact(_OF[status], says, (f"{who.place.name}  {status}",), of(who.place, "instances", "describe"), data)


async def look(scene: Scene) -> Fact[State]:
    return read(await (await inquiry(scene)).identity())
