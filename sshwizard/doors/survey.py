"""How every door stands, asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sshwizard.doors.door import Door, DoorFact
from sshwizard.doors.marks import MARK
from sshwizard.model import Fact
from sshwizard.probes.process import within
from sshwizard.probes.scene import Scene

LIMIT = 3.0
"""Seconds beside a diagnosis: nobody waits long for what decides nothing."""
PATIENT = 10.0
"""Seconds where the doors are what was asked for."""


async def survey(doors: Mapping[str, Door], scene: Scene, limit: float = PATIENT) -> dict[str, Fact[Any]]:
    """A fact for each door, by its name in the session. A machine of one cloud has no doors of another."""
    facts = await asyncio.gather(*(_one(door, scene, limit) for door in doors.values()))
    found = dict(zip(doors.values(), facts, strict=True))
    in_cloud = any(not door.plain and not fact.elsewhere for door, fact in found.items())
    return {
        MARK + door.id: fact.fact(door.title, door.action)
        for door, fact in found.items()
        if not (in_cloud and fact.elsewhere)
    }


async def _one(door: Door, scene: Scene, limit: float) -> DoorFact:
    try:
        return await within(limit, door.judge(scene))
    except TimeoutError:
        return DoorFact("unknown", f"no answer came within {limit:g} s")
    except (OSError, ValueError, LookupError, TypeError) as error:  # an answer that is none: never a crash of the walk
        return DoorFact("unknown", f"it could not be judged: {type(error).__name__}")
