"""compute.instances, and projects, zones and disks: what the API shows, and what starts and stops."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.gcp import boots, errors, operations
from sshwizard.lab.gcp.calls import Call, page, route
from sshwizard.lab.gcp.held import now
from sshwizard.lab.gcp.state import HOME, RUNNING, Disk, Instance, Lab, Nic, Project, fingerprint

_ROOT = "compute/v1/projects/{project}"
_ZONE = f"{_ROOT}/zones/{{zone}}"
_VM = f"{_ZONE}/instances/{{instance}}"
_LARGEST_LOG = 1_048_576
"""Bytes of a serial port that are kept (Compute Engine documentation, "View serial port output")."""
_OFF = ("TERMINATED", "SUSPENDED", "STOPPING", "SUSPENDING")


def items(metadata: dict[str, str]) -> dict[str, Any]:
    """Metadata as the API shows it; no items where there are none."""
    told: dict[str, Any] = {"kind": "compute#metadata", "fingerprint": fingerprint(metadata)}
    if metadata:
        told["items"] = [{"key": key, "value": value} for key, value in metadata.items()]
    return told


def tags(vm: Instance) -> dict[str, Any]:
    told: dict[str, Any] = {"fingerprint": fingerprint(vm.tags)}
    return {"items": vm.tags, **told} if vm.tags else told


def shown(vm: Instance) -> dict[str, Any]:
    """A VM as instances.get answers it."""
    zone = f"{HOME}projects/{vm.project}/zones/{vm.zone}"
    told: dict[str, Any] = {
        "kind": "compute#instance",
        "id": vm.id,
        "creationTimestamp": vm.created,
        "name": vm.name,
        "tags": tags(vm),
        "machineType": f"{zone}/machineTypes/{vm.machine}",
        "status": vm.status,
        "zone": zone,
        "canIpForward": False,
        "networkInterfaces": _nics(vm),
        "disks": [_attached(zone, place, disk) for place, disk in enumerate(vm.disks)],
        "metadata": items(vm.metadata),
        "selfLink": HOME + vm.path,
        "scheduling": {"onHostMaintenance": "MIGRATE", "automaticRestart": True, "preemptible": False},
        "cpuPlatform": "Intel Broadwell",
        "labelFingerprint": fingerprint({}),
        "fingerprint": fingerprint([vm.path, vm.status]),
        "startRestricted": False,
        "deletionProtection": False,
        "lastStartTimestamp": vm.started,
    }
    if vm.accounts:
        scope = "https://www.googleapis.com/auth/cloud-platform"
        told["serviceAccounts"] = [{"email": one, "scopes": [scope]} for one in vm.accounts]
    if vm.stopped:
        told["lastStopTimestamp"] = vm.stopped
    if vm.note:
        told["description"] = vm.note
    return told


def _nics(vm: Instance) -> list[dict[str, Any]]:
    shown_: list[dict[str, Any]] = []
    for place, nic in enumerate(vm.nics):
        home = f"{HOME}projects/{nic.host or vm.project}"
        one: dict[str, Any] = {
            "kind": "compute#networkInterface",
            "network": f"{home}/global/networks/{nic.network}",
            "subnetwork": f"{home}/regions/{vm.zone.rpartition('-')[0]}/subnetworks/{nic.subnetwork}",
            "networkIP": nic.ip,
            "name": f"nic{place}",
            "fingerprint": fingerprint(nic.ip),
            "stackType": "IPV4_ONLY",
        }
        if nic.public:
            one["accessConfigs"] = [_access(nic.nat)]
        shown_.append(one)
    return shown_


def _access(nat: str) -> dict[str, Any]:
    """An ephemeral address is gone while the VM is stopped; its access config stays."""
    told = {"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "name": "External NAT", "networkTier": "PREMIUM"}
    return {**told, "natIP": nat} if nat else told


def _attached(zone: str, place: int, disk: Disk) -> dict[str, Any]:
    return {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": "READ_WRITE",
        "source": f"{zone}/disks/{disk.name}",
        "deviceName": disk.name,
        "index": place,
        "boot": disk.boot,
        "autoDelete": not disk.kept,
        "licenses": [f"{HOME}projects/{one}" for one in disk.licenses],
        "interface": "SCSI",
        "diskSizeGb": str(disk.size),
    }


def launch(lab: Lab, vm: Instance) -> Instance:
    """Put a VM into its project, with its external addresses."""
    for nic in vm.nics:
        taken = sum(len(one.nics) for one in lab.vms())
        nic.ip = nic.ip or f"10.132.{taken // 250}.{taken % 250 + 2}"
        _address(lab, vm, nic)
    lab.projects[vm.project].instances[vm.zone, vm.name] = vm
    return vm


def _address(lab: Lab, vm: Instance, nic: Nic) -> None:
    """The external address that fits the state of the VM."""
    if vm.status in _OFF and not nic.static:
        nic.nat = ""
    elif nic.public and not nic.nat:
        nic.nat = lab.addresses.next()


def turn(lab: Lab, vm: Instance, status: str) -> None:
    """A VM goes to another state, and its ephemeral addresses with it."""
    vm.status = status
    if status == RUNNING:
        vm.started = now()
    elif status in _OFF:
        vm.stopped = now()
    for nic in vm.nics:
        _address(lab, vm, nic)


@route("GET", _VM, "compute.instances.get")
def _get(call: Call) -> dict[str, Any]:
    return shown(call.vm)


@route("GET", f"{_ZONE}/instances", "compute.instances.list")
def _list(call: Call) -> dict[str, Any]:
    rows = [shown(vm) for (zone, _), vm in call.project.instances.items() if zone == call.parts["zone"]]
    return page(call, rows, "instance")


@route("GET", f"{_ROOT}/aggregated/instances", "compute.instances.aggregatedList", "compute.instances.list")
def _aggregated(call: Call) -> dict[str, Any]:
    told = page(call, [shown(vm) for vm in call.project.instances.values()], "instanceAggregated")
    zones: dict[str, Any] = {
        "zones/us-central1-a": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "There are no results."}}
    }
    for row in told.get("items", []):
        zones.setdefault(f"zones/{row['zone'].rpartition('/')[2]}", {"instances": []})["instances"].append(row)
    return {**told, "items": zones}


@route("GET", f"{_VM}/serialPort", "compute.instances.getSerialPortOutput")
def _serial(call: Call) -> dict[str, Any]:
    vm, port, begin = call.vm, int(call.query.get("port", "1")), int(call.query.get("start", "0"))
    if not 1 <= port <= 4:
        raise errors.invalid(f"Invalid value for field 'port': '{port}'. Must be less than or equal to 4")
    if vm.status in ("TERMINATED", "SUSPENDED"):
        raise errors.ApiError(400, "INVALID_ARGUMENT", "resourceNotReady", f"The resource '{vm.path}' is not ready")
    text = vm.serial.get(port, "").encode()
    first = max(0, len(text) - _LARGEST_LOG)
    start = max(first, len(text) + begin if begin < 0 else begin)
    return {
        "kind": "compute#serialPortOutput",
        "selfLink": f"{HOME}{vm.path}/serialPort",
        "contents": text[start:].decode("utf-8", "replace"),
        "start": str(start),
        "next": str(len(text)),
    }


@route("GET", f"{_VM}/getGuestAttributes", "compute.instances.getGuestAttributes")
def _attributes(call: Call) -> dict[str, Any]:
    vm, wanted = call.vm, call.query.get("queryPath") or f"{call.query.get('variableKey', '')}"
    if not call.lab.flag(vm, "enable-guest-attributes"):
        raise errors.not_found(f"{vm.path}/guestAttributes/{wanted}")
    rows = [
        {"namespace": name.partition("/")[0], "key": name.partition("/")[2], "value": value}
        for name, value in vm.attributes.items()
        if name.startswith(wanted)
    ]
    if not rows:
        raise errors.not_found(f"{wanted}' of type 'Guest Attribute")
    link = f"{HOME}{vm.path}/guestAttributes/{wanted}"
    return {
        "kind": "compute#guestAttributes",
        "queryPath": wanted,
        "queryValue": {"items": rows},
        "selfLink": link,
    }


def _power(verb: str, wanted: tuple[str, ...], passing: str, ends: str) -> None:
    permission = f"compute.instances.{verb}"

    @route("POST", f"{_VM}/{verb}", permission)
    def _turned(call: Call) -> dict[str, Any]:
        vm = call.vm
        if vm.status not in wanted:
            message = f"The resource '{vm.path}' is not ready"
            raise errors.ApiError(400, "INVALID_ARGUMENT", "resourceNotReady", message)

        def change() -> None:
            turn(call.lab, vm, ends)
            if verb in ("start", "reset"):
                boots.start(call.lab, vm, call.lab.addresses.port)

        told = operations.begin(call, verb, vm.path, change, target_id=vm.id)
        vm.status = passing
        call.lab.changed()
        return told


_power("start", ("TERMINATED",), "STAGING", RUNNING)
_power("stop", (RUNNING,), "STOPPING", "TERMINATED")
_power("resume", ("SUSPENDED",), "STAGING", RUNNING)
_power("suspend", (RUNNING,), "SUSPENDING", "SUSPENDED")
_power("reset", (RUNNING,), RUNNING, RUNNING)


@route("GET", _ROOT, "compute.projects.get")
def _project(call: Call) -> dict[str, Any]:
    project = call.project
    told: dict[str, Any] = {
        "kind": "compute#project",
        "id": str(project.number),
        "name": project.id,
        "commonInstanceMetadata": items(project.metadata),
        "selfLink": f"{HOME}projects/{project.id}",
        "defaultServiceAccount": f"{project.number}-compute@developer.gserviceaccount.com",
        "defaultNetworkTier": "PREMIUM",
    }
    if any(one.host == project.id for one in call.lab.projects.values()):
        told["xpnProjectStatus"] = "HOST"
    return told


@route("GET", f"{_ROOT}/getXpnHost", "compute.projects.getXpnHost", "compute.projects.get")
def _host(call: Call) -> dict[str, Any]:
    host = call.project.host
    return {"kind": "compute#project", "name": host, "selfLink": f"{HOME}projects/{host}"} if host else {}


def _zones(project: Project) -> list[dict[str, Any]]:
    names = {zone for zone, _ in project.instances} | set(project.zones) or {"europe-west1-b"}
    return [
        {
            "kind": "compute#zone",
            "name": name,
            "status": "UP",
            "region": f"{HOME}projects/{project.id}/regions/{name.rpartition('-')[0]}",
            "selfLink": f"{HOME}projects/{project.id}/zones/{name}",
        }
        for name in sorted(names)
    ]


@route("GET", f"{_ROOT}/zones", "compute.zones.list")
def _list_zones(call: Call) -> dict[str, Any]:
    return page(call, _zones(call.project), "zone")


@route("GET", _ZONE, "compute.zones.get")
def _zone(call: Call) -> dict[str, Any]:
    found = [one for one in _zones(call.project) if one["name"] == call.parts["zone"]]
    if not found:
        raise errors.not_found(f"projects/{call.project.id}/zones/{call.parts['zone']}")
    return found[0]
