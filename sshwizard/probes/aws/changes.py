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
    "CreateKeyPair": "made a key pair of this name",
    "ImportKeyPair": "imported a key pair of this name",
    "DeleteKeyPair": "deleted the key pair",
    "AssociateRouteTable": "gave the subnet a route table",
    "CreateSecurityGroup": "made the security group",
    "ModifyVolume": "made a volume larger",
    "AttachVolume": "attached a volume",
    "DetachVolume": "detached a volume",
    "AssociateIamInstanceProfile": "gave it a role",
    "DisassociateIamInstanceProfile": "took its role away",
    "ModifyInstanceMetadataOptions": "set its metadata service",
    "EnterStandby": "put it in standby",
    "ExitStandby": "put it back into service",
    "SendSSHPublicKey": "sent an SSH key with Instance Connect",
    "SendCommand": "ran a command with Systems Manager",
}
"""Events of the EC2 API that change who gets in, in words."""


NEWEST = 8
"""Changes that stand beside a verdict."""


def read(answer: Answer, now: datetime | None = None, days: int = DAYS, most: int = NEWEST) -> Fact[Changes]:
    """The changes that worked, the newest first."""
    if isinstance(answer, Unseen):
        return blind(answer)
    rows = [row for row in answer.get("Events", ()) if row.get("EventName") in WORDS and not _refused(row)]
    if not rows:
        return Fact("nothing", f"CloudTrail knows of no change in the last {days} days")
    now = now or datetime.now(UTC)
    events = [_event(row, now) for row in rows[:most]]
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


async def history(scene: Scene, days: int) -> Fact[Changes]:
    """All that was changed in so many days about the instance and everything on the way to it."""
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("nothing", "it is no instance of this account")
    world = await asked.world()
    answer = await asked.changes(on_the_way(who.instance, world.rows), SECONDS, days)
    return read(answer, None, days, MOST)


SECONDS = 20.0
"""For the whole history: CloudTrail answers two look-ups a second."""
MOST = 200
"""Changes that are told of the whole history."""


def on_the_way(row: Row, rows: Mapping[str, Any]) -> list[str]:
    """What a change of which lets somebody in or shuts them out: ids and names as CloudTrail has them. Pure."""
    subnet, vpc = str(row.get("SubnetId", "")), str(row.get("VpcId", ""))
    acls = [one["NetworkAclId"] for one in rows.get("NetworkAcls") or () if _of(one, subnet)]
    tables = rows.get("RouteTables") or ()
    own = [one for one in tables if _of(one, subnet)]
    main = [one for one in tables if any(link.get("Main") for link in one.get("Associations", ()))]
    gateways = [one["InternetGatewayId"] for one in rows.get("InternetGateways") or ()]
    groups = [one["GroupId"] for one in row.get("SecurityGroups", ())]
    found = [row["InstanceId"], *groups, *acls, *(one["RouteTableId"] for one in own or main), *gateways, subnet, vpc,
             row.get("KeyName", "")]  # fmt: skip
    return [str(one) for one in dict.fromkeys(found) if one]


def _of(holder: Row, subnet: str) -> bool:
    return any(link.get("SubnetId") == subnet for link in holder.get("Associations", ()))
