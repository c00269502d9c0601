"""Ways in that work on the disk, while nobody can log in: told with what they cost and interrupt.

AWS Systems Manager Automation runbook reference (AWSSupport-TroubleshootSSH); re:Post, user data on a running
instance; EC2 User Guide, troubleshoot an unreachable instance (rescue instance), device names on Linux, NVMe.
"""

from __future__ import annotations

from sshwizard.cloud.aws.identify import AUTO_SCALING, Row, tag
from sshwizard.doors.door import DoorFact
from sshwizard.doors.machine import Machine, machine, opened_by
from sshwizard.probes.scene import Scene

_STOPS = "stops and starts the instance: services end, an address that is not elastic changes, instance store is lost"


async def by_runbook(scene: Scene) -> DoorFact:
    """EC2Rescue by an Automation document, which repairs what it knows."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if found.windows:
        return DoorFact("shut", "the runbook is for Linux")
    if shut := _cannot_stop(found):
        return shut
    given = f"Action=FixAll AllowOffline=true InstanceId={found.id}"
    why = "it repairs what EC2Rescue knows, on the disk where no agent answers; whether you may was not tried"
    needs = ("ssm:StartAutomationExecution", "ec2:StopInstances, ec2:StartInstances and more where the agent is off")
    parameters = ",".join(given.split())
    typed = found.typed("ssm", "start-automation-execution", "--document-name", "AWSSupport-TroubleshootSSH",
                        "--parameters", parameters)  # fmt: skip
    return DoorFact("unknown", why, needs, "a helper instance for some minutes, and an image as a backup",
                    f"{_STOPS}; with an agent online nothing stops",
                    (opened_by(scene, "run-troubleshoot-ssh", "--with", given, "--yes=confirm"), typed))  # fmt: skip


async def by_user_data(scene: Scene) -> DoorFact:
    """A script that cloud-init runs as root at the next boot."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if shut := _cannot_stop(found):
        return shut
    why = "a script runs as root at the next boot, where cloud-init works; the old user data is kept and put back"
    needs = ("ec2:ModifyInstanceAttribute", "ec2:DescribeInstanceAttribute", "ec2:StopInstances",
             "ec2:StartInstances", "ec2:GetConsoleOutput")  # fmt: skip
    typed = opened_by(scene, "rescue-with-user-data", "--with", "REPAIR", "--dry-run")
    return DoorFact("unknown", why, needs, "nothing", _STOPS, (typed,))


async def by_volume(scene: Scene) -> DoorFact:
    """The root volume, mended on another instance."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    if shut := _cannot_stop(found):
        return shut
    device, volume = _root(found.row)
    detach = found.typed("ec2", "detach-volume", "--volume-id", volume)
    free = found.typed("ec2", "wait", "volume-available", "--volume-ids", volume)
    attach = ("ec2", "attach-volume", "--volume-id", volume)
    rows = (
        opened_by(scene, "guide-rescue-volume", "--with", "HELPER", "--dry-run"),
        "# or step by step:",
        f"# HELPER: a running instance in {found.zone or 'the same zone'}, booted before the disk comes to it:",
        "# one of the same image has the same UUIDs, and could boot from this disk instead",
        found.typed("ec2", "create-snapshot", "--volume-id", volume),
        found.typed("ec2", "stop-instances", "--instance-ids", found.id),
        found.typed("ec2", "wait", "instance-stopped", "--instance-ids", found.id),
        detach,
        free,
        f"{found.typed(*attach, '--device', '/dev/sdf')} --instance-id HELPER",
        "# on the helper:",
        *mounted(volume),
        "# mend it below /mnt, for instance: sudo chroot /mnt sshd -t",
        "# leave the UUIDs as they are: the fstab and the boot loader of the disk name them",
        "sudo umount /mnt",
        "# here again:",
        detach,
        free,
        found.typed(*attach, "--instance-id", found.id, "--device", device),
        found.typed("ec2", "start-instances", "--instance-ids", found.id),
    )
    needs = ("ec2:DetachVolume", "ec2:AttachVolume", "ec2:StopInstances", "ec2:StartInstances", "ec2:CreateSnapshot",
             f"a helper instance in {found.zone or 'the same zone'}")  # fmt: skip
    why = "any file can be mended on another instance; whether you may was not tried"
    return DoorFact("unknown", why, needs, "a helper instance for as long as it takes, and a snapshot", _STOPS, rows)


async def by_clone(scene: Scene) -> DoorFact:
    """A copy of the root volume on another instance, while the server itself goes on."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        return found
    _, volume = _root(found.row)
    if volume == _UNKNOWN:
        return DoorFact("shut", "its root is no volume of which a copy can be made")
    snapshot = found.typed("ec2", "create-snapshot", "--volume-id", volume, "--query", "SnapshotId", "--output", "text")
    copy = found.typed("ec2", "create-volume", "--availability-zone", found.zone or "ZONE", "--query", "VolumeId",
                       "--output", "text")  # fmt: skip
    wait, ready = found.typed("ec2", "wait", "snapshot-completed"), found.typed("ec2", "wait", "volume-available")
    rows = (
        opened_by(scene, "guide-debug-clone", "--with", "HELPER", "--dry-run"),
        "# or step by step:",
        "# the copy is only mounted, never booted: booted, it would act as the server does, with its names and secrets",
        f"snapshot=$({snapshot})",
        f'{wait} --snapshot-ids "$snapshot"',
        f'copy=$({copy} --snapshot-id "$snapshot")',
        f'{ready} --volume-ids "$copy"',
        f"# HELPER: an instance in {found.zone or 'the same zone'}, in a group that lets in you alone",
        f'{found.typed("ec2", "attach-volume", "--instance-id", "HELPER", "--device", "/dev/sdf")} --volume-id "$copy"',
        "# on the helper; copy=vol-… is the copy's id:",
        *mounted("$copy", read_only=True),
        "# look: /mnt/etc/ssh/sshd_config, /mnt/var/log, /mnt/home; then, here again:",
        f'{found.typed("ec2", "detach-volume")} --volume-id "$copy"; {ready} --volume-ids "$copy"',
        f'{found.typed("ec2", "delete-volume")} --volume-id "$copy"',
        f'{found.typed("ec2", "delete-snapshot")} --snapshot-id "$snapshot"',
    )
    needs = ("ec2:CreateSnapshot", "ec2:CreateVolume", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume",
             f"a helper instance in {found.zone or 'the same zone'}")  # fmt: skip
    why = "what is on the disk can be read on another instance while this one runs; whether you may was not tried"
    return DoorFact("unknown", why, needs, "a snapshot, a volume and a helper instance for as long as it takes", "",
                    rows)  # fmt: skip


