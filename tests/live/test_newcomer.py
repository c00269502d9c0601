"""The first day: a key made by ssh-keygen in the person's terminal, the agent, the team's config, a proof by ssh."""

from __future__ import annotations

import sys

import pytest
from fronts.terminal import program

from .keys import PASSPHRASE
from .sshd import me
from .world import SshdWorld


@pytest.mark.requires("sshd")
def test_a_computer_is_made_ready(world: SshdWorld) -> None:
    team = world.home / "team.config"
    team.write_text(
        f"Host box\n    HostName 127.0.0.1\n    Port {world.server.port}\n    User {me()}\n"
        f"    UserKnownHostsFile {world.known_hosts_file}\n"
    )
    world.no_key()
    world.config_file.unlink()
    world.agent()
    env = [f"{name}={value}" for name, value in world.env().items()]
    words = ("doctor", "--new-member", "--dir", str(world.ssh_dir), "--team", str(team))
    with program("env", *env, "SSHWIZARD_PLAIN=1", sys.executable, "-m", "sshwizard", *words, columns=160) as terminal:
        terminal.until("ssh-keygen -t ed25519")
        terminal.press("yes\r")
        terminal.until("Enter passphrase")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("same passphrase")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("ssh-add -t 8h")
        world.server.directory.joinpath("authorized_keys").write_text((world.ssh_dir / "id_ed25519.pub").read_text())
        terminal.press("yes\r")
        terminal.until("Enter passphrase for")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("team.config. This is what")
        terminal.press("yes\r")
        terminal.until("Include")
        terminal.press("yes\r")
        terminal.until("box: ssh works", 30)
        assert terminal.ended() < 5
        assert terminal.child.returncode == 0
        assert PASSPHRASE.encode() not in terminal.raw
    assert (world.ssh_dir / "id_ed25519").stat().st_mode & 0o777 == 0o600
    assert (world.ssh_dir / "config").read_text().startswith("Host *\n    Include ")
