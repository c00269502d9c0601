"""Two terminals at one session: the keyboard is asked for, handed over, and taken back."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import sshwizard
from practice import opened

from sshwizard import paths
from sshwizard.lab import World

from .terminal import Terminal, wizard

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")

ASKS = "\x0b"  # ctrl+k


@pytest.fixture
def world() -> Iterator[World]:
    """A key that others can read."""
    with opened("open-key") as made:
        yield made


@contextlib.contextmanager
def two(world: World) -> Iterator[tuple[Terminal, Terminal]]:
    """The owner, at a verdict, and a joiner in a larger terminal who sees it."""
    with wizard(*world.target_args) as owner:
        owner.until("Make the key private")
        with wizard("watch", "last", "--join", rows=50, columns=160, SSHWIZARD_JOINS_AS="robin") as joiner:
            joiner.until("Make the key private")
            yield owner, joiner


def mode(world: World) -> int:
    """Of the key."""
    return stat.S_IMODE(next(world.root.rglob("id_ed25519")).stat().st_mode)


def test_a_change_waits_for_the_owners_yes_and_is_taken_back(world: World) -> None:
    with two(world) as (owner, joiner):
        joiner.press("f")
        joiner.until("The keyboard is elsewhere: ctrl+k asks for it.")
        joiner.press(ASKS)
        owner.until("robin asks: ctrl+k")
        owner.press(ASKS)
        owner.until("asks for the keyboard of this session")
        owner.press("y")
        owner.until("robin has the keyboard")
        joiner.until("you have the keyboard")
        owner.press("f")
        owner.until("ctrl+k takes it back.")
        joiner.press("f")
        for terminal in (owner, joiner):
            terminal.until("Proof")
        joiner.press("y")
        owner.until("robin says yes. Your yes makes the change.")
        assert mode(world) == 0o644
        owner.press("y")
        for terminal in (owner, joiner):
            terminal.until("ssh works")
        assert mode(world) == 0o600
        joiner.press("u")
        for terminal in (owner, joiner):
            terminal.until("chmod 644")
        owner.press(ASKS)  # also while a preview is open
        joiner.until("You see what is proposed")
        joiner.press("y")
        joiner.until("ctrl+k asks for it")
        owner.press("n")
        joiner.until(lambda text: "Proof" not in text)
        joiner.press("r")
        joiner.until("ctrl+k asks for it")
        assert mode(world) == 0o600
        owner.press("q")
        owner.ended()
        joiner.until("The session is over")
        assert not list((paths.state_dir() / "pairing").iterdir())


def test_handed_over_with_changes_the_joiner_decides_alone(world: World) -> None:
    with two(world) as (owner, joiner):
        joiner.press(ASKS)
        owner.until("robin asks")
        owner.press(ASKS)
        owner.until("keyboard of this session")
        owner.press("a")
        joiner.until("you have the keyboard")
        joiner.press("f")
        owner.until("robin decides, or you do.")
        joiner.until("Proof")
        joiner.press("y")
        for terminal in (owner, joiner):
            terminal.until("ssh works")
        assert mode(world) == 0o600
        joiner.press("q")
        joiner.ended()
        owner.until("robin left")
        owner.press("u")
        owner.until("chmod 644")


def test_the_owner_keeps_it_and_a_joiner_looks_again(world: World) -> None:
    with two(world) as (owner, joiner):
        joiner.press(ASKS)
        joiner.until("asked for the keyboard")
        owner.until("robin asks")
        owner.press(ASKS)
        owner.until("Keep the keyboard")
        owner.press("n")
        owner.until(lambda text: "robin asks" not in text and "Keep the keyboard" not in text)
        joiner.until("The owner keeps the keyboard for now.")
        joiner.press(ASKS)
        owner.until("robin asks: ctrl+k")
        owner.press(ASKS)
        owner.until("Keep the keyboard")
        owner.press("y")
        joiner.until("you have the keyboard")
        next(world.root.rglob("id_ed25519")).chmod(0o600)
        joiner.press("R")
        for terminal in (owner, joiner):
            terminal.until("ssh works")


def test_without_a_full_screen_there_is_no_keyboard() -> None:
    told = sshwizard("watch", "last", "--join")
    assert (told.code, "no session" in told.err) == (2, True)
    sshwizard("diagnose", "-F", "none", "-p", "1", "127.0.0.1")
    told = sshwizard("watch", "last", "--join")
    assert told.code == 2
    assert "--join needs a terminal" in told.err
    with wizard("watch", "last", "--join") as terminal:
        terminal.until("without --join it can be followed")
        terminal.ended()
        assert terminal.child.returncode == 2


def test_the_socket_is_ours_alone(world: World) -> None:
    with wizard(*world.target_args) as owner:
        owner.until("Make the key private")
        folder = paths.state_dir() / "pairing"
        (socket,) = folder.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        os.kill(owner.child.pid, 9)
        owner.child.wait(10)
    assert socket.exists()
    with wizard(*world.target_args) as owner:  # what a crash left is swept
        owner.until("Make the key private")
        assert not Path(socket).exists()
        assert len(list(folder.iterdir())) == 1
