"""A key replaced on a real server: added, proved, switched, removed; refused where the new one does not open it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .process import TOKEN, Ran, run
from .world import CHECKOUT, PRODUCT_LIMIT, SshdWorld

pytestmark = pytest.mark.requires("sshd")


def rotate(world: SshdWorld, *words: str) -> Ran:
    """`sshwizard rotate` from the key `mine` to the key file `new`."""
    hosts = ("box", "-F", str(world.config_file), "--keys-file", str(keys_file(world)))
    args = ("rotate", str(world.ssh_dir / "id_ed25519"), *hosts, "--new", str(world.ssh_dir / "new"), "--json", *words)
    return run([sys.executable, "-m", "sshwizard", *args], world.env(), CHECKOUT, PRODUCT_LIMIT)


def row(ran: Ran) -> dict[str, Any]:
    """What the table says of the one host."""
    (found,) = json.loads(ran.out)["hosts"]
    assert isinstance(found, dict)
    return found


def keys_file(world: SshdWorld) -> Path:
    return world.server.directory / "authorized_keys"


def undo(world: SshdWorld) -> Ran:
    state = Path(world.env()["XDG_STATE_HOME"]) / "sshwizard" / "sessions"
    (session,) = state.glob("*rotate*")
    return run([sys.executable, "-m", "sshwizard", "undo", str(session)], world.env(), CHECKOUT, PRODUCT_LIMIT)


def test_a_key_is_rotated_and_back(world: SshdWorld) -> None:
    world.key("second", "new")
    old, config = keys_file(world).read_bytes(), world.config_file.read_bytes()
    before = rotate(world)
    assert (before.code, row(before)["new"], keys_file(world).read_bytes()) == (1, False, old)
    done = rotate(world, "--type", "id_ed25519")
    assert done.code == 0, done
    assert row(done)["trouble"] == ""
    assert keys_file(world).read_text().strip() == world.keys.public("second")
    assert TOKEN in world.plain_ssh(world.target_args).out.decode()
    assert rotate(world).code == 0  # nothing is left to do
    assert undo(world).code == 0
    assert (keys_file(world).read_bytes(), world.config_file.read_bytes()) == (old, config)


def test_a_new_key_that_does_not_open_it_leaves_everything_as_it_was(world: SshdWorld) -> None:
    world.put("new", world.keys.private("second"))
    world.put("new.pub", world.keys.public("stranger") + "\n", 0o644)  # what is added is not what logs in
    old, config = keys_file(world).read_bytes(), world.config_file.read_bytes()
    refused = rotate(world, "--type", "id_ed25519")
    assert refused.code == 1
    assert "taken away again" in row(refused)["trouble"]
    assert (keys_file(world).read_bytes(), world.config_file.read_bytes()) == (old, config)


def test_a_rotation_that_was_broken_off_goes_on(world: SshdWorld) -> None:
    world.key("second", "new")
    kept = rotate(world, "--type", "id_ed25519", "--keep-old")
    assert kept.code == 0, kept
    world.server.authorize("mine", "second", options='from="127.0.0.1"')
    rest = rotate(world, "--type", "id_ed25519")
    assert (rest.code, row(rest)["did"]) == (0, ["the old key removed, the new one still opens it"])
    assert keys_file(world).read_text() == f'from="127.0.0.1" {world.keys.public("second")}\n'


def test_the_name_must_be_typed_and_read_only_holds(world: SshdWorld) -> None:
    world.key("second", "new")
    old = keys_file(world).read_bytes()
    assert rotate(world, "--type", "yes").code == 2
    assert rotate(world, "--type", "id_ed25519", "--read-only").code == 1
    assert keys_file(world).read_bytes() == old
