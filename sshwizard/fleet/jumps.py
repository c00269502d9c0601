"""Jump hosts: looked at once, and one connection to each carries all that stands behind it."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sshwizard import scratch
from sshwizard.model import Finding, Target
from sshwizard.probes import process
from sshwizard.probes.command import build
from sshwizard.probes.scene import Leg
from sshwizard.probes.typed import config_option

OPENS = 15.0
"""Seconds for the shared connection to stand."""

Key = tuple[tuple[str, int, str], ...]


@dataclass
class Jump:
    """What is known of one chain of jump hosts."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the walk that goes over it by a connection of its own."""
    known: bool = False
    trouble: Finding | None = None
    """What is wrong with it; nobody else needs to knock."""
    scout: str = ""
    """The host on whose way that was found."""
    options: tuple[str, ...] = ()
    """ssh's options for going over the shared connection; none where it did not open."""


class Jumps:
    """The jump hosts of one sweep."""

    def __init__(self) -> None:
        self._jumps: dict[Key, Jump] = {}
        self._open: list[asyncio.subprocess.Process] = []
        self._places = contextlib.ExitStack()

    def on_the_way(self, legs: Sequence[Leg]) -> Jump:
        """The one before the last of these hops."""
        key = tuple((leg.host, leg.port, leg.user) for leg in legs[:-1])
        return self._jumps.setdefault(key, Jump())

    async def share(self, jump: Jump, target: Target, legs: Sequence[Leg]) -> None:
        """Open the connection that the others go over; without one they go by their own."""
        try:
            place = self._places.enter_context(scratch.directory())
        except OSError:
            return
        hop, socket = legs[-2], place / "s"
        at = Target(hop.name, (*config_option(target.args), "-p", str(hop.port), "-l", hop.user, hop.name))
        files = [place / f"log{number}" for number in range(len(legs) - 1)]
        ssh, *rest = build(at, legs[:-1], files, place / "known_hosts", "", asked=())
        try:
            child = await asyncio.create_subprocess_exec(
                ssh, "-M", "-S", str(socket), "-N", *rest,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
                env=process.environment(), start_new_session=True,
            )  # fmt: skip
        except OSError:
            return
        self._open.append(child)
        end = time.monotonic() + OPENS
        while not socket.exists() and child.returncode is None and time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                await process.within(0.05, child.wait())
        if socket.exists():
            # Where the shared connection is gone, no other one is made in its place.
            over = ["ssh", "-S", str(socket), "-o", "ControlMaster=no", "-o", "ProxyCommand=false", "-W", "[%h]:%p"]
            jump.options = ("-o", f"ProxyCommand={shlex.join(over)} -- jump")

    async def close(self) -> None:
        """End every shared connection."""
        for child in self._open:
            await process.end(child)
        self._open.clear()
        self._places.close()
