"""A block that stands first and wins is outranked by a block for the host alone, and the next look proves it."""

from __future__ import annotations

import json
import sys

import pytest

from .ports import free_port
from .process import TOKEN, run
from .scenarios.config import general_first
from .sshd import me
from .world import CHECKOUT, PRODUCT_LIMIT, SshdWorld


def mended(world: SshdWorld) -> dict[str, object]:
    command = [sys.executable, "-m", "sshwizard", "diagnose", "--json", "--fix", "--yes=confirm", *world.target_args]
    ran = run(command, world.env(), CHECKOUT, PRODUCT_LIMIT)
    report: dict[str, object] = json.loads(ran.out)
    return report


@pytest.mark.requires("sshd")
@pytest.mark.parametrize("what", ["port", "host", "user"])
def test_the_host_s_own_value_is_written_where_it_wins(world: SshdWorld, what: str) -> None:
    lines = {"port": f"Port {free_port()}", "host": "HostName 127.0.0.2", "user": "User nobody-here"}
    general_first(world, lines[what], f"User {me()}" if what == "user" else "")
    assert world.plain_ssh(world.target_args).code == 255
    assert mended(world)["outcome"] == "healthy"
    assert TOKEN in world.plain_ssh(world.target_args).out.decode()
