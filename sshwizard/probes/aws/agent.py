"""Does Systems Manager know the instance, and if not, why: its agent, its role, its way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import Agent
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws import Query, World, evaluate

_NO_WAY = ("route.", "address.", "vpce.", "sg.egress", "nacl.")


NEEDED = "ssm:UpdateInstanceInformation"
"""What an agent must be allowed before Systems Manager knows its instance (AmazonSSMManagedInstanceCore)."""


def read(answer: Answer, instance: Row, rows: Mapping[str, Any], role: Answer | None = None) -> Fact[Agent]:
    """What DescribeInstanceInformation says; where it knows nothing, what stands in the way. `role`: what IAM says of
    the role's right to report itself."""
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
    if lacks(role):
        says = f"the role of the instance may not do {NEEDED}, so its agent cannot report itself"
        return Fact("no-role", says, (str(instance["IamInstanceProfile"].get("Arn", "")),), command, data)
    if way and any(one.code.startswith(_NO_WAY) for one in way.blockers):
        codes = ", ".join(one.code for one in way.blockers)
        return Fact("no-way", "no route and no VPC endpoint leads from the instance to Systems Manager", (codes,),
                    command, data)  # fmt: skip
    return Fact("not-managed", "Systems Manager does not know the instance", command=command, data=data)


def lacks(role: Answer | None) -> bool:
    """True when IAM itself says that the role may not."""
    if role is None or isinstance(role, Unseen):
        return False
    said = [str(row.get("EvalDecision", "")) for row in role.get("EvaluationResults", ())]
    return bool(said) and all(one.endswith("Deny") for one in said)


async def _role(asked: Inquiry, instance: Row) -> Answer | None:
    """What the first role of the instance profile may do, by IAM's policy simulator."""
    arn = str((instance.get("IamInstanceProfile") or {}).get("Arn", ""))
    if not arn:
        return None
    wanted = {"InstanceProfileName": arn.rpartition("/")[2]}
    profile = await asked.ask("profile", Call("iam", "get_instance_profile", wanted))
    if isinstance(profile, Unseen):
        return profile
    roles = (profile.get("InstanceProfile") or {}).get("Roles", ())
    if not roles:
        return {"EvaluationResults": [{"EvalDecision": "implicitDeny"}]}
    simulated = {"PolicySourceArn": roles[0]["Arn"], "ActionNames": [NEEDED]}
    return await asked.ask("role", Call("iam", "simulate_principal_policy", simulated))


async def look(scene: Scene) -> Fact[Agent]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("not-managed", "it is no instance of this account")
    answer = await asked.part("agent")
    known = isinstance(answer, Unseen) or bool(answer.get("InstanceInformationList"))
    role = None if known else await _role(asked, who.instance)
    return read(answer, who.instance, {} if known else (await asked.world()).rows, role)
