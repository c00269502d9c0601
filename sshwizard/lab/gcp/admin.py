"""APIs around Compute Engine: which are on, what was measured and logged, and Google's own connectivity test."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sshwizard.lab.gcp import errors
from sshwizard.lab.gcp.calls import Call, route
from sshwizard.lab.gcp.firewall import admits, answers
from sshwizard.lab.gcp.metadata import granted
from sshwizard.lab.gcp.state import RUNNING, Project

_SERVICE = "serviceusage/v1/projects/{project}/services/{api}"
APIS = tuple(
    f"{one}.googleapis.com"
    for one in ("compute", "oslogin", "iam", "cloudresourcemanager", "iap", "networkmanagement", "monitoring",
                "serviceusage", "logging", "orgpolicy")
)  # fmt: skip
_TYPE = re.compile(r'metric\.type\s*=\s*"([^"]+)"')
_ID = re.compile(r'instance_id"?\s*=\s*"?(\d+)')


@route("GET", _SERVICE, "serviceusage.services.get")
def _service(call: Call) -> dict[str, Any]:
    return _state(call.project, call.parts["api"])


def _state(project: Project, api: str) -> dict[str, Any]:
    state = "DISABLED" if api in project.disabled else "ENABLED"
    name = f"projects/{project.number}/services/{api}"
    return {"name": name, "config": {"name": api}, "state": state, "parent": f"projects/{project.number}"}


@route("GET", "serviceusage/v1/projects/{project}/services", "serviceusage.services.list")
def _services(call: Call) -> dict[str, Any]:
    rows = [_state(call.project, api) for api in APIS]
    wanted = call.query.get("filter", "").partition(":")[2]
    return {"services": [one for one in rows if not wanted or one["state"] == wanted]}


@route("POST", f"{_SERVICE}:enable", "serviceusage.services.enable")
def _enable(call: Call) -> dict[str, Any]:
    call.project.disabled.discard(call.parts["api"])
    return {"name": "operations/acf.practice", "done": True, "response": {"service": _service(call)}}


@route("GET", "monitoring/v3/projects/{project}/timeSeries", "monitoring.timeSeries.list")
def _series(call: Call) -> dict[str, Any]:
    """The filter names a metric type, and perhaps an instance by its id. The newest point comes first."""
    wanted = call.query.get("filter", "")
    kind, id_ = _TYPE.search(wanted), _ID.search(wanted)
    if kind is None:
        raise errors.invalid("The supplied filter does not specify a valid metric type.")
    rows = [
        _shown(vm.id, vm.zone, kind[1], vm.series[kind[1]])
        for vm in call.project.instances.values()
        if kind[1] in vm.series and (id_ is None or id_[1] == vm.id)
    ]
    return {"timeSeries": rows} if rows else {}


def _shown(id_: str, zone: str, kind: str, values: list[float]) -> dict[str, Any]:
    end = datetime.now(UTC).replace(second=0, microsecond=0)

    def at(place: int) -> str:
        return (end - timedelta(minutes=place)).strftime("%Y-%m-%dT%H:%M:%SZ")

    points = [
        {"interval": {"startTime": at(place), "endTime": at(place)}, "value": {"doubleValue": value}}
        for place, value in enumerate(values)
    ]
    resource = {"type": "gce_instance", "labels": {"instance_id": id_, "zone": zone}}
    return {
        "metric": {"type": kind},
        "resource": resource,
        "metricKind": "GAUGE",
        "valueType": "DOUBLE",
        "points": points,
    }


@route("POST", "logging/v2/entries:list", "logging.entries.list", "", changes=False)
def _entries(call: Call) -> dict[str, Any]:
    """Every entry of the projects that are named; the filter is not read."""
    asked = {str(one).removeprefix("projects/") for one in call.body.get("resourceNames") or []}
    rows = [row for one in call.lab.projects.values() if one.id in asked for row in one.entries]
    if not all(call.lab.may(call.who, "logging.logEntries.list", f"projects/{one}") for one in asked):
        raise errors.forbidden("logging", "logging.logEntries.list", f"projects/{next(iter(asked), '')}")
    return {"entries": rows} if rows else {}


_TESTS = "networkmanagement/v1/projects/{project}/locations/global/connectivityTests"


@route("POST", f"{_TESTS}/{{test}}:testIamPermissions", "networkmanagement.connectivityTests.testIamPermissions", "")
def _may_test(call: Call) -> dict[str, Any]:
    return granted(call, f"projects/{call.project.id}/locations/global/connectivityTests/{call.parts['test']}")


@route("POST", _TESTS, "networkmanagement.connectivityTests.create")
def _create(call: Call) -> dict[str, Any]:
    """It is done at once: from the given source to the VM that has the destination's address or name."""
    lab, project, name = call.lab, call.project, call.query.get("testId", "")
    source, there = call.body.get("source", {}), call.body.get("destination", {})
    through = any(
        vm.status == RUNNING
        and admits(lab, vm, nic, source.get("ipAddress", lab.client_address), int(there.get("port", 22)))
        and answers(lab, vm, nic, source.get("ipAddress", lab.client_address))
        for vm in lab.vms()
        for nic in vm.nics
        if there.get("instance", "").endswith(vm.path) or there.get("ipAddress") in (nic.ip, nic.nat or None)
    )
    path = f"projects/{project.id}/locations/global/connectivityTests/{name}"
    drop = {"state": "DROP", "description": "Final state: packet dropped.", "drop": {"cause": "FIREWALL_RULE"}}
    last_ = {"state": "DELIVER", "description": "Final state: packet delivered."} if through else drop
    traces = [
        {"steps": [{"state": "START_FROM_INTERNET", "description": "Initial state: packet from Internet."}, last_]}
    ]
    details = {"result": "REACHABLE" if through else "UNREACHABLE", "traces": traces}
    lab.tests[path] = {**call.body, "name": path, "reachabilityDetails": details}
    operation = f"projects/{project.id}/locations/global/operations/operation-{name}"
    return {"name": operation, "done": True, "response": lab.tests[path]}


