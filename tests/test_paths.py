"""Where things are."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from pathlib import Path

import pytest

from sshwizard import paths


def test_home_is_that_of_the_account_as_for_openssh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    assert paths.home() == Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert paths.ssh_dir() == paths.home() / ".ssh"


def test_our_state_is_where_xdg_says_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for place in (paths.state_dir(), paths.sessions_dir(), paths.backups_dir()):
        assert place.is_relative_to(tmp_path / "state")
        assert place.is_dir()
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_short_and_expand_are_each_other_s_way_back() -> None:
    home = str(paths.home())
    assert paths.short(f"{home}/.ssh/id") == "~/.ssh/id"
    assert paths.short(home) == "~"
    assert paths.short(f"{home}-other/x") == f"{home}-other/x"
    assert paths.short("/etc/ssh") == "/etc/ssh"
    assert paths.expand("~/.ssh/id") == paths.home() / ".ssh/id"
    assert paths.expand("~") == paths.home()
    assert paths.expand("~other/x") == Path("~other/x")
    assert paths.expand("relative/x") == Path("relative/x")


@pytest.mark.parametrize("name", ["id", "a b", "id; touch x", "$(id)", "`id`", "id'x", "-rf", "a\nb"])
def test_a_path_in_a_command_is_one_word(name: str) -> None:
    for place in (paths.home() / ".ssh" / name, Path("/etc/ssh") / name):
        command = ["sh", "-c", f"printf %s {paths.spelled(place)}"]
        home = {"HOME": str(paths.home()), "PATH": os.environ["PATH"]}
        done = subprocess.run(command, env=home, capture_output=True, text=True, check=True, timeout=20)
        assert done.stdout == str(place)
    assert paths.spelled(paths.home() / ".ssh/id") == "~/.ssh/id"
