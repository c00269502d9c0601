"""What is done with the boot disk of a VM: a snapshot, more room, an older state, a helper that mends it, a copy to
look at, the same VM made again from it."""

from __future__ import annotations

import json
import re

from sshwizard import clean
from sshwizard.effects import Effect
from sshwizard.fixes.fix import Refusal, Situation
from sshwizard.fixes.gcp.guides import IAP, gcloud
from sshwizard.fixes.gcp.machine import Data, Made, cannot_stop, cautions, named, noted, placed

MORE = 10
"""GB that a disk gets at least."""
LARGEST = 65536
"""GB that a disk can have (Compute Engine, Persistent Disk limits)."""
IMAGE = "projects/debian-cloud/global/images/family/debian-12"
"""Of the helper that looks at a copy of the disk."""
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


def _make(data: Data, kind: str, scope: str, body: Data, note: str = "") -> Effect:
    from sshwizard.effects.gcp import Make

    return Make(str(data["project"]), kind, scope, json.dumps(body), note)


def _boot_disk(data: Data) -> str:
    return f"projects/{data['project']}/zones/{data['zone']}/disks/{data['disk']}"


def _snap(data: Data, end: str, what: str) -> Effect:
    """Of the boot disk, while it is in use: as after a power cut."""
    size = f", at most {data['disk_gb']} GB" if data.get("disk_gb") else ""
    note = f"billed by the GB that are in use{size}, until it is deleted; the VM runs on"
    body = {"name": named(data, end), "sourceDisk": _boot_disk(data), "description": noted(data, what)}
    return _make(data, "snapshots", "global", body, note)


def snapshot(data: Data, at: Situation) -> Made:
    return (_snap(data, "before", "before a repair of"),) if data.get("disk") else _diskless()


def _diskless() -> Refusal:
    return Refusal("the boot disk of the VM is not known")


