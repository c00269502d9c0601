"""One boot with a script of ours: set, watched on the serial port, put back; taken back, refused, left by a crash; and
the scripts themselves, run by a real sh."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from fixes.googleplans import stood
from gce import VM, ask

from sshwizard.cloud.gcp.metadata import items
from sshwizard.effects import Effect, Refused, from_json, to_json
from sshwizard.effects.aws import bootdata
from sshwizard.effects.gcp import BootScript, SetValue, metadata, place, rescue
from sshwizard.fixes import FIXES, Refusal
from sshwizard.fixes.gcp import boots
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp

AT = (PROJECT, ZONE, "web-1")
MARK = "0a1b2c3d4e5f6071"


@pytest.fixture(autouse=True)
def _web(monkeypatch: pytest.MonkeyPatch, google: Gcp) -> None:
    monkeypatch.setattr(metadata, "SETTLE", 0)
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr(rescue, "EVERY", 0.02)
    monkeypatch.setattr(rescue, "PATIENCE", 10.0)
    place._ACCESS.clear()
    google.instance("web-1", boots="healthy", serial={1: "boot\n"}, metadata={"startup-script": "echo mine"})


def now(google: Gcp) -> dict[str, str]:
    return items(ask(google, f"{VM}/web-1")[1].get("metadata"))


def serial(google: Gcp) -> str:
    return str(ask(google, f"{VM}/web-1/serialPort")[1]["contents"])


def planned(id_: str = "run-gcp-startup-script", answer: str = "", code: str = "", **more: Any) -> tuple[Effect, ...]:
    plan = FIXES[id_].plan(stood("running", answer, code, **more))
    assert not isinstance(plan, Refusal), plan
    assert tuple(from_json(to_json(one)) for one in plan) == plan
    return plan


def test_a_repair_at_a_boot_leaves_the_old_script_and_is_taken_back(google: Gcp) -> None:
    (effect,) = planned(code="gcp.guest-agent-down")
    assert "google-guest-agent" in " ".join(effect.preview())
    effect.check()
    back = from_json(to_json(effect.inverse()))  # type: ignore[arg-type]
    effect.apply()
    assert now(google) == {"startup-script": "echo mine"}
    assert f"sshwizard {MARK}: done" in serial(google)
    back.check()
    back.apply()
    assert f"sshwizard {MARK} undo: done" in serial(google)
    assert now(google) == {"startup-script": "echo mine"}


def test_what_a_crash_left_is_put_back_without_a_boot(google: Gcp) -> None:
    (effect,) = planned(answer="start-sshd")
    assert isinstance(effect, BootScript)
    back = effect.inverse()
    with pytest.raises(Refused, match="does not show"):
        back.check()
    effect.put(effect.script).apply()
    back.check()
    back.apply()
    assert now(google) == {"startup-script": "echo mine"}
    assert "sshwizard" not in serial(google)


def test_a_script_that_never_reports_is_taken_out_again(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    google.instance("web-1", boots="panic")
    monkeypatch.setattr(rescue, "PATIENCE", 0.1)
    (effect,) = planned(answer="free-space")
    with pytest.raises(Refused, match="did not say that it is through"):
        effect.apply()
    assert now(google) == {"startup-script": "echo mine"}


def test_a_script_that_fails_says_why(google: Gcp) -> None:
    script = f'#!/bin/sh\necho "sshwizard {MARK}: failed: no space left"\n'
    with pytest.raises(Refused, match="failed: no space left"):
        BootScript(*AT, "startup-script", script, f"sshwizard {MARK}:").apply()
    assert now(google) == {"startup-script": "echo mine"}


def test_without_the_right_to_write_metadata_nothing_is_begun(google: Gcp) -> None:
    google.deny("compute.instances.setMetadata")
    (effect,) = planned(answer="free-space")
    with pytest.raises(Refused, match=r"compute\.instances\.setMetadata"):
        effect.check()


def test_windows_gets_its_package_and_its_switch(google: Gcp) -> None:
    google.instance("web-1", windows=True, disks=[], metadata={})
    switch, boot = planned("guide-install-windows-ssh", windows=True)
    assert isinstance(switch, SetValue)
    assert (switch.key, switch.new) == ("enable-windows-ssh", "TRUE")
    assert isinstance(boot, BootScript)
    assert boot.key == "windows-startup-script-ps1"
    assert "google-compute-engine-ssh" in boot.script
    for effect in (switch, boot):
        effect.check()
        effect.apply()
    assert now(google) == {"enable-windows-ssh": "TRUE"}
    (log,) = planned(answer="read-windows-log", windows=True)
    assert "OpenSSH/Operational" in " ".join(log.preview())


@pytest.mark.parametrize(
    ("answer", "more", "why"),
    [("nonsense", {}, "type which one"), ("start-sshd", {"windows": True}, "is for Linux"),
     ("read-windows-log", {}, "is for Windows"), ("start-sshd", {"status": "TERMINATED"}, "not RUNNING"),
     ("key-modes", {"login": "a b"}, "login name")],
)  # fmt: skip
def test_what_cannot_be_run_says_why(answer: str, more: dict[str, Any], why: str) -> None:
    plan = FIXES["run-gcp-startup-script"].plan(stood("running", answer, **more))
    assert isinstance(plan, Refusal)
    assert why in plan.why


# ------------------------------------------------------------------ the scripts, by a real sh


@pytest.mark.parametrize("name", [name for name, boot in boots.BOOTS.items() if boot.key == boots.LINUX])
def test_a_shell_can_read_every_script(name: str) -> None:
    made = boots.BOOTS[name].make(stood("x").facts["gcp.standing"].data, MARK)
    assert not isinstance(made, Refusal)
    for text in made:
        ran = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False, timeout=20)
        assert (ran.returncode, ran.stderr) == (0, "")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """systemctl and apt-get of a machine whose agent is there, off and dead; what they were told is in `told`."""
    tools = tmp_path / "bin"
    tools.mkdir()
    units = "google-guest-agent.service disabled enabled\\n"
    (tools / "systemctl").write_text(
        f'#!/bin/sh\ncase "$1" in\nlist-unit-files) printf "{units}";;\nis-*) exit 1;;\n'
        f'*) echo systemctl "$@" >>{tmp_path}/told;; esac\n'
    )
    (tools / "apt-get").write_text(f'#!/bin/sh\necho apt-get "$@" >>{tmp_path}/told\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setattr(bootdata, "STATE", str(tmp_path / "state"))
    return tmp_path


def run(text: str, machine: Path) -> str:
    """As root runs it, but for where its programs are."""
    env = {"PATH": f"{machine}/bin:/usr/bin:/bin"}
    text = text.replace("/dev/console", "/dev/null")
    return subprocess.run(
        ["sh"], input=text, capture_output=True, text=True, check=False, timeout=20, env=env, cwd=machine
    ).stdout


@pytest.mark.parametrize("name", ["start-agent", "install-environment"])
def test_the_agent_is_enabled_started_and_put_back(name: str, machine: Path) -> None:
    made = boots.BOOTS[name].make({}, MARK)
    assert not isinstance(made, Refusal)
    script, undo = made
    assert f"sshwizard {MARK}: done" in run(script, machine)
    told = (machine / "told").read_text().splitlines()
    assert "systemctl enable google-guest-agent" in told[-2]
    assert "systemctl restart google-guest-agent" in told[-1]
    assert any(line.startswith("apt-get") and "google-guest-agent" in line for line in told) is (name != "start-agent")
    if undo:
        assert f"sshwizard {MARK} undo: done" in run(undo, machine)
        assert (machine / "told").read_text().splitlines()[-2:] == [
            "systemctl stop google-guest-agent.service", "systemctl disable google-guest-agent.service",
        ]  # fmt: skip


def test_where_there_is_no_agent_the_script_says_so(machine: Path) -> None:
    (machine / "bin" / "systemctl").write_text("#!/bin/sh\n")
    made = boots.BOOTS["start-agent"].make({}, MARK)
    assert not isinstance(made, Refusal)
    assert f"sshwizard {MARK}: failed: the guest agent is not installed" in run(made[0], machine)
