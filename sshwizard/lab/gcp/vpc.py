"""Networks: firewall rules, policies, routes, subnetworks, and which of them count for a VM."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sshwizard.lab.gcp import errors, operations
from sshwizard.lab.gcp.calls import Call, page, route
from sshwizard.lab.gcp.held import now
from sshwizard.lab.gcp.state import HOME, Instance, Network, Nic, Project

_ROOT = "compute/v1/projects/{project}/global"
_RULE = f"{_ROOT}/firewalls/{{firewall}}"
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_PHASES = ("HIERARCHY", "SYSTEM_GLOBAL", "SYSTEM_REGIONAL", "NETWORK", "NETWORK_REGIONAL")


def _id(path: str) -> str:
    return str(int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") >> 1)


def _shown(project: Project, network: Network, kind: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    path = f"projects/{project.id}/global/{kind}s/{name}"
    head = {"kind": f"compute#{kind}", "id": _id(path), "name": name, "selfLink": HOME + path}
    return {**head, "network": f"{HOME}projects/{project.id}/global/networks/{network.name}", **row}


def firewalls(project: Project, network: Network) -> list[dict[str, Any]]:
    return [_shown(project, network, "firewall", name, row) for name, row in network.firewalls.items()]


def routes(project: Project, network: Network) -> list[dict[str, Any]]:
    return [_shown(project, network, "route", name, row) for name, row in network.routes.items()]


def complete(row: dict[str, Any]) -> dict[str, Any]:
    """A rule as it is kept: what the caller left out has Google's defaults."""
    kept = {"direction": "INGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": False}, **row}
    if kept["direction"] == "INGRESS" and not {"sourceRanges", "sourceTags", "sourceServiceAccounts"} & set(kept):
        kept["sourceRanges"] = ["0.0.0.0/0"]
    return {"creationTimestamp": now(), **kept}


def targets(rule: dict[str, Any], vm: Instance) -> bool:
    """Whether a VPC rule is for this VM."""
    tags, accounts = rule.get("targetTags"), rule.get("targetServiceAccounts")
    if tags or accounts:
        return bool(set(tags or ()) & set(vm.tags) or set(accounts or ()) & set(vm.accounts))
    return True


def _policy(policy: Any, vm: Instance | None) -> dict[str, Any]:
    rules = []
    for rule in policy.rules:
        wanted = rule.get("targetServiceAccounts")
        if vm is None or not wanted or set(wanted) & set(vm.accounts):
            rules.append({"kind": "compute#firewallPolicyRule", "direction": "INGRESS", **rule})
    name = _id(policy.name) if policy.type == "HIERARCHY" else policy.name
    told: dict[str, Any] = {"name": name, "type": policy.type, "rules": rules}
    if policy.type == "HIERARCHY":
        return {**told, "shortName": policy.name, "displayName": policy.name}
    return {**told, "priority": policy.priority}


def effective(project: Project, network: Network, vm: Instance | None) -> dict[str, Any]:
    """Rules and policies that count for a VM, or for the whole network; empty lists are left out."""
    policies = sorted(network.policies, key=lambda one: (_PHASES.index(one.type), one.priority))
    rules = [one for one in firewalls(project, network) if vm is None or targets(one, vm)]
    told: dict[str, Any] = {}
    if rules:
        told["firewalls"] = rules
    if policies:
        told["firewallPolicys"] = [_policy(one, vm) for one in policies]
    return told


@route(
    "GET",
    "compute/v1/projects/{project}/zones/{zone}/instances/{instance}/getEffectiveFirewalls",
    "compute.instances.getEffectiveFirewalls",
)
def _effective(call: Call) -> dict[str, Any]:
    vm, wanted = call.vm, call.query.get("networkInterface", "")
    names = [f"nic{place}" for place in range(len(vm.nics))]
    if wanted not in names:
        raise errors.invalid(f"Invalid value for field 'networkInterface': '{wanted}'. The interface was not found.")
    nic: Nic = vm.nics[names.index(wanted)]
    home = call.lab.projects[nic.host or vm.project]
    return effective(home, home.networks[nic.network], vm)


@route("GET", f"{_ROOT}/networks/{{network}}/getEffectiveFirewalls", "compute.networks.getEffectiveFirewalls")
def _of_network(call: Call) -> dict[str, Any]:
    return effective(call.project, call.network, None)


@route("GET", f"{_ROOT}/firewalls", "compute.firewalls.list")
def _list(call: Call) -> dict[str, Any]:
    project = call.project
    return page(call, [row for one in project.networks.values() for row in firewalls(project, one)], "firewall")


def _rule(call: Call) -> tuple[Network, dict[str, Any]]:
    name = call.parts["firewall"]
    for network in call.project.networks.values():
        if name in network.firewalls:
            return network, network.firewalls[name]
    raise errors.not_found(f"projects/{call.project.id}/global/firewalls/{name}")


@route("GET", _RULE, "compute.firewalls.get")
def _get(call: Call) -> dict[str, Any]:
    network, row = _rule(call)
    return _shown(call.project, network, "firewall", call.parts["firewall"], row)


