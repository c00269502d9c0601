"""Ways in that work on the disk, while nobody can log in: told with what they cost and interrupt, never made here.

AWS Systems Manager Automation runbook reference (AWSSupport-TroubleshootSSH); re:Post, user data on a running
instance; EC2 User Guide, troubleshoot an unreachable instance (rescue instance).
"""

from __future__ import annotations

from sshwizard.cloud.aws.identify import Row, tag
from sshwizard.doors.door import DoorFact
from sshwizard.doors.machine import Machine, machine
from sshwizard.probes.scene import Scene

_STOPS = "stops and starts the instance: services end, an address that is not elastic changes, instance store is lost"
_GROUP = "aws:autoscaling:groupName"


async def by_runbook(scene: Scene) -> DoorFact:
    """EC2Rescue by an Automation document, which repairs what it knows."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if found.windows:
        return DoorFact("shut", "the runbook is for Linux")
    if shut := _cannot_stop(found):
        return shut
    parameters = f"InstanceId={found.id},Action=FixAll,AllowOffline=True"
    typed = found.typed("ssm", "start-automation-execution", "--document-name", "AWSSupport-TroubleshootSSH",
                        "--parameters", parameters)  # fmt: skip
    why = "it repairs what EC2Rescue knows, on the disk where no agent answers; whether you may was not tried"
    needs = ("ssm:StartAutomationExecution", "ec2:StopInstances, ec2:StartInstances and more where the agent is off")
    return DoorFact("unknown", why, needs, "a helper instance for some minutes, and an image as a backup",
                    f"{_STOPS}; with an agent online nothing stops", (typed,))  # fmt: skip


async def by_user_data(scene: Scene) -> DoorFact:
    """A script that cloud-init runs as root at the next boot."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if shut := _cannot_stop(found):
        return shut
    rows = (
        found.typed("ec2", "describe-instance-attribute", "--instance-id", found.id, "--attribute", "userData",
                    "--query", "UserData.Value", "--output", "text") + " | base64 -d > user-data.before",
        found.typed("ec2", "stop-instances", "--instance-ids", found.id),
        found.typed("ec2", "wait", "instance-stopped", "--instance-ids", found.id),
        found.typed("ec2", "modify-instance-attribute", "--instance-id", found.id, "--attribute", "userData",
                    "--value", "file://rescue.b64"),
        found.typed("ec2", "start-instances", "--instance-ids", found.id),
    )  # fmt: skip
    why = "a script runs as root at the next boot, where cloud-init works; keep the old user data, and put it back"
    needs = ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances",
             "rescue.b64: a #cloud-boothook script in base64")  # fmt: skip
    return DoorFact("unknown", why, needs, "nothing", _STOPS, rows)


async def by_volume(scene: Scene) -> DoorFact:
    """The root volume, mended on another instance."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if shut := _cannot_stop(found):
        return shut
    device = str(found.row.get("RootDeviceName", "/dev/xvda"))
    volume = _root(found.row, device)
    rows = (
        found.typed("ec2", "create-snapshot", "--volume-id", volume),
        found.typed("ec2", "stop-instances", "--instance-ids", found.id),
        found.typed("ec2", "wait", "instance-stopped", "--instance-ids", found.id),
        found.typed("ec2", "detach-volume", "--volume-id", volume),
        found.typed("ec2", "attach-volume", "--volume-id", volume, "--instance-id", "RESCUE", "--device", "/dev/sdf"),
        "# mount it there, mend it, unmount it",
        found.typed("ec2", "detach-volume", "--volume-id", volume),
        found.typed("ec2", "attach-volume", "--volume-id", volume, "--instance-id", found.id, "--device", device),
        found.typed("ec2", "start-instances", "--instance-ids", found.id),
    )
    needs = ("ec2:DetachVolume", "ec2:AttachVolume", "ec2:StopInstances", "ec2:StartInstances", "ec2:CreateSnapshot",
             f"a rescue instance in {found.zone or 'the same zone'}")  # fmt: skip
    why = "any file can be mended on another instance; whether you may was not tried"
    return DoorFact("unknown", why, needs, "a rescue instance for as long as it takes, and a snapshot", _STOPS, rows)


def _cannot_stop(found: Machine) -> DoorFact | None:
    """What a stop would destroy."""
    if group := tag(found.row, _GROUP):
        why = f"the Auto Scaling group {group} replaces an instance that stops; suspend its processes first"
        return DoorFact("shut", why)
    if str(found.row.get("RootDeviceType", "")) == "instance-store":
        return DoorFact("shut", "its root is instance store, which a stop would lose")
    return None


def _root(row: Row, device: str) -> str:
    """The id of the volume that it boots from; a word to fill in where the account does not tell."""
    for one in row.get("BlockDeviceMappings", ()):
        if one.get("DeviceName") == device:
            return str((one.get("Ebs") or {}).get("VolumeId", "VOLUME"))
    return "VOLUME"
