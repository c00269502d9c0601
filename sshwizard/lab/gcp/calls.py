"""One call: which method of which API it is, whether it may be made, and what is written down about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sshwizard.lab.gcp import errors
from sshwizard.lab.gcp.faults import matches
from sshwizard.lab.gcp.state import Instance, Lab, Network, Project

_PART = re.compile(r"\{(\w+)\}")


@dataclass
class Call:
    """What was asked, and who asked."""

    lab: Lab
    method: str
    path: str
    """Without the first "/": compute/v1/projects/…"""
    query: dict[str, str]
    body: dict[str, Any]
    token: str
    """Without "Bearer"; empty: none was sent."""
    parts: dict[str, str] = field(default_factory=dict)
    who: str = ""

    @property
    def service(self) -> str:
        return self.path.partition("/")[0]

    @property
    def project(self) -> Project:
        """By its id or its number. Raises ApiError."""
        wanted = self.parts["project"]
        for one in self.lab.projects.values():
            if wanted in (one.id, str(one.number)):
                return one
        raise errors.not_found(f"projects/{wanted}")

    @property
    def vm(self) -> Instance:
        project, zone = self.project, self.parts["zone"]
        wanted = self.parts["instance"]
        for one in project.instances.values():
            if one.zone == zone and wanted in (one.name, one.id):
                return one
        raise errors.not_found(f"projects/{project.id}/zones/{zone}/instances/{wanted}")

    @property
    def network(self) -> Network:
        found = self.project.networks.get(self.parts["network"])
        if found is None:
            raise errors.not_found(f"projects/{self.project.id}/global/networks/{self.parts['network']}")
        return found


Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """A method of an API."""

    method: str
    path: re.Pattern[str]
    name: str
    permission: str
    """Empty: none is needed, or the handler asks for it."""
    resource: str
    handler: Handler
    changes: bool
    free: bool
    """No token is needed."""


ROUTES: list[Route] = []


def route(
    method: str, path: str, name: str, permission: str | None = None, *, changes: bool | None = None, free: bool = False
) -> Callable[[Handler], Handler]:
    """Enter a handler. `path` has {parts}; a permission is called as its method unless it says otherwise."""
    pattern = "".join(
        f"(?P<{piece}>[^/:]+)" if place % 2 else re.escape(piece) for place, piece in enumerate(_PART.split(path))
    )
    # projects/{project}/… up to the last part that names something.
    resource = path[: path.rfind("}") + 1].partition("/v1/")[2]
    writes = method != "GET" and "testIamPermissions" not in path if changes is None else changes

    def enter(handler: Handler) -> Handler:
        needs = name if permission is None else permission
        ROUTES.append(Route(method, re.compile(pattern), name, needs, resource, handler, writes, free))
        return handler

    return enter


def answer(call: Call) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the body. Every call is written down."""
    found = next(
        (
            (one, match)
            for one in ROUTES
            if one.method == call.method and (match := one.path.fullmatch(call.path)) is not None
        ),
        None,
    )
    row: dict[str, Any] = {"method": call.method, "path": call.path, "query": call.query}
    try:
        if found is None:
            call.lab.gaps[f"{call.method} {call.path}"] += 1
            row |= {"name": "", "mutating": call.method != "GET"}
            raise errors.unknown(f"{call.method} /{call.path}")
        one, match = found
        call.parts = match.groupdict()
        row |= {"name": one.name, "mutating": one.changes}
        _hold_up(call.lab, one)
        with call.lab.lock:
            _admit(call, one)
            status, body = 200, one.handler(call)
    except errors.ApiError as error:
        status, body = error.code, error.body()
    call.lab.calls.append({**row, "status": status})
    if status == 200 and row["mutating"] and body.get("targetLink"):
        with call.lab.lock:
            call.project.entries.append(_logged(call, row["name"], body))
    return status, body


def _logged(call: Call, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """A change as the Admin Activity log has it (Cloud Audit Logs, AuditLog)."""
    return {
        "logName": f"projects/{call.project.id}/logs/cloudaudit.googleapis.com%2Factivity",
        "timestamp": operation["insertTime"].replace("+00:00", "Z"),
        "operation": {"id": operation["name"], "producer": "compute.googleapis.com", "first": True},
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "compute.googleapis.com",
            "methodName": f"v1.{method}", "resourceName": operation["targetLink"].partition("/compute/v1/")[2],
            "authenticationInfo": {"principalEmail": call.who},
            "requestMetadata": {"callerIp": call.lab.client_address},
        },
    }  # fmt: skip


def _hold_up(lab: Lab, one: Route) -> None:
    """What a test asked for before an answer. Outside the lock: others go on."""
    waits = [lab.faults.latency]
    waits += [seconds for pattern, seconds in lab.faults.hang.items() if matches([pattern], one.name)]
    if any(waits):
        lab.released.wait(sum(waits))
    with lab.lock:
        for pattern, left in lab.faults.throttle.items():
            if left > 0 and matches([pattern], one.name):
                lab.faults.throttle[pattern] = left - 1
                raise errors.throttled(one.name)


def _admit(call: Call, one: Route) -> None:
    if one.free:
        return
    lab = call.lab
    if not lab.knows(call.token):
        raise errors.unauthenticated(expired=bool(call.token))
    call.who = lab.tokens[call.token]
    api = f"{call.service}.googleapis.com"
    named = call.parts.get("project", call.query.get("projectId", ""))
    for project in lab.projects.values():
        counts = named in (project.id, str(project.number)) or named in ("", "-")
        if counts and api in project.disabled:
            raise errors.disabled(api, project.number)
    if one.permission:
        need(call, one.permission, one.resource.format(**call.parts))


def need(call: Call, permission: str, resource: str) -> None:
    """Raises ApiError where the caller lacks the permission."""
    if not call.lab.may(call.who, permission, resource):
        raise errors.forbidden(call.service, permission, resource)


def page(call: Call, rows: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """A list in pages, after the filter."""
    kept = [one for one in rows if _passes(one, call.query.get("filter", ""))]
    size, begin = int(call.query.get("maxResults") or 500), int(call.query.get("pageToken") or 0)
    told: dict[str, Any] = {"kind": f"compute#{kind}List", "items": kept[begin : begin + size]}
    if not kept:
        del told["items"]
    if begin + size < len(kept):
        told["nextPageToken"] = str(begin + size)
    return told


_CLAUSE = re.compile(r"""\(?\s*([\w.]+)\s*(!=|=|:|\seq\s|\sne\s)\s*("[^"]*"|'[^']*'|[^\s()]+)\s*\)?""")


def _passes(row: dict[str, Any], wanted: str) -> bool:
    """A filter of clauses that must all hold (AND, or side by side); eq and ne take a regular expression."""
    for name, sign, value in _CLAUSE.findall(wanted):
        text, has = value.strip("\"'"), [str(one) for one in _values(row, name.split("."))]
        if sign.strip() in ("eq", "ne"):
            holds = any(re.fullmatch(text, one) for one in has)
        elif sign == ":":
            holds = any(text.strip("*").lower() in one.lower() for one in has)
        else:
            holds = text in has
        if holds == (sign.strip() in ("!=", "ne")):
            return False
    return True


def _values(row: Any, names: list[str]) -> list[Any]:
    if isinstance(row, list):
        return [found for one in row for found in _values(one, names)]
    if not names:
        return [row]
    return _values(row[names[0]], names[1:]) if isinstance(row, dict) and names[0] in row else []
