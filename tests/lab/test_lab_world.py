"""Opening and closing worlds: nothing is left behind, not even after kill -9."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import first_line, running

import sshwizard
from sshwizard.lab import LabError, World, open_world

from .conftest import Ssh

pytestmark = pytest.mark.requires("ssh", "ssh-keygen", "ps")

HOME = Path(sshwizard.__file__).parents[1]


def servers(root: Path) -> list[str]:
    """The running servers of the world in `root`."""
    shown = subprocess.run(["ps", "-axww", "-o", "pid=,stat=,command="], capture_output=True, text=True, timeout=20)
    return [line for line in shown.stdout.splitlines() if str(root) in line and " Z" not in line]


def soon(true: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_closing_leaves_no_process_and_no_directory(ssh: Ssh) -> None:
    world = open_world("healthy")
    assert stat.S_IMODE(world.root.stat().st_mode) == 0o700
    assert len(servers(world.root)) == 1
    world.close()
    assert servers(world.root) == []
    assert not world.root.exists()
    world.close()


def test_closing_does_not_wait_for_an_open_session(ssh: Ssh) -> None:
    with open_world("healthy") as world:
        session = subprocess.Popen(
            ["ssh", "-tt", *world.target_args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert "practice server" in first_line(session)
        start = time.monotonic()
    assert time.monotonic() - start < 1
    session.communicate(timeout=5)
    assert session.returncode == 255


def test_two_worlds_at_once_do_not_mix(ssh: Ssh) -> None:
    with open_world("healthy") as one, open_world("nologin") as two:
        assert one.root != two.root
        assert ssh(one, "whoami").stdout == "dana\n"
        assert ssh(two, "whoami").returncode == 1
        one.close()
        assert ssh(two, "whoami").returncode == 1


def test_a_root_that_was_missing_is_made_and_removed(tmp_path: Path, ssh: Ssh) -> None:
    root = tmp_path / "a lab, with 'spaces' # and ünïcode" / "here"
    with open_world("healthy", root) as world:
        assert world.root == root
        assert ssh(world, "printf TOKEN").stdout == "TOKEN"
    assert not root.exists()


def test_a_root_that_was_there_stays(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as world:
        assert stat.S_IMODE(world.root.stat().st_mode) == 0o700
    assert servers(tmp_path) == []
    assert (tmp_path / "config").exists()


@pytest.mark.parametrize("name", ['quote"d', "back\\slash", "per%cent", "$HOME", "new\nline"])
def test_a_path_that_ssh_would_expand_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabError, match="safely"):
        open_world("healthy", tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_root_with_files_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years")
    before = tmp_path.stat().st_mode
    with pytest.raises(LabError, match="empty directory"):
        open_world("healthy", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert tmp_path.stat().st_mode == before


def test_an_unknown_exercise_names_the_known_ones() -> None:
    with pytest.raises(LabError, match="open-key"):
        open_world("no-such-thing")


def test_without_ssh_keygen_it_says_so_and_cleans_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(LabError, match="ssh-keygen was not found"):
        open_world("healthy")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_start_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "modules"
    (broken / "paramiko").mkdir(parents=True)
    (broken / "paramiko" / "__init__.py").write_text("raise ImportError('no such package here')")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    with pytest.raises(LabError, match="no such package here"):
        open_world("healthy", tmp_path / "world")
    assert not (tmp_path / "world").exists()


def test_killing_the_parent_ends_the_server_and_removes_the_directory() -> None:
    script = (
        "import time\nfrom sshwizard.lab import open_world\n"
        "print(open_world('healthy').root, flush=True)\ntime.sleep(60)\n"
    )
    with running([sys.executable, "-c", script], cwd=HOME) as parent:
        root = Path(first_line(parent).strip())
        assert len(servers(root)) == 1
        os.kill(parent.pid, signal.SIGKILL)
    assert soon(lambda: not servers(root) and not root.exists())


def test_importing_the_lab_is_light() -> None:
    script = "import sys, sshwizard.lab; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=HOME, capture_output=True, text=True, check=True, timeout=20
    )
    foreign = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"__main__", "sshwizard"}
    assert not foreign & {"paramiko", "cryptography", "nacl", "bcrypt", "textual", "boto3", "rich"}


def test_a_world_says_how_to_reach_it(healthy: World) -> None:
    assert healthy.target_args == ("-F", f"{healthy.root}/config", "lab-web")
    assert healthy.exercise.id == "healthy"
