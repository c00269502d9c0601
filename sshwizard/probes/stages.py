"""How a look waits on the run, starts it, and starts other looks while ssh still waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from sshwizard.model import Fact
from sshwizard.probes import names
from sshwizard.probes.process import Value, beside
from sshwizard.probes.scene import Leg, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log


async def log_upto(scene: Scene, stage: Stage) -> Log:
    """This leg's log once it went past `stage`; starts the run if nobody did."""
    if scene.live:
        begin(scene)
    return await scene.run.upto(max(scene.index, 0), stage)


def begin(scene: Scene) -> None:
    """Start the run, once, and count beside it how many addresses its first name has."""
    if scene.run.started:
        return
    scene.run.start(scene.target, scene.legs, 1)
    if not by_program(scene.legs[0]):
        scene.run.aside(0, "count", lambda: _count(scene))


async def _count(scene: Scene) -> None:
    leg = scene.legs[0]
    found = await names.lookup(leg.host)
    scene.run.expect(len(names.of_family(found.addresses, leg)))


async def meanwhile(waiting: Awaitable[Value], delay: float, start: Callable[[], object]) -> Value:
    """What `waiting` gives; when that takes longer than `delay` seconds, something else is started beside it."""

    async def later() -> None:
        await asyncio.sleep(delay)
        start()

    async with beside(later()):
        return await waiting


async def begun(scene: Scene, name: str, make: Callable[[], Coroutine[Any, Any, Fact[Any]]]) -> Fact[Any]:
    """The fact of a look that may have begun while ssh waited, or begins now."""
    return await asyncio.shield(scene.run.aside(scene.index, name, make))


def by_program(leg: Leg) -> bool:
    """True when a ProxyCommand makes the connection."""
    return leg.value("proxycommand", "none") not in {"none", ""}


def proxied(scene: Scene, log: Log) -> bool:
    """True when this leg's bytes go through a program or another hop."""
    if scene.index > 0 or log.has("proxy.exec_debug", "proxy.implicit"):
        return True
    return bool(scene.legs) and by_program(scene.leg)


def tried(log: Log) -> dict[str, Any]:
    """The addresses that ssh tried, as a fact carries them."""
    tried = [hit["addr"] for hit in log.all("tcp.connecting")]
    return {"addresses": list(dict.fromkeys(tried))}


async def dialled(scene: Scene) -> tuple[str, ...]:
    """The addresses that ssh dials for this leg: those that its log names, else what the name gives it now."""
    log = scene.run.logs[min(max(scene.index, 0), len(scene.run.logs) - 1)] if scene.run.logs else Log()
    if seen := tried(log)["addresses"]:
        return tuple(seen)
    found = await names.lookup(scene.leg.host)
    return names.of_family(found.addresses, scene.leg)
