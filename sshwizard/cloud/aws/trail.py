"""Who changed what lately, and who came in, as CloudTrail keeps it: management events of 90 days, some minutes late.

It answers two look-ups a second for an account and region, each by one attribute (CloudTrail User Guide, LookupEvents).
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Answer, Unseen, late

PACE = 0.5
"""Seconds between two look-ups."""
DAYS = 7
LONGEST = 90
"""Days that CloudTrail's event history reaches back."""
LATE = 15
"""Minutes after which an event usually stands in the history."""
MOST = 5
"""Resources that are looked up: the instance, and what lies on the way to it."""
PAGES = 4
"""Pages of fifty that are read of one look-up."""
SECONDS = 8.0
"""For all look-ups about who came in."""
VISITS = (
    ("EventSource", "ec2-instance-connect.amazonaws.com"),
    ("EventName", "StartSession"),
    ("EventName", "ResumeSession"),
)
"""Keys, tunnels and sessions. By attribute, because these events do not reliably name the instance as a resource."""

Ask = Callable[[Call], Awaitable[Answer]]


def keys_lately() -> Call:
    """The newest keys and tunnels of a day, in one look-up."""
    return _call(*VISITS[0], days=1)


async def lookup(ask: Ask, resources: Sequence[str], days: int = DAYS, most: int = MOST) -> Answer:
    """The changes of these resources, the newest first: one look-up after the other, until one is refused."""
    events: dict[str, Row] = {}
    for number, resource in enumerate(list(dict.fromkeys(resources))[:most]):
        if number:
            await asyncio.sleep(PACE)
        answer = await ask(_call("ResourceName", resource, days))
        if isinstance(answer, Unseen):
            return answer
        for row in answer.get("Events", ()):
            if str(row.get("ReadOnly", "false")).lower() != "true":
                events[str(row.get("EventId", len(events)))] = {**row, "About": resource}
    return {"Events": _newest(events)}


async def visits(ask: Ask, days: int, wanted: Sequence[tuple[str, str]] = VISITS, seconds: float = SECONDS) -> Answer:
    """Every key, tunnel and session of so many days in the account and region, the newest first.

    `Unseen` holds the look-ups that gave no answer, `More` names those of which only the newest pages were read.
    """
    events: dict[str, Row] = {}
    unseen: list[Unseen] = []
    more: list[str] = []
    end = time.monotonic() + seconds
    for number, (key, value) in enumerate(wanted):
        params, token = _call(key, value, days), ""
        for page in range(PAGES):
            if number or page:
                await asyncio.sleep(PACE)
            answer = await _within(ask, _on(params, token), end, seconds)
            if isinstance(answer, Unseen):
                unseen.append(answer)
                break
            events |= {str(row.get("EventId", len(events))): row for row in answer.get("Events", ())}
            token = str(answer.get("NextToken") or "")
            if not token:
                break
        else:
            more.append(value)
        if unseen or time.monotonic() >= end:
            break  # what refuses one look-up refuses the next
    return {"Events": _newest(events), "Unseen": tuple(unseen), "More": more}


def _call(key: str, value: str, days: int) -> Call:
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    asked: dict[str, Any] = {
        "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}], "StartTime": since, "MaxResults": 50,
    }  # fmt: skip
    return Call("cloudtrail", "lookup_events", asked, most=50)


def _on(call: Call, token: str) -> Call:
    params = {**call.params, "NextToken": token} if token else call.params
    return Call(call.service, call.operation, params, call.most)


async def _within(ask: Ask, call: Call, end: float, seconds: float) -> Answer:
    """The answer, or that it came too late."""
    try:
        async with asyncio.timeout(max(0.0, end - time.monotonic())):
            return await ask(call)
    except TimeoutError:
        return late(call.name, seconds)


def _newest(events: dict[str, Row]) -> list[Row]:
    return sorted(events.values(), key=lambda row: str(row.get("EventTime", "")), reverse=True)
