"""The programs of a cloud that a ProxyCommand starts: each is asked for its version only, and named where it is not up
to it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sshwizard.fixes import lines
from sshwizard.fixes.fix import Situation
from sshwizard.model import Fact, Target
from sshwizard.probes import tools
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

from .scenario import read_report
from .world import SshdWorld

SESSION = "aws ssm start-session --target i-0123456789abcdef0 --document-name AWS-StartSSHSession"
TUNNEL = "aws ec2-instance-connect open-tunnel --instance-id i-0123456789abcdef0"

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """A program that says its version, and brings no connection."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")

    def put(name: str, says: str, code: int = 0) -> Path:
        file = place / name
        file.write_text(f"#!/bin/sh\ncase $1 in --version|version) echo '{says}'; exit {code};; esac\nexit 255\n")
        file.chmod(0o755)
        return place

    return put


async def seen(command: str) -> Fact[tools.Tools]:
    leg = Leg("box", {"proxycommand": (command,)})
    return await tools.tools.look(Scene(Target("box", ("box",)), (leg,), 0, {}, Run()))


async def test_a_plugin_that_is_missing_and_one_that_is_old(put: Put) -> None:
    put("aws", "aws-cli/2.31.0 Python/3.13")
    fact = await seen(SESSION)
    assert (fact.outcome, fact.data["program"]) == ("missing", "session-manager-plugin")
    put("session-manager-plugin", "1.1.17.0")
    fact = await seen(SESSION)
    assert (fact.outcome, fact.data["least"]) == ("old", "1.1.23")
    put("session-manager-plugin", "1.2.707.0")
    assert (await seen(SESSION)).outcome == "fine"
    assert (await seen(SESSION)).command == "aws --version; session-manager-plugin --version"


async def test_a_command_line_tool_that_is_old_broken_or_mute(put: Put) -> None:
    put("aws", "aws-cli/1.29.0 Python/3.8")
    assert (await seen(TUNNEL)).outcome == "old"
    put("aws", "bad interpreter: No such file or directory", 126)
    assert (await seen(TUNNEL)).outcome == "broken"
    put("aws", "")
    assert not (await seen(TUNNEL)).known
    put("gcloud", "Google Cloud SDK 540.0.0")
    assert (await seen("gcloud compute start-iap-tunnel web 22 --listen-on-stdin")).outcome == "fine"
    assert (await seen("nc -X connect -x proxy:3128 box 22")).outcome == "none"


@pytest.mark.requires("ssh")
def test_a_diagnosis_names_it_with_the_command_for_this_computer(world: SshdWorld, put: Put) -> None:
    place = put("aws", "aws-cli/2.31.0 Python/3.13")
    put("session-manager-plugin", "1.1.17.0")
    world.config(f"ProxyCommand {SESSION}")
    world.extra_env["PATH"] = f"{place}:{os.environ['PATH']}:/usr/sbin:/sbin"
    world.extra_env["SSHWIZARD_NO_CLOUD"] = "1"
    told = read_report(world.diagnose(world.target_args))["findings"]
    assert (told[0]["cause"], told[0]["confidence"]) == ("client.tool-missing-or-outdated", "certain")
    assert "1.1.17.0 is too old" in told[0]["title"]
    (guide,) = (fix for fix in told[0]["fixes"] if fix["id"] == "guide-update-tools")
    assert "session-manager-plugin" in guide["commands"][0]


@pytest.mark.parametrize(
    ("fact", "program"),
    [
        (Fact("no-ssh", "there is no program named ssh on PATH"), "openssh"),
        (Fact("x", "the program says: SessionManagerPlugin is not found"), "session-manager-plugin"),
        (Fact("x", "aws: error: argument command: Invalid choice"), "aws"),
        (Fact("missing", "", data={"program": "gcloud"}), "cloud"),
        (Fact("not-found", "", data={"command": "/opt/aws ssm start-session"}), "aws"),
    ],
    ids=["no-ssh", "plugin-said", "aws-said", "gcloud-missing", "aws-not-found"],
)
def test_the_update_is_a_command(fact: Fact[str], program: str) -> None:
    made = lines("guide-update-tools", Situation(Target("box"), Leg("box"), {}, fact))
    assert made
    assert all(program in line for line in made)
    for line in made:
        subprocess.run(["sh", "-n"], input=line.encode(), check=True, timeout=10)
