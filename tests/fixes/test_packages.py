"""How a package is brought up to date: the words of each package manager, and when it is not done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sshwizard.fixes import Refusal
from sshwizard.fixes.packages import MANAGERS, by_hand, upgrade
from sshwizard.fixes.serverside import Change
from sshwizard.probes.inside.packages import Package

OLD, NEW = "1:9.2p1-2+deb12u9", "1:9.2p1-2+deb12u10"
SSHD = Package("openssh-server", OLD, "apt", "old", NEW, 1, kept=True)


def change(package: Package) -> Change:
    made = upgrade(package)
    assert isinstance(made, Change)
    return made


def tool(place: Path, name: str, text: str) -> None:
    place.mkdir(exist_ok=True)
    (place / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{place}/said\n{text}\n')
    (place / name).chmod(0o755)


def test_packages_that_depend_on_each_other_go_back_together(tmp_path: Path) -> None:
    """The client has the same version, and is kept with the server; sftp has another, and stays out of it."""
    tools = tmp_path / "bin"
    tool(tools, "dpkg-query", f'case "$*" in *sftp*) echo 9;; *server) cat {tmp_path}/version;; *) echo {OLD};; esac')
    tool(tools, "apt-get", f'case "$*" in *only-upgrade*) echo {NEW} >{tmp_path}/version;; '
         f'*downgrades*) echo {OLD} >{tmp_path}/version;; esac; [ -t 0 ] || cat >/dev/null')  # fmt: skip
    (tmp_path / "version").write_text(f"{OLD}\n")
    made = change(SSHD)
    for text in (made.guard, made.do, made.undo):
        ran = subprocess.run(
            ["/bin/sh", "-eu"], input=f"D={tmp_path}\n{text}\n".encode(), timeout=20, check=False, capture_output=True,
            env={"PATH": f"{tools}:/usr/bin:/bin"},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
    said = [line for line in (tools / "said").read_text().splitlines() if line.startswith("apt-get")]
    assert said[0] == "apt-get -q update"
    assert said[1] == f"apt-get -q download openssh-server={OLD} openssh-client={OLD}"
    assert said[2].endswith("install --only-upgrade openssh-server")
    assert "--allow-downgrades install" in said[3]
    assert (tmp_path / "version").read_text().strip() == OLD


def test_what_cannot_be_had_again_stops_the_update_before_anything_is_changed(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tool(tools, "dpkg-query", f"echo {OLD}")
    tool(tools, "apt-get", 'case "$*" in *download*) exit 100;; esac')
    ran = subprocess.run(
        ["/bin/sh", "-eu"], input=f"D={tmp_path}\n{change(SSHD).do}\n".encode(), timeout=20, check=False,
        capture_output=True, env={"PATH": f"{tools}:/usr/bin:/bin"},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr.decode().strip()) == (1, f"{OLD} can no longer be had; look again")
    assert "only-upgrade" not in (tools / "said").read_text()


@pytest.mark.parametrize("manager", MANAGERS)
def test_each_manager_is_asked_for_this_package_alone(manager: str) -> None:
    made = change(Package("ec2-instance-connect", "1.1-1", manager, "old", "1.1-2", 1))
    assert made.undo == ""
    assert made.watch == 0
    assert "no newer version came" in made.do
    assert "ec2-instance-connect" in by_hand(Package("ec2-instance-connect", "1", manager))
    assert all("</dev/null" in line for line in made.do.splitlines() if line.startswith(("apt-get", "dnf", "zypper")))


@pytest.mark.parametrize("package", [
    Package("openssh-server", OLD, "apt", "old", NEW, 1, held=True),
    Package("amazon-ssm-agent", "3.3", "snap", why="a snap"),
    Package("openssh-server", OLD, "yum", "old", NEW, 1),
    Package("openssh-server", OLD, "apt", why="no list names it"),
], ids=["held", "snap", "yum", "not known"])  # fmt: skip
def test_what_is_not_known_or_held_is_not_touched(package: Package) -> None:
    assert isinstance(upgrade(package), Refusal)


def test_a_version_stands_in_the_script_as_text() -> None:
    made = change(Package("openssh-server", "1$(touch x)", "apt", "old", NEW, 1, kept=True))
    assert "'1$(touch x)'" in made.guard
    assert "$(touch x)" not in made.do.replace("'1$(touch x)'", "").replace("'1$(touch x) can no", "")
