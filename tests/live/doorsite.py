"""An instance of an embedded account, and behind its public address a real sshd that asks for pushed keys."""

from __future__ import annotations

import contextlib
import os
import shutil
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
    web: str = ""

    def launch(self, image: str, user: str = "") -> None:
        """Another instance is the one that the person means."""
        self.web = self.world.target = self.net.launch("web-1", image=image)
        self.aws.machine(self.web, self.world.server.port)
        address = self.net.instance(self.web)["PublicIpAddress"]
        self.world.config_file.write_text(
            f"Host {self.web}\n  HostName {address}\n  Port {self.aws.port}\n  User {user or me()}\n"
            f"  IdentityFile {self.world.ssh_dir}/id_ed25519\n"
            f"  UserKnownHostsFile {self.world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
        )
        self.world.known_hosts(f"[{address}]:{self.aws.port} {self.world.keys.bare(self.world.server.host_key)}")

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
    # sshd wants a program that only root can change.
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or os.path.realpath(sys.executable)
    world.server.authorize()
    world.server.start(
        f"AuthorizedKeysCommand {python} -I {asks} {aws.keys} {world.server.port} %u",
        f"AuthorizedKeysCommandUser {me()}",
    )
    net = Network(aws)
    net.allow(net.group, HERE, port=aws.port)
    made = Site(aws, world, net)
    made.launch(OWN)
    return made


def left_behind() -> list[Path]:
    place = paths.doors_dir()
    return list(place.rglob("*")) if place.exists() else []
