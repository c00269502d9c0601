"""What is done with a VM as a whole and with its disks: power, a snapshot, more room, an older state, a copy to look
at, the same VM made again.

Every plan reads how the VM stands in its project (probes/gcp/standing), which is looked up first.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.effects import Effect
from sshwizard.fixes.fix import Plan, Refusal, Situation
from sshwizard.fixes.gcp.guides import IAP
from sshwizard.probes import standing as both
from sshwizard.probes.gcp.looks import standing

Data = Mapping[str, Any]
Made = tuple[Effect, ...] | Refusal

MORE = 10
"""GB that a disk gets at least."""
LARGEST = 65536
"""GB that a disk can have (Compute Engine, Persistent Disk limits)."""
_PLAIN = re.compile(r"[^a-z0-9-]")
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
IMAGE = "projects/debian-cloud/global/images/family/debian-12"
"""Of the helper that looks at a copy of the disk."""


def with_standing(plan: Callable[[Data, Situation], Made]) -> Plan:
    """A plan that reads how the VM stands, once that was looked up."""

    def planned(at: Situation) -> Made:
        seen = at.facts.get(both.standing.name) or at.facts.get(standing.name)
        if seen is None:
            return Refusal("how the VM stands in its project is looked up first")
        if seen.outcome != "known" or not seen.data.get("zone"):
            return Refusal(seen.says)
        return plan(seen.data, at)

    return planned


def placed(data: Data) -> tuple[str, str, str]:
    """Project, zone and name."""
    return str(data["project"]), str(data["zone"]), str(data["vm"])


def _name(data: Data, end: str) -> str:
    """A name for something new, which nothing else has; at most 62 letters of those that Google takes."""
    return f"{_PLAIN.sub('', str(data['vm']))[:30].strip('-') or 'vm'}-{end}-{str(data['mark'])[:8]}"


def _note(data: Data, what: str) -> str:
    """By which it is known again."""
    return f"{what} {data['vm']} (sshwizard {str(data['mark'])[:8]})"


# ------------------------------------------------------------------ power


def cautions(data: Data) -> tuple[str, ...]:
    """What a stop and a start change for this VM; unknown is said as that."""
    rows = ["everything that runs on it ends, and begins again with the boot"]
    if data.get("scratch"):
        rows.append("what is on its local SSD is lost")
    if data.get("public") and data.get("reserved") is False:
        rows.append(f"its external address {data['public']} is lost, and it gets another one; the internal one stays")
    elif data.get("public") and data.get("reserved") is None:
        rows.append(f"whether its external address {data['public']} stays is not known")
    if data.get("spot"):
        rows.append("it is a Spot VM, which Google may refuse to start again for want of room")
    return tuple(rows)


def cannot_stop(data: Data) -> str:
    """Why it must not be stopped; empty when it may."""
    if data.get("regional"):
        return "a regional instance group replaces it when it stops; stop it with the group's own command"
    if data.get("scratch"):
        return "what is on its local SSD would be lost"
    return ""


def _reset(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import PowerVm

    if data.get("status") != "RUNNING":
        return Refusal(f"it is {data.get('status')}, not RUNNING")
    told = ("running work is interrupted; addresses and disks stay",)
    return (PowerVm(*placed(data), "reset", "", told),)


def _stop_start(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import StopStartVm

    if why := cannot_stop(data):
        return Refusal(why)
    if data.get("status") != "RUNNING":
        return Refusal(f"it is {data.get('status')}, not RUNNING")
    return (StopStartVm(*placed(data), str(data.get("group", "")), cautions(data)),)


# ------------------------------------------------------------------ disks


def _make(data: Data, kind: str, scope: str, body: Data, note: str = "") -> Effect:
    from sshwizard.effects.gcp import Make

    return Make(str(data["project"]), kind, scope, json.dumps(body), note)


def _boot_disk(data: Data) -> str:
    return f"projects/{data['project']}/zones/{data['zone']}/disks/{data['disk']}"


def _snap(data: Data, end: str, what: str) -> Effect:
    """Of the boot disk, while it is in use: as after a power cut."""
    size = f", at most {data['disk_gb']} GB" if data.get("disk_gb") else ""
    note = f"billed by the GB that are in use{size}, until it is deleted; the VM runs on"
    body = {"name": _name(data, end), "sourceDisk": _boot_disk(data), "description": _note(data, what)}
    return _make(data, "snapshots", "global", body, note)


def _snapshot(data: Data, at: Situation) -> Made:
    return (_snap(data, "before", "before a repair of"),) if data.get("disk") else _diskless()


def _diskless() -> Refusal:
    return Refusal("the boot disk of the VM is not known")


def _grow(data: Data, at: Situation) -> Made:
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


def _restore(data: Data, at: Situation) -> Made:
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
    new = _name(data, "restored")
    body = {"name": new, "sourceSnapshot": f"projects/{data['project']}/global/snapshots/{snapshot}",
            "description": _note(data, f"made of {snapshot} for")}  # fmt: skip
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


def _lend(data: Data, at: Situation) -> Made:
    from sshwizard.effects.gcp import LendDisk

    helper = at.answer.strip()
    if why := lendable(data, helper):
        return Refusal(why)
    told = ("undo brings the disk back and starts the VM: unmount it on the helper before that",
            "make a snapshot before it (snapshot-root-volume): what is mended there has no other way back")  # fmt: skip
    return (LendDisk(*lent(data, helper), (*told, *cautions(data))),)


def _clone(data: Data, at: Situation) -> Made:
    """A copy of the disk on a small VM without an address, in a network of its own that only IAP reaches."""
    from sshwizard.effects.gcp import AllowInFirewall

    if not data.get("disk"):
        return _diskless()
    project, zone, _ = placed(data)
    region, net, what = zone.rpartition("-")[0], _name(data, "look"), "a look at the disk of"
    network = f"projects/{project}/global/networks/{net}"
    note, subnet = _note(data, what), f"projects/{project}/regions/{region}/subnetworks/{net}"
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
    from sshwizard.fixes.gcp.guides import gcloud

    at = "/dev/disk/by-id/google-look-part1"
    mount = f"sudo mount -o ro,noload {at} /mnt || sudo mount -o ro,norecovery,nouuid {at} /mnt"
    return gcloud("compute", "ssh", name, "--tunnel-through-iap", "--zone", zone, "--project", project, "--command",
                  f"{mount}; sudo journalctl -n 200 --no-pager -D /mnt/var/log/journal")  # fmt: skip


def _recreate(data: Data, at: Situation) -> Made:
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


# ------------------------------------------------------------------ Google's own checks


def tools(data: Data, at: Situation) -> Made:
    """A connectivity test from my own address, and gcloud's troubleshooting where gcloud is."""
    from sshwizard.effects.gcp import RunTool, TestConnectivity

    project, zone, vm = placed(data)
    plan: tuple[Effect, ...] = ()
    if source := str(data.get("source", "")):
        body = {
            "description": _note(data, "a look at the way to"), "protocol": "TCP", "source": {"ipAddress": source},
            "destination": {"instance": f"projects/{project}/zones/{zone}/instances/{vm}", "port": int(data["port"])},
        }  # fmt: skip
        plan += (TestConnectivity(project, f"sshwizard-{str(data['mark'])[:8]}", json.dumps(body)),)
    if shutil.which("gcloud"):
        iap = ("--tunnel-through-iap",) if at.code.startswith("gcp.iap") else ()
        words = ("gcloud", "compute", "ssh", vm, "--zone", zone, "--project", project, "--troubleshoot", "--quiet")
        plan += (RunTool(project, (*words, *iap)),)
    return plan or Refusal("gcloud is not here, and your own address is not known")


TWINS: Mapping[str, tuple[Plan, str]] = {
    id_: (with_standing(plan), asks)
    for id_, plan, asks in (
        ("reboot-instance", _reset, ""),
        ("stop-start-instance", _stop_start, ""),
        ("snapshot-root-volume", _snapshot, ""),
        ("grow-volume", _grow, ""),
        ("guide-restore-snapshot", _restore, ""),
        ("guide-debug-clone", _clone, ""),
        ("guide-rescue-volume", _lend, "The helper: the name of a running VM in the same zone"),
        ("guide-recreate-vm", _recreate, ""),
    )
}
"""Actions of the vocabulary that AWS has, too, or may have: each with what it asks."""

PREPARING = frozenset({"snapshot-root-volume", "guide-debug-clone"})
"""Those of them that mend nothing by themselves."""
