"""The files of a practice world: keys, ssh config, known_hosts, and the accounts that the server knows."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HOST = "lab-web"
USER = "dana"
LOOPBACK = "127.0.0.1"
PASSPHRASE = "correct horse"
"""Of a key that has one."""

_KEYGEN_SECONDS = 20
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\%$]')
"""What ssh would expand or end a quoted path at; no escape works in every release since 8.0."""

_HEAD = "# A practice world of sshwizard. Nothing here touches your own ~/.ssh.\n"
_PLACE = """\
Host {host}
    HostName {address}
    Port {port}
    User {user}
"""
_HOW = """\
    IdentityFile "{identity}"
    IdentitiesOnly {only}
    IdentityAgent {agent}
    UserKnownHostsFile "{ssh}/known_hosts"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking ask
"""


class LabError(Exception):
    """A practice world could not be opened; the message says why, in words for the person."""


class Missing(LabError):
    """Something that it needs is not on this machine: an extra, a program, addresses that only Linux has."""


@dataclass(frozen=True)
class Account:
    """Who may log in: one line per public key. A `reply` answers every command instead of the shell."""

    keys: tuple[str, ...] = ()
    reply: str | None = None
    status: int = 0


@dataclass
class Draft:
    """What the ssh config says beside the address; each fault of the config is one field."""

    user: str = USER
    port: int = 0
    """0: where the server is."""
    identity: str = "id_ed25519"
    """The private key, by its name in ssh/."""
    agent: str = "none"
    only: bool = True
    """Whether ssh keeps to the key that is named."""
    above: tuple[str, ...] = ()
    """Lines of a block `Host *` in front of all others: ssh takes the first value that it finds."""
    lines: tuple[str, ...] = ()
    """Lines of the host's own block."""
    hops: tuple[Hop, ...] = ()
    """The jump hosts, in the order in which ssh passes them."""


@dataclass(frozen=True)
class Hop:
    """A jump host: the name that the config gives to it, and its server."""

    name: str
    user: str
    port: int
    host_key: str


@dataclass(frozen=True)
class Bench:
    """A healthy world on the workbench. An exercise breaks it with these tools, and with nothing else."""

    root: Path
    port: int
    """Where the server is reached at `address`."""
    host_key: str
    """The server's public key: `ssh-ed25519 AAAA...`."""
    keep: ExitStack
    """What must stay open as long as the world does."""
    hosts: tuple[str, ...] = (HOST,)
    """The names that the config gives to it."""
    address: str = LOOPBACK
    draft: Draft = field(default_factory=Draft)

    @property
    def key(self) -> Path:
        """The private key that the config names."""
        return self.root / "ssh" / "id_ed25519"

    def config(self, **changed: Any) -> None:
        """Write the ssh config, with these fields of the draft changed."""
        draft = self.draft
        for name, value in changed.items():
            setattr(draft, name, value)
        ssh = self.root / "ssh"
        how = _HOW.format(identity=ssh / draft.identity, only="yes" if draft.only else "no", agent=draft.agent, ssh=ssh)
        place = {"host": " ".join(self.hosts), "address": self.address, "port": draft.port or self.port}
        rows = [_HEAD, *(["Host *\n", *(f"    {line}\n" for line in draft.above), "\n"] if draft.above else [])]
        for hop in draft.hops:
            rows += [_PLACE.format(host=hop.name, address=LOOPBACK, port=hop.port, user=hop.user), how, "\n"]
        rows += [_PLACE.format(**place, user=draft.user), how, *(f"    {line}\n" for line in draft.lines)]
        if draft.hops:
            rows.append(f"    ProxyJump {','.join(hop.name for hop in draft.hops)}\n")
        write_private(self.root / "config", "".join(rows))

    def known_hosts(self, key: str | None, *, mark: str = "") -> None:
        """Remember `key` as the server's; None: the host was never met. `mark`: in front of the line."""
        rows = [f"[{LOOPBACK}]:{hop.port} {hop.host_key}\n" for hop in self.draft.hops]
        if key:
            rows.append(f"{mark}[{self.address}]:{self.port} {key}\n")
        write_private(self.root / "ssh" / "known_hosts", "".join(rows))

    def behaves(self, **how: object) -> None:
        """How the server behaves from now on, beside what it did before: the fields of server.Manner."""
        write_manner(self.root / "server", how)

    def accounts(self, **accounts: Account) -> None:
        """Replace all accounts of the server; it reads them anew at each login."""
        write_accounts(self.root, accounts)

    def closed_port(self) -> int:
        """A port that refuses while the world is open: bound, so nobody else gets it; never listening."""
        holder = self.keep.enter_context(socket.socket())
        holder.bind((LOOPBACK, 0))
        return int(holder.getsockname()[1])

    def public_key(self) -> str:
        """The public half of the key that the config names."""
        return read_public(self.key)

    def new_key(self, path: str) -> str:
        """Make another key pair at `path` in the world and return its public half."""
        return make_key(self.root / path)

    def fingerprint(self) -> str:
        """The true SHA256 fingerprint of the server."""
        return keygen("-l", "-E", "sha256", "-f", str(self.root / "server" / "host_key.pub")).split()[1]


