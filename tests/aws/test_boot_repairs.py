"""Each repair of the next boot, really run in a directory of its own: what it mends, once, and undone."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from fixes.plans import KEY, STANDING

from aws.boot_machine import BootMachine
from sshwizard.effects.aws import bootdata
from sshwizard.fixes import Refusal, bootrepairs
from sshwizard.fixes.serverside import Change

MARK = "0a1b2c"
DONE, UNDONE = f"sshwizard {MARK}: done", f"sshwizard {MARK} undo: done"


@pytest.fixture
def machine(tmp_path: Path) -> BootMachine:
    made = BootMachine(tmp_path / "machine")
    (made.home / ".ssh").mkdir(mode=0o700)
    (made.home / ".ssh" / "authorized_keys").write_text("ssh-ed25519 AAAA theirs")
    (made.place / "sshd_config").write_text("Port 22\n")
    key = ("ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(made.place / "host_key"))
    subprocess.run(key, check=True, timeout=20, stdin=subprocess.DEVNULL)
    return made


def change(name: str) -> Change:
    made = bootrepairs.REPAIRS[name][1](STANDING)
    assert not isinstance(made, Refusal)
    return made


def seen(machine: BootMachine) -> dict[str, tuple[int, bytes]]:
    """All of the machine but its state directory and what its tools noted."""
    return {
        str(path): (stat.S_IMODE(path.stat().st_mode), path.read_bytes() if path.is_file() else b"")
        for path in sorted(machine.place.rglob("*"))
        if machine.state not in path.parents and path.name not in {"started", "run"}
    }


def made_and_undone(machine: BootMachine, name: str) -> dict[str, tuple[int, bytes]]:
    """What the machine is like once it is mended; it is as before when this returns."""
    repair, before = change(name), seen(machine)
    script = bootdata.script(MARK, repair.do, repair.undo)
    assert DONE in machine.run(script)
    mended = seen(machine)
    assert DONE in machine.run(script)
    assert seen(machine) == mended, "a second boot makes it once more"
    assert UNDONE in machine.run(bootdata.undoing(MARK))
    assert seen(machine) == before
    assert not list(machine.state.iterdir())
    assert UNDONE in machine.run(bootdata.undoing(MARK))
    return mended


def test_the_modes_of_exactly_the_chain(machine: BootMachine) -> None:
    keys = machine.home / ".ssh" / "authorized_keys"
    for path, mode in ((machine.home, 0o777), (keys.parent, 0o770), (keys, 0o666)):
        path.chmod(mode)
    mended = made_and_undone(machine, "key-modes")
    modes = [mended[str(path)][0] for path in (machine.home, keys.parent, keys)]
    assert modes == [0o755, 0o750, 0o644]


@pytest.mark.parametrize("there", ["a file without an end", "an empty file", "no file", "no directory"])
def test_one_key_is_added_and_nothing_else(machine: BootMachine, there: str) -> None:
    keys = machine.home / ".ssh" / "authorized_keys"
    if there == "an empty file":
        keys.write_text("")
    elif there.startswith("no"):
        keys.unlink()
        if there == "no directory":
            keys.parent.rmdir()
    old = keys.read_text() if keys.exists() else ""
    if old:  # the missing end of the last line is the one byte that stays
        keys.write_text(f"{old}\n")
    mended = made_and_undone(machine, "my-key")
    _, content = mended[str(keys)]
    assert content.decode().splitlines() == [*old.splitlines(), f"{KEY} me"]


def test_a_linked_key_file_is_left_alone(machine: BootMachine) -> None:
    keys = machine.home / ".ssh" / "authorized_keys"
    keys.rename(keys.with_name("elsewhere"))
    keys.symlink_to(keys.with_name("elsewhere"))
    before, repair = seen(machine), change("my-key")
    assert "failed: " in machine.run(bootdata.script(MARK, repair.do, repair.undo))
    assert seen(machine) == before
    assert not list(machine.state.iterdir())


@pytest.mark.requires("sshd")
def test_the_lines_at_which_sshd_ends_become_comments(machine: BootMachine) -> None:
    config = machine.place / "sshd_config"
    config.write_text("Port 22\nNoSuchWord yes\nPermitRootLogin maybe\n# end\n")
    mended = made_and_undone(machine, "config-line")
    assert mended[str(config)][1] == b"Port 22\n# NoSuchWord yes\n# PermitRootLogin maybe\n# end\n"


@pytest.mark.requires("sshd")
def test_what_no_line_explains_is_not_guessed(machine: BootMachine) -> None:
    (machine.place / "host_key").write_text("no key")
    before, repair = seen(machine), change("config-line")
    assert "failed: " in machine.run(bootdata.script(MARK, repair.do, repair.undo))
    assert seen(machine) == before


@pytest.mark.requires("sshd")
def test_sshd_is_tested_before_it_is_started(machine: BootMachine) -> None:
    repair, noted = change("start-sshd"), machine.place / "started"
    script = bootdata.script(MARK, repair.do, repair.undo)
    (machine.place / "sshd_config").write_text("NoSuchWord yes\n")
    assert "failed: " in machine.run(script)
    assert not noted.exists()
    (machine.place / "sshd_config").write_text("Port 22\n")
    assert DONE in machine.run(script)
    assert noted.read_text()
    assert Path("/run/systemd/system").exists() is noted.read_text().startswith("systemctl enable --now ssh")


def test_a_firewall_whose_rules_would_not_last_is_left_alone(machine: BootMachine) -> None:
    repair = change("firewall")
    for tool, text in (("ufw", "echo Status: inactive"), ("firewall-cmd", "exit 252")):
        (machine.place / "bin" / tool).write_text(f"#!/bin/sh\n{text}\n")
        (machine.place / "bin" / tool).chmod(0o755)
    assert "neither ufw nor firewalld" in machine.run(bootdata.script(MARK, repair.do, repair.undo))
    ufw = machine.place / "bin" / "ufw"
    ufw.write_text(f'#!/bin/sh\necho "$@" >>{machine.place}/started\necho Status: active\n')
    assert DONE in machine.run(bootdata.script(MARK, repair.do, repair.undo))
    wanted = "insert 1 allow proto tcp from 198.20.30.40 to any port 22"
    assert (machine.place / "started").read_text().splitlines()[-1] == wanted
