"""How the two doors stand that lead around the network: the Instance Connect Endpoint, and Session Manager."""

from __future__ import annotations

from dataclasses import replace

from sshwizard.cloud.aws.identify import Row
from sshwizard.doors.door import DoorFact
from sshwizard.doors.machine import machine, opened_by, user_of
from sshwizard.probes.aws import looks
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws.connect_endpoint import PORTS

_ENDPOINT = {"none": "eic.endpoint-missing", "not-ready": "eic.endpoint-not-usable", "blocked": "eic.endpoint-blocked"}
_OPENS = {"none": "create-instance-connect-endpoint", "blocked": "allow-endpoint-in-security-group"}
_AGENT = {"offline": "ssm.agent-offline", "no-role": "ssm.instance-role-missing", "no-way": "ssm.no-endpoint-route",
          "not-managed": "ssm.not-managed"}  # fmt: skip
_TUNNEL_NEEDS = ("ec2-instance-connect:OpenTunnel", "ec2-instance-connect:SendSSHPublicKey")
_KEY = "a key that the server takes"
_SESSION_NEEDS = ("ssm:StartSession", "ssm:TerminateSession", _KEY)


async def by_endpoint(scene: Scene) -> DoorFact:
    """From what the endpoints of the VPC and their rules say."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if not found.running:
        return DoorFact("shut", "the instance does not run", _TUNNEL_NEEDS, code="aws.instance-stopped")
    if scene.leg.port not in PORTS:
        why = f"an endpoint leads to the ports 22 and 3389 only, not to {scene.leg.port}"
        return DoorFact("shut", why, _TUNNEL_NEEDS, code="eic.endpoint-not-usable")
    fact = await looks.endpoint.look(scene)
    if not fact.known:
        return DoorFact("unknown", fact.why, (*((fact.command,) if fact.command else ()), *_TUNNEL_NEEDS))
    if fact.outcome != "usable":
        opens = tuple(opened_by(scene, one, "--dry-run") for one in (_OPENS.get(fact.outcome),) if one)
        return DoorFact("shut", fact.says, _TUNNEL_NEEDS, commands=opens, code=_ENDPOINT[fact.outcome])
    user = await user_of(scene, found)
    typed = found.typed("ec2-instance-connect", "ssh", "--instance-id", found.id, "--connection-type", "eice",
                        "--os-user", user)  # fmt: skip
    return DoorFact("open", fact.says, _TUNNEL_NEEDS, commands=(typed,))


async def by_session_manager(scene: Scene) -> DoorFact:
    """From what Systems Manager says about the agent."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if not found.running:
        return DoorFact("shut", "the instance does not run", _SESSION_NEEDS, code="aws.instance-stopped")
    fact = await looks.agent.look(scene)
    if not fact.known:
        return DoorFact("unknown", fact.why, (*((fact.command,) if fact.command else ()), *_SESSION_NEEDS))
    if fact.outcome != "online":
        role: Row = found.row.get("IamInstanceProfile") or {}
        needs = (*_SESSION_NEEDS, *(() if role else ("an instance role for Systems Manager",)))
        opens = () if role else (opened_by(scene, "attach-ssm-role", "--with", "ROLE", "--dry-run"),)
        return DoorFact("shut", fact.says, needs, commands=opens, code=_AGENT[fact.outcome])
    typed = found.typed("ssm", "start-session", "--target", found.id)
    return DoorFact("open", fact.says, _SESSION_NEEDS, commands=(typed,))


async def by_shell(scene: Scene) -> DoorFact:
    """The same way, without ssh at its end."""
    fact = await by_session_manager(scene)
    return replace(fact, needs=tuple(one for one in fact.needs if one != _KEY))
