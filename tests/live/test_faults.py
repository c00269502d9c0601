"""Troubles of our own world, real ones: each ends in a sentence and the right exit code, and nothing runs on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sshwizard.exits import Exit

from .process import marked_processes, run
from .world import CHECKOUT, SshdWorld

pytestmark = pytest.mark.requires("sshd")
LIMIT = 30.0
SSH = shutil.which("ssh")
STRANGER = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
"""An account that has no name."""
WIZARD = (sys.executable, "-m", "sshwizard")


def program(place: Path, name: str, text: str) -> str:
    """A PATH on which this shell script stands first."""
    file = place / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return f"{place}:{os.environ['PATH']}:/usr/sbin"


@dataclass(frozen=True)
class Fault:
    """One trouble: it changes the environment, or says how the wizard is run."""

    name: str
    code: int
    says: str
    """What stands in the output, a regular expression."""
    make: Callable[[SshdWorld, Path, dict[str, str]], list[str]]
    """Gives the words that stand before the wizard's own."""


def shell(text: str) -> list[str]:
    return ["sh", "-c", f'{text}; exec "$@"', "sh"]


def mounted(text: str) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", f'{text}; exec "$@"', "sh"]


def env(**more: str) -> Callable[[SshdWorld, Path, dict[str, str]], list[str]]:
    def make(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
        env.update(more)
        return []

    return make


def without(*names: str) -> Callable[[SshdWorld, Path, dict[str, str]], list[str]]:
    def make(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
        for name in names:
            env.pop(name, None)
        return []

    return make


def before(words: list[str]) -> Callable[[SshdWorld, Path, dict[str, str]], list[str]]:
    return lambda world, place, env: words


def wrapper(text: str, name: str = "ssh") -> Callable[[SshdWorld, Path, dict[str, str]], list[str]]:
    def make(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
        env["PATH"] = program(place, name, text)
        return []

    return make


def no_ssh(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    env["PATH"] = str(place)
    return []


def full(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    env["TMPDIR"] = str(place)
    env["XDG_STATE_HOME"] = str(place / "state")
    return mounted(f"mount -t tmpfs -o size=16k,mode=777 tmpfs {place}; head -c 1M /dev/zero >{place}/fill 2>/dev/null")


def full_later(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    env["XDG_STATE_HOME"] = str(place / "state")
    return mounted(f"mount -t tmpfs -o size=8k,mode=777 tmpfs {place}")


def read_only(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    return mounted(f"mount --bind {world.home} {world.home}; mount -o remount,bind,ro {world.home}")


def foreign(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    """Another account's wizard."""
    (place / "state" / "sshwizard").mkdir(parents=True, mode=0o700)
    env.update(XDG_STATE_HOME=str(place / "state"), HOME=str(place))
    return STRANGER


def readable() -> bool:
    """Whether another account can run this checkout at all."""
    command = [*STRANGER, sys.executable, "-c", "import sshwizard"]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, timeout=20, check=False).returncode == 0


def nobody(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    for name in ("HOME", "USER", "LOGNAME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        env.pop(name, None)
    return STRANGER


def no_process(world: SshdWorld, place: Path, env: dict[str, str]) -> list[str]:
    env["XDG_STATE_HOME"] = str(place / "state")
    return ["prlimit", "--nproc=0", *STRANGER]


AS_ROOT = pytest.mark.requires("netns")
FAULTS = [
    Fault("no-home-no-user", 0, "", without("HOME", "USER", "LOGNAME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")),
    Fault("lang-c", 0, "", env(LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")),
    Fault("no-tmpdir", 0, "", env(TMPDIR="/nowhere/at/all")),
    Fault("64-descriptors", 0, "", before(["prlimit", "--nofile=64"])),
    Fault("12-descriptors", 3, "ssh could not be started: Too many open files", before(["prlimit", "--nofile=12"])),
    Fault("no-streams", 0, "", before(["sh", "-c", 'exec 0<&- 2>&-; exec "$@"', "sh"])),
    Fault("no-ssh", 1, "There is no ssh program on this computer", no_ssh),
    Fault("noise", 3, "`ssh -G` failed", wrapper("head -c 300000 /dev/urandom >&2; exit 3")),
    Fault("endless-noise", 3, "did not end within 2 s", wrapper("exec yes")),
    Fault("never-exits", 3, "did not end within 2 s", wrapper("trap '' TERM; while :; do sleep 1; done")),
    Fault(
        "only-G",
        3,
        "ssh wrote nothing, and did not end",
        wrapper(f'case "$*" in *-G*) exec {SSH} "$@";; esac; sleep 60 & sleep 60'),
    ),
    pytest.param(
        Fault("disk-full", 0, "no session is kept: No space left on device", full), marks=AS_ROOT, id="disk-full"
    ),
    pytest.param(
        Fault("disk-full-later", 0, "no session is kept: No space left on device", full_later),
        marks=AS_ROOT,
        id="disk-full-later",
    ),
    pytest.param(
        Fault("read-only-home", 0, "no session is kept: Read-only file system", read_only),
        marks=AS_ROOT,
        id="read-only-home",
    ),
    pytest.param(
        Fault("state-of-somebody-else", 3, "belongs to another account", foreign),
        marks=AS_ROOT,
        id="state-of-somebody-else",
    ),
    pytest.param(
        Fault("account-without-name", 3, "No user exists for uid", nobody), marks=AS_ROOT, id="account-without-name"
    ),
    pytest.param(
        Fault("no-more-processes", 3, "could not be started: Resource temporarily unavailable", no_process),
        marks=AS_ROOT,
        id="no-more-processes",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: getattr(fault, "name", None))
def test_it_ends_in_a_sentence(fault: Fault, world: SshdWorld, place: Path) -> None:
    mark = f"fault-{fault.name}-{place.name}"
    env = {**world.env(), "LIVE_TEST_MARK": mark, "PYTHONPATH": str(CHECKOUT)}
    lead = fault.make(world, place, env)
    if STRANGER[0] in lead and not readable():
        pytest.skip("another account cannot read this checkout")
    ran = run([*lead, *WIZARD, "diagnose", "--json", *world.target_args], env, Path("/"), LIMIT)
    assert marked_processes(mark) == []
    assert not ran.late
    assert "Traceback" not in ran.text
    assert "a mistake of its own" not in ran.text
    assert ran.code == fault.code
    assert re.search(fault.says, ran.text)
    json.loads(ran.out)


@pytest.mark.requires("netns")
@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("sweep", "the sweep cannot be kept in .*: Read-only file system"),
        ("undo", "the sessions cannot be read: .*Read-only file system"),
        ("report", "the sessions cannot be read: .*Read-only file system"),
    ],
)
def test_what_needs_a_place_says_which(command: str, says: str, world: SshdWorld, place: Path) -> None:
    lead = read_only(world, place, {})
    words = [command, "box", "--", "-F", str(world.config_file)] if command == "sweep" else [command]
    ran = run([*lead, *WIZARD, *words], {**world.env(), "PYTHONPATH": str(CHECKOUT)}, Path("/"), LIMIT)
    assert ran.code == Exit.USAGE, ran.text
    assert re.search(says, ran.text), ran.text
