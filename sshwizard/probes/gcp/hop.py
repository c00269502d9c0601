"""Behind a jump host that is a VM, too: does the firewall of the one behind it admit that one?"""

from __future__ import annotations

from dataclasses import replace

from sshwizard.model import Fact
from sshwizard.probes.gcp import path
from sshwizard.probes.gcp.asked import inquiry
from sshwizard.probes.gcp.looks import Hop
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Hop]:
    """Asked at the jump host, about the leg behind it."""
    if scene.index + 1 >= len(scene.legs):
        return Fact("no-hop", "nothing stands behind it")
    who = await (await inquiry(scene)).identity()
    if not who.instance:
        return Fact("no-hop", "the jump host is no VM that we know")
    fact = await path.look(replace(scene, index=scene.index + 1, facts={}))
    if not fact.known:
        return Fact("unknown", fact.says, fact.lines, fact.command, fact.data, why=fact.why)
    blocks = fact.outcome in {"no-rule", "firewall-denies", "policy-denies"}
    return Fact("blocks" if blocks else "admits", fact.says, fact.lines, fact.command, fact.data)
