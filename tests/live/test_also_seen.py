"""Defects of a stage that was never reached are told as what will matter next, and only where they are in use."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fronts.terminal import program
from jsonschema import Draft202012Validator

from .keys import as_putty
from .ports import free_port
from .scenario import read_report
from .world import CHECKOUT, SshdWorld

pytestmark = pytest.mark.requires("sshd")

SCHEMA = json.loads(Path(CHECKOUT, "docs/report.schema.json").read_text())


def report(world: SshdWorld, args: list[str] | None = None) -> dict[str, Any]:
    told = read_report(world.diagnose(args or world.target_args))
    Draft202012Validator(SCHEMA).validate(told)
    return told


def dead_port(world: SshdWorld) -> None:
    world.server.stop()


def stale_port(world: SshdWorld) -> None:
    world.config(port=free_port())


def other_host_key(world: SshdWorld) -> None:
    world.known_hosts(world.server.known_hosts_line("other"))


KEYS: dict[str, Callable[[SshdWorld], object]] = {
    "key.permissions-too-open": lambda w: w.key("mine", mode=0o644),
    "key.not-found": lambda w: w.no_key(),
    "key.foreign-format": lambda w: w.put("id_ed25519", as_putty(w.keys.public("mine"))),
    "key.is-public-key": lambda w: w.put("id_ed25519", w.keys.public("mine") + "\n"),
}


@pytest.mark.parametrize("stops", [dead_port, stale_port, other_host_key])
@pytest.mark.parametrize("cause", KEYS)
def test_the_key_will_matter_next(world: SshdWorld, cause: str, stops: Callable[[SshdWorld], None]) -> None:
    KEYS[cause](world)
    stops(world)
    told = report(world)
    assert not told["findings"][0]["cause"].startswith("key.")
    assert [(one["cause"], one["confidence"]) for one in told["also_seen"]] == [(cause, "certain")]
    assert "{" not in told["also_seen"][0]["title"] + told["also_seen"][0]["why"]


def test_plain_lines_say_it_too(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    dead_port(world)
    assert "Will matter next: Other people can read" in world.product("diagnose", *world.target_args).out.decode()


def test_the_screen_says_it_too(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    dead_port(world)
    env = [f"{name}={value}" for name, value in world.env().items()]
    command = ("env", *env, sys.executable, "-m", "sshwizard", *world.target_args)
    with program(*command, rows=60, columns=140) as terminal:
        terminal.until("Will matter next", 20)
        terminal.until("Other people can read")
        terminal.press("q")
        terminal.ended()


def test_with_an_agent_it_is_only_likely(world: SshdWorld) -> None:
    """The agent may hold the same key."""
    world.agent("mine")
    world.key("mine", mode=0o644)
    dead_port(world)
    assert [one["confidence"] for one in report(world)["also_seen"]] == ["likely"]


def beside_a_sound_one(world: SshdWorld) -> None:
    world.key("other", "id_work", mode=0o644)
    world.config(f"IdentityFile {world.ssh_dir}/id_work", port=free_port())


def not_in_use(world: SshdWorld) -> None:
    world.key("other", "id_work", mode=0o644)
    stale_port(world)


def no_keys_wanted(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    world.config("PubkeyAuthentication no", port=free_port())


def public_half_for_an_agent(world: SshdWorld) -> None:
    world.agent("mine")
    world.put("id_ed25519", world.keys.public("mine") + "\n")
    stale_port(world)


QUIET = (beside_a_sound_one, not_in_use, no_keys_wanted, public_half_for_an_agent, stale_port)


@pytest.mark.parametrize("quiet", QUIET)
def test_what_will_not_matter_is_not_told(world: SshdWorld, quiet: Callable[[SshdWorld], None]) -> None:
    quiet(world)
    told = report(world)
    assert told["outcome"] == "failed"
    assert told["also_seen"] == []


def test_at_the_login_itself_it_is_the_cause(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    told = report(world)
    assert told["findings"][0]["cause"] == "key.permissions-too-open"
    assert told["also_seen"] == []


def test_a_healthy_world_has_none(world: SshdWorld) -> None:
    assert report(world)["also_seen"] == []
