"""A word that is neither a name in DNS nor in the ssh config may be the Name tag of an instance."""

from __future__ import annotations

from sshwizard.cloud.cloud import wished
from sshwizard.model import Fact
from sshwizard.probes import client, names
from sshwizard.probes.scene import Scene


async def perhaps_a_tag(scene: Scene, host: str) -> bool:
    """Asked only where the person named a profile or a region: no plain word is a reason to ask a cloud."""
    wish = wished()
    if wish.off or not wish.explicit or "." in host or names.literal(host):
        return False
    answer = await client.answer_of(scene.target.args)
    if isinstance(answer, Fact) or answer[0].get("hostname", (host,))[0].lower() != host.lower():
        return False
    return not (await names.lookup(host)).addresses
