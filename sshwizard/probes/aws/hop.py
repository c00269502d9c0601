"""Behind a jump host that is an instance, too: does the target's security group admit that one?"""

from __future__ import annotations

from typing import Literal, get_args

from sshwizard.model import Fact
from sshwizard.probes.aws.path import path
from sshwizard.probes.scene import Probe, Scene

Hop = Literal["admits", "group-blocks", "other-blocks", "no-hop"]
"""group-blocks: no rule covers the jump host's address or group; other-blocks: what else stands between the two."""


async def _look(scene: Scene) -> Fact[Hop]:
    if scene.index <= 0:
        return Fact("no-hop", "no jump host stands before it")
    fact = await path.look(scene)
    if not fact.known:
        return Fact("unknown", fact.says, fact.lines, fact.command, fact.data, why=fact.why)
    outcome: Hop = "other-blocks"
    if fact.outcome == "open":
        outcome = "admits"
    elif fact.outcome in {"sg-closed", "sg-other-source", "sg-other-port"}:
        outcome = "group-blocks"
    return Fact(outcome, fact.says, fact.lines, fact.command, {**fact.data, "blocks": fact.outcome})


hop: Probe[Hop] = Probe("aws.hop", get_args(Hop), _look, waits="the account's rules (gives up in 10 s)")
