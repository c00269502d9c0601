"""Does the instance run? The state, and what it says about why it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Identity, Row, tag
from sshwizard.cloud.aws.identify import state as state_of
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import State
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene

_OF: dict[str, State] = {
    "running": "running", "pending": "pending", "stopping": "stopped", "stopped": "stopped",
    "shutting-down": "terminated", "terminated": "terminated",
}  # fmt: skip


def read(who: Identity, now: datetime | None = None) -> Fact[State]:
    """The state as DescribeInstances gives it, with the reason that EC2 keeps."""
    row = who.instance
    if who.who == "not-asked":
        return Fact("not-asked", who.unseen[0].why if who.unseen else "AWS was not asked")
    if not row:
        if who.who == "nobody" and who.clue_is_id:
            return Fact("terminated", "no instance has this id any more")
        return blind(*who.unseen) if who.unseen else Fact("not-asked", "it is no instance of this account")
    name = state_of(row)
    if name not in _OF:
        return Fact("unknown", f"EC2 names the state {clean.line(name, 40)!r}", why="this state is not known here")
    why = clean.line(
        str((row.get("StateReason") or {}).get("Message", "") or row.get("StateTransitionReason", "")), 160
    )
    lines = (f"{who.id}  {name}" + (f"  ({why})" if why else ""),)
    says = f"the instance is {name}" + (f": {why}" if why and name != "running" else "")
    command = as_typed("ec2", "describe-instances", "--region", who.region, "--instance-ids", who.id)
    return Fact(_OF[name], says, lines, command, _details(who, row, name, now or datetime.now(UTC)))


def _details(who: Identity, row: Row, name: str, now: datetime) -> dict[str, Any]:
    return {
        "instance": who.id,
        "region": who.region,
        "profile": who.profile,
        "state": name,
        "spot": row.get("InstanceLifecycle") == "spot",
        "hibernates": bool((row.get("HibernationOptions") or {}).get("Configured")),
        "group": clean.line(tag(row, "aws:autoscaling:groupName"), 120),
        "up": seconds_since(str(row.get("LaunchTime", "")), now),
        "keeps_address": _elastic(row),
        "root_on_disk": row.get("RootDeviceType", "ebs") == "instance-store",
    }


def seconds_since(stamp: str, now: datetime) -> int | None:
    """Seconds since an ISO time; None when there is none."""
    try:
        return max(0, int((now - datetime.fromisoformat(stamp)).total_seconds()))
    except (ValueError, TypeError):
        return None


def _elastic(row: Row) -> bool:
    """True when its public address stays over a stop: an Elastic IP, whose owner is then an account and not amazon."""
    owners = (str((one.get("Association") or {}).get("IpOwnerId", "")) for one in row.get("NetworkInterfaces", ()))
    return any(owner and owner != "amazon" for owner in owners)


async def look(scene: Scene) -> Fact[State]:
    return read(await (await inquiry(scene)).identity())