def mounted(volume: str, *, read_only: bool = False) -> tuple[str, ...]:
    """sh that finds the disk on a helper by its volume id, and mounts its largest partition.

    On Nitro the device names of the API mean nothing; the volume id without its dash is the serial number.
    """
    serial = "vol${copy#vol-}" if volume.startswith("$") else volume.replace("-", "")
    return (
        f'disk=$(readlink -e "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{serial}" || readlink -e /dev/xvdf)',
        *largest(read_only=read_only),
    )


def largest(*, read_only: bool = False) -> tuple[str, ...]:
    """sh that mounts the largest partition of $disk. Two XFS file systems with one UUID are not mounted side by side
    without nouuid (xfs(5))."""
    some = ["ro"] if read_only else []
    ext4, xfs = ",".join([*some, "noload"] if read_only else ["rw"]), ",".join([*some, "nouuid"])
    if read_only:
        xfs += ",norecovery"
    return (
        'part=$(lsblk -lnpbo NAME,TYPE,SIZE "$disk" | sort -k3n | '
        "awk '$2 == \"part\" || !p { p = $1 } END { print p }')",
        f'case $(lsblk -no FSTYPE "$part") in xfs) with={xfs} ;; *) with={ext4} ;; esac',
        'sudo mount -o "$with" "$part" /mnt',
    )


def _cannot_stop(found: Machine) -> DoorFact | None:
    """What a stop would destroy."""
    if group := tag(found.row, AUTO_SCALING):
        why = f"the Auto Scaling group {group} replaces an instance that stops; stop it in standby"
        standby = found.typed("autoscaling", "enter-standby", "--instance-ids", found.id, "--auto-scaling-group-name",
                              group, "--should-decrement-desired-capacity")  # fmt: skip
        return DoorFact("shut", why, ("autoscaling:EnterStandby",), commands=(standby,))
    if str(found.row.get("RootDeviceType", "")) == "instance-store":
        return DoorFact("shut", "its root is instance store, which a stop would lose")
    return None


_UNKNOWN = "VOLUME"
"""A word to fill in where the account does not tell."""


def _root(row: Row) -> tuple[str, str]:
    """The device and the id of the volume that it boots from."""
    device = str(row.get("RootDeviceName", "/dev/xvda"))
    for one in row.get("BlockDeviceMappings", ()):
        if one.get("DeviceName") == device:
            return device, str((one.get("Ebs") or {}).get("VolumeId", _UNKNOWN))
    return device, _UNKNOWN
