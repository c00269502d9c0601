"""How the machine stands in whichever cloud it is of: one look for the fixes that both clouds have."""

from __future__ import annotations

from sshwizard.model import Fact
from sshwizard.probes.aws import looks as aws
from sshwizard.probes.gcp import looks as gcp
from sshwizard.probes.scene import Probe, Scene


async def _look(scene: Scene) -> Fact[aws.Standing]:
    from sshwizard.probes.gcp import around

    return await (gcp.standing if await around.is_ours(scene) else aws.standing).look(scene)


standing: Probe[aws.Standing] = Probe(
    "cloud.standing", ("known", "none"), _look, waits="what the cloud says about the machine"
)