def grow(data: Data, at: Situation) -> Made:
    """Half as much again, or what the person types; the guest takes the room at its next boot."""
    from sshwizard.effects.gcp import GrowDisk, PowerVm

    was, told = data.get("disk_gb"), at.answer.strip().upper().removesuffix("GB").strip()
    if not data.get("disk") or not was:
        return _diskless()
    if told and not (told.isascii() and told.isdigit() and int(was) < int(told[:9]) <= LARGEST):
        return Refusal(f"type a size in GB, more than {was} and at most {LARGEST}")
    size = int(told) if told else int(was) + max(MORE, int(was) // 2)
    grown = GrowDisk(str(data["project"]), str(data["zone"]), str(data["disk"]), int(was), size)
    if data.get("status") != "RUNNING":
        return (grown,)
    note = "Google's own Linux images take the room at a boot; on others growpart and resize2fs or xfs_growfs do"
    return (grown, PowerVm(*placed(data), "reset", "", (note,)))


def restore(data: Data, at: Situation) -> Made:
    """The VM boots from a new disk of its newest snapshot; the old disk stays."""
    from sshwizard.effects.gcp import BootFrom, PowerVm

    snapshot = at.answer.strip() or data.get("snapshot")
    if snapshot is None:
        return Refusal("which snapshots there are was not told (compute.snapshots.list)")
    if not snapshot:
        return Refusal(f"there is no snapshot of the disk {data.get('disk')}")
    if not _NAME.fullmatch(str(snapshot)):
        return Refusal("type the name of a snapshot")
    if not data.get("disk"):
        return _diskless()
    if why := "" if data.get("status") != "RUNNING" else cannot_stop(data) or _grouped(data):
        return Refusal(why)
    new = named(data, "restored")
    body = {"name": new, "sourceSnapshot": f"projects/{data['project']}/global/snapshots/{snapshot}",
            "description": noted(data, f"made of {snapshot} for")}  # fmt: skip
    if data.get("disk_type"):
        body["type"] = f"projects/{data['project']}/zones/{data['zone']}/diskTypes/{data['disk_type']}"
    since = f" of {data['snapshot_at']}" if snapshot == data.get("snapshot") and data.get("snapshot_at") else ""
    note = f"of the snapshot {snapshot}{since}: what was written since is on {data['disk']} alone, which stays"
    stop = (PowerVm(*placed(data), "stop", "", cautions(data)),) if data.get("status") == "RUNNING" else ()
    if not stop and data.get("status") not in {"TERMINATED", "STOPPED"}:
        return Refusal(f"it is {data.get('status')}: wait until it runs or is stopped")
    scope = f"zones/{data['zone']}"
    return (_make(data, "disks", scope, body, note), *stop, BootFrom(*placed(data), str(data["disk"]), new),
            PowerVm(*placed(data), "start"))  # fmt: skip


def _grouped(data: Data) -> str:
    group = data.get("group")
    return f"it is of the instance group {group}, which makes its VMs of a template" if group else ""


def lendable(data: Data, helper: str) -> str:
    """Why its boot disk cannot be lent to this helper; empty when it may."""
    if not data.get("disk"):
        return "the boot disk of the VM is not known"
    if not _NAME.fullmatch(helper):
        return f"type the name of a running VM of yours in {data['zone']}"
    if helper == data["vm"]:
        return "the helper is another VM than this one"
    return cannot_stop(data) or _grouped(data)


def lent(data: Data, helper: str) -> tuple[str, str, str, str, str, bool, str]:
    """What its disk and the helper are called."""
    device = str(data.get("device") or data["disk"])
    return (*placed(data), str(data["disk"]), device, device in (data.get("going") or ()), helper)


def lend(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import LendDisk

    helper = at.answer.strip()
    if why := lendable(data, helper):
        return Refusal(why)
    told = ("undo brings the disk back and starts the VM: unmount it on the helper before that",
            "make a snapshot before it (snapshot-root-volume): what is mended there has no other way back")  # fmt: skip
    return (LendDisk(*lent(data, helper), (*told, *cautions(data))),)


def clone(data: Data, at: Situation) -> Made:
    """A copy of the disk on a small VM without an address, in a network of its own that only IAP reaches."""
    from sshwizard.effects.gcp import AllowInFirewall

    if not data.get("disk"):
        return _diskless()
    project, zone, _ = placed(data)
    region, net, what = zone.rpartition("-")[0], named(data, "look"), "a look at the disk of"
    network = f"projects/{project}/global/networks/{net}"
    note, subnet = noted(data, what), f"projects/{project}/regions/{region}/subnetworks/{net}"
    disk = {"name": net, "sourceSnapshot": f"projects/{project}/global/snapshots/{net}", "description": note}
    helper = {
        "name": net, "description": note, "machineType": f"zones/{zone}/machineTypes/e2-small",
        "networkInterfaces": [{"subnetwork": subnet}],
        "disks": [
            {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE}},
            {"source": f"projects/{project}/zones/{zone}/disks/{net}", "deviceName": "look", "mode": "READ_WRITE"},
        ],
    }  # fmt: skip
    return (
        _snap(data, "look", what),
        _make(data, "disks", f"zones/{zone}", disk),
        _make(data, "networks", "global", {"name": net, "autoCreateSubnetworks": False, "description": note}),
        _make(data, "subnetworks", f"regions/{region}",
              {"name": net, "network": network, "ipCidrRange": "10.240.0.0/28", "description": note}),
        AllowInFirewall(project, network, f"{net}-iap", 22, IAP, 1000, "", "", note),
        _make(data, "instances", f"zones/{zone}", helper,
              f"an e2-small without an address and without a service account, billed by the second; then: "
              f"{clean.line(inspect(project, zone, net), 400)}"),
    )  # fmt: skip


def inspect(project: str, zone: str, name: str) -> str:
    """How the copy is looked at: read-only, and an XFS that has its twin's UUID."""
    at = "/dev/disk/by-id/google-look-part1"
    mount = f"sudo mount -o ro,noload {at} /mnt || sudo mount -o ro,norecovery,nouuid {at} /mnt"
    return gcloud("compute", "ssh", name, "--tunnel-through-iap", "--zone", zone, "--project", project, "--command",
                  f"{mount}; sudo journalctl -n 200 --no-pager -D /mnt/var/log/journal")  # fmt: skip


def recreate(data: Data, at: Situation) -> Made:
    """Only once a snapshot is made and every disk stays."""
    from sshwizard.effects.gcp import KeepDisk, RecreateVm

    if why := _grouped(data) or (cannot_stop(data) if data.get("scratch") else ""):
        return Refusal(why)
    if not data.get("disk"):
        return _diskless()
    if data.get("protected"):
        return Refusal("it is protected from deletion (deletionProtection)")
    rows = ["what it was is kept in the backups directory; type, network, tags, metadata and accounts stay the same",
            *cautions(data)]  # fmt: skip
    kept = tuple(KeepDisk(*placed(data), str(device), True) for device in data.get("going") or ())
    made = RecreateVm(*placed(data), str(data["number"]), bool(data.get("reserved")), tuple(rows))
    return (_snap(data, "before", "before the making of"), *kept, made)
