"""Every call is written down: as CloudTrail events, and as a plain list for tests."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sshwizard.lab.aws.state import ACCOUNT, now

if TYPE_CHECKING:
    from sshwizard.lab.aws.overlay import Call
    from sshwizard.lab.aws.state import Lab

_READS = re.compile(r"Describe|Get|List|Lookup|Search|Simulate")
_IDS = re.compile(r"\b(?:i|sg|sgr|eni|acl|rtb|igw|vpc|subnet|eice|eipalloc|nat|pl|key|ami)-[0-9a-f]{8,17}\b")
_CODE = re.compile(r"<Code>([^<]+)</Code>")


def reads(action: str) -> bool:
    """Whether an action changes nothing, by its name, as CloudTrail's readOnly."""
    return _READS.match(action) is not None


def keep(call: Call, answer: Any) -> None:
    """Write the call down. CloudTrail does not record its own look-ups here: they would bury the rest."""
    status, headers, body = answer
    code = _code(headers, body) if int(status) >= 300 else None
    if not call.ours:
        changes = not reads(call.action) and not call.flag("DryRun")
        call.lab.calls.append(
            {
                "service": call.service,
                "action": call.action,
                "region": call.region,
                "mutating": changes,
                "error": code,
            }
        )
    who = call.lab.author if call.ours else call.lab.arn
    if call.service == "cloudtrail" or not who:
        return
    named = set(_IDS.findall(call.asked))
    if not reads(call.action):
        # What a change made: an answer to a look names everything, and says nothing about what the call was for.
        named |= set(_IDS.findall(_text(body)))
    told = {
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.action,
        "awsRegion": call.region,
        "requestParameters": _told(json.loads(call.asked), wrapped=call.service == "ec2"),
        "responseElements": None if code else _shown(call.action, _text(body)),
    }
    if code:
        told["errorCode"] = f"Client.{code}" if call.service == "ec2" else code
    enter(call.lab, told, who, named)


def enter(lab: Lab, told: dict[str, Any], who: str, named: Iterable[str]) -> None:
    """One event of the trail (CloudTrail record contents)."""
    role = ":assumed-role/" in who
    event: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole" if role else "IAMUser", "arn": who, "accountId": ACCOUNT, "accessKeyId": "practice",
            **({} if role else {"userName": who.rsplit("/", 1)[-1]}),
        },
        "eventTime": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sourceIPAddress": lab.client_address,
        "userAgent": "aws-cli/2.36.7",
        "readOnly": reads(str(told["eventName"])),
        "eventID": str(uuid.uuid4()),
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **told,
    }  # fmt: skip
    lab.trail.appendleft(
        {
            "EventId": event["eventID"],
            "EventName": event["eventName"],
            "ReadOnly": str(event["readOnly"]).lower(),
            "EventTime": now(),
            "EventSource": event["eventSource"],
            "Username": who.rsplit("/", 1)[-1],
            "Resources": [{"ResourceName": name} for name in sorted(named)],
            "CloudTrailEvent": json.dumps(event),
        }
    )


def _shown(action: str, body: str) -> dict[str, Any] | None:
    """What a session's answer leaves in the trail: its id, and no token (Systems Manager user guide, CloudTrail)."""
    if action not in {"StartSession", "ResumeSession"}:
        return None
    told = json.loads(body)
    return {
        "sessionId": told["SessionId"],
        "streamUrl": told["StreamUrl"],
        "tokenValue": "Value hidden due to security reasons.",
    }


def _told(value: Any, *, wrapped: bool) -> Any:
    """Parameters as CloudTrail writes them: names begin small, and EC2's lists stand in "items"."""
    if isinstance(value, list):
        rows = [_told(one, wrapped=wrapped) for one in value]
        return {"items": rows} if wrapped else rows
    if not isinstance(value, dict):
        return value
    told = {key[:1].lower() + key[1:]: _told(one, wrapped=wrapped) for key, one in value.items()}
    if wrapped and "instanceIds" in told:
        told["instancesSet"] = {"items": [{"instanceId": one} for one in told.pop("instanceIds")["items"]]}
    return told


def _code(headers: Any, body: Any) -> str:
    """The error code of an answer, in any envelope."""
    if named := dict(headers).get("x-amzn-errortype"):
        return str(named)
    text = _text(body)
    if found := _CODE.search(text):
        return found[1]
    try:
        return str(json.loads(text)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return "Unknown"


def _text(body: Any) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
