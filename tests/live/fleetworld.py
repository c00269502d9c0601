"""Several machines with real sshds, each in namespaces of its own, as instances of an embedded account that carry the
tag env=prod: plain ssh reaches them by their public addresses, and Run Command really runs its script on them.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from cloud import OWN, Network

from sshwizard import paths
from sshwizard.cli import main
from sshwizard.fleet import kept
from sshwizard.lab.aws import REGION, Aws

from .doorsite import HERE
from .instance import Relay
from .keys import KeyRing
from .server import Server

TAG = "env=prod"
HOSTILE = """
import re, sys
nonce = re.search("N=([0-9a-f]+)", sys.argv[3])[1]
value = lambda text: "x" + text.encode().hex()
evil = "\\x1b]0;owned\\x07<script>alert(1)</script>[bold red]\\u202e${IFS}" + "A" * 5000
print("\\x1b[2J[red]" + evil)
print(nonce, "begin x31")
print(nonce, "me", value("root"), value("0"), "x", "x")
print(nonce, "sshd", value("/usr/sbin/sshd"), "x")
print(nonce, "test", value("255"), value("/etc/ssh/sshd_config line 1: " + evil))
print(nonce, "end x31")
"""
"""A server that its attacker owns: it knows the word that begins a line, and says what it likes."""


class Fleet:
    """Healthy to begin with; `servers` by the name of their instance."""

    def __init__(self, aws: Aws, keys: KeyRing, names: Sequence[str]) -> None:
        self.aws, self.keys, self.names = aws, keys, names
        self.servers: dict[str, Server] = {}
        self.ids: dict[str, str] = {}
        self.kept: dict[str, Path] = {}
        """Sweeps that were made, by their tag."""
        self._held = ExitStack()

    def __enter__(self) -> Fleet:
        try:
            self._build()
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._held.close()

    def _build(self) -> None:
        self.port = self.aws.port
        self.net = Network(self.aws)
        self.net.allow(self.net.group, HERE, port=self.port)
        self.home = Path(tempfile.mkdtemp(prefix="sw-fleet-"))
        self._held.callback(shutil.rmtree, self.home, ignore_errors=True)
        for name in self.names:
            server = self._held.enter_context(Server(self.keys))
            server.base = f"Port 22\nPort {self.port}"
            server.setting("")
            relay = Relay(server.pid, self.port)
            self._held.callback(relay.close)
            self.servers[name] = server
            self.launch(name, relay.port, server.inside())
        ssh = self.home / ".ssh"
        shutil.copytree(self.servers[self.names[0]].home / ".ssh", ssh)
        (ssh / "known_hosts").write_text(f"* {self.keys.bare('host')}\n")
        (ssh / "config").write_text(
            f"Host *\n  User dana\n  Port {self.port}\n  IdentityFile {ssh}/id_ed25519\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {ssh}/known_hosts\n  GlobalKnownHostsFile /dev/null\n  ConnectTimeout 5\n"
        )

    def launch(
        self, name: str, port: int | None, shell: Sequence[str] = (), *, managed: bool = True, tag: str = TAG
    ) -> str:
        """One more instance with a tag, whose script runs in this shell."""
        made = self.ids[name] = self.net.launch(name, image=OWN)
        self.net.ec2.create_tags(Resources=[made], Tags=[dict(zip(("Key", "Value"), tag.split("="), strict=True))])
        self.aws.machine(made, port, shell=shell)
        if managed:
            self.aws.agent(made)
        return made

    @property
    def env(self) -> dict[str, str]:
        return {**next(iter(self.servers.values())).env, "HOME": str(self.home), **self.aws.environment,
                "XDG_CONFIG_HOME": f"{self.home}/.config", "XDG_STATE_HOME": f"{self.home}/state",
                "XDG_CACHE_HOME": f"{self.home}/.cache"}  # fmt: skip

    @property
    def options(self) -> list[str]:
        return ["--", "-F", f"{self.home}/.ssh/config"]


def made_before(fleet: Fleet, tag: str) -> str:
    """The name of a sweep without a look inside; each time a new one, with what was seen at the first time."""
    if tag not in fleet.kept:
        main(["sweep", "--json", "--tag", tag, "--region", REGION, *fleet.options])
        fleet.kept[tag] = fleet.home / f"kept-{len(fleet.kept)}"
        shutil.copytree(kept.load("last").folder, fleet.kept[tag])
    name = f"00000000-{len(list(paths.sweeps_dir().iterdir())):06}"
    folder = shutil.copytree(fleet.kept[tag], paths.sweeps_dir() / name)
    rows = (folder / "sweep.jsonl").read_text()
    (folder / "sweep.jsonl").write_text(re.sub(r'"[^" ]*/sweeps/[^/"]*/', f'"{folder}/', rows))
    return name
