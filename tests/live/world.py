"""One SSH world on the loopback: a client's home and the real server it talks to.

OpenSSH takes ``~`` from the account database and not from ``$HOME``.  So everything the client uses is named
in one configuration file, and `SshdWorld.target_args` hands that file to ``ssh`` and to the product alike.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from sshwizard import cli

from .keys import KeyRing
from .ports import LOOPBACK, Peer, free_port
from .process import TOKEN, Ran, run
from .sshd import Sshd, me, stop_process, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]
PRODUCT_LIMIT = 60.0


def answers_on(place: Path) -> bool:
    """Whether somebody listens on this local socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(place)) == 0


class SshdWorld:
    """A healthy world to begin with: the key `mine` opens the account of whoever runs the tests."""

    def __init__(self, directory: Path, keys: KeyRing) -> None:
        self.keys = keys
        self.home = directory / "home"
        self.ssh_dir = self.home / ".ssh"
        self.ssh_dir.mkdir(mode=0o700, parents=True)
        self.sockets = Path(tempfile.mkdtemp(prefix="sw-", dir="/tmp"))  # socket paths must be short
        self.server = Sshd(directory / "server", keys, "host")
        self.jump = Sshd(directory / "jump", keys, "host-of-jump")
        self.hop2 = Sshd(directory / "hop2", keys, "host-of-jump")
        """A second hop, for those who start it."""
        self.config_file = self.ssh_dir / "config"
        self.known_hosts_file = self.ssh_dir / "known_hosts"
        self.extra_env: dict[str, str] = {}
        self.target = "box"
        self._agents: list[subprocess.Popen[bytes]] = []
        self._peers: list[Peer] = []
        self.key("mine")
        self.config()
        self.server.authorize("mine")
        self.server.start()
        self.known_hosts()

    def close(self) -> None:
        self.server.stop()
        self.jump.stop()
        self.hop2.stop()
        for agent in self._agents:
            agent.send_signal(signal.SIGCONT)
            stop_process(agent)
        for peer in self._peers:
            peer.close()
        shutil.rmtree(self.sockets, ignore_errors=True)

    # ------------------------------------------------------------------ the client's files

    def put(self, name: str, content: bytes | str, mode: int = 0o600) -> Path:
        """A file in the client's .ssh directory."""
        file = self.ssh_dir / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(mode)
        return file

    def key(self, name: str, file: str = "id_ed25519", *, pub: bool = True, mode: int = 0o600) -> Path:
        """The key pair `name` as a key file of the client."""
        if pub:
            self.put(f"{file}.pub", self.keys.public(name) + "\n", 0o644)
        return self.put(file, self.keys.private(name), mode)

    def spoil_key(self, change: Callable[[bytes], bytes], *, pub: bool = False) -> None:
        """Damage the client's key file.  With its .pub beside it, ssh notices only after the server's yes."""
        self.put("id_ed25519", change(self.keys.private("mine")))
        if not pub:
            (self.ssh_dir / "id_ed25519.pub").unlink()

    def no_key(self) -> None:
        for file in self.ssh_dir.glob("id_*"):
            file.unlink()

    def config(self, *lines: str, port: int = 0, identity: str = "id_ed25519", after: str = "") -> None:
        """Write the client's configuration: `lines` for every host come first, so they win.

        `identity` "none" offers no key file at all (and keeps the defaults in the account's home out)."""
        file = identity if identity == "none" else str(self.ssh_dir / identity)
        text = "".join(f"{line}\n" for line in lines)
        text += f"Host box\n  HostName {LOOPBACK}\n  Port {port or self.server.port}\n{after}"
        text += f"Host *\n  User {me()}\n  IdentityFile {file}\n"
        text += f"  UserKnownHostsFile {self.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
        self.put("config", text)

    def known_hosts(self, *lines: str, hashed: bool = False) -> None:
        """Write known_hosts; without `lines` what is true of the servers."""
        true = [self.server.known_hosts_line(), self.jump.known_hosts_line()]
        file = self.put("known_hosts", "".join(f"{line}\n" for line in lines or true))
        if hashed:
            subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True, timeout=20)
            file.with_name("known_hosts.old").unlink()

    def through_jump(self, lines: str = "") -> None:
        """From here on the target is `inner`, reached through a second server."""
        self.jump.authorize("mine")
        self.jump.start()
        self.target = "inner"
        self.config(after=(
            f"Host hop\n  HostName {LOOPBACK}\n  Port {self.jump.port}\n"
            f"Host inner\n  HostName {LOOPBACK}\n  Port {self.server.port}\n  ProxyJump hop\n{lines}"
        ))  # fmt: skip

    # ------------------------------------------------------------------ agents and strange servers

    def agent(self, *names: str, asks: bool = False) -> None:
        """An ssh-agent that holds these keys, in this order. When it `asks` for each use, nobody is there to nod."""
        place = self.sockets / f"agent{len(self._agents)}"
        agent = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(place)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self._agents.append(agent)
        wait_until(lambda: answers_on(place), "the agent answers")
        self.extra_env["SSH_AUTH_SOCK"] = str(place)
        for name in names:
            command = ["ssh-add", "-q", *(["-c"] if asks else []), str(self.keys.path(name))]
            subprocess.run(command, check=True, env=self.env(), stdin=subprocess.DEVNULL, timeout=20)

    def dead_agent(self) -> None:
        """SSH_AUTH_SOCK names the socket that an agent left behind when it was killed."""
        place = self.sockets / "dead"
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(str(place))
        self.extra_env["SSH_AUTH_SOCK"] = str(place)

    def replace_server(self, talk: Callable[[Peer, socket.socket], None]) -> None:
        """Somebody else answers on the server's port."""
        self.server.stop()
        self._peers.append(Peer(self.server.port, talk))

    def take_over(self, port: int | str, talk: Callable[[Peer, socket.socket], None]) -> None:
        """Somebody answers on a port that a server had, or on a local socket."""
        self._peers.append(Peer(port, talk))

    def meet(self, talk: Callable[[Peer, socket.socket], None]) -> int:
        """A peer beside the server, on a port of its own, which this gives."""
        port = free_port()
        self._peers.append(Peer(port, talk))
        return port

    # ------------------------------------------------------------------ running ssh and the product

    @property
    def target_args(self) -> list[str]:
        return ["-F", str(self.config_file), self.target]

    def env(self) -> dict[str, str]:
        """A small environment: nothing of the person who runs the tests."""
        return {
            "PATH": os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin",
            "HOME": str(self.home),
            "USER": me(),
            "LOGNAME": me(),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.extra_env,
        }

    def plain_ssh(self, args: list[str], limit: float = 30) -> Ran:
        """What the ssh client itself does, with nobody there to answer questions."""
        options = ["-v", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2"]
        return run(["ssh", *options, *args, f"echo {TOKEN}"], self.env(), self.home, limit)

    def master(self) -> tuple[Path, subprocess.Popen[bytes]]:
        """A shared connection that is open, and the process that holds it."""
        place = self.sockets / "cm"
        self.config("ControlMaster auto", f"ControlPath {place}")
        command = ["ssh", "-M", "-N", *self.target_args]
        held = subprocess.Popen(
            command, env=self.env(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._agents.append(held)
        wait_until(place.exists, "the shared connection is open")
        return place, held

    def diagnose(self, args: list[str], mark: str = "") -> Ran:
        """The product; its processes, and theirs, carry `mark` in their environment."""
        return self.product("diagnose", "--json", *args, mark=mark)

    def product(self, *words: str, mark: str = "") -> Ran:
        """Any of its commands."""
        command = [sys.executable, "-m", "sshwizard", *words]
        return run(command, {**self.env(), "LIVE_TEST_MARK": mark}, CHECKOUT, PRODUCT_LIMIT)

    def script(self, name: str, *words: str) -> Ran:
        """A script of this directory, as the person would run the product."""
        command = [sys.executable, str(Path(__file__).with_name(name)), *words]
        return run(command, {**self.env(), "PYTHONPATH": str(CHECKOUT)}, CHECKOUT, PRODUCT_LIMIT)

    def undo(self) -> int:
        """`sshwizard undo` in this process, which saves a start each time; gives its exit code."""
        with mock.patch.dict(os.environ, self.env(), clear=True):
            return int(cli.main(["undo"]))

    @property
    def places(self) -> tuple[Path, ...]:
        """Where the client's files are."""
        return (self.home, self.sockets)

    @property
    def fingerprint(self) -> str:
        """Of the key that the server really has."""
        return self.keys.fingerprint(self.server.host_key)
