"""A wrapper that only says "255": it is run once more, and ssh's own lines are explained."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sshwizard.commands.explain import main
from sshwizard.exits import UsageError
from sshwizard.scratch import PREFIX

pytestmark = pytest.mark.requires("ssh", "scp")


def explain(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    whole = (sys.executable, "-m", "sshwizard", "explain", *words)
    return subprocess.run(
        whole, env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.fixture
def closed() -> int:
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


def wrapper(place: Path, port: int) -> str:
    """It hides what ssh says, as deployment tools do."""
    path = place / "deploy"
    path.write_text(f"#!/bin/sh\nssh -F none -p {port} dana@127.0.0.1 true 2>/dev/null || exit 255\n")
    path.chmod(0o755)
    return str(path)


def test_a_wrapper_is_run_again_and_ssh_s_own_line_is_named(tmp_path: Path, closed: int) -> None:
    before = set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    ran = explain("--run", "--yes=confirm", "--json", "--", wrapper(tmp_path, closed))
    told = json.loads(ran.stdout)
    assert ran.returncode == 1, ran.stderr
    assert told["findings"][0]["cause"] == "network.port-refused"
    assert "Connection refused" in "".join(told["findings"][0]["evidence"][0]["lines"])
    assert "deploy ended with 255" in ran.stderr
    assert set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")) <= before


def test_scp_which_looks_for_ssh_at_its_own_place(tmp_path: Path, closed: int) -> None:
    words = ("scp", "-F", "none", "-P", str(closed), "127.0.0.1:/x", str(tmp_path / "x"))
    ran = explain("--run", "--yes=confirm", "--json", "--", *words)
    assert json.loads(ran.stdout)["findings"][0]["cause"] == "network.port-refused"


def test_nothing_is_run_before_a_yes(tmp_path: Path) -> None:
    """The preview names the whole command; without a terminal there is nobody who could say yes."""
    mark = tmp_path / "ran"
    ran = explain("--run", "--", "touch", str(mark))
    assert ran.returncode == 3
    assert shlex.join(("touch", str(mark))) in ran.stderr
    assert "--yes=confirm" in ran.stderr
    assert not mark.exists()
    refused = explain("--run", "--yes=confirm", "--", "touch", str(mark), SSHWIZARD_READ_ONLY="1")
    assert refused.returncode == 2
    assert not mark.exists()


def test_a_command_without_ssh_is_said_so(tmp_path: Path) -> None:
    ran = explain("--run", "--yes=confirm", "--", "true")
    assert ran.returncode == 3
    assert "started no ssh" in ran.stderr


@pytest.mark.parametrize("words", [("--run",), ("--", "true"), ("--run", "file", "--", "true")])
def test_what_is_typed_wrongly_is_a_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="explain --run -- COMMAND"):
        main(words)
