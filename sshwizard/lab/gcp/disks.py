"""Disks and snapshots: made, resized, put on a VM and taken from it (compute.disks, compute.snapshots)."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.gcp import errors, operations
from sshwizard.lab.gcp.calls import Call, page, route
from sshwizard.lab.gcp.held import now
from sshwizard.lab.gcp.state import HOME, RUNNING, Disk, Instance, Project

_ROOT = "compute/v1/projects/{project}"
_ZONE = f"{_ROOT}/zones/{{zone}}"
_VM = f"{_ZONE}/instances/{{instance}}"
_SNAPSHOT = f"{_ROOT}/global/snapshots/{{snapshot}}"


def last(link: object) -> str:
    """The name at the end of a link."""
    return str(link or "").rpartition("/")[2]


def every(project: Project) -> list[tuple[str, Disk, Instance | None]]:
    """Each disk with its zone, and the VM that it is on."""
    held = [(vm.zone, disk, vm) for vm in project.instances.values() for disk in vm.disks]
    return [*held, *((zone, disk, None) for (zone, _), disk in project.loose.items())]


def find(project: Project, zone: str, name: str) -> tuple[Disk, Instance | None]:
    """Raises ApiError."""
    for there, disk, vm in every(project):
        if (there, disk.name) == (zone, name):
            return disk, vm
    raise errors.not_found(f"projects/{project.id}/zones/{zone}/disks/{name}")


def _shown(project: Project, zone_: str, disk: Disk, vm: Instance | None) -> dict[str, Any]:
    zone = f"{HOME}projects/{project.id}/zones/{zone_}"
    told: dict[str, Any] = {
        "kind": "compute#disk",
        "name": disk.name,
        "sizeGb": str(disk.size),
        "status": "READY",
        "type": f"{zone}/diskTypes/pd-balanced",
        "zone": zone,
        "licenses": [f"{HOME}projects/{one}" for one in disk.licenses],
        "selfLink": f"{zone}/disks/{disk.name}",
    }
    if vm:
        told["users"] = [HOME + vm.path]
    if disk.note:
        told["description"] = disk.note
    if disk.snapshot:
        told["sourceSnapshot"] = f"{HOME}projects/{project.id}/global/snapshots/{disk.snapshot}"
    return told


@route("GET", f"{_ZONE}/disks", "compute.disks.list")
def _disks(call: Call) -> dict[str, Any]:
    zone = call.parts["zone"]
    rows = [_shown(call.project, there, disk, vm) for there, disk, vm in every(call.project) if there == zone]
    return page(call, rows, "disk")


@route("GET", f"{_ROOT}/aggregated/disks", "compute.disks.aggregatedList", "compute.disks.list")
def _all_disks(call: Call) -> dict[str, Any]:
    items_: dict[str, Any] = {}
    for zone, disk, vm in every(call.project):
        items_.setdefault(f"zones/{zone}", {"disks": []})["disks"].append(_shown(call.project, zone, disk, vm))
    return {"kind": "compute#diskAggregatedList", "items": items_}


@route("GET", f"{_ZONE}/disks/{{disk}}", "compute.disks.get")
def _get_disk(call: Call) -> dict[str, Any]:
    return _shown(call.project, call.parts["zone"], *find(call.project, call.parts["zone"], call.parts["disk"]))


def _path(call: Call, name: str) -> str:
    return f"projects/{call.project.id}/zones/{call.parts['zone']}/disks/{name}"


@route("POST", f"{_ZONE}/disks/{{disk}}/resize", "compute.disks.resize")
def _resize(call: Call) -> dict[str, Any]:
    disk, _ = find(call.project, call.parts["zone"], call.parts["disk"])
    size = int(call.body.get("sizeGb", 0))
    if size <= disk.size:
        message = f"Invalid value for field 'sizeGb': '{size}'. New disk size must be larger than {disk.size}."
        raise errors.invalid(message)
    return operations.begin(call, "resizeDisk", _path(call, disk.name), lambda: setattr(disk, "size", size))


@route("POST", f"{_ZONE}/disks", "compute.disks.insert", "compute.disks.create")
def _insert(call: Call) -> dict[str, Any]:
    project, zone, name = call.project, call.parts["zone"], str(call.body.get("name", ""))
    if any((there, disk.name) == (zone, name) for there, disk, _ in every(project)):
        raise errors.exists(_path(call, name))
    snapshot = last(call.body.get("sourceSnapshot"))
    if snapshot and snapshot not in project.snapshots:
        raise errors.not_found(f"projects/{project.id}/global/snapshots/{snapshot}")
    size = int(call.body.get("sizeGb") or project.snapshots.get(snapshot, {}).get("diskSizeGb", 10))
    made = Disk(name, size, kept=True, snapshot=snapshot, note=str(call.body.get("description", "")))
    return operations.begin(call, "insert", _path(call, name), lambda: project.loose.update({(zone, name): made}))


@route("DELETE", f"{_ZONE}/disks/{{disk}}", "compute.disks.delete")
def _delete(call: Call) -> dict[str, Any]:
    zone, name = call.parts["zone"], call.parts["disk"]
    _, vm = find(call.project, zone, name)
    if vm:
        raise in_use(_path(call, name), vm.path)
    return operations.begin(call, "delete", _path(call, name), lambda: call.project.loose.__delitem__((zone, name)))


def in_use(path: str, by: str) -> errors.ApiError:
    """What would be taken from under another resource."""
    message = f"The resource '{path}' is already being used by '{by}'"
    return errors.ApiError(400, "INVALID_ARGUMENT", "resourceInUseByAnotherResource", message)


# ------------------------------------------------------------------ snapshots


@route("GET", f"{_ROOT}/global/snapshots", "compute.snapshots.list")
def _snapshots(call: Call) -> dict[str, Any]:
    return page(call, list(call.project.snapshots.values()), "snapshot")


@route("GET", _SNAPSHOT, "compute.snapshots.get")
def _snapshot(call: Call) -> dict[str, Any]:
    found = call.project.snapshots.get(call.parts["snapshot"])
    if found is None:
        raise errors.not_found(f"projects/{call.project.id}/global/snapshots/{call.parts['snapshot']}")
    return found


@route("POST", f"{_ROOT}/global/snapshots", "compute.snapshots.insert", "compute.snapshots.create")
def _snap(call: Call) -> dict[str, Any]:
    project, name = call.project, str(call.body.get("name", ""))
    path = f"projects/{project.id}/global/snapshots/{name}"
    if name in project.snapshots:
        raise errors.exists(path)
    link = str(call.body.get("sourceDisk", ""))
    zone = link.partition("/zones/")[2].partition("/")[0]
    disk, _ = find(project, zone, last(link))
    row = {
        "kind": "compute#snapshot", "name": name, "status": "READY",
        "sourceDisk": HOME + link[link.index("projects/") :],
        "diskSizeGb": str(disk.size), "creationTimestamp": now(), "selfLink": HOME + path,
        "description": str(call.body.get("description", "")),
    }  # fmt: skip
    return operations.begin(call, "createSnapshot", path, lambda: project.snapshots.update({name: row}))


@route("DELETE", _SNAPSHOT, "compute.snapshots.delete")
def _unsnap(call: Call) -> dict[str, Any]:
    name = str(_snapshot(call)["name"])
    path = f"projects/{call.project.id}/global/snapshots/{name}"
    return operations.begin(call, "delete", path, lambda: call.project.snapshots.__delitem__(name))


# ------------------------------------------------------------------ disks of a VM


@route("POST", f"{_VM}/setDiskAutoDelete", "compute.instances.setDiskAutoDelete")
def _auto_delete(call: Call) -> dict[str, Any]:
    vm, disk = call.vm, _attached(call)
    kept = call.query.get("autoDelete") != "true"
    return operations.begin(call, "setDiskAutoDelete", vm.path, lambda: setattr(disk, "kept", kept), target_id=vm.id)


def _attached(call: Call) -> Disk:
    for disk in call.vm.disks:
        if disk.name == call.query.get("deviceName"):
            return disk
    raise errors.invalid(f"No attached disk found with device name '{call.query.get('deviceName')}'")


@route("POST", f"{_VM}/detachDisk", "compute.instances.detachDisk")
def _detach(call: Call) -> dict[str, Any]:
    vm, disk = call.vm, _attached(call)
    if disk.boot and vm.status == RUNNING:
        raise errors.invalid("Cannot detach the boot disk of a running instance.")

    def change() -> None:
        vm.disks.remove(disk)
        call.project.loose[vm.zone, disk.name] = disk

    return operations.begin(call, "detachDisk", vm.path, change, target_id=vm.id)


@route("POST", f"{_VM}/attachDisk", "compute.instances.attachDisk")
def _attach(call: Call) -> dict[str, Any]:
    vm, name = call.vm, last(call.body.get("source"))
    disk, other = find(call.project, vm.zone, name)
    if other:
        raise in_use(_path(call, name), other.path)

    def change() -> None:
        del call.project.loose[vm.zone, name]
        disk.boot, disk.kept = bool(call.body.get("boot")), not call.body.get("autoDelete")
        vm.disks.insert(0 if disk.boot else len(vm.disks), disk)

    return operations.begin(call, "attachDisk", vm.path, change, target_id=vm.id)
