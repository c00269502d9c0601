"""The package manager of each family is asked for the package as its manual says, and to take it away again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sshwizard.effects import RemoteScript
from sshwizard.fixes import FIXES, Refusal

from .plans import inside

MANAGERS = {
    "apt-get": ("install -y ec2-instance-connect", "remove -y ec2-instance-connect"),
    "dnf": ("install -y ec2-instance-connect", "remove -y ec2-instance-connect"),
    "yum": ("install -y ec2-instance-connect", "remove -y ec2-instance-connect"),
    "zypper": ("-n install ec2-instance-connect", "-n remove ec2-instance-connect"),
}
"""apt-get(8), dnf(8), yum(8), zypper(8)."""


@pytest.mark.parametrize("manager", MANAGERS)
def test_instance_connect_is_installed_by_the_manager_that_is_there(manager: str, tmp_path: Path) -> None:
    plan = FIXES["install-instance-connect"].plan(inside(tmp_path, "install-instance-connect"))
    assert not isinstance(plan, Refusal)
    (effect,) = plan
    assert isinstance(effect, RemoteScript)
    assert effect.undoable
    tools = tmp_path / "bin"
    tools.mkdir()
    said = tmp_path / "said"
    (tools / manager).write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{said}\n')
    (tools / manager).chmod(0o755)
    for text in (effect.do, effect.undo):
        subprocess.run(["/bin/sh", "-eu"], input=text.encode(), env={"PATH": str(tools)}, check=True, timeout=20)
    assert tuple(said.read_text().splitlines()) == MANAGERS[manager]


def test_a_server_without_a_manager_is_told(tmp_path: Path) -> None:
    plan = FIXES["install-instance-connect"].plan(inside(tmp_path, "install-instance-connect"))
    assert not isinstance(plan, Refusal)
    (effect,) = plan
    assert isinstance(effect, RemoteScript)
    ran = subprocess.run(["/bin/sh", "-eu"], input=effect.do.encode(), env={"PATH": str(tmp_path)}, check=False,
                         capture_output=True, timeout=20)  # fmt: skip
    assert ran.returncode == 1
    assert b"no package manager" in ran.stderr
