"""Looks that decide nothing and help all the same, once the verdict stands: changes of late."""

from __future__ import annotations

import asyncio
from typing import Any

from sshwizard.model import Fact, unknown
from sshwizard.probes.aws import changes
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene

LOOKS: tuple[Probe[Any], ...] = (changes.changes,)
LIMIT = 3.0
"""Seconds for all of them together: nobody waits long for what decides nothing."""


async def is_ours(scene: Scene) -> bool:
    """True for a machine of an account of ours; asks nobody who was not asked yet."""
    asked = scene.cloud.aws.known(-1) or scene.cloud.aws.known(max(scene.index, 0))
    return asked is not None and bool((await asked.identity()).instance)


async def look(scene: Scene) -> dict[str, Fact[Any]]:
    """Their facts, by the names of the probes."""
    facts = await asyncio.gather(*(_one(probe, scene) for probe in LOOKS))
    return {probe.name: fact for probe, fact in zip(LOOKS, facts, strict=True)}


async def _one(probe: Probe[Any], scene: Scene) -> Fact[Any]:
    try:
        return await within(LIMIT, probe.look(scene))
    except TimeoutError:
        return unknown(f"AWS gave no answer within {LIMIT:g} s")
