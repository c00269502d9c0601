"""A key replaced on a real server: added, proved, switched, removed; refused where the new one does not open it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sshwizard import cli, store
from sshwizard.effects import RemoveKeyLine
from sshwizard.effects.keylines import with_key
from sshwizard.events import Began, Doing
from sshwizard.journal import now
from sshwizard.model import Target

from .process import TOKEN
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd")

Rotate = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def rotate(world: SshdWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Rotate:
    """`sshwizard rotate` from the key `mine` to the key file `new`: its exit code, and the row of the one host."""
    for name, value in world.env().items():
        monkeypatch.setenv(name, value)
    hosts = ("box", "-F", str(world.config_file), "--keys-file", str(keys_file(world)))
    args = ("rotate", str(world.ssh_dir / "id_ed25519"), *hosts, "--new", str(world.ssh_dir / "new"), "--json")

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = cli.main([*args, *words])
        said = capsys.readouterr().out
        return int(code), json.loads(said)["hosts"][0] if said else {}

    return run


def keys_file(world: SshdWorld) -> Path:
    return world.server.directory / "authorized_keys"


def test_a_key_is_rotated_and_back(world: SshdWorld, rotate: Rotate) -> None:
    world.key("second", "new")
    old, config = keys_file(world).read_bytes(), world.config_file.read_bytes()
    code, row = rotate("--type", "id_ed25519", "--read-only")
    assert (code, row["new"], keys_file(world).read_bytes()) == (1, False, old)
    code, row = rotate("--type", "id_ed25519")
    assert (code, row["trouble"]) == (0, "")
    assert keys_file(world).read_text().strip() == world.keys.public("second")
    assert TOKEN in world.plain_ssh(world.target_args).out.decode()
    (session,) = store.recent()
    assert cli.main(["undo", str(session)]) == 0
    assert (keys_file(world).read_bytes(), world.config_file.read_bytes()) == (old, config)


def test_a_new_key_that_does_not_open_it_leaves_everything_as_it_was(world: SshdWorld, rotate: Rotate) -> None:
    world.put("new", world.keys.private("second"))
    world.put("new.pub", world.keys.public("stranger") + "\n", 0o644)  # what is added is not what logs in
    old, config = keys_file(world).read_bytes(), world.config_file.read_bytes()
    code, row = rotate("--type", "id_ed25519")
    assert (code, "taken away again" in row["trouble"]) == (1, True)
    assert (keys_file(world).read_bytes(), world.config_file.read_bytes()) == (old, config)


def test_what_a_crash_left_on_the_server_is_taken_back(world: SshdWorld, rotate: Rotate) -> None:
    """The old key is out, and nobody wrote down that it is done."""
    world.key("second", "new")
    world.server.authorize("mine", "second")
    old = keys_file(world).read_bytes()
    target, new = ("-F", str(world.config_file), "--", "box"), with_key(str(world.ssh_dir / "new"))
    keep = world.keys.public("second").split()[1]
    gone = RemoveKeyLine(target, new, str(keys_file(world)), world.keys.public("mine"), "0123456789ab", keep)
    session = store.Store.create("rotate")
    session.append(Began(Target("rotate"), "hand", now()))
    session.append(Doing("rotate-key", gone, gone.inverse(), now()))
    gone.apply()
    assert keys_file(world).read_text().strip() == world.keys.public("second")
    assert cli.main(["undo", str(session.path)]) == 0
    assert keys_file(world).read_bytes() == old


def test_a_rotation_that_was_broken_off_goes_on(world: SshdWorld, rotate: Rotate) -> None:
    world.key("second", "new")
    world.server.authorize("mine", "second", options='from="127.0.0.1"')
    assert rotate("--type", "yes") == (2, {})
    code, row = rotate("--type", "id_ed25519")
    assert code == 0
    assert len(row["did"]) == 2  # nothing had to be added
    assert keys_file(world).read_text() == f'from="127.0.0.1" {world.keys.public("second")}\n'
    assert rotate()[0] == 0  # nothing is left to do
