"""Is it worth telling of other ways in? Asks nobody who was not asked yet."""

from __future__ import annotations

from sshwizard.probes.gcp.asked import NAMED
from sshwizard.probes.scene import Scene


async def is_ours(scene: Scene) -> bool:
    """True for a VM of a project of ours."""
    asked = scene.cloud.gcp.known(NAMED) or scene.cloud.gcp.known(max(scene.index, 0))
    return asked is not None and bool((await asked.identity()).instance)