@route("GET", _TESTS, "networkmanagement.connectivityTests.list")
def _list(call: Call) -> dict[str, Any]:
    inside = f"projects/{call.project.id}/locations/global/connectivityTests/"
    rows = [row for name, row in call.lab.tests.items() if name.startswith(inside)]
    return {"resources": rows} if rows else {}


@route("GET", f"{_TESTS}/{{test}}", "networkmanagement.connectivityTests.get")
def _get(call: Call) -> dict[str, Any]:
    return _kept(call)[1]


@route("DELETE", f"{_TESTS}/{{test}}", "networkmanagement.connectivityTests.delete")
def _delete(call: Call) -> dict[str, Any]:
    path, _ = _kept(call)
    del call.lab.tests[path]
    operation = f"projects/{call.project.id}/locations/global/operations/operation-{call.parts['test']}"
    return {"name": operation, "done": True, "response": {}}


@route(
    "GET", "networkmanagement/v1/projects/{project}/locations/global/operations/{operation}",
    "networkmanagement.operations.get",
)  # fmt: skip
def _operation(call: Call) -> dict[str, Any]:
    name = call.parts["operation"]
    path = f"projects/{call.project.id}/locations/global/connectivityTests/{name.removeprefix('operation-')}"
    place = f"projects/{call.project.id}/locations/global/operations/{name}"
    return {"name": place, "done": True, "response": call.lab.tests.get(path, {})}


def _kept(call: Call) -> tuple[str, dict[str, Any]]:
    path = f"projects/{call.project.id}/locations/global/connectivityTests/{call.parts['test']}"
    if path not in call.lab.tests:
        raise errors.not_found(path)
    return path, call.lab.tests[path]