def lay_out(root: Path, *, scratch: bool, pushed: Path | None = None) -> None:
    """Make the keys of a healthy world and the server's files in the empty directory `root`.

    `scratch`: the server removes the whole directory when we die without closing. `pushed`: a file with keys that
    open the door for a while. Raises LabError.
    """
    if _UNSAFE.search(str(root)):
        raise LabError(f"ssh cannot be told safely of a path with such characters: {str(root)!r}")
    for folder in ("ssh", "server"):
        (root / folder).mkdir(mode=0o700)
    make_key(root / "server" / "host_key")
    write_accounts(root, {USER: Account((make_key(root / "ssh" / "id_ed25519"),))})
    write_spec(root / "server", HOST, scratch=root if scratch else None, pushed=pushed)


def write_spec(home: Path, host: str, *, scratch: Path | None = None, pushed: Path | None = None) -> Path:
    """What a server is started with, which has its files in `home`."""
    spec = {
        "host": host,
        "host_key": str(home / "host_key"),
        "accounts": str(home / "accounts.json"),
        "manner": str(home / "manner.json"),
        "scratch": str(scratch) if scratch else None,
        "pushed": str(pushed) if pushed else None,
    }
    write_private(home / "spec.json", json.dumps(spec, indent=2))
    return home / "spec.json"


def write_manner(home: Path, how: Mapping[str, object]) -> None:
    """Change how the server with its files in `home` behaves; it reads that anew for each connection."""
    place = home / "manner.json"
    before = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    write_private(home / "manner.new", json.dumps({**before, **how}, indent=2))
    (home / "manner.new").replace(place)


def make_key(path: Path) -> str:
    """Make an ed25519 key pair without passphrase at `path` and return its public half. Raises LabError."""
    keygen("-q", "-t", "ed25519", "-N", "", "-C", f"{path.name}@practice", "-f", str(path))
    return read_public(path)


def read_public(path: Path) -> str:
    """The public half of the key at `path`, without the comment: `ssh-ed25519 AAAA...`."""
    return " ".join(Path(f"{path}.pub").read_text(encoding="ascii").split()[:2])


def write_accounts(root: Path, accounts: Mapping[str, Account], server: str = "server") -> None:
    """Write the accounts that the server reads at each login, in one step."""
    text = json.dumps({name: asdict(account) for name, account in accounts.items()}, indent=2)
    fresh = root / server / "accounts.new"
    write_private(fresh, text)
    fresh.replace(root / server / "accounts.json")


def write_private(path: Path, text: str) -> None:
    """Write `path` with mode 600 from its first byte on."""
    path.touch(0o600)
    path.write_text(text, encoding="utf-8", newline="\n")


def keygen(*arguments: str) -> str:
    """Run ssh-keygen; returns what it printed. Raises LabError."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise Missing("ssh-keygen was not found: practice worlds need the OpenSSH client programs")
    try:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_KEYGEN_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabError(f"ssh-keygen did not run: {error}") from error
    if done.returncode:
        raise LabError(f"ssh-keygen failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout
