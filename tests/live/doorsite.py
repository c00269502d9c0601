"""An instance of an embedded account, and behind its public address a real sshd that asks for pushed keys."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud import OWN, Network

from sshwizard import paths
from sshwizard.lab.aws import Aws
from sshwizard.probes import typed
from sshwizard.probes.scene import Scene
from sshwizard.runner import Runner

from .sshd import me
from .world import SshdWorld

HERE = "192.88.99.7/32"
ASKS = """
import json, sys, time
rows = json.load(open(sys.argv[1]))
mine = [one["key"] for one in rows if (one["server"], one["user"]) == (int(sys.argv[2]), sys.argv[3])
        and one["until"] > time.time()]
print("\\n".join(mine))
"""


@dataclass
class Site:
    """An instance with a real sshd behind its public address."""

    aws: Aws
    world: SshdWorld
    net: Network
    web: str

    @property
    def args(self) -> list[str]:
        return self.world.target_args

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    @contextlib.asynccontextmanager
    async def scene(self) -> AsyncIterator[Scene]:
        runner = Runner.live(typed.parse(self.args), read_only=True)
        try:
            yield await runner.ready()
        finally:
            await runner.close()


@pytest.fixture
def site(aws: Aws, world: SshdWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The person's own key is not authorised; a pushed one is, for a while."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    asks = tmp_path / "asks.py"
    asks.write_text(ASKS)
    python = os.path.realpath(sys.executable)  # sshd wants a program that only root can change
    world.server.authorize()
    world.server.start(
        f"AuthorizedKeysCommand {python} -I {asks} {aws.keys} {world.server.port} %u",
        f"AuthorizedKeysCommandUser {me()}",
    )
    net = Network(aws)
    net.allow(net.group, HERE, port=aws.port)
    web = net.launch("web-1", image=OWN)
    aws.machine(web, world.server.port)
    address = net.instance(web)["PublicIpAddress"]
    world.target = web
    world.config_file.write_text(
        f"Host {web}\n  HostName {address}\n  Port {aws.port}\n  User {me()}\n"
        f"  IdentityFile {world.ssh_dir}/id_ed25519\n"
        f"  UserKnownHostsFile {world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
    )
    world.known_hosts(f"[{address}]:{aws.port} {world.keys.bare(world.server.host_key)}")
    return Site(aws, world, net, web)


def left_behind() -> list[Path]:
    place = paths.state_dir() / "doors"
    return list(place.rglob("*")) if place.exists() else []
