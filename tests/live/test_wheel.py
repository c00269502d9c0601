"""What `make wheel` builds, in an environment that knows nothing of the checkout but the libraries beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from fronts.terminal import program

from .process import run
from .scenario import read_report
from .world import CHECKOUT, SshdWorld

pytestmark = pytest.mark.requires("sshd")
FILES = (
    "bin/sshwizard",
    "share/man/man1/sshwizard.1",
    "share/bash-completion/completions/sshwizard",
    "share/zsh/site-functions/_sshwizard",
    "share/fish/vendor_completions.d/sshwizard.fish",
)


def made(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what sshwizard depends on is read where it is installed already."""
    place = tmp_path_factory.mktemp("clean")
    build = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", place / "dist", CHECKOUT)
    made(*build)
    (wheel,) = (place / "dist").glob("sshwizard-*-py3-none-any.whl")
    made(sys.executable, "-m", "venv", "--without-pip", place / "venv")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", place / "venv" / "bin" / "python")
    made(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    (library,) = (place / "venv").glob("lib/python*/site-packages")
    (library / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


def test_the_installed_program_finds_why_a_login_fails(place: Path, world: SshdWorld) -> None:
    program = str(place / "venv" / "bin" / "sshwizard")
    world.server.authorize("other")
    ran = run([program, "diagnose", "--json", *world.target_args], world.env(), place, 60)
    assert read_report(ran)["findings"][0]["cause"] == "auth.key-rejected"
    env = world.env()
    where = run([str(place / "venv/bin/python"), "-c", "import sshwizard as it; print(it.__file__)"], env, place, 20)
    assert where.text.startswith(str(place)), where.text
    assert run([program, "--version"], env, place, 20).text.startswith("sshwizard ")
    assert "examples:" in run([program, "--help"], env, place, 20).text
    assert "readable by others" in run([program, "explain", "key.permissions-too-open"], env, place, 20).text
    words = run([program, "completion", "words", "--", "explain"], env, place, 20).text
    assert "key.permissions-too-open" in words


def test_its_first_screen_is_drawn_as_it_should(place: Path, tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    with program(str(place / "venv" / "bin" / "sshwizard"), HOME=str(tmp_path), PWD=str(place)) as terminal:
        terminal.until("Whom do you want to reach?")
        terminal.until("Quit")
        terminal.press("\x03\x03")
        terminal.ended()


def test_man_page_and_completion_are_where_programs_look(place: Path) -> None:
    for name in FILES:
        assert (place / "venv" / name).stat().st_size > 50, name
    assert os.access(place / "venv" / FILES[0], os.X_OK)
