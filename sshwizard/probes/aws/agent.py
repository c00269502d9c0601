"""Does Systems Manager know the instance, and if not, why: its agent, its role, its way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, blind, inquiry
from sshwizard.probes.scene import Probe, Scene
from sshwizard.reach.aws import Query, World, evaluate

Agent = Literal["online", "offline", "no-role", "no-way", "not-managed"]
"""offline: it was there and is not now; no-way: no route and no endpoint leads to the service."""

_NO_WAY = ("route.", "address.", "vpce.", "sg.egress", "nacl.")


def read(answer: Answer, instance: Row, rows: Mapping[str, Any]) -> Fact[Agent]:
    """What DescribeInstanceInformation says; where it knows nothing, what stands in the way."""
    id_ = str(instance.get("InstanceId", ""))
    command = as_typed("ssm", "describe-instance-information", "--filters", f"Key=InstanceIds,Values={id_}")
    if isinstance(answer, Unseen):
        return blind(answer)
    row: Row = next(iter(answer.get("InstanceInformationList", ())), {})
    if row:
        ping, version = str(row.get("PingStatus", "")), clean.line(str(row.get("AgentVersion", "?")), 40)
        known = {"ping": ping, "version": version, "platform": clean.line(str(row.get("PlatformName", "")), 60)}
        lines = (f"{id_}  {ping}  agent {version}  last ping {row.get('LastPingDateTime', '?')}",)
        if ping == "Online":
            return Fact("online", f"Systems Manager reaches the agent (version {version})", lines, command, known)
        return Fact("offline", f"the Systems Manager agent is not reached any more ({ping})", lines, command, known)
    way = evaluate(World(rows), Query(id_, kind="ssm")).best if "Instances" in rows else None
    data: dict[str, Any] = {"blockers": [one.code for one in way.blockers] if way else []}
    if not instance.get("IamInstanceProfile"):
        says = "the instance has no role, so its agent may not speak to Systems Manager"
        return Fact("no-role", says, command=command, data=data)
    if way and any(one.code.startswith(_NO_WAY) for one in way.blockers):
        codes = ", ".join(one.code for one in way.blockers)
        return Fact("no-way", "no route and no VPC endpoint leads from the instance to Systems Manager", (codes,),
                    command, data)  # fmt: skip
    return Fact("not-managed", "Systems Manager does not know the instance", command=command, data=data)


async def _look(scene: Scene) -> Fact[Agent]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("not-managed", "it is no instance of this account")
    return read(await asked.part("agent"), who.instance, (await asked.world()).rows)


agent: Probe[Agent] = Probe("aws.agent", get_args(Agent), _look)
