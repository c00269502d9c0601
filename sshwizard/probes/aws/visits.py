"""Who came in lately beside plain ssh: keys that were pushed, tunnels and sessions that were opened, by CloudTrail."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Identity, Row
from sshwizard.cloud.aws.trail import DAYS, LATE
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import as_typed, inquiry
from sshwizard.probes.aws.changes import ago, detail
from sshwizard.probes.aws.looks import Visits
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.scene import Scene

SHOWN = 50
"""Visits that a fact carries; the newest ones."""
Asked = Mapping[str, Any]


def _pushed(asked: Asked) -> str:
    return f"pushed a key for {asked.get('instanceOSUser') or asked.get('osUser') or 'a user'}"


def _opened(asked: Asked) -> str:
    return (
        f"opened a tunnel to port {asked.get('remotePort', '?')} through {asked.get('instanceConnectEndpointId', '?')}"
    )


WORDS: Mapping[str, Callable[[Asked], str]] = {
    "SendSSHPublicKey": _pushed,
    "SendSerialConsoleSSHPublicKey": lambda _: "pushed a key for the serial console",
    "OpenTunnel": _opened,
    "StartSession": lambda asked: f"started a session ({asked.get('documentName') or 'a shell'})",
    "ResumeSession": lambda asked: f"resumed the session {asked.get('sessionId', '?')}",
}  # fmt: skip
"""Events of Instance Connect and Systems Manager by which somebody comes in, in words."""


def read(answer: Answer, instance: Row, me: str = "", days: int = DAYS, endpoints: Iterable[str] = (),
         now: datetime | None = None, more: Iterable[Unseen] = ()) -> Fact[Visits]:  # fmt: skip
    """Those that concern this instance, the newest first. `me`: the ARN that we call with; empty where it is not
    known. `endpoints`: those of its VPC; none where they were not read."""
    if isinstance(answer, Unseen):
        return blind(answer)
    unseen = (*answer.get("Unseen", ()), *more)
    now = now or datetime.now(UTC)
    rows = [(row, detail(row)) for row in answer.get("Events", ()) if row.get("EventName") in WORDS]
    concerned = _about(rows, instance, frozenset(endpoints))
    found = [_visit(row, told, me, now) for row, told in rows if concerned(told)][:SHOWN]
    data = {"visits": found, "days": days, "late": LATE, "me": clean.line(me, 200),
            "more": list(answer.get("More", ())), **missing(unseen)}  # fmt: skip
    command = as_typed("cloudtrail", "lookup-events", "--lookup-attributes",
                       "AttributeKey=EventSource,AttributeValue=ec2-instance-connect.amazonaws.com")  # fmt: skip
    late = f"what is younger than about {LATE} minutes may not stand there yet"
    if not found and unseen:
        return blind(*unseen)
    if not found:
        says = f"CloudTrail knows of no key, tunnel or session for it in the last {days} days; {late}"
        return Fact("nothing", says, command=command, data=data)
    first = found[0]
    says = (
        f"{first['who']}{_mine(first)} {first['did']} {first['ago']} ago, from {first['from'] or 'an unknown address'}"
    )
    lines = tuple(line(one) for one in found)
    return Fact("seen", f"{says}; {late}", lines, command, data)


def line(one: Mapping[str, Any]) -> str:
    """One visit as a line."""
    refused = f"  refused ({one['refused']})" if one["refused"] else ""
    return f"{one['at']}  {one['who']}{_mine(one)}  {one['did']}  from {one['from'] or '?'}{refused}"


def _mine(one: Mapping[str, Any]) -> str:
    return " (you)" if one["mine"] else ""


def _about(rows: list[tuple[Row, Asked]], instance: Row, endpoints: frozenset[str]) -> Callable[[Asked], bool]:
    """Whether an event concerns the instance. A tunnel names an address, which another VPC may have, too; a session
    that is resumed names only the session."""
    id_ = str(instance.get("InstanceId", ""))
    addresses = {str(instance.get("PrivateIpAddress", ""))} | {
        str(one.get("PrivateIpAddress", ""))
        for nic in instance.get("NetworkInterfaces", ()) for one in nic.get("PrivateIpAddresses", ())
    }  # fmt: skip
    sessions = {
        str((told.get("responseElements") or {}).get("sessionId", "")) for row, told in rows
        if row.get("EventName") == "StartSession" and _asked(told).get("target") == id_
    } - {""}  # fmt: skip

    def concerned(told: Asked) -> bool:
        asked = _asked(told)
        if told.get("eventName") == "OpenTunnel":
            through = str(asked.get("instanceConnectEndpointId", ""))
            return asked.get("privateIpAddress") in addresses - {""} and (not endpoints or through in endpoints)
        return id_ in (asked.get("instanceId"), asked.get("target")) or asked.get("sessionId") in sessions

    return concerned


def _asked(told: Asked) -> Asked:
    found = told.get("requestParameters")
    return found if isinstance(found, Mapping) else {}


def _visit(row: Row, told: Asked, me: str, now: datetime) -> dict[str, Any]:
    asked, identity = _asked(told), told.get("userIdentity") or {}
    arn, at = str(identity.get("arn", "")), str(row.get("EventTime", ""))
    key = str(asked.get("sSHPublicKey") or (asked.get("SSHKey") or {}).get("publicKey") or "")
    return {
        "at": re.sub(r"\.\d+", "", clean.line(at, 40)),
        "ago": ago(at, now),
        "event": str(row["EventName"]),
        "did": clean.line(WORDS[str(row["EventName"])](asked), 120),
        "who": clean.line(str(row.get("Username", "")) or arn.rpartition("/")[2] or "somebody", 60),
        "arn": clean.line(arn, 200),
        "from": clean.line(str(told.get("sourceIPAddress", "")), 60),
        "user": clean.line(str(asked.get("instanceOSUser") or asked.get("osUser") or ""), 60),
        "key": fingerprint(key),
        "mine": arn == me if arn and me else None,
        "refused": clean.line(str(told.get("errorCode", "")), 60),
    }


def fingerprint(public: str) -> str:
    """SHA256:… of a public key's line, as ssh-keygen -l shows it; empty where it is none."""
    words = public.split()
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


async def look(scene: Scene, days: int = DAYS) -> Fact[Visits]:
    asked = await inquiry(scene)
    who: Identity = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("nothing", "it is no instance of this account")
    me = await asked.ask("me", Call("sts", "get_caller_identity"))
    ends = await asked.part("connect-endpoints")
    endpoints = [] if isinstance(ends, Unseen) else [
        str(one.get("InstanceConnectEndpointId", "")) for one in ends.get("InstanceConnectEndpoints", ())
    ]  # fmt: skip
    nameless = (me,) if isinstance(me, Unseen) else ()
    mine = "" if isinstance(me, Unseen) else str(me.get("Arn", ""))
    return read(await asked.visits(days), who.instance, mine, days, endpoints, more=nameless)
