"""A conversation that mends: chosen, previewed, confirmed, proved and taken back, in a terminal and on a pipe."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest
from fronts.terminal import program

from .keys import PASSPHRASE
from .world import CHECKOUT, PRODUCT_LIMIT, SshdWorld

pytestmark = pytest.mark.requires("sshd")


def talk(world: SshdWorld, *typed: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    """A conversation on a pipe."""
    done = subprocess.run(
        [sys.executable, "-m", "sshwizard", "ask", *more, *world.target_args],
        input="".join(f"{row}\n" for row in typed), capture_output=True, text=True, env=world.env(), cwd=CHECKOUT,
        check=False, timeout=PRODUCT_LIMIT,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def mode(world: SshdWorld) -> int:
    return stat.S_IMODE((world.ssh_dir / "id_ed25519").stat().st_mode)


def test_a_fix_is_previewed_confirmed_proved_and_undone_on_a_pipe(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    code, told = talk(world, "fix", "maybe", "no", "fix", "yes", "undo", "yes", "quit")
    assert code == 1, told
    assert mode(world) == 0o644
    said = ["This is what will be done:", "chmod 600", "Proof: ", "Way back: ", "It takes yes or no.",
            "Nothing was changed.", "Change: ", "ssh works.", "Take back: ", "Other people can read"]  # fmt: skip
    at = [told.index(words, told.index("What now?")) for words in said]
    assert at == sorted(at), told
    assert talk(world, "fix", "yes")[0] == 0
    assert mode(world) == 0o600


def test_a_fingerprint_is_asked_until_it_is_the_server_s(world: SshdWorld) -> None:
    world.known_hosts()
    world.known_hosts_file.write_text("")
    code, told = talk(world, "fix", "SHA256:nonsense", world.fingerprint, "yes", "quit")
    assert code == 0, told
    assert "or an empty line to leave it:" in told
    assert told.index("That cannot be done: ") < told.index("This is what will be done:") < told.index("ssh works.")
    assert world.known_hosts_file.read_text()


def test_read_only_shows_the_preview_and_changes_nothing(world: SshdWorld) -> None:
    world.key("mine", mode=0o644)
    code, told = talk(world, "fix", "quit", more=("--read-only",))
    assert (code, mode(world)) == (1, 0o644)
    assert "chmod 600" in told
    assert "This is read-only: nothing is changed." in told


def test_a_passphrase_is_typed_to_ssh_add_itself(world: SshdWorld) -> None:
    """The terminal is handed over in the middle of the conversation, and comes back."""
    world.server.authorize("locked")
    world.key("locked")
    world.agent()
    env = [f"{name}={value}" for name, value in world.env().items()]
    with program("env", *env, sys.executable, "-m", "sshwizard", "ask", *world.target_args, owns=True) as terminal:
        terminal.until("What now?")
        terminal.press("fix\r")
        terminal.until("Do it?")
        assert "ssh-add -- " in terminal.text
        terminal.press("yes\r")
        terminal.until("Enter passphrase for")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("ssh works.")
        terminal.press("quit\r")
        assert terminal.ended() < 2
        assert terminal.child.returncode == 0
        assert PASSPHRASE.encode() not in terminal.raw
