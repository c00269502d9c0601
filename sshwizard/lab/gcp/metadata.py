"""What is written on a VM, a zone or a project: metadata and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sshwizard.lab.gcp import errors, operations
from sshwizard.lab.gcp.calls import Call, route
from sshwizard.lab.gcp.instances import tags
from sshwizard.lab.gcp.state import HOME, Instance, Project, fingerprint, switched

_ROOT = "compute/v1/projects/{project}"
_ZONE = f"{_ROOT}/zones/{{zone}}"
_VM = f"{_ZONE}/instances/{{instance}}"
LONGEST_VALUE = 262_144
LONGEST_SUM = 512 * 1024
"""Characters of a value, and of all (Compute Engine documentation, "About VM metadata")."""
_BARRED = {
    "serial-port-enable": ("compute.disableSerialPortAccess", True),
    "enable-oslogin": ("compute.requireOsLogin", False),
}
"""Keys, the constraint on them, and the value that it bars."""


def _wanted(call: Call, project: Project, now: dict[str, str]) -> dict[str, str]:
    """The metadata that is asked for. Raises ApiError."""
    if call.body.get("fingerprint") != fingerprint(now):
        raise errors.condition("Supplied fingerprint does not match current metadata fingerprint.")
    asked: dict[str, str] = {}
    for place, one in enumerate(call.body.get("items") or []):
        key, value = str(one.get("key", "")), str(one.get("value", ""))
        field = f"metadata.items[{place}]"
        if key in asked:
            raise errors.invalid(f"Invalid value for field '{field}.key': '{key}'. Duplicate key.")
        if len(value) > LONGEST_VALUE:
            size = f"maximum size {LONGEST_VALUE} character(s); actual size {len(value)}."
            raise errors.invalid(f"Value for field '{field}.value' is too large: {size}")
        asked[key] = value
    if sum(len(key) + len(value) for key, value in asked.items()) > LONGEST_SUM:
        raise errors.invalid("Metadata size exceeds the maximum total size of 512 KB.")
    for key, (constraint, barred) in _BARRED.items():
        changes = asked.get(key) != now.get(key) and switched(asked.get(key)) is barred
        if changes and project.constraints.get(constraint) is True:
            raise errors.condition(f"Constraint constraints/{constraint} violated for project {project.number}.")
    return asked


def _replace(old: dict[str, str], new: dict[str, str]) -> Callable[[], None]:
    def change() -> None:
        old.clear()
        old.update(new)

    return change


@route("POST", f"{_VM}/setMetadata", "compute.instances.setMetadata")
def _set(call: Call) -> dict[str, Any]:
    vm = call.vm
    for account in vm.accounts:
        _act_as(call, vm, account)
    change = _replace(vm.metadata, _wanted(call, call.project, vm.metadata))
    return operations.begin(call, "setMetadata", vm.path, change, target_id=vm.id)


def _act_as(call: Call, vm: Instance, account: str) -> None:
    """Who writes metadata of a VM can act as its service account, and must be allowed to."""
    resource = f"projects/{vm.project}/serviceAccounts/{account}"
    if not call.lab.may(call.who, "iam.serviceAccounts.actAs", resource):
        message = f"The user does not have access to service account '{account}'. User: '{call.who}'. "
        message += "Ask a project owner to grant you the iam.serviceAccountUser role on the service account"
        raise errors.ApiError(400, "INVALID_ARGUMENT", "SERVICE_ACCOUNT_ACCESS_DENIED", message)


@route("POST", f"{_ROOT}/setCommonInstanceMetadata", "compute.projects.setCommonInstanceMetadata")
def _set_common(call: Call) -> dict[str, Any]:
    project = call.project
    change = _replace(project.metadata, _wanted(call, project, project.metadata))
    path = f"projects/{project.id}"
    return operations.begin(call, "setMetadata", path, change, target_id=str(project.number))


@route("GET", f"{_ZONE}/instanceSettings", "compute.instanceSettings.get")
def _zonal(call: Call) -> dict[str, Any]:
    """Zonal metadata is a plain object, not a list of items (v1 reference of instanceSettings)."""
    path = f"projects/{call.project.id}/zones/{call.parts['zone']}"
    values = call.project.zones.get(call.parts["zone"], {})
    told: dict[str, Any] = {
        "kind": "compute#instanceSettings",
        "zone": HOME + path,
        "fingerprint": fingerprint(values),
    }
    return {**told, "metadata": {"kind": "compute#metadata", "items": values}} if values else told


@route("POST", f"{_VM}/setTags", "compute.instances.setTags")
def _set_tags(call: Call) -> dict[str, Any]:
    vm = call.vm
    if call.body.get("fingerprint") != tags(vm)["fingerprint"]:
        raise errors.condition("Supplied fingerprint does not match current tags fingerprint.")
    asked = [str(one) for one in call.body.get("items") or []]

    def change() -> None:
        vm.tags[:] = asked

    return operations.begin(call, "setTags", vm.path, change, target_id=vm.id)


@route("POST", f"{_VM}/testIamPermissions", "compute.instances.testIamPermissions", "")
def _test(call: Call) -> dict[str, Any]:
    """Nobody needs a permission to ask; whoever may see the VM at all is told the truth."""
    return granted(call, call.vm.path)


def granted(call: Call, resource: str) -> dict[str, Any]:
    """Those of the asked permissions that the caller has; no key where there is none."""
    asked = call.body.get("permissions") or []
    if any("*" in one for one in asked):
        raise errors.invalid("Permissions must not contain wildcards.")
    has = [one for one in asked if call.lab.may(call.who, one, resource)]
    return {"permissions": has} if has else {}
