"""A leaving member's key taken out on a real server: only theirs, never the one that logs in, and back by undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sshwizard import cli, store
from sshwizard.probes.keyfile import fingerprint, public_line

from .process import TOKEN
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd")

Revoke = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def revoke(world: SshdWorld, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Revoke:
    """`sshwizard rotate --revoke KEY box`: its exit code, and the row of the host."""
    for name, value in world.env().items():
        monkeypatch.setenv(name, value)
    hosts = ("box", "-F", str(world.config_file), "--keys-file", str(keys_file(world)), "--json")

    def run(key: str | Path, *words: str) -> tuple[int, dict[str, Any]]:
        code = cli.main(["rotate", "--revoke", str(key), *hosts, *words])
        said = capsys.readouterr().out
        return int(code), json.loads(said)["hosts"][0] if said else {}

    return run


def keys_file(world: SshdWorld) -> Path:
    return world.server.directory / "authorized_keys"


def pub(world: SshdWorld, name: str) -> Path:
    return world.put(f"{name}.pub", world.keys.public(name) + "\n", 0o644)


def test_a_member_is_shut_out_and_let_in_again(world: SshdWorld, revoke: Revoke) -> None:
    """Hostile neighbours stay byte for byte: options, escapes, Windows line ends, no newline at the end, a NUL."""
    kim, mine = world.keys.public("second").encode(), world.keys.public("mine").encode()
    text = kim.split()[1]
    around = (
        b"# \x1b[31mours\x1b[0m " + text, b"\x00\xff not a key\r",
        b'command="echo \\"ssh-rsa ' + text + b'\\"" ' + world.keys.public("stranger").encode(),
        mine + b" beside " + text,
    )  # fmt: skip
    theirs = (kim + b"\r", b'from="10.0.0.1,*",command="a \\" b" ' + kim)
    file = keys_file(world)
    file.write_bytes(b"\n".join((theirs[0], *around[:3], theirs[1], around[3])))
    old, key = file.read_bytes(), pub(world, "second")
    code, row = revoke(key)
    assert (code, row["in"], row["lines"], file.read_bytes()) == (1, True, [1, 5], old)
    assert revoke(key, "--type", "second.pub", "--read-only")[0] == 1
    assert file.read_bytes() == old
    code, row = revoke(key, "--type", "second.pub")
    assert (code, row["in"], row["trouble"], row["did"]) == (0, False, "", "taken out, and your own login still works")
    assert file.read_bytes() == b"\n".join(around)
    assert TOKEN in world.plain_ssh(world.target_args).out.decode()
    (session,) = store.recent()
    assert cli.main(["undo", str(session)]) == 0
    assert file.read_bytes() == old
    assert [one.name for one in file.parent.glob("authorized_keys*")] == ["authorized_keys"]


def test_the_key_that_logs_in_stays(world: SshdWorld, revoke: Revoke) -> None:
    old = keys_file(world).read_bytes()
    mine = fingerprint(public_line(world.keys.public("mine")) or b"")
    code, row = revoke(mine, "--type", mine)
    assert (code, "that very key" in row["trouble"], keys_file(world).read_bytes()) == (1, True, old)


def test_a_key_of_the_metadata_is_taken_out_there(world: SshdWorld, revoke: Revoke) -> None:
    with keys_file(world).open("a") as file:
        file.write(f"# Added by Google\n{world.keys.public('second')}\n")
    code, row = revoke(pub(world, "second"), "--type", "second.pub")
    assert (code, "metadata" in row["trouble"]) == (1, True)


@pytest.mark.parametrize("words", [("--type", "yes"), ("--new", "k"), ("--keep-old",)])
def test_what_is_no_sense_is_refused_before_any_login(world: SshdWorld, revoke: Revoke, words: tuple[str, ...]) -> None:
    assert revoke(pub(world, "second"), *words) == (2, {})


def test_a_host_without_the_key_and_one_without_a_login(world: SshdWorld, revoke: Revoke) -> None:
    assert revoke(pub(world, "second"))[0] == 0
    world.server.authorize("second")
    code, row = revoke(pub(world, "stranger"), "--type", "stranger.pub")
    assert (code, row["in"], "Permission denied" in row["trouble"]) == (3, None, True)
