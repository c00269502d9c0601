"""A wizard that is ended from outside: all that it started ends with it, and nothing that it made is left."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import pytest
from fronts.terminal import Terminal

from sshwizard import scratch
from sshwizard.exits import Exit

from .ports import stays_silent
from .process import marked_processes, run
from .sshd import wait_until
from .world import CHECKOUT, SshdWorld

pytestmark = pytest.mark.requires("sshd")
WIZARD = (sys.executable, "-m", "sshwizard")


def silent_run(world: SshdWorld, place: Path, mark: str, *command: str) -> subprocess.Popen[bytes]:
    """A wizard whose ssh waits for a server that says nothing; its temporary files are in `place`."""
    world.replace_server(stays_silent)
    env = {**world.env(), "LIVE_TEST_MARK": mark, "TMPDIR": str(place)}
    started = subprocess.Popen(
        [*WIZARD, *command], env=env, cwd=CHECKOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    wait_until(lambda: any("ssh" in row and "-vvv" in row for row in marked_processes(mark)), "ssh runs")
    wait_until(lambda: bool(list(place.glob(f"{scratch.PREFIX}*/log*"))), "its log is there")
    return started


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("command", ["diagnose", "sweep"])
def test_a_signal_ends_it_and_all_it_started(
    command: str, number: signal.Signals, world: SshdWorld, place: Path
) -> None:
    mark = f"signal-{command}-{number.name}-{place.name}"
    words = {"diagnose": world.target_args, "sweep": ["box", "--", "-F", str(world.config_file)]}[command]
    started = silent_run(world, place, mark, command, *words)
    try:
        started.send_signal(number)
        told, _ = started.communicate(timeout=10)
    finally:
        started.kill()
    assert started.returncode == Exit.INTERRUPTED, told
    assert b"Traceback" not in told
    assert marked_processes(mark) == []
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "command", [(), ("ask",), ("diagnose",), ("sweep",)], ids=lambda words: words[0] if words else "screen"
)
def test_a_terminal_that_is_closed_ends_it(command: tuple[str, ...], world: SshdWorld, place: Path) -> None:
    """The window goes away in the middle of a run; nothing can be written any more."""
    mark = f"window-{place.name}"
    world.replace_server(stays_silent)
    env = {**world.env(), "LIVE_TEST_MARK": mark, "TMPDIR": str(place), "PYTHONPATH": str(CHECKOUT)}
    words = ["box", "--", "-F", str(world.config_file)] if command == ("sweep",) else world.target_args
    with contextlib.closing(Terminal([*WIZARD, *command, *words], {**os.environ, **env})) as terminal:
        end = time.monotonic() + 15
        while not any("-vvv" in row and "-E" in row for row in marked_processes(mark)):
            terminal.read(0.05)
            assert time.monotonic() < end, terminal.text
        os.close(terminal.master)
        terminal.master = os.open(os.devnull, os.O_RDWR)
        terminal.child.wait(10)
    wait_until(lambda: marked_processes(mark) == [], "all has ended", 3)
    assert list(place.iterdir()) == []


def test_what_was_ignored_stays_ignored(world: SshdWorld, place: Path) -> None:
    """As nohup(1) has it: a closed terminal ends nothing."""
    env = {**world.env(), "TMPDIR": str(place)}
    command = shlex.join([*WIZARD, "diagnose", "--json", *world.target_args])
    script = f'trap "" HUP; {command} & sleep 0.2; kill -HUP $!; wait $!'
    ran = run(["sh", "-c", script], env, CHECKOUT, 30)
    assert ran.code == 0, ran.text


def test_what_a_killed_wizard_left_is_swept_by_the_next_one(world: SshdWorld, place: Path) -> None:
    mark = f"killed-{place.name}"
    started = silent_run(world, place, mark, "diagnose", *world.target_args)
    (left,) = place.iterdir()
    with mock.patch.object(tempfile, "tempdir", str(place)):
        scratch.sweep(place)
        assert left.is_dir(), "what is in use stays"
        started.kill()
        started.communicate(timeout=10)
        foreign = place / f"{scratch.PREFIX}theirs"
        foreign.mkdir()
        os.chown(foreign, 54321, 54321)
        link = place / f"{scratch.PREFIX}link"
        link.symlink_to(world.home)
        with scratch.directory() as mine:
            assert sorted(place.iterdir()) == sorted([mine, foreign, link])
            assert mine.stat().st_mode & 0o777 == 0o700
    assert sorted(place.iterdir()) == sorted([foreign, link])
    assert world.config_file.exists()
