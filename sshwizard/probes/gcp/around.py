"""Looks that decide nothing and help all the same, once the verdict stands: changes of late. Asks nobody who was not
asked yet."""

from __future__ import annotations

from typing import Any

from sshwizard.model import Fact, unknown
from sshwizard.probes.gcp import looks
from sshwizard.probes.gcp.asked import NAMED
from sshwizard.probes.process import within
from sshwizard.probes.scene import Scene

LIMIT = 3.0
"""Seconds: nobody waits long for what decides nothing."""


async def is_ours(scene: Scene) -> bool:
    """True for a VM of a project of ours."""
    asked = scene.cloud.gcp.known(NAMED) or scene.cloud.gcp.known(max(scene.index, 0))
    return asked is not None and bool((await asked.identity()).instance)


async def look(scene: Scene) -> dict[str, Fact[Any]]:
    """The fact by the name of the probe."""
    try:
        return {looks.changes.name: await within(LIMIT, looks.changes.look(scene))}
    except TimeoutError:
        return {looks.changes.name: unknown(f"Google gave no answer within {LIMIT:g} s")}
