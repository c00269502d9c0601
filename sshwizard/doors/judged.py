"""How the two doors stand that lead around the network: the Instance Connect Endpoint, and Session Manager."""

from __future__ import annotations

from sshwizard.doors.door import DoorFact
from sshwizard.probes.aws import agent, endpoint
from sshwizard.probes.scene import Scene


async def by_endpoint(scene: Scene) -> DoorFact:
    """From what the endpoints of the VPC and their rules say."""
    fact = await endpoint.endpoint.look(scene)
    if not fact.known:
        return DoorFact("unknown", fact.why)
    return DoorFact("open" if fact.outcome == "usable" else "shut", fact.says)


async def by_session_manager(scene: Scene) -> DoorFact:
    """From what Systems Manager says about the agent."""
    fact = await agent.agent.look(scene)
    if not fact.known:
        return DoorFact("unknown", fact.why)
    return DoorFact("open" if fact.outcome == "online" else "shut", fact.says)