@route("POST", f"{_ROOT}/firewalls", "compute.firewalls.insert", "compute.firewalls.create")
def _insert(call: Call) -> dict[str, Any]:
    project, row = call.project, dict(call.body)
    name, network = str(row.pop("name", "")), str(row.pop("network", "global/networks/default")).rpartition("/")[2]
    path = f"projects/{project.id}/global/firewalls/{name}"
    if not _NAME.fullmatch(name):
        raise errors.invalid(
            f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex '{_NAME.pattern}'"
        )
    if network not in project.networks:
        raise errors.not_found(f"projects/{project.id}/global/networks/{network}")
    if any(name in one.firewalls for one in project.networks.values()):
        raise errors.exists(path)
    if bool(row.get("allowed")) == bool(row.get("denied")):
        raise errors.invalid("Exactly one of 'allowed' and 'denied' must be specified.")
    if not 0 <= int(row.get("priority", 1000)) <= 65535:
        raise errors.invalid(f"Invalid value for field 'resource.priority': '{row['priority']}'.")
    rules = project.networks[network].firewalls
    return operations.begin(call, "insert", path, lambda: rules.update({name: complete(row)}), target_id=_id(path))


@route("PATCH", _RULE, "compute.firewalls.patch", "compute.firewalls.update")
def _patch(call: Call) -> dict[str, Any]:
    _, row = _rule(call)
    body = {key: value for key, value in call.body.items() if key not in ("name", "network")}
    path = f"projects/{call.project.id}/global/firewalls/{call.parts['firewall']}"
    return operations.begin(call, "patch", path, lambda: row.update(body), target_id=_id(path))


@route("DELETE", _RULE, "compute.firewalls.delete")
def _delete(call: Call) -> dict[str, Any]:
    (network, _), name = _rule(call), call.parts["firewall"]
    path = f"projects/{call.project.id}/global/firewalls/{name}"
    return operations.begin(call, "delete", path, lambda: network.firewalls.__delitem__(name), target_id=_id(path))


@route("GET", f"{_ROOT}/routes", "compute.routes.list")
def _routes(call: Call) -> dict[str, Any]:
    project = call.project
    return page(call, [row for one in project.networks.values() for row in routes(project, one)], "route")


def _network(project: Project, network: Network) -> dict[str, Any]:
    path = f"projects/{project.id}/global/networks/{network.name}"
    return {
        "description": network.note,
        "kind": "compute#network",
        "id": _id(path),
        "name": network.name,
        "selfLink": HOME + path,
        "autoCreateSubnetworks": True,
        "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": network.order,
    }


@route("GET", f"{_ROOT}/networks", "compute.networks.list")
def _networks(call: Call) -> dict[str, Any]:
    return page(call, [_network(call.project, one) for one in call.project.networks.values()], "network")


@route("GET", f"{_ROOT}/networks/{{network}}", "compute.networks.get")
def _one_network(call: Call) -> dict[str, Any]:
    return _network(call.project, call.network)


def _held(project: Project, kind: str, key: str, held: dict[str, str], **more: str) -> dict[str, Any]:
    region = f"{HOME}projects/{project.id}/regions/europe-west1"
    rows = [{"kind": f"compute#{kind}", "name": name, key: one, "region": region, **more} for name, one in held.items()]
    plural = "addresses" if kind == "address" else "forwardingRules"
    return {"kind": f"compute#{kind}AggregatedList", "items": {"regions/europe-west1": {plural: rows} if rows else {}}}


_ALL = "compute/v1/projects/{project}/aggregated"


@route("GET", f"{_ALL}/addresses", "compute.addresses.aggregatedList", "compute.addresses.list")
def _addresses(call: Call) -> dict[str, Any]:
    told = _held(call.project, "address", "address", call.project.reserved, status="RESERVED", addressType="EXTERNAL")
    used = [nic.nat for vm in call.project.instances.values() for nic in vm.nics if nic.static and nic.nat]
    rows = [{"kind": "compute#address", "address": one, "status": "IN_USE", "addressType": "EXTERNAL"} for one in used]
    for region in told["items"].values() if rows else ():
        region["addresses"] = [*region.get("addresses", ()), *rows]
    return told


@route("GET", f"{_ALL}/forwardingRules", "compute.forwardingRules.aggregatedList", "compute.forwardingRules.list")
def _fronts(call: Call) -> dict[str, Any]:
    return _held(call.project, "forwardingRule", "IPAddress", call.project.fronts, loadBalancingScheme="EXTERNAL")


@route("GET", "compute/v1/projects/{project}/regions/{region}/subnetworks/{subnetwork}", "compute.subnetworks.get")
def _subnetwork(call: Call) -> dict[str, Any]:
    project, name, region = call.project, call.parts["subnetwork"], call.parts["region"]
    if made := project.subnets.get(f"{region}/{name}"):
        return made
    used = {
        nic.subnetwork: nic.network for vm in call.lab.vms() for nic in vm.nics if project.id in (vm.project, nic.host)
    }
    if name not in used:
        raise errors.not_found(f"projects/{project.id}/regions/{region}/subnetworks/{name}")
    path = f"projects/{project.id}/regions/{region}/subnetworks/{name}"
    return {
        "kind": "compute#subnetwork",
        "id": _id(path),
        "name": name,
        "network": f"{HOME}projects/{project.id}/global/networks/{used[name]}",
        "ipCidrRange": "10.132.0.0/20",
        "gatewayAddress": "10.132.0.1",
        "region": f"{HOME}projects/{project.id}/regions/{region}",
        "selfLink": HOME + path,
        "privateIpGoogleAccess": False,
    }
