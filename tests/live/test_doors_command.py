"""The command `connect` and the full screen walk through a door, with a real sshd behind it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fronts.terminal import Terminal

from sshwizard.doors.keys import sweep

from .doorsite import Site, left_behind
from .leaks import Watch, leaked, left, private_lines

pytestmark = [
    pytest.mark.requires("moto", "sshd", "ssh"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


@contextlib.contextmanager
def connecting(site: Site) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "sshwizard", "connect", "--via", "eic", *site.args]
    terminal = Terminal(command, site.env, owns=True)
    try:
        yield terminal
    finally:
        terminal.close()


def private_text() -> bytes:
    (key,) = (path for path in left_behind() if path.name == "key")
    return key.read_bytes()


def test_the_command_hands_the_terminal_over_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with Watch() as watch, connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        secret = private_lines()
        terminal.press("exit 7\n")
        terminal.ended(10)
        assert terminal.child.returncode == 7
    assert left_behind() == []
    assert leaked(secret, *watch.seen, terminal.raw, left(tmp_path / "state")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_wizard_that_is_told_to_end_takes_the_key_along(site: Site, number: signal.Signals) -> None:
    with connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        terminal.child.send_signal(number)
        terminal.ended(10)
    assert left_behind() == []


def test_a_killed_wizard_leaves_a_key_that_the_next_start_sweeps(site: Site) -> None:
    with connecting(site) as terminal:
        terminal.until("a temporary key was put on", 25)
        terminal.press("echo got-$((40+2))\n")
        terminal.until("got-42", 25)
        sweep()
        assert private_text()  # another wizard's, which lives
        terminal.child.kill()
        terminal.child.wait(10)
        assert private_text()
        sweep()
        assert left_behind() == []


def test_a_refused_login_is_told_with_its_causes(site: Site) -> None:
    site.world.server.start()
    with connecting(site) as terminal:
        terminal.ended(30)
        assert terminal.child.returncode == 255
        text = "".join(terminal.text.split())  # lines are wrapped anywhere
    assert "eic.pushed-key-refused" in text
    assert "eic.package-missing" in text
    assert "Permissiondenied" in text


def test_without_a_terminal_the_command_is_printed(site: Site) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "connect", "--via", "eic", *site.args],
        capture_output=True, text=True, timeout=60, check=False, env=site.env, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert f"aws ec2-instance-connect ssh --instance-id {site.web}" in ran.stdout
    assert site.aws.pushed() == []


def test_read_only_pushes_nothing(site: Site) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "connect", "--via", "eic", *site.args],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
        env={**site.env, "SSHWIZARD_READ_ONLY": "1"},
    )  # fmt: skip
    assert (ran.returncode, "read-only" in ran.stderr, site.aws.pushed()) == (255, True, [])


def test_a_door_that_is_none_is_a_usage_error() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "sshwizard", "connect", "--via", "volume", "box"],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (ran.returncode, "there is no door 'volume'" in ran.stderr) == (2, True)


# ------------------------------------------------------------------ from the full screen


def test_enter_walks_through_and_the_wizard_comes_back(site: Site) -> None:
    command = [sys.executable, "-m", "sshwizard", *site.args]
    end = time.monotonic() + 40
    terminal = Terminal(command, site.env, rows=30, columns=100, owns=True)
    try:
        terminal.until("login ✗", 30)
        while "EC2 Instance Connect Endpoint" not in terminal.text:  # the last looks are still under way
            terminal.press("d")
            terminal.read(0.7)
            assert time.monotonic() < end
        terminal.press("jj")
        terminal.until("EC2 Instance Connect: unknown", 20)
        terminal.press("\r")
        terminal.until("a temporary key was put on", 30)
        terminal.press("echo got-$((40+2)); exit\n")
        terminal.until("The session ended", 30)
        assert b"got-42" in terminal.raw
        assert left_behind() == []
        terminal.press("q")
        terminal.ended(10)
        assert terminal.child.returncode == 1
        assert terminal.modes_now == terminal.before
    finally:
        terminal.close()
