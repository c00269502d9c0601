"""No room for what is kept, or nothing may be written: it is said in one sentence, and all else goes on."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fronts.terminal import Terminal

from sshwizard.exits import Exit

from .process import Ran, run
from .test_faults import LIMIT, WIZARD, full_later, read_only
from .world import CHECKOUT, SshdWorld

pytestmark = [pytest.mark.requires("sshd", "netns")]

Lead = Callable[[SshdWorld, Path, dict[str, str]], list[str]]
PLACES: tuple[tuple[Lead, str], ...] = ((full_later, "No space left on device"), (read_only, "Read-only file system"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the small file system is mounted, in a namespace that ends with the program."""
    made = tmp_path / "small"
    made.mkdir()
    return made


def ended(lead: Lead, world: SshdWorld, place: Path, *words: str, typed: str = "") -> Ran:
    env = {**world.env(), "PYTHONPATH": str(CHECKOUT)}
    before = lead(world, place, env)
    shell = ["sh", "-c", 'printf "$TYPED" | "$@"', "sh"] if typed else []
    ran = run([*before, *shell, *WIZARD, *words], {**env, "TYPED": typed}, Path("/"), LIMIT)
    assert not ran.late
    assert "Traceback" not in ran.text
    return ran


@pytest.mark.parametrize(("lead", "why"), PLACES[:1])
def test_a_talk_says_it_once(lead: Lead, why: str, world: SshdWorld, place: Path) -> None:
    ran = ended(lead, world, place, "ask", *world.target_args, typed="q\\n")
    assert ran.code == Exit.WORKS
    assert len(re.findall(f"[Nn]o session is kept: {why}", ran.text)) == 1, ran.text


def test_a_sweep_says_it_once(world: SshdWorld, place: Path) -> None:
    world.config(after="Host live-*\n  HostName 127.0.0.1\n  Port 9\n")
    words = ("sweep", "--plain", *(f"live-{number}" for number in range(4)), "--", "-F", str(world.config_file))
    ran = ended(full_later, world, place, *words)
    assert ran.code == Exit.CAUSE_FOUND
    assert ran.text.count("Not all of this sweep is kept: No space left on device") == 1, ran.text


@pytest.mark.parametrize(("lead", "why"), PLACES)
def test_the_screen_says_it(lead: Lead, why: str, world: SshdWorld, place: Path) -> None:
    env = {**world.env(), "PYTHONPATH": str(CHECKOUT)}
    before = lead(world, place, env)
    command = [*before, *WIZARD, *world.target_args]
    with contextlib.closing(Terminal(command, {**os.environ, **env}, owns=True)) as terminal:
        terminal.until(f"No session is kept: {why}", 25)
        terminal.press("q")
        terminal.child.wait(15)
