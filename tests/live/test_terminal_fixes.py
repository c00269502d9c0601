"""Fixes that ask in the person's own terminal, driven by hand on the full screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fronts.terminal import Terminal, program

from .keys import PASSPHRASE
from .mending import changed, connects, seen
from .networld import NetWorld
from .scenarios.agents import agent_only, locked
from .sshd import wait_until
from .world import CHECKOUT, SshdWorld

IN_TERMINAL = {"add-key-to-agent", "unlock-agent", "make-new-key"}
"""The fixes that are mended here."""

pytestmark = pytest.mark.requires("sshd")


def locked_key(world: SshdWorld) -> None:
    """The key has a passphrase, and the agent holds nothing yet."""
    world.server.authorize("locked")
    world.key("locked")
    world.agent()


@contextmanager
def wizard(world: SshdWorld) -> Iterator[Terminal]:
    env = [f"{name}={value}" for name, value in world.env().items()]
    with program("env", *env, sys.executable, "-m", "sshwizard", *world.target_args) as terminal:
        yield terminal


def held(world: SshdWorld) -> bool:
    """Whether the agent has a key."""
    listed = subprocess.run(["ssh-add", "-l"], env=world.env(), capture_output=True, check=False, timeout=20)
    return listed.returncode == 0


def to_the_passphrase(terminal: Terminal) -> None:
    """The fix is previewed and confirmed, and ssh-add has the terminal."""
    terminal.until("key.passphrase-required")
    terminal.press("f")
    terminal.until("Proof")
    assert "ssh-add -- " in terminal.text
    terminal.press("y")
    terminal.until("Enter passphrase for")


def leaves(terminal: Terminal, code: int) -> None:
    terminal.press("q")
    assert terminal.ended() < 2
    assert terminal.child.returncode == code
    assert terminal.modes_now == terminal.before


def test_the_passphrase_is_typed_into_ssh_add(world: SshdWorld) -> None:
    locked_key(world)
    before = seen(world)
    with wizard(world) as terminal:
        to_the_passphrase(terminal)
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("ssh works")
        assert "proved" in terminal.text
        assert held(world)
        connects(world, world.target_args)
        assert PASSPHRASE.encode() not in terminal.raw
        terminal.press("u")
        terminal.until("Proof")
        assert "ssh-add -d" in terminal.text
        terminal.press("y")
        terminal.until("key.passphrase-required")
        assert not held(world)
        leaves(terminal, 1)
    assert changed(before, seen(world)) == []


def test_a_wrong_passphrase_leads_back_to_the_screen(world: SshdWorld) -> None:
    """ssh-add asks again; an empty line ends it."""
    locked_key(world)
    with wizard(world) as terminal:
        to_the_passphrase(terminal)
        terminal.press("wrong\r")
        terminal.until("Bad passphrase")
        terminal.press("\r")
        terminal.until("Not applied: ssh-add did not succeed")
        terminal.until("key.passphrase-required")
        for _ in range(10):  # the screen is alive: once it has looked again, it can be tried again
            terminal.press("f")
            terminal.read(0.5)
            if "Proof" in terminal.text:
                break
        terminal.press("y")
        terminal.until("Enter passphrase for")
        terminal.press(f"{PASSPHRASE}\r")
        terminal.until("ssh works")
        leaves(terminal, 0)


def test_ctrl_c_in_ssh_add_leads_back_to_the_screen(world: SshdWorld) -> None:
    locked_key(world)
    with wizard(world) as terminal:
        to_the_passphrase(terminal)
        terminal.press("\x03")
        terminal.until("Not applied: ssh-add was interrupted")
        terminal.until("key.passphrase-required")
        terminal.resize(40, 130)
        terminal.until("Evidence")
        terminal.until("key.passphrase-required")
        assert not held(world)
        leaves(terminal, 1)


def test_a_locked_agent_is_unlocked_and_locked_again(world: SshdWorld) -> None:
    agent_only(world)
    locked(world)
    with wizard(world) as terminal:
        terminal.until("Unlock")
        terminal.press("f")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until("Enter lock password")
        terminal.press("pin\r")
        terminal.until("ssh works")
        assert "proved" in terminal.text
        connects(world, world.target_args)
        terminal.press("u")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until("Enter lock password")
        terminal.press("pin\r")
        terminal.until("Again:")
        terminal.press("pin\r")
        terminal.until("A locked agent shows")
        leaves(terminal, 1)


@pytest.mark.netns
@pytest.mark.requires("netns")
def test_a_new_key_in_place_of_one_that_is_too_short(net_world: NetWorld) -> None:
    """Whoever runs the server lets the new key in; then it is proved, and undo takes it away."""
    home = net_world.client.home / ".ssh"
    for name in ("id_ed25519", "id_ed25519.pub"):
        (home / name).unlink()
    short = net_world.directory / "short"
    made = ["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", str(short)]
    subprocess.run(made, check=True, stdin=subprocess.DEVNULL, timeout=20)
    net_world.client.put("config", "RequiredRSASize 2048\n")
    net_world.client.put("id_rsa", short.read_bytes())
    net_world.client.put("id_rsa.pub", short.with_suffix(".pub").read_bytes(), 0o644)
    net_world.server.put("authorized_keys", short.with_suffix(".pub").read_bytes())
    before = seen(net_world)
    words = [sys.executable, "-m", "sshwizard", *net_world.target_args]
    with program(*net_world.client.as_account(*words, cwd=CHECKOUT)) as terminal:
        terminal.until("ssh-keygen -t ed25519")
        terminal.press("f")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until("Enter passphrase")
        terminal.press("\r")
        terminal.until("Enter same passphrase")
        terminal.press("\r")
        terminal.until("refused every key")
        net_world.server.put("authorized_keys", (home / "id_ed25519.pub").read_bytes())
        terminal.press("R")
        terminal.until("ssh works")
        assert "proved" in terminal.text
        connects(net_world, net_world.target_args)
        terminal.press("u")
        terminal.until("Proof")
        terminal.press("y")
        terminal.until("ssh-keygen -t ed25519")
        terminal.press("q")
        terminal.ended()
    assert changed(before, seen(net_world)) == []


@pytest.mark.requires("tmux")
def test_the_passphrase_is_typed_within_tmux(world: SshdWorld) -> None:
    locked_key(world)
    place = world.sockets / "tmux"

    def tmux(*words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(place), *words], env=world.env(), capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout

    def until(text: str) -> None:
        wait_until(lambda: text in tmux("capture-pane", "-p"), f"tmux shows {text!r}", 20)

    words = [sys.executable, "-m", "sshwizard", *world.target_args]
    tmux("-f", "/dev/null", "new-session", "-d", "-x", "90", "-y", "30", "-c", str(CHECKOUT), *words)
    try:
        until("key.passphrase-required")
        tmux("send-keys", "f")
        until("Proof")
        tmux("send-keys", "y")
        until("Enter passphrase for")
        tmux("send-keys", "-l", PASSPHRASE)
        tmux("send-keys", "Enter")
        until("ssh works")
        assert held(world)
        tmux("send-keys", "q")
        wait_until(lambda: not answers(place), "tmux ended", 10)
    finally:
        subprocess.run(["tmux", "-S", str(place), "kill-server"], capture_output=True, check=False, timeout=20)


def answers(place: Path) -> bool:
    """Whether a tmux server still answers there."""
    told = subprocess.run(["tmux", "-S", str(place), "ls"], capture_output=True, check=False, timeout=20)
    return told.returncode == 0
