"""A sweep over real servers: grouped, polite, and to be gone on with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .ports import LOOPBACK
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd")


def fleet(world: SshdWorld, *, behind: bool) -> list[str]:
    """Names for one real server, some of which lead to a port where nobody listens; returns their options."""
    dead = "Host dead-*\n  Port 9\n"
    via = "  ProxyJump hop\n" if behind else ""
    hop = f"Host hop\n  HostName {LOOPBACK}\n  Port {world.jump.port}\n"
    world.config(after=f"{dead}{hop}Host live-* dead-*\n  HostName {LOOPBACK}\n  Port {world.server.port}\n{via}")
    return ["--", "-F", str(world.config_file)]


def names(kind: str, count: int) -> list[str]:
    return [f"{kind}-{number}" for number in range(count)]


def test_hosts_are_grouped_by_cause_and_each_session_is_kept(world: SshdWorld) -> None:
    given = fleet(world, behind=False)
    page = world.home / "sweep.html"
    ran = world.product("sweep", *names("live", 3), *names("dead", 2), "--json", "--html", str(page), *given)
    told = json.loads(ran.out)
    assert ran.code == 1
    assert (told["hosts"], told["works"], told["fails"]) == (5, 3, 2)
    assert [(len(group["hosts"]), group["cause"]) for group in told["groups"]] == [(2, told["groups"][0]["cause"])]
    assert all(Path(row["session"]).is_file() for row in told["rows"])
    assert "dead-1" not in page.read_text()  # masked, as in every report
    assert page.stat().st_mode & 0o777 == 0o600


def test_all_behind_a_jump_host_go_over_one_connection(world: SshdWorld) -> None:
    world.jump.authorize("mine")
    world.jump.start()
    given = fleet(world, behind=True)
    ran = world.product("sweep", *names("live", 6), "--json", *given)
    assert json.loads(ran.out)["works"] == 6
    assert world.jump.connections() == 2  # the walk that looks at it, and the one that carries the others
    assert world.server.connections() == 6


def test_a_jump_host_that_lets_nobody_in_is_asked_once(world: SshdWorld) -> None:
    world.jump.start()  # knows no key
    given = fleet(world, behind=True)
    told = json.loads(world.product("sweep", *names("live", 4), "--json", *given).out)
    assert [(len(group["hosts"]), group["cause"]) for group in told["groups"]] == [(4, "proxy.jump-auth-failed")]
    assert sorted(row["confidence"] for row in told["rows"])[1:] == ["likely"] * 3
    assert world.jump.connections() <= 2


def test_what_one_jump_host_cannot_reach_is_told_of_those_hosts_alone(world: SshdWorld) -> None:
    world.jump.authorize("mine")
    world.jump.start()
    given = fleet(world, behind=True)
    told = json.loads(world.product("sweep", "dead-0", *names("live", 3), "dead-1", "--json", *given).out)
    assert [(sorted(group["hosts"]), group["cause"]) for group in told["groups"]] == [
        (["dead-0", "dead-1"], "proxy.inner-unreachable")
    ]


def test_a_sweep_goes_on_where_it_was_ended(world: SshdWorld) -> None:
    given = fleet(world, behind=False)
    first = world.product("sweep", *names("live", 3), "--jsonl", *given)
    rows = [json.loads(line) for line in first.out.splitlines()]
    file = Path(rows[0]["session"]).parent / "sweep.jsonl"
    head, *kept = file.read_text().splitlines()
    file.write_text("\n".join([head, kept[0], kept[1][:30]]))  # killed in the middle of a line
    before = world.server.connections()
    again = world.product("sweep", "--resume", "last", "--json")
    assert json.loads(again.out)["works"] == 3
    assert world.server.connections() - before == 2
