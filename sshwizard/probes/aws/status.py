"""EC2's own health checks: the host under the instance, and whether the operating system answers ARP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import Status
from sshwizard.probes.aws.state import seconds_since
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene


def read(answer: Answer, now: datetime | None = None) -> Fact[Status]:
    """The checks as DescribeInstanceStatus gives them; the host's comes first, because the system's follows from it."""
    if isinstance(answer, Unseen):
        return blind(answer)
    row: Row = next(iter(answer.get("InstanceStatuses", ())), {})
    now = now or datetime.now(UTC)
    checks = {name: row.get(key) or {} for name, key in _CHECKS.items()}
    said = {name: str(check.get("Status", "")) for name, check in checks.items()}
    lines = tuple(f"{name}: {status}{_since(checks[name])}" for name, status in said.items() if status)
    events = [event for event in row.get("Events", ()) if not _over(event)]
    data: dict[str, Any] = {**said, "events": [_shown(event) for event in events][:4]}
    id_ = str(row.get("InstanceId", ""))
    command = as_typed("ec2", "describe-instance-status", "--include-all-instances", "--instance-ids", id_)

    def fact(outcome: Status, says: str, *more: str) -> Fact[Status]:
        return Fact(outcome, says, (*lines, *more), command, data)

    if said.get("system status check") == "impaired" or said.get("volumes") == "impaired":
        return fact("system-failed", "AWS's check of the host under the instance fails")
    begun = [event for event in events if seconds_since(str(event.get("NotBefore", "")), now)]
    if begun:
        return fact("event", f"AWS works on the host now: {_shown(begun[0])}", _shown(begun[0]))
    if said.get("instance status check") == "impaired":
        return fact("instance-failed", "AWS's check finds that the operating system does not answer")
    if "initializing" in said.values():
        return fact("initializing", "the status checks have not come to an end: the instance has just started")
    if said.get("system status check") == said.get("instance status check") == "ok":
        planned = f"; planned: {_shown(events[0])}" if events else ""
        return fact("ok", f"AWS's status checks pass{planned}")
    return fact("no-data", "AWS has no result of its status checks")


_CHECKS = {
    "system status check": "SystemStatus",
    "instance status check": "InstanceStatus",
    "volumes": "AttachedEbsStatus",
}


def _since(check: Row) -> str:
    since = next((one.get("ImpairedSince") for one in check.get("Details", ()) if one.get("ImpairedSince")), "")
    return f" since {clean.line(str(since), 40)}" if since else ""


def _over(event: Row) -> bool:
    """EC2 keeps events for a week after they ended, and says so in the description."""
    return str(event.get("Description", "")).startswith(("[Completed]", "[Canceled]"))


def _shown(event: Row) -> str:
    words = (event.get("Code"), event.get("Description"), f"from {event.get('NotBefore', '?')}")
    return clean.line("  ".join(str(word) for word in words if word), 200)


async def look(scene: Scene) -> Fact[Status]:
    return read(await (await inquiry(scene)).part("status"))
