"""CloudTrail: the look-up of what was called."""

from __future__ import annotations

import json
import math
from typing import Any

from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.overlay import Call, before


@before("cloudtrail", "LookupEvents")
def _lookup(call: Call) -> dict[str, Any]:
    events = list(call.lab.trail)
    asked_for = call.params.get("LookupAttributes") or []
    if len(asked_for) > 1:
        raise ApiError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    for asked in asked_for:
        events = [one for one in events if asked["AttributeValue"] in _values(one, asked["AttributeKey"])]
    start, end = (float(call.params.get(name) or 0) for name in ("StartTime", "EndTime"))
    return {"Events": [one for one in events if start <= one["EventTime"].timestamp() <= (end or math.inf)]}


def _values(event: dict[str, Any], key: str) -> list[str]:
    if key == "ResourceName":
        return [one["ResourceName"] for one in event["Resources"]]
    if key == "AccessKeyId":
        return [json.loads(event["CloudTrailEvent"])["userIdentity"].get("accessKeyId", "")]
    return [str(event.get(key, ""))]
