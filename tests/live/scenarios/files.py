"""Faults of an ordinary account's own files: these need a real ~/.ssh, and a root who spoils it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from ..networld import NAME, SERVER, UID, NetWorld
from ..scenario import Scenario

DENIED = r"Permission denied \("
PERMISSIONLESS = Path(__file__).resolve().parents[1] / "permissionless.py"


def key_on_a_stick(world: NetWorld) -> None:
    """The only key lies on a file system that keeps no modes."""
    stick, source = world.client.home / "stick", world.client.directory / "source"
    for place in (stick, source):
        place.mkdir(mode=0o755)
    (source / "id_work").write_bytes(world.keys.private("mine"))
    words = shlex.join([sys.executable, str(PERMISSIONLESS), str(stick), str(source), str(UID)])
    wait = f"for n in $(seq 100); do mountpoint -q {stick} && exit; sleep 0.05; done; exit 1"
    world.client.sh(f"{words} >/dev/null 2>&1 & {wait}")
    for name in ("id_ed25519", "id_ed25519.pub"):
        (world.client.home / ".ssh" / name).unlink()
    world.client.put("config", f"Host *\n  IdentityFile {stick}/id_work\n")


def directory_of_root(world: NetWorld) -> None:
    """~/.ssh was made anew by a command under sudo."""
    world.client.sh(f"chown 0:0 {world.client.home}/.ssh")


def key_of_root(world: NetWorld) -> None:
    world.client.sh(f"chown 0:0 {world.client.home}/.ssh/id_ed25519")


def alias(world: NetWorld) -> None:
    """Only the config knows the name that is typed."""
    world.client.put("config", f"Host web\n  HostName {SERVER}\n  User erin\n  HostKeyAlias {NAME}\n")


def config_of_root(world: NetWorld) -> None:
    world.client.sh(f"chown 0:0 {world.client.home}/.ssh/config")


def include_of_root(world: NetWorld) -> None:
    world.client.put("work.conf", "ServerAliveInterval 30\n")
    world.client.put("config", "Include work.conf\n")
    world.client.sh(f"chown 0:0 {world.client.home}/.ssh/work.conf")


FILES: list[Scenario[NetWorld]] = [
    Scenario(
        "files-key-on-a-stick", "key.on-permissionless-filesystem", "denied", r"UNPROTECTED PRIVATE KEY FILE",
        key_on_a_stick,
    ),
    Scenario(
        "files-directory-of-root", "client.ssh-directory-unusable", "hostkey", r"Host key verification failed",
        directory_of_root,
    ),
    Scenario("files-key-of-root", "key.unreadable", "denied", r"Load key .*: Permission denied", key_of_root),
    Scenario(
        "files-config-of-root", "client.ssh-directory-unusable", "dns", r"Could not resolve hostname web",
        config_of_root, alias, args=lambda w: ["web"],
    ),
    Scenario(
        "files-include-of-root", "config.bad-owner-or-permissions", "config",
        r"Can't open user config file .*work.conf: Permission denied", include_of_root,
    ),
]  # fmt: skip
