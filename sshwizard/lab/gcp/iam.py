"""Who may do what, and under which rules of the organization: resource manager, IAM, IAP, organization policies."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.gcp import errors
from sshwizard.lab.gcp.calls import Call, route
from sshwizard.lab.gcp.metadata import granted
from sshwizard.lab.gcp.state import Project

_ROOT = "projects/{project}"
_LISTS = ("compute.vmExternalIpAccess",)
"""Constraints whose policy is a list; all others are switches."""


for _version in ("v1", "v3"):

    @route(
        "POST",
        f"cloudresourcemanager/{_version}/{_ROOT}:testIamPermissions",
        "resourcemanager.projects.testIamPermissions",
        "",
    )
    def _test_project(call: Call) -> dict[str, Any]:
        return granted(call, f"projects/{call.project.id}")

    @route(
        "POST",
        f"cloudresourcemanager/{_version}/{_ROOT}:getIamPolicy",
        "resourcemanager.projects.getIamPolicy",
        changes=False,
    )
    def _policy(call: Call) -> dict[str, Any]:
        members: dict[str, set[str]] = {}
        for one in call.lab.grants:
            members.setdefault(one.role, set()).add(_member(one.member))
        bindings = [{"role": role, "members": sorted(names)} for role, names in sorted(members.items())]
        return {"version": 1, "etag": "BwYAAAAAAAA=", "bindings": bindings}


def _member(email: str) -> str:
    return f"{'serviceAccount' if email.endswith('.gserviceaccount.com') else 'user'}:{email}"


@route("POST", f"cloudresourcemanager/v1/{_ROOT}:getAncestry", "resourcemanager.projects.get", changes=False)
def _ancestry(call: Call) -> dict[str, Any]:
    line = [("project", call.project.id), *(_kind(one) for one in call.project.ancestors)]
    return {"ancestor": [{"resourceId": {"type": kind, "id": id_}} for kind, id_ in line]}


def _kind(name: str) -> tuple[str, str]:
    kind, _, id_ = name.partition("/")
    return kind.removesuffix("s"), id_


for _version in ("v1", "v3"):

    @route("GET", f"cloudresourcemanager/{_version}/{_ROOT}", "resourcemanager.projects.get")
    def _project(call: Call) -> dict[str, Any]:
        project = call.project
        return {"projectId": project.id, "projectNumber": str(project.number), "name": f"projects/{project.number}"}


@route(
    "POST",
    f"cloudresourcemanager/v1/{_ROOT}:getEffectiveOrgPolicy",
    "resourcemanager.projects.getEffectiveOrgPolicy",
    "orgpolicy.policy.get",
    changes=False,
)
def _old_policy(call: Call) -> dict[str, Any]:
    name = str(call.body.get("constraint", "")).removeprefix("constraints/")
    told: dict[str, Any] = {"constraint": f"constraints/{name}"}
    set_ = _constraint(call.project, name)
    if name in _LISTS:
        return {**told, "listPolicy": set_ or {"allValues": "ALLOW"}}
    return {**told, "booleanPolicy": {"enforced": True} if set_ else {}}


def _constraint(project: Project, name: str) -> Any:
    if not name.startswith("compute."):
        raise errors.invalid(f"Constraint 'constraints/{name}' does not exist.")
    return project.constraints.get(name)


@route(
    "GET", f"orgpolicy/v2/{_ROOT}/policies/{{constraint}}:getEffectivePolicy", "orgpolicy.policies.getEffectivePolicy",
    "orgpolicy.policy.get",
)  # fmt: skip
def _new_policy(call: Call) -> dict[str, Any]:
    name = call.parts["constraint"]
    set_ = _constraint(call.project, name)
    rule = _list_rule(set_ or {"allValues": "ALLOW"}) if name in _LISTS else {"enforce": bool(set_)}
    return {"name": f"projects/{call.project.number}/policies/{name}", "spec": {"rules": [rule]}}


def _list_rule(policy: dict[str, Any]) -> dict[str, Any]:
    if policy.get("allValues") in ("ALLOW", "DENY"):
        return {"allowAll": True} if policy["allValues"] == "ALLOW" else {"denyAll": True}
    return {"values": {key: policy[key] for key in ("allowedValues", "deniedValues") if key in policy}}


@route(
    "POST",
    "iap/v1/projects/{project}/iap_tunnel/zones/{zone}/instances/{instance}:testIamPermissions",
    "iap.tunnelInstances.testIamPermissions",
    "",
)
def _test_tunnel(call: Call) -> dict[str, Any]:
    """IAP does not look whether the VM is there."""
    place = f"zones/{call.parts['zone']}/instances/{call.parts['instance']}"
    return granted(call, f"projects/{call.project.id}/iap_tunnel/{place}")


def _account(call: Call) -> tuple[str, str]:
    """The project and the e-mail of a service account; "-" stands for any project."""
    email = call.parts["account"]
    for project in call.lab.projects.values():
        known = {one for vm in project.instances.values() for one in vm.accounts} | set(call.lab.signers)
        if email in known:
            return project.id, email
    raise errors.ApiError(404, "NOT_FOUND", "notFound", f"Unknown service account: {email}")


@route(
    "POST", "iam/v1/projects/{project}/serviceAccounts/{account}:testIamPermissions",
    "iam.serviceAccounts.testIamPermissions", "",
)  # fmt: skip
def _test_account(call: Call) -> dict[str, Any]:
    project, email = _account(call)
    return granted(call, f"projects/{project}/serviceAccounts/{email}")


@route("GET", "iam/v1/projects/{project}/serviceAccounts/{account}", "iam.serviceAccounts.get")
def _get_account(call: Call) -> dict[str, Any]:
    project, email = _account(call)
    return {"name": f"projects/{project}/serviceAccounts/{email}", "projectId": project, "email": email}


@route("GET", "iam/v1/roles/{role}", "iam.roles.get", "")
def _role(call: Call) -> dict[str, Any]:
    name = f"roles/{call.parts['role']}"
    found = [one for one in call.lab.grants if one.role == name]
    if not found:
        raise errors.ApiError(404, "NOT_FOUND", "notFound", f"The role named {name} was not found.")
    return {"name": name, "includedPermissions": [p for one in found for p in one.permissions]}
