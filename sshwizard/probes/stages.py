"""How a look waits on the run, and starts it."""

from __future__ import annotations

from typing import Any

from sshwizard.probes import names
from sshwizard.probes.scene import Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log


async def log_upto(scene: Scene, stage: Stage) -> Log:
    """This leg's log once it went past `stage`; starts the run if nobody did."""
    if scene.live:
        await begin(scene)
    return await scene.run.upto(max(scene.index, 0), stage)


async def begin(scene: Scene) -> None:
    """Start the run, once, with the number of addresses that the first name has."""
    if scene.run.started:
        return
    first = scene.legs[0]
    if first.value("proxycommand", "none") != "none":
        scene.run.start(scene.target, scene.legs, 1)
        return
    found = await names.lookup(first.host)
    scene.run.start(scene.target, scene.legs, max(1, len(found.addresses)), resolver_dead=found.silent)


def proxied(scene: Scene, log: Log) -> bool:
    """True when this leg's bytes go through a program or another hop."""
    if scene.index > 0 or log.has("proxy.exec_debug", "proxy.implicit"):
        return True
    return bool(scene.legs) and scene.leg.value("proxycommand", "none") not in {"none", ""}


def tried(log: Log) -> dict[str, Any]:
    """The addresses that ssh tried, as a fact carries them."""
    tried = [hit["addr"] for hit in log.all("tcp.connecting")]
    return {"addresses": list(dict.fromkeys(tried))}
