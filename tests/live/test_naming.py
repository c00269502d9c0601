"""What was typed as address, port, key and user becomes a Host block with a name, and plain ssh takes the name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sshwizard.fixes.naming import nameable, rows
from sshwizard.model import Target
from sshwizard.probes.scene import Leg, Setting

from .keys import KeyRing
from .ports import LOOPBACK
from .process import TOKEN
from .sshd import me
from .world import CHECKOUT, PRODUCT_LIMIT, SshdWorld


def talk(world: SshdWorld, args: list[str], *typed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sshwizard", "ask", *args], input="".join(f"{row}\n" for row in typed), cwd=CHECKOUT,
        capture_output=True, text=True, env=world.env(), check=False, timeout=PRODUCT_LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.requires("sshd", "ssh")
def test_a_connection_that_works_gets_a_name_and_loses_it_by_undo(world: SshdWorld, keys: KeyRing) -> None:
    world.put("config", f"Host *\n  UserKnownHostsFile {world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n")
    key, before = world.key("mine", "deploy_key"), world.config_file.read_bytes()
    typed = ["-F", str(world.config_file), "-p", str(world.server.port), "-i", str(key), f"{me()}@{LOOPBACK}"]
    named = ["-F", str(world.config_file), "web"]
    told = talk(world, typed, "name", "127.0.0.1", "web", "yes", "quit")
    assert "type a plain name" in told
    written = world.config_file.read_text()
    for row in (f"HostName {LOOPBACK}", f"User {me()}", f"Port {world.server.port}", f"IdentityFile {key}"):
        assert row in written
    assert written.endswith(before.decode())
    assert "Change: Write a Host block for this server: proved" in told
    assert TOKEN in world.plain_ssh(named).out.decode()
    assert world.product("undo", "last", "--yes=confirm").code == 0
    assert world.config_file.read_bytes() == before


def test_what_has_a_name_needs_none() -> None:
    assert not nameable(Target("web", ("web",)))
    assert not nameable(Target("web", ("-F", "/c", "web")))
    assert nameable(Target("web", ("-p", "2222", "web")))
    assert nameable(Target("me@web", ("me@web",)))
    assert nameable(Target("192.0.2.7", ("192.0.2.7",)))
    assert not nameable(Target("i-1", ("i-0123456789abcdef0",), found=("-o", "HostName=192.0.2.7")))


def test_lines_that_only_the_address_has_go_along_and_those_for_all_hosts_do_not() -> None:
    lines = (
        Setting("port", "2222"), Setting("identityfile", "/home/dana/my key"),
        Setting("proxyjump", "hop", "/c", 3, "Host 192.0.2.*"), Setting("forwardagent", "yes", "/c", 9, "Host *"),
        Setting("user", "dana", "/c", 4, "Host 192.0.2.*"), Setting("compression", "yes", "/c", 1, ""),
    )  # fmt: skip
    settings = {"hostname": ("192.0.2.7",), "port": ("2222",), "user": ("dana",)}
    assert rows(Leg("192.0.2.7", settings, lines=lines)) == [
        "HostName 192.0.2.7", "User dana", "Port 2222", 'IdentityFile "/home/dana/my key"', "ProxyJump hop",
    ]  # fmt: skip
