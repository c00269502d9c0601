"""Changes take a while: PENDING, RUNNING, and what they change is changed once they are DONE."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from sshwizard.lab.gcp.calls import Call, page, route
from sshwizard.lab.gcp.errors import not_found
from sshwizard.lab.gcp.held import Operation, now
from sshwizard.lab.gcp.state import HOME, Lab, fingerprint

_LONGEST_WAIT = 20
"""Seconds; Google's own is two minutes."""
_PLACES = {"global": "globalOperations", "zones/{zone}": "zoneOperations", "regions/{region}": "regionOperations"}
"""Where operations are, and how the API calls their collection."""


def begin(
    call: Call, kind: str, target: str, change: Callable[[], None], *, target_id: str = "0", place: str = ""
) -> dict[str, Any]:
    """Start a change of `target` (projects/P/…); returns the operation as the call answers it."""
    lab = call.lab
    name = f"operation-{int(time.time() * 1000)}-{len(lab.operations):x}-practice"
    where = place or (f"zones/{call.parts['zone']}" if "zone" in call.parts else "global")
    made = Operation(name, call.project.id, where, kind, target, target_id, call.who, time.monotonic())
    lab.operations[name] = made

    def finish() -> None:
        with lab.lock:
            if lab.operations.get(name) is not made:
                return
            if code := lab.faults.failing.get(kind):
                made.error = {"errors": [{"code": code, "message": f"The operation was refused: {code}."}]}
            else:
                change()
        # Packets and logins follow before anybody can see the operation done.
        lab.changed()
        with lab.lock:
            made.ended = now()
            lab.settled.notify_all()

    timer = threading.Timer(lab.settle, finish)
    timer.daemon = True
    timer.start()
    return shown(lab, made, fresh=True)


def shown(lab: Lab, one: Operation, *, fresh: bool = False) -> dict[str, Any]:
    """As the API answers it."""
    status = "DONE" if one.ended else "PENDING" if fresh else "RUNNING"
    told: dict[str, Any] = {
        "kind": "compute#operation",
        "id": str(abs(hash(one.name))),
        "name": one.name,
        "operationType": one.kind,
        "targetLink": HOME + one.target,
        "targetId": one.target_id,
        "status": status,
        "user": one.user,
        "progress": 100 if one.ended else 0,
        "insertTime": one.started,
        "startTime": one.started,
        "selfLink": f"{HOME}projects/{one.project}/{one.place}/operations/{one.name}",
        "fingerprint": fingerprint(status),
    }
    if one.place != "global":
        told[one.place.partition("s/")[0]] = f"{HOME}projects/{one.project}/{one.place}"
    if one.ended:
        told["endTime"] = one.ended
    if one.error:
        told |= {"error": one.error, "httpErrorStatusCode": 400, "httpErrorMessage": "BAD REQUEST"}
    return told


def _found(call: Call) -> Operation:
    one = call.lab.operations.get(call.parts["operation"])
    if one is None or one.project != call.project.id:
        raise not_found(f"projects/{call.project.id}/operations/{call.parts['operation']}")
    return one


def _get(call: Call) -> dict[str, Any]:
    return shown(call.lab, _found(call))


def _wait(call: Call) -> dict[str, Any]:
    one = _found(call)
    call.lab.settled.wait_for(lambda: one.ended, _LONGEST_WAIT)
    return shown(call.lab, one)


def _list(call: Call) -> dict[str, Any]:
    place = next((f"{key}s/{call.parts[key]}" for key in ("zone", "region") if key in call.parts), "global")
    kept = [one for one in call.lab.operations.values() if (one.project, one.place) == (call.project.id, place)]
    return page(call, [shown(call.lab, one) for one in kept], "operation")


for _place in _PLACES:
    _root = f"compute/v1/projects/{{project}}/{_place}/operations"
    _name = f"compute.{_PLACES[_place]}"
    route("GET", _root, f"{_name}.list")(_list)
    route("GET", f"{_root}/{{operation}}", f"{_name}.get")(_get)
    route("POST", f"{_root}/{{operation}}/wait", f"{_name}.wait", f"{_name}.get", changes=False)(_wait)
