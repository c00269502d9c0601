"""Looks that decide nothing and help all the same, once the verdict stands: other doors, and changes of late."""

from __future__ import annotations

import asyncio
from typing import Any

from sshwizard.model import Fact, unknown
from sshwizard.probes.aws import looks
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene

LOOKS: tuple[Probe[Any], ...] = (looks.endpoint, looks.agent, looks.changes)
LIMIT = 3.0
"""Seconds for all of them together: nobody waits long for what decides nothing."""


async def look(scene: Scene) -> dict[str, Fact[Any]]:
    """Their facts, by the names of the probes; none about a machine that no account of ours has."""
    asked = scene.cloud.aws.known(-1) or scene.cloud.aws.known(max(scene.index, 0))
    if asked is None or not (await asked.identity()).instance:
        return {}
    facts = await asyncio.gather(*(_one(probe, scene) for probe in LOOKS))
    return {probe.name: fact for probe, fact in zip(LOOKS, facts, strict=True)}


async def _one(probe: Probe[Any], scene: Scene) -> Fact[Any]:
    try:
        return await within(LIMIT, probe.look(scene))
    except TimeoutError:
        return unknown(f"AWS gave no answer within {LIMIT:g} s")
