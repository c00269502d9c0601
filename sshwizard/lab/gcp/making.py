"""VMs, networks and subnetworks are made and deleted; a group of VMs takes one out and lets it in again."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.gcp import boots, errors, operations
from sshwizard.lab.gcp.calls import Call, route
from sshwizard.lab.gcp.disks import find, in_use, last
from sshwizard.lab.gcp.instances import launch, turn
from sshwizard.lab.gcp.state import HOME, RUNNING, Disk, Instance, Network, Nic

_ROOT = "compute/v1/projects/{project}"
_ZONE = f"{_ROOT}/zones/{{zone}}"
_SUBNETS = f"{_ROOT}/regions/{{region}}/subnetworks"
_GROUP = f"{_ZONE}/instanceGroupManagers/{{group}}"


@route("POST", f"{_ZONE}/instances", "compute.instances.insert", "compute.instances.create")
def _insert(call: Call) -> dict[str, Any]:
    project, zone, body = call.project, call.parts["zone"], call.body
    name = str(body.get("name", ""))
    path = f"projects/{project.id}/zones/{zone}/instances/{name}"
    if (zone, name) in project.instances:
        raise errors.exists(path)
    disks: list[Disk] = []
    for row in body.get("disks") or ():
        if row.get("source"):
            disk, other = find(project, zone, last(row["source"]))
            if other:
                raise in_use(f"projects/{project.id}/zones/{zone}/disks/{disk.name}", other.path)
            disk.boot, disk.kept = bool(row.get("boot")), not row.get("autoDelete")
        else:
            disk = Disk(name, int((row.get("initializeParams") or {}).get("diskSizeGb") or 10))
        disks.append(disk)
    if not disks:
        raise errors.invalid("Invalid value for field 'resource.disks': ''. At least one boot disk is required.")
    nics = [_nic(row) for row in body.get("networkInterfaces") or ()]
    metadata = {one["key"]: one["value"] for one in (body.get("metadata") or {}).get("items") or ()}
    made = Instance(
        name, project.id, zone, tags=list((body.get("tags") or {}).get("items") or ()), metadata=metadata, nics=nics,
        accounts=[one["email"] for one in body.get("serviceAccounts") or ()], disks=disks,
        machine=last(body.get("machineType")) or "e2-small", note=str(body.get("description", "")),
    )  # fmt: skip

    def change() -> None:
        for disk in disks:
            project.loose.pop((zone, disk.name), None)
        launch(call.lab, made)
        boots.start(call.lab, made, call.lab.addresses.port)

    return operations.begin(call, "insert", path, change)


def _nic(row: dict[str, Any]) -> Nic:
    public, subnet = bool(row.get("accessConfigs")), last(row.get("subnetwork"))
    network = last(row.get("network")) or subnet or "default"
    return Nic(network, subnet or network, str(row.get("networkIP", "")), public)


@route("DELETE", f"{_ZONE}/instances/{{instance}}", "compute.instances.delete")
def _delete(call: Call) -> dict[str, Any]:
    vm, project = call.vm, call.project

    def change() -> None:
        turn(call.lab, vm, "TERMINATED")
        del project.instances[vm.zone, vm.name]
        project.loose |= {(vm.zone, disk.name): disk for disk in vm.disks if disk.kept}

    told = operations.begin(call, "delete", vm.path, change, target_id=vm.id)
    vm.status = "STOPPING"
    return told


@route("POST", f"{_ROOT}/global/networks", "compute.networks.insert", "compute.networks.create")
def _network(call: Call) -> dict[str, Any]:
    project, name = call.project, str(call.body.get("name", ""))
    path = f"projects/{project.id}/global/networks/{name}"
    if name in project.networks:
        raise errors.exists(path)
    made = Network(name, note=str(call.body.get("description", "")))
    return operations.begin(call, "insert", path, lambda: project.networks.update({name: made}))


@route("DELETE", f"{_ROOT}/global/networks/{{network}}", "compute.networks.delete")
def _no_network(call: Call) -> dict[str, Any]:
    project, network = call.project, call.network
    path = f"projects/{project.id}/global/networks/{network.name}"
    users = [f"projects/{project.id}/global/firewalls/{name}" for name in network.firewalls]
    users += [str(row["selfLink"]) for row in project.subnets.values() if last(row["network"]) == network.name]
    if users:
        raise in_use(path, users[0])
    return operations.begin(call, "delete", path, lambda: project.networks.__delitem__(network.name))


@route("POST", _SUBNETS, "compute.subnetworks.insert", "compute.subnetworks.create")
def _subnet(call: Call) -> dict[str, Any]:
    project, region, name = call.project, call.parts["region"], str(call.body.get("name", ""))
    path = f"projects/{project.id}/regions/{region}/subnetworks/{name}"
    if f"{region}/{name}" in project.subnets:
        raise errors.exists(path)
    network = last(call.body.get("network"))
    if network not in project.networks:
        raise errors.not_found(f"projects/{project.id}/global/networks/{network}")
    link = f"{HOME}projects/{project.id}/global/networks/{network}"
    row = {"kind": "compute#subnetwork", **call.body, "network": link, "selfLink": HOME + path}
    return operations.begin(call, "insert", path, lambda: project.subnets.update({f"{region}/{name}": row}),
                            place=f"regions/{region}")  # fmt: skip


@route("DELETE", f"{_SUBNETS}/{{subnetwork}}", "compute.subnetworks.delete")
def _no_subnet(call: Call) -> dict[str, Any]:
    project, key = call.project, f"{call.parts['region']}/{call.parts['subnetwork']}"
    path = f"projects/{project.id}/regions/{call.parts['region']}/subnetworks/{call.parts['subnetwork']}"
    if key not in project.subnets:
        raise errors.not_found(path)
    if users := [vm for vm in call.lab.vms() for nic in vm.nics if nic.subnetwork == call.parts["subnetwork"]]:
        raise in_use(path, users[0].path)
    return operations.begin(call, "delete", path, lambda: project.subnets.__delitem__(key),
                            place=f"regions/{call.parts['region']}")  # fmt: skip


def _moved(verb: str, status: str, ends: str) -> None:
    """instanceGroupManagers.stopInstances and startInstances: the group does not heal or replace what it stopped."""

    @route("POST", f"{_GROUP}/{verb}", f"compute.instanceGroupManagers.{verb}", "compute.instanceGroupManagers.update")
    def _turned(call: Call) -> dict[str, Any]:
        project, zone = call.project, call.parts["zone"]
        names = project.groups.get(call.parts["group"])
        if names is None:
            raise errors.not_found(f"projects/{project.id}/zones/{zone}/instanceGroupManagers/{call.parts['group']}")
        wanted = [last(one) for one in call.body.get("instances") or ()]
        vms = [vm for vm in project.instances.values() if vm.zone == zone and vm.name in wanted and vm.name in names]
        if len(vms) != len(wanted) or any(vm.status != status for vm in vms):
            raise errors.invalid(f"Invalid value for field 'instances': they are not {status} in this group.")

        def change() -> None:
            for vm in vms:
                turn(call.lab, vm, ends)
                if ends == RUNNING:
                    boots.start(call.lab, vm, call.lab.addresses.port)

        path = f"projects/{project.id}/zones/{zone}/instanceGroupManagers/{call.parts['group']}"
        return operations.begin(call, f"compute.instanceGroupManagers.{verb}", path, change)


_moved("stopInstances", RUNNING, "TERMINATED")
_moved("startInstances", "TERMINATED", RUNNING)
