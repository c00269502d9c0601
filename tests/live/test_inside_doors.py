"""A look inside through a door: named for certain, mended, proved by fresh logins, and undone in a later process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sshwizard.lab.aws import Aws

from .instance import Instance
from .keys import KeyRing
from .process import Ran
from .scenarios.inside import STOP

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns", "moto")]


@pytest.fixture(scope="module")
def instance(aws_process: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One for all of them: what a test breaks, it mends again."""
    aws_process.reset()
    with Instance(aws_process, KeyRing(tmp_path_factory.mktemp("keys"))) as world:
        yield world


@pytest.fixture(autouse=True)
def healed(instance: Instance) -> Iterator[None]:
    yield
    instance.heal()


def report(ran: Ran) -> dict[str, Any]:
    assert ran.out, ran.text[-3000:]
    found: dict[str, Any] = json.loads(ran.out)
    return found


@dataclass(frozen=True)
class Through:
    """One door, and a fault that is seen and mended through it."""

    door: str
    code: str
    mends: str
    breaks: str
    says: str
    """What is said when it opens."""
    user: str = "root"


WORLDS = (
    Through("eic", "auth.authorized-keys-permissions", "fix-authorized-keys-permissions", "chmod 777 /home/dana",
            "a temporary key was put on"),
    Through("eice", "auth.authorized-keys-missing", "install-my-key", "rm /home/dana/.ssh/authorized_keys",
            "a tunnel through the Instance Connect Endpoint"),
    Through("ssm", "auth.account-locked", "unlock-account", "usermod -p '!' dana", "a session with the agent on"),
    Through("ssm-shell", "server.host-keys-unusable", "create-host-keys",
            f"chmod 644 /etc/ssh/ssh_host_*_key; {STOP}", "without ssh", ""),
)  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.door) for row in WORLDS])
def test_named_mended_proved_and_undone_later(instance: Instance, row: Through) -> None:
    assert instance.lets_in(row.door)
    instance.server.sh(row.breaks)
    assert not instance.lets_in(row.door)
    way = ("--via", row.door, *(("--as", row.user) if row.user else ()), *instance.config(row.door))
    ran = instance.product("inside", "--json", "--fix", "--yes=confirm", "--type", instance.id, *way)
    told = report(ran)
    assert row.says in ran.err.decode()
    assert (told["outcome"], [one["id"] for one in told["fixed"]]) == ("healthy", [row.mends]), ran.text[-4000:]
    assert (told["fixed"][0]["cause"], told["fixed"][0]["proved"]) == (row.code, True)
    assert instance.lets_in(row.door)
    refused = instance.product("undo")
    assert (refused.code, "the door was not opened" in refused.err.decode()) == (1, True), refused.text
    undone = instance.product("undo", "--yes=confirm")
    assert undone.code == 0, undone.text
    assert instance.server.sh("ls /var/lib/sshwizard") == ""
    assert not instance.lets_in(row.door)
