"""The kernel before the one that does not boot: what is planned, what is refused, and the lines for a pasted text."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sshwizard.effects import LongScript, Ready
from sshwizard.effects.aws import AgentReady, AgentScript, LendRoot, ReturnRoot
from sshwizard.effects.gcp import LendDisk, ReturnDisk
from sshwizard.fixes import FIXES, Refusal, Situation, lines
from sshwizard.fixes.oldkernel import ID
from sshwizard.model import Fact

from .googleplans import stood
from .plans import ACCOUNT, HELPER, at, stands

NEW = "5.10.0-28-amd64"
SAYS = f"the console says: it ended (the kernel of this boot: {NEW})"


def test_the_steps_of_ec2_are_in_order_and_go_back_in_order(tmp_path: Path) -> None:
    there = stands(tmp_path, f"{HELPER} admin@198.51.100.7")
    plan = FIXES[ID].plan(replace(there, found=replace(there.found, says=SAYS)))
    assert not isinstance(plan, Refusal), plan
    look, lend, mend, give = plan
    assert isinstance(look, Ready) and isinstance(lend, LendRoot) and isinstance(give, ReturnRoot)  # noqa: PT018
    assert isinstance(mend, LongScript)
    assert mend.target == ("-F", str(tmp_path / "config"), "admin@198.51.100.7") == look.target
    assert "vol0123456789abcdef0" in mend.guard
    assert f"bad={NEW}" in mend.do
    assert not any("unmount it on the helper" in row for row in lend.preview())
    backs = [effect.inverse() for effect in (give, mend, lend)]
    assert [type(back).__name__ for back in backs] == ["LendRoot", "LongScript", "ReturnRoot"]
    assert all(effect.undoable for effect in plan)
    assert "take back" in str(backs[1] and backs[1].preview()[0])


def test_a_helper_alone_is_asked_by_its_agent(tmp_path: Path) -> None:
    plan = FIXES[ID].plan(stands(tmp_path, HELPER))
    assert not isinstance(plan, Refusal), plan
    assert [type(one) for one in plan] == [AgentReady, LendRoot, AgentScript, ReturnRoot]
    assert all(isinstance(FIXES[ID].plan(stood("running", one)), Refusal) for one in (HELPER, "helper-1"))


def test_the_steps_of_compute_engine(tmp_path: Path) -> None:
    plan = FIXES[ID].plan(stood("running", "helper-1 me@helper kernel=5.10.0-9-amd64 not=6.1"))
    assert not isinstance(plan, Refusal), plan
    assert [type(one) for one in plan] == [Ready, LendDisk, LongScript, ReturnDisk]
    mend = plan[2]
    assert isinstance(mend, LongScript)
    assert "google-web-1" in mend.guard
    assert "bad=6.1 wish=5.10.0-9-amd64" in mend.do


def test_a_disk_that_a_machine_has_already_is_only_mended(tmp_path: Path) -> None:
    plan = FIXES[ID].plan(replace(at(tmp_path), answer="/dev/sdb ssh://me@helper:2222"))
    assert not isinstance(plan, Refusal), plan
    assert [type(one) for one in plan] == [Ready, LongScript]
    mend = plan[1]
    assert isinstance(mend, LongScript)
    assert "for disk in /dev/sdb;" in mend.guard


def test_the_newest_kernel_comes_by_ssh_itself(tmp_path: Path) -> None:
    there = at(tmp_path, "works", "newest")
    plan = FIXES[ID].plan(there)
    assert not isinstance(plan, Refusal), plan
    (effect,) = plan
    assert isinstance(effect, LongScript)
    assert effect.target == there.target.ssh_args
    assert "apt-get -q install -y --reinstall" in effect.do
    assert "dnf -y reinstall" in effect.do


@pytest.mark.parametrize(
    "answer",
    ["", "helper-1", f"{HELPER} -oProxyCommand=x", f"{HELPER} a b", f"{HELPER} me@h;reboot", f"{HELPER} $(reboot)",
     "/dev/../etc me@h", f"{HELPER} kernel=-rf", "web-2 me@h", f"{HELPER} ssh://-x", "i-0123456789abcdef0 me@h"],
)  # fmt: skip
def test_what_is_no_helper_is_refused(tmp_path: Path, answer: str) -> None:
    assert isinstance(FIXES[ID].plan(stands(tmp_path, answer)), Refusal)


@pytest.mark.parametrize(
    ("data", "says"),
    [({"scaling": "shop"}, "Auto Scaling"), ({"spot": True}, "Spot"), ({"volume": ""}, "no EBS volume"),
     ({"windows": True}, "for Linux")],
)  # fmt: skip
def test_what_must_not_stop_is_refused(tmp_path: Path, data: dict[str, Any], says: str) -> None:
    found = FIXES[ID].plan(stands(tmp_path, f"{HELPER} me@helper", **data))
    assert isinstance(found, Refusal)
    assert says in found.why


@pytest.mark.parametrize(
    ("data", "says"),
    [({"regional": True}, "instance group"), ({"windows": True}, "for Linux"), ({"disk": ""}, "not known"),
     ({"vm": "helper-1"}, "another VM")],
)  # fmt: skip
def test_of_a_vm_too(data: dict[str, Any], says: str) -> None:
    found = FIXES[ID].plan(stood("running", "helper-1 me@helper", **data))
    assert isinstance(found, Refusal)
    assert says in found.why


def test_without_an_account_only_a_given_disk_can_be_mended(tmp_path: Path) -> None:
    found = FIXES[ID].plan(replace(at(tmp_path), answer=f"{HELPER} me@helper"))
    assert isinstance(found, Refusal)
    nobody: Situation = replace(at(tmp_path), answer=f"{HELPER} me@helper",
                                facts={"cloud.standing": Fact("none", "nobody was asked")})  # fmt: skip
    found = FIXES[ID].plan(nobody)
    assert isinstance(found, Refusal)
    assert found.why == "nobody was asked"


@pytest.mark.parametrize("cloud", [True, False])
def test_the_lines_are_filled_in_and_readable_by_a_shell(tmp_path: Path, cloud: bool) -> None:
    there = at(tmp_path, "server.bootloader-failed")
    facts = {"cloud": Fact("instance", "", data={**ACCOUNT, "volume": "vol-0123456789abcdef0"})} if cloud else {}
    told = lines(ID, replace(there, found=replace(there.found, says=SAYS), facts=facts))
    text = "\n".join(told)
    named = "i-0123456789abcdef0" if cloud else "box"
    assert f"--do {ID} --with 'HELPER admin@ADDRESS not={NEW}' --type {named}" in text
    assert text.endswith(f"--do {ID} --with newest --type box")
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False, timeout=20).returncode == 0
    evil = replace(there.found, says="(the kernel of this boot: 6.1';reboot;')")
    assert "reboot" not in "\n".join(lines(ID, replace(there, found=evil, facts=facts)))
