"""Who changed what lately, as CloudTrail keeps it: management events of 90 days, some minutes late.

It answers two look-ups a second for an account and region, each by one attribute (CloudTrail User Guide, LookupEvents).
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Sequence

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen

PACE = 0.5
"""Seconds between two look-ups."""
DAYS = 7
MOST = 5
"""Resources that are looked up: the instance, and what lies on the way to it."""


async def lookup(ask: Callable[[Call], Awaitable[Answer]], resources: Sequence[str]) -> Answer:
    """The changes of these resources, the newest first: one look-up after the other, until one is refused."""
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=DAYS)
    events: dict[str, Row] = {}
    for number, resource in enumerate(list(dict.fromkeys(resources))[:MOST]):
        if number:
            await asyncio.sleep(PACE)
        wanted = [{"AttributeKey": "ResourceName", "AttributeValue": resource}]
        asked = {"LookupAttributes": wanted, "StartTime": since, "MaxResults": 50}
        answer = await ask(Call("cloudtrail", "lookup_events", asked, most=50))
        if isinstance(answer, Unseen):
            return answer
        for row in answer.get("Events", ()):
            if str(row.get("ReadOnly", "false")).lower() != "true":
                events[str(row.get("EventId", len(events)))] = {**row, "About": resource}
    newest = sorted(events.values(), key=lambda row: str(row.get("EventTime", "")), reverse=True)
    return {"Events": newest}
