"""Behind a jump host: does the target's security group admit it? One of the account comes with its private address and
its group; of any other only the address is known under which it is reached itself."""

from __future__ import annotations

from dataclasses import replace

from sshwizard.model import Fact
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.looks import Hop, path
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Hop]:
    """Asked at the jump host, about the leg behind it."""
    if scene.index + 1 >= len(scene.legs):
        return Fact("no-hop", "nothing stands behind it")
    who = await (await inquiry(scene)).identity()
    behind = replace(scene, index=scene.index + 1, facts={})
    if not who.instance and not (await (await inquiry(behind)).identity()).instance:
        return Fact("no-hop", "the jump host is no instance that we know")
    fact = await path.look(behind)
    if not fact.known:
        return Fact("unknown", fact.says, fact.lines, fact.command, fact.data, why=fact.why)
    outcome: Hop = "other-blocks"
    if fact.outcome == "open":
        outcome = "admits"
    elif fact.outcome in {"sg-closed", "sg-other-source", "sg-other-port"}:
        outcome = "group-blocks" if who.instance else "address-blocks"
    groups = [str(one.get("GroupId", "")) for one in who.instance.get("SecurityGroups", ())]
    data = {**fact.data, "blocks": fact.outcome, "hop_groups": groups}
    return Fact(outcome, fact.says, fact.lines, fact.command, data)
