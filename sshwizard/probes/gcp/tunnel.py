"""ssh goes through Google's tunnel by the person's own ProxyCommand, and nothing came: what does Google say of it?"""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import replace

from sshwizard import clean
from sshwizard.cloud.gcp.names import of_tunnel
from sshwizard.cloud.gcp.parts import TUNNEL
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.looks import Tunnel
from sshwizard.probes.gcp.path import ANYBODY, Asked, admits, seen_of
from sshwizard.probes.gcp.source import Source
from sshwizard.probes.gcp.state import MUTE
from sshwizard.probes.scene import Scene
from sshwizard.reach.gcp.words import why


async def look(scene: Scene) -> Fact[Tunnel]:
    words: list[str] = []
    with contextlib.suppress(ValueError):
        words = shlex.split(scene.leg.value("proxycommand"))
    if not scene.live or of_tunnel(words) is None:
        return Fact("not-asked", "the ProxyCommand is no tunnel of Google's")
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("not-asked", "it names no VM of this project")
    place, status = replace(who.place, nic=who.place.nic or "nic0"), clean.line(who.status, 40)
    question = Asked(who.instance, place, Source(), scene.leg.port)
    data = {**question.about, "status": status}
    command = of(place, "start-iap-tunnel")
    if status in MUTE:
        return Fact("stopped", f"the VM {place.name} is {status}", (), command, data)
    seen = await seen_of(asked, who.instance, outside=True)
    if isinstance(seen.tunnel, Unseen):
        return blind(seen.tunnel)
    if TUNNEL not in (seen.tunnel.get("permissions") or ()):
        return Fact("forbidden", f"you lack {TUNNEL} for {place.name}", (), command, data)
    by_iap = admits(question.request(ANYBODY, seen).by_iap(), seen)
    if by_iap.action == "deny" and by_iap.proved:
        room = by_iap.room
        data |= {"explained": clean.line(why(by_iap), 300), "priority": room.priority if room else None,
                 "held_by": room.held_by if room else ""}  # fmt: skip
        says = f"the firewall of {place.name} does not admit Google's IAP range: {why(by_iap)}"
        return Fact("range-closed", clean.line(says, 300), (), command, data)
    return Fact("admits", f"you may open a tunnel to {place.name}, and its firewall admits it", (), command, data)
