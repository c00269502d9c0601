"""EC2: the status checks of instances, and their scheduled events."""

from __future__ import annotations

from typing import Any

from sshwizard.lab.aws.instances import CODES, find, state
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.state import Health, now

_CHECKS = {
    "ok": "passed",
    "impaired": "failed",
    "initializing": "initializing",
    "insufficient-data": "insufficient-data",
    "not-applicable": "not-applicable",
}
"""Status -> what its detail says (DescribeInstanceStatus, API reference)."""


@before("ec2", "DescribeInstanceStatus")
def _status(call: Call) -> dict[str, Any]:
    wanted = call.params.get("InstanceIds")
    instances = [find(call, id_) for id_ in wanted] if wanted else list(call.ec2.all_instances())
    shown = [_checks(call, one) for one in instances]
    if not call.flag("IncludeAllInstances"):
        shown = [one for one in shown if one["InstanceState"]["Name"] == "running"]
    call.take_filters("*")
    return {"InstanceStatuses": call.keep(shown, _status_values)}


def _status_values(item: dict[str, Any], name: str) -> list[Any]:
    events = item.get("Events", [])
    return {
        "instance-state-name": [item["InstanceState"]["Name"]],
        "instance-state-code": [item["InstanceState"]["Code"]],
        "instance-status.status": [item["InstanceStatus"]["Status"]],
        "instance-status.reachability": [item["InstanceStatus"]["Details"][0]["Status"]],
        "system-status.status": [item["SystemStatus"]["Status"]],
        "system-status.reachability": [item["SystemStatus"]["Details"][0]["Status"]],
        "attached-ebs-status.status": [item["AttachedEbsStatus"]["Status"]],
        "availability-zone": [item["AvailabilityZone"]],
        "event.code": [one["Code"] for one in events],
    }.get(name, [])


def _checks(call: Call, instance: Any) -> dict[str, Any]:
    shown = state(call, instance)
    health = call.here.health.get(instance.id, Health())

    def check(status: str) -> dict[str, Any]:
        status = status if shown == "running" else "not-applicable"
        detail: dict[str, Any] = {"Name": "reachability", "Status": _CHECKS[status]}
        if status == "impaired":
            detail["ImpairedSince"] = health.since or now()
        return {"Status": status, "Details": [detail]}

    item: dict[str, Any] = {
        "AvailabilityZone": instance.availability_zone,
        "InstanceId": instance.id,
        "InstanceState": {"Name": shown, "Code": CODES[shown]},
        "InstanceStatus": check(health.instance),
        "SystemStatus": check(health.system),
        "AttachedEbsStatus": check(health.ebs),
    }
    return {**item, "Events": health.events} if health.events else item
