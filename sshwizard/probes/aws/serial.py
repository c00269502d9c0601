"""The serial console's own server refused a login: does the account allow it, and has the instance one?"""

from __future__ import annotations

from sshwizard.cloud.aws.clues import Question
from sshwizard.cloud.aws.identify import Row, state
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes import doorways
from sshwizard.probes.aws.asked import as_typed
from sshwizard.probes.aws.looks import Serial
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene

_BEHIND = 100
"""Added to a hop's number: the inquiry about the instance behind the console's server, which is another machine."""


def behind(scene: Scene) -> Inquiry | None:
    """The inquiry about the instance whose console it is; None where the login name holds none."""
    instance, _ = doorways.serial(scene.leg)
    return scene.cloud.aws.about(_BEHIND + max(scene.index, 0), Question(instance, instance)) if instance else None


def read(instance: Row, access: Answer, kind: Answer, region: str) -> Fact[Serial]:
    """What the account and the instance say (EC2 User Guide, prerequisites for the EC2 Serial Console)."""
    data = {"region": region, "kind": str(instance.get("InstanceType", "its type"))}
    command = as_typed("ec2", "get-serial-console-access-status", "--region", region)
    if not isinstance(access, Unseen) and not access.get("SerialConsoleAccessEnabled"):
        return Fact(
            "off", f"the serial console is switched off for the account in {region}", command=command, data=data
        )
    if (shown := state(instance)) != "running":
        return Fact("not-running", f"the instance is {shown}, and only a running one has a console", data=data)
    if isinstance(kind, Unseen) or isinstance(access, Unseen):
        return blind(*(one for one in (access, kind) if isinstance(one, Unseen)))
    row: Row = next(iter(kind.get("InstanceTypes", ())), {})
    if row.get("Hypervisor") == "xen":
        return Fact("not-supported", f"{data['kind']} is not built on Nitro, so it has no serial console", data=data)
    return Fact("allowed", "the account allows the serial console, and the instance runs", command=command, data=data)


async def look(scene: Scene) -> Fact[Serial]:
    asked = behind(scene)
    if asked is None:
        return unknown("the login name holds no instance: it is INSTANCE.port0")
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no instance of this account")
    return read(who.instance, await asked.part("serial"), await asked.part("type"), who.region)
