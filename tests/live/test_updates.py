"""Packages around logins on a server, by real apt and dpkg: seen to be old, updated, proved, and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from . import aptworld
from .aptworld import NAME, NEW, OLD, build, installed, publish, with_apk, with_apt, with_dnf
from .keys import KeyRing
from .process import Ran
from .server import RESCUE, Server
from .world import CHECKOUT

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns", "apt-get", "dpkg-deb")]

SCHEMA = json.loads(Path(CHECKOUT, "docs/report.schema.json").read_text())
STATE = "find /var/lib/dpkg /var/lib/apt /var/cache/apt /etc/apt -printf '%p %y %m %s %T@ %C@\\n' | sort"


@pytest.fixture
def server(keys: KeyRing) -> Iterator[Server]:
    with Server(keys) as world:
        world.user = "root"
        yield world


def updates(server: Server, *words: str) -> tuple[Ran, dict[str, Any]]:
    ran = server.product("inside", "--json", "--updates", *words, *server.target_args)
    found: dict[str, Any] = json.loads(ran.out)
    return ran, found


def test_an_old_package_is_updated_proved_and_taken_back(server: Server) -> None:
    """ssh works: the same login looks, writes nothing, and updates what the person confirmed."""
    with_apt(server)
    before = server.sh(STATE)
    ran, found = updates(server)
    (row,) = found["advice"]
    assert server.sh(STATE) == before
    assert (ran.code, row["code"], row["fix"], row["subject"]) == (
        1, "advice.update", "update-ssm-agents", f"{NAME} on box")  # fmt: skip
    assert row["seen"] == [f"installed: {OLD}", f"waits: {NEW}"]
    assert any("apt-get" in line for line in row["preview"])
    assert "420" in "".join(row["preview"])
    ran, _ = updates(server, "--fix")
    assert "this is to be confirmed" in ran.err.decode()
    assert installed(server) == OLD
    ran, found = updates(server, "--fix", "--yes=confirm")
    assert (ran.code, found["mended"]) == (0, [{"title": f"{NAME}: {OLD} → {NEW}", "proved": True}]), ran.err.decode()
    assert found["advice"] == []
    assert any(f"{NAME} {NEW} is the newest known there" in says for says in found["looked"])
    assert installed(server) == NEW
    assert server.product("undo").code == 0
    assert installed(server) == OLD
    assert server.sh("ls /var/lib/sshwizard") == ""


def test_what_the_lists_no_longer_name_cannot_be_taken_back_and_that_is_said(server: Server) -> None:
    with_apt(server, kept=False)
    plain = server.product("inside", "--updates", *server.target_args).out.decode()
    assert plain.index("only-upgrade") < plain.index("This cannot be undone.")
    _, found = updates(server, "--fix", "--yes=confirm")
    assert found["mended"][0]["proved"] is True
    assert installed(server) == NEW
    assert server.product("undo").code != 0


def test_old_lists_are_not_taken_for_up_to_date_and_fetched_anew_by_the_update(server: Server) -> None:
    """Nothing newer is known, by lists of 93 days ago: unknown. The update fetches them, and finds one."""
    with_apt(server)
    server.sh(f"apt-get -q -y install {NAME} >/dev/null; touch -d '93 days ago' /var/lib/apt/lists")
    newest = "1.1.18-0ubuntu1"
    build(server, NAME, newest)
    publish(server)
    ran, found = updates(server)
    (row,) = found["advice"]
    assert ran.code == 3
    assert "no newer one is known there, but the lists were fetched 93 days ago" in row["unknown"]
    ran, found = updates(server, "--fix", "--yes=confirm")
    assert (found["mended"][0]["proved"], installed(server)) == (True, newest), ran.err.decode()


def test_an_update_that_fails_leaves_the_old_version(server: Server) -> None:
    """What waits by the lists is gone from the repository: apt says so, and nothing is changed."""
    with_apt(server)
    server.sh(f"rm {aptworld.REPOSITORY}/{NAME}_{NEW}_all.deb")
    ran, found = updates(server, "--fix", "--yes=confirm")
    assert "not applied: the server says" in ran.err.decode()
    assert (found["mended"], installed(server), server.sh("ls /var/lib/sshwizard")) == ([], OLD, "")


def test_a_look_at_a_login_that_fails_tells_it_beside_the_cause(server: Server) -> None:
    with_apt(server)
    server.user = "dana"
    server.sh("chmod 777 /home/dana")
    told = json.loads(server.look().out)
    assert told["findings"][0]["cause"] == "auth.authorized-keys-permissions"
    assert [(one["name"], one["standing"], one["newest"]) for one in told["packages"]] == [(NAME, "old", NEW)]
    jsonschema.validate(told, SCHEMA)
    plain = server.product("inside", "--as", "root", "--port", str(RESCUE), *server.target_args).out.decode()
    assert f"{NAME} {OLD} is old: {NEW} waits" in plain


def test_lists_of_dnf_are_read_as_files_and_the_package_is_updated_and_taken_back(server: Server) -> None:
    with_dnf(server)
    ran, found = updates(server, "--fix", "--dry-run")
    assert found["advice"][0]["seen"] == ["installed: 1.1-19.amzn2023", "waits: 1.1-21.amzn2023"]
    assert server.sh("ls /run/dnf 2>/dev/null || echo never asked").strip() == "never asked"
    ran, found = updates(server, "--fix", "--yes=confirm")
    title = "ec2-instance-connect: 1.1-19.amzn2023 → 1.1-21.amzn2023"
    assert found["mended"] == [{"title": title, "proved": True}], ran.err.decode()
    assert server.product("undo").code == 0
    assert server.sh("cat /run/version").strip() == "1.1-19.amzn2023"


def test_a_server_with_apk(server: Server) -> None:
    with_apk(server)
    ran, found = updates(server, "--fix", "--yes=confirm")
    title = "openssh-server: 9.3_p2-r0 → 9.3_p2-r1"
    assert found["mended"] == [{"title": title, "proved": True}], ran.err.decode()


def test_what_cannot_be_asked_is_unknown(server: Server) -> None:
    """No package manager that is known, and a way in that does not lead in: neither is up to date."""
    server.sh("mount -t tmpfs tmpfs /var/lib/dpkg")
    ran, found = updates(server)
    assert (ran.code, found["advice"][0]["unknown"]) == (
        3,
        "the server has no package manager that is known (dpkg, rpm, apk)",
    )
    ran, found = updates(server, "--as", "nobody")
    assert ran.code == 3
    assert "the way in does not lead in" in found["advice"][0]["unknown"]
