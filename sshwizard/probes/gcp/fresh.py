"""Were the metadata changed a few minutes ago? Then the guest agent may not have come to it yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.admission import Fresh
from sshwizard.probes.gcp.asked import as_typed, inquiry
from sshwizard.probes.gcp.offered import named
from sshwizard.probes.scene import Scene

SOON = 300
"""Seconds in which a new key reaches a VM whose agent is healthy (Compute Engine, Troubleshooting SSH)."""


def calls(place: Place) -> dict[str, Call]:
    """The latest operations in the zone, and of the project: those on metadata are picked out of them."""
    query = {"orderBy": "creationTimestamp desc", "maxResults": "100"}
    zone = path("projects", place.project, "zones", place.zone, "operations")
    return {
        "zone-operations": Call("compute", zone, "compute.zoneOperations.list", query),
        "global-operations": Call(
            "compute", path("projects", place.project, "global", "operations"), "compute.globalOperations.list", query
        ),
    }


def read(in_zone: Answer, of_project: Answer, place: Place, now: datetime, data: dict[str, Any]) -> Fact[Fresh]:
    """How long ago the last change was, as far as the lists of operations show it."""
    rows: list[tuple[float, str]] = []
    for answer, target in ((in_zone, f"/instances/{place.name}"), (of_project, f"/projects/{place.project}")):
        for row in () if isinstance(answer, Unseen) else answer.get("items") or ():
            link, kind = str(row.get("targetLink", "")), str(row.get("operationType", ""))
            if link.endswith(target) and "etadata" in kind and (at := _time(str(row.get("insertTime", "")))):
                who = clean.line(str(row.get("user", "")), 80)
                rows.append(((now - at).total_seconds(), f"{at.isoformat(timespec='seconds')}  {kind}  {who}"))
    command = as_typed("compute", "operations", "list", "--project", place.project, "--filter", "operationType~etadata")
    unseen = tuple(one for one in (in_zone, of_project) if isinstance(one, Unseen))
    if rows and min(rows)[0] < SOON:
        age, line = min(rows)
        says = f"the metadata were changed {max(0, round(age))} s ago; the guest agent may need a minute"
        return Fact("fresh", says, (line,), command, {**data, "age": max(0, round(age))})
    if unseen:
        return blind(*unseen)
    return Fact("old", "the metadata were not changed in the last five minutes", (), command, data)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


async def look(scene: Scene) -> Fact[Fresh]:
    asked = await inquiry(scene)
    who = await asked.identity()
    found = [await asked.ask(name, call) for name, call in calls(who.place).items()]
    return read(found[0], found[1], who.place, datetime.now(UTC), named(who))
