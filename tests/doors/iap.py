"""A VM behind Google's relay: a real SSH server, and a client's home."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.cloud.gcp.iap import target
from sshwizard.cloud.gcp.iap.target import Target
from sshwizard.doors.iap_tunnel import tunnel
from sshwizard.doors.way import Way
from sshwizard.lab.gcp.line import Oddities
from sshwizard.lab.gcp.relay import Relay, Served, listen

from .private import Ran

LIMIT = 40.0
"""Seconds for one ssh; the machine may be busy."""
TO = Target("practice-1", "europe-west1-b", "web-1")


@dataclass
class Behind:
    """The relay, the server, and tokens: each new one is another."""

    served: Served
    world: SshdWorld
    ports: dict[str, int] = field(default_factory=dict)
    """What listens at a VM's port, or the negative close code; `default` for those that are not named."""
    given: list[bool] = field(default_factory=list)
    """Each token that was asked for: whether a fresh one was wanted."""

    @property
    def relay(self) -> Relay:
        return self.served.relay

    async def token(self, fresh: bool) -> str:
        """As the account gives it."""
        return self.secret(fresh)

    def secret(self, fresh: bool) -> str:
        self.given.append(fresh)
        return f"ya29.practice-{sum(self.given)}"

    def reset(self) -> None:
        self.relay.oddities.wake.set()
        self.relay.oddities = Oddities()
        self.relay.tokens = {f"ya29.practice-{number}" for number in range(9)}
        self.relay.calls.clear()
        self.relay.lines.clear()
        self.given.clear()
        self.ports.clear()

    @asynccontextmanager
    async def way(self, *, apart: bool = False, to: Target = TO) -> AsyncIterator[Way]:
        async with tunnel(to, self.token, apart=apart, trust=str(self.served.certificate or "")) as way:
            yield way

    async def begin(self, way: Way, *words: str, typed: bytes = b"") -> asyncio.subprocess.Process:
        command = ("ssh", "-F", str(self.world.config_file), "-o", "BatchMode=yes", *way.options, *words)
        source = asyncio.subprocess.PIPE if typed else asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **way.env}, stdin=source, stdout=-1, stderr=-1, cwd="/"
        )  # fmt: skip

    async def ssh(self, way: Way, *words: str, typed: bytes = b"", limit: float = LIMIT) -> Ran:
        begun = time.monotonic()
        process = await self.begin(way, *words, typed=typed)
        try:
            async with asyncio.timeout(limit):
                out, err = await process.communicate(typed or None)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        assert process.returncode is not None
        return Ran(process.returncode, out, err.decode(errors="replace"), time.monotonic() - begun)


@pytest.fixture(scope="module")
def vm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    """One server and one relay for a module: what a test bends is straight again for the next."""
    world = SshdWorld(tmp_path_factory.mktemp("vm"), KeyRing(tmp_path_factory.mktemp("keys")))
    ports: dict[str, int] = {}

    def backend(asked: Mapping[str, str]) -> int:
        return ports.get(asked["instance"], world.server.port)

    served = listen(Relay(backend), tmp_path_factory.mktemp("relay"))
    try:
        yield Behind(served, world, ports)
    finally:
        served.stop()
        world.close()


@pytest.fixture
def behind(vm: Behind, monkeypatch: pytest.MonkeyPatch) -> Behind:
    vm.reset()
    monkeypatch.setenv(target.INSTEAD, vm.served.url)
    return vm


def certificate(behind: Behind) -> Path:
    assert behind.served.certificate is not None
    return behind.served.certificate
