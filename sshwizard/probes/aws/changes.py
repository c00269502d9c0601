"""What was changed lately about the instance and the way to it, and by whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.aws.trail import DAYS
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.looks import Changes
from sshwizard.probes.blind import blind
from sshwizard.probes.scene import Scene

WORDS: Mapping[str, str] = {
    "AuthorizeSecurityGroupIngress": "added an inbound rule",
    "RevokeSecurityGroupIngress": "removed an inbound rule",
    "ModifySecurityGroupRules": "changed rules",
    "ModifyInstanceAttribute": "changed the instance",
    "ModifyNetworkInterfaceAttribute": "changed the network interface",
    "CreateNetworkAclEntry": "added an entry to the network ACL",
    "ReplaceNetworkAclEntry": "changed an entry of the network ACL",
    "DeleteNetworkAclEntry": "removed an entry of the network ACL",
    "ReplaceNetworkAclAssociation": "gave the subnet another network ACL",
    "CreateRoute": "added a route",
    "ReplaceRoute": "changed a route",
    "DeleteRoute": "removed a route",
    "ReplaceRouteTableAssociation": "gave the subnet another route table",
    "DisassociateRouteTable": "took the route table from the subnet",
    "AttachInternetGateway": "attached the internet gateway",
    "DetachInternetGateway": "detached the internet gateway",
    "AssociateAddress": "put an Elastic IP on it",
    "DisassociateAddress": "took the Elastic IP from it",
    "ReleaseAddress": "gave the Elastic IP back",
    "RunInstances": "launched it",
    "StartInstances": "started it",
    "StopInstances": "stopped it",
    "RebootInstances": "rebooted it",
    "TerminateInstances": "terminated it",
    "CreateReplaceRootVolumeTask": "replaced its root volume",
    "SendSSHPublicKey": "sent an SSH key with Instance Connect",
    "SendCommand": "ran a command with Systems Manager",
}
"""Events of the EC2 API that change who gets in, in words."""


def read(answer: Answer, now: datetime | None = None) -> Fact[Changes]:
    """The changes that worked, the newest first."""
    if isinstance(answer, Unseen):
        return blind(answer)
    rows = [row for row in answer.get("Events", ()) if row.get("EventName") in WORDS and not _refused(row)]
    if not rows:
        return Fact("nothing", f"CloudTrail knows of no change in the last {DAYS} days")
    now = now or datetime.now(UTC)
    events = [_event(row, now) for row in rows[:8]]
    newest = events[0]
    says = f"{newest['who']} {newest['what']} {newest['ago']} ago ({newest['resource']})"
    lines = tuple(f"{one['at']}  {one['who']} {one['what']}  {one['resource']}" for one in events)
    wanted = f"AttributeKey=ResourceName,AttributeValue={newest['resource']}"
    command = as_typed("cloudtrail", "lookup-events", "--lookup-attributes", wanted)
    return Fact("changed", says, lines, command, {"events": events})


def _refused(row: Row) -> bool:
    return bool(detail(row).get("errorCode"))


def detail(row: Row) -> Mapping[str, Any]:
    """The event itself, which CloudTrail gives as JSON in a string."""
    try:
        found = json.loads(str(row.get("CloudTrailEvent", "")))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _event(row: Row, now: datetime) -> dict[str, str]:
    told = detail(row)
    arn = str((told.get("userIdentity") or {}).get("arn", ""))
    who = str(row.get("Username", "")) or arn.rpartition("/")[2] or "somebody"
    at = str(row.get("EventTime", ""))
    return {
        "at": clean.line(at, 40),
        "ago": ago(at, now),
        "who": clean.line(who, 60),
        "what": WORDS[str(row["EventName"])],
        "event": str(row["EventName"]),
        "resource": clean.line(str(row.get("About", "")), 60),
        "from": clean.line(str(told.get("sourceIPAddress", "")), 60),
    }


def ago(at: str, now: datetime) -> str:
    """How long before `now`, in words."""
    try:
        seconds = max(0.0, (now - datetime.fromisoformat(at)).total_seconds())
    except (ValueError, TypeError):
        return "some time"
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"


async def look(scene: Scene) -> Fact[Changes]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("nothing", "it is no instance of this account")
    on_the_way = scene.facts.get("cloud-path")
    named = [str(on_the_way.data.get(key, "")) for key in ("group", "acl", "table")] if on_the_way else []
    groups = [str(one.get("GroupId", "")) for one in who.instance.get("SecurityGroups", ())]
    return read(await asked.changes([one for one in (*named, who.id, *groups) if one]))
