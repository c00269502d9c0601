"""The person's own connections: in a real terminal, to a real server, and back in the wizard."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fronts.terminal import Terminal, wizard

from sshwizard.probes.yourself import NOBODY_ASKED

from .keys import PASSPHRASE
from .mending import changed, connects, seen
from .scenario import read_report
from .scenarios.keys import locked_key
from .scenarios.mending import stopped_master
from .scenarios.session import login_script
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd", "ssh", "sftp")


@contextmanager
def at_the_fix(world: SshdWorld, args: list[str], title: str) -> Iterator[Terminal]:
    """The wizard on a terminal, with the verdict on the screen and the preview of this fix over it."""
    env = {**world.env(), "PYTHONPATH": os.getcwd()}  # noqa: PTH109
    with wizard(*args, rows=60, columns=100, owns=True, **env) as terminal:
        text = terminal.until(title, 25)
        row = next(line for line in text.splitlines() if title in line)
        key = re.search(r"(\w) {1,3}" + title, row)
        assert key, row
        terminal.press(key[1])
        terminal.until("Cancel")
        yield terminal


def hears(terminal: Terminal, wanted: str, seconds: float = 15) -> None:
    """Wait until a program that has the terminal writes this; the wizard's own screen is not looked at."""
    began, end = len(terminal.raw), time.monotonic() + seconds
    while wanted.encode() not in terminal.raw[began:]:
        assert time.monotonic() < end, f"never wrote {wanted!r}: {terminal.raw[began:]!r}"
        terminal.read(0.05)


def back_again(terminal: Terminal) -> None:
    """The wizard has its screen again, and leaves the terminal as it was."""
    hears(terminal, "\x1b[?1049h")
    terminal.until("sees the same trouble", 25)
    terminal.press("q")
    assert terminal.ended() < 5
    assert terminal.child.returncode == 1
    assert terminal.modes_now == terminal.before


def known_and_locked(world: SshdWorld) -> None:
    """The key in use has a passphrase, and no agent holds it."""
    world.server.authorize("locked")
    locked_key(world)


def test_a_passphrase_is_typed_to_plain_ssh(world: SshdWorld) -> None:
    """What nobody can type in a guarded run; nothing on this computer is other than before."""
    known_and_locked(world)
    before = seen(world)
    with at_the_fix(world, world.target_args, "Connect in a terminal") as terminal:
        terminal.until("nothing is left to undo")
        terminal.press("y")
        hears(terminal, "Enter passphrase for key")
        terminal.press(PASSPHRASE + "\r")
        hears(terminal, "# ")
        terminal.press("echo in-$((40+2))\r")
        hears(terminal, "in-42")
        terminal.press("exit\r")
        back_again(terminal)
    assert changed(before, seen(world)) == []
    kept = [path.read_bytes() for path in (world.home / ".local").rglob("*") if path.is_file()]
    assert PASSPHRASE.encode() not in b"".join(kept)


def test_a_connection_that_fails_is_told(world: SshdWorld) -> None:
    """ctrl+c at ssh's own question ends ssh, not the wizard."""
    known_and_locked(world)
    with at_the_fix(world, world.target_args, "Connect in a terminal") as terminal:
        terminal.press("y")
        hears(terminal, "Enter passphrase for key")
        terminal.press("\x03")
        hears(terminal, "Enter goes back")
        terminal.press("\r")
        terminal.until("did not get in")
        terminal.press("q")
        assert terminal.ended() < 5
        assert terminal.modes_now == terminal.before


def test_sftp_where_no_shell_is_offered(world: SshdWorld) -> None:
    world.server.start("ForceCommand internal-sftp")
    with at_the_fix(world, world.target_args, "Open SFTP instead of a shell") as terminal:
        terminal.until("sftp -F")
        terminal.press("y")
        hears(terminal, "sftp>")
        terminal.press("pwd\r")
        hears(terminal, "Remote working directory")
        terminal.press("bye\r")
        back_again(terminal)


def test_a_shell_without_startup_files(world: SshdWorld) -> None:
    """A script that ends where there is no terminal, and one that ends each login."""
    login_script(world, "tty -s || exit 3\n")
    (world.server.directory / "home/.bash_profile").write_text("exit 3\n")
    with at_the_fix(world, world.target_args, "Open a shell without login scripts") as terminal:
        terminal.until("exec env ENV= sh")
        terminal.press("y")
        hears(terminal, "# ")
        terminal.press("echo in-$((40+2))\r")
        hears(terminal, "in-42")
        terminal.press("exit\r")
        back_again(terminal)


def test_startup_files_that_nothing_goes_around(world: SshdWorld) -> None:
    """Debian's bash reads .bashrc before every command; then it is said, and nothing is opened."""
    login_script(world, "exit 3\n")
    with at_the_fix(world, world.target_args, "Open a shell without login scripts") as terminal:
        terminal.until("The account's own shell ends", 20)
        terminal.until("SFTP works: move")
        terminal.press("n")
        terminal.press("q")
        assert terminal.ended() < 5


def test_what_cannot_be_undone_is_said_before(world: SshdWorld) -> None:
    """A shared connection that was closed does not come back: in the preview, in the report, and afterwards."""
    stopped_master(world)
    told = world.product("diagnose", *world.target_args).out.decode()
    assert "This cannot be undone." in told
    (fix,) = read_report(world.diagnose(world.target_args))["findings"][0]["fixes"][:1]
    assert (fix["id"], fix["undoable"]) == ("close-control-socket", False)
    assert fix["commands"] == fix["preview"]
    with at_the_fix(world, world.target_args, "Close the dead shared connection") as terminal:
        terminal.until("this cannot be undone")
        terminal.press("y")
        terminal.until("ssh works", 25)
        terminal.press("u")
        terminal.until("What was changed cannot be undone")
        terminal.press("q")
        assert terminal.ended() < 5


def test_the_lines_close_it_as_well(world: SshdWorld) -> None:
    stopped_master(world)
    (fix,) = read_report(world.diagnose(world.target_args))["findings"][0]["fixes"][:1]
    lines = "\n".join(("timeout 2 " + fix["commands"][0], *fix["commands"][1:]))  # a stopped master never answers
    subprocess.run(["sh", "-c", lines], env=world.env(), timeout=20, check=True, capture_output=True)
    connects(world, world.target_args)


def test_every_step_of_a_walk_can_be_copied(world: SshdWorld) -> None:
    """Each question that a look answered names what a person could type to see the same, and what access it needs."""
    told = read_report(world.diagnose([*world.target_args, "-i", "/nonexistent"]))
    bare = [row["node"] for row in told["path"] if not row["command"] and row["outcome"] not in NOBODY_ASKED]
    assert bare == []
    assert {row["access"] for row in told["path"]} >= {"here", "ssh"}
