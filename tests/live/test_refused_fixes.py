"""A fix that cannot be made says why; nothing is changed, and the exit code stays the cause's."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from .mending import Mendable, changed, seen
from .networld import NetWorld
from .scenario import read_report
from .world import SshdWorld


def refuses(world: Mendable, args: list[str], why: str) -> None:
    before = seen(world)
    report = read_report(ran := world.product("diagnose", "--fix", "--yes=confirm", "--json", *args))
    assert (ran.code, report["fixed"]) == (1, []), ran.text
    finding = report["findings"][0]
    assert finding["cause"] == "config.public-key-off"
    assert why in next(fix["needs"] for fix in finding["fixes"] if fix["id"] == "edit-config-value")
    assert changed(before, seen(world)) == []


@pytest.mark.requires("sshd")
def test_a_config_with_two_names(world: SshdWorld) -> None:
    """As dotfile programs leave it that link and do not copy."""
    world.config("PubkeyAuthentication no")
    os.link(world.config_file, world.home / "dotfiles-config")
    refuses(world, world.target_args, "config has 2 names (hard links), and replacing it would part them")


def not_applied(world: Mendable, args: list[str], why: str) -> None:
    """What only the attempt can tell."""
    before = seen(world)
    report = read_report(ran := world.product("diagnose", "--fix", "--yes=confirm", "--json", *args))
    assert (ran.code, report["fixed"], report["findings"][0]["cause"]) == (1, [], "config.public-key-off"), ran.text
    assert f"not applied: {why}" in ran.err.decode()
    assert changed(before, seen(world)) == []


@pytest.mark.requires("sshd", "chattr")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a file immutable")
def test_an_immutable_config(world: SshdWorld) -> None:
    world.config("PubkeyAuthentication no")
    if subprocess.run(["chattr", "+i", str(world.config_file)], check=False, timeout=20).returncode:
        pytest.skip("this file system has no immutable files")
    try:
        not_applied(world, world.target_args, f"{world.config_file}: operation not permitted")
    finally:
        subprocess.run(["chattr", "-i", str(world.config_file)], check=True, timeout=20)


@pytest.mark.netns
@pytest.mark.requires("netns")
def test_a_directory_that_is_read_only(net_world: NetWorld) -> None:
    net_world.client.put("config", "PubkeyAuthentication no\n")
    (net_world.client.home / ".ssh").chmod(0o500)
    not_applied(net_world, net_world.target_args, "~/.ssh: permission denied")


@pytest.mark.netns
@pytest.mark.requires("netns")
def test_a_home_on_a_full_disk(net_world: NetWorld) -> None:
    """Neither the journal nor the copy of what was there has room, so nothing is changed."""
    home = net_world.client.home
    net_world.client.put("config", "PubkeyAuthentication no\n")
    net_world.client.sh(
        f"cp -a {home} {home}.kept; mount -t tmpfs -o size=256k,mode=755,uid=30001,gid=30001 tmpfs {home}; "
        f"cp -a {home}.kept/.ssh {home}/; head -c 300000 /dev/zero > {home}/filler || true"
    )
    ran = net_world.product("diagnose", "--fix", "--yes=confirm", "--json", *net_world.target_args)
    assert (ran.code, read_report(ran)["fixed"]) == (1, []), ran.text
    assert re.search("not applied: .*(no space left on device|no session is kept)", ran.err.decode()), ran.text
    assert net_world.client.sh(f"diff -r {home}.kept/.ssh {home}/.ssh") == ""
