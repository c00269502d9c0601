"""`sshwizard rescue`: lists what can be done, asks for what costs or interrupts, makes it, and lets ssh prove it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest
from live.sshd import me

from aws.boot_machine import BootMachine
from aws.stage import Stage
from sshwizard.commands import undo
from sshwizard.commands.arguments import split
from sshwizard.commands.rescue import ACTIONS, parser, rescue
from sshwizard.effects import Effect
from sshwizard.events import Saw
from sshwizard.exits import Exit
from sshwizard.probes import typed
from sshwizard.probes.aws.looks import standing
from sshwizard.runner import Runner

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


async def asked(stage: Stage, *words: str, host: str = "") -> Exit:
    """The command as typed, beside its TARGET."""
    given, theirs = split(parser(), [*stage.target, host or stage.web, *words])
    return await rescue(typed.parse(theirs), given)


def changes(stage: Stage) -> list[str]:
    """What was changed in the account, by this computer."""
    return [call["action"] for call in stage.aws.calls() if call["mutating"] and not call["error"]]


@pytest.fixture
def machine(stage: Stage) -> BootMachine:
    """The web server's own: its sshd reads the keys of the home that the script finds."""
    made = BootMachine(stage.home.parent / "machine")
    (made.home / ".ssh").mkdir(mode=0o700)
    stage.sshd.start(f"AuthorizedKeysFile {made.home}/.ssh/authorized_keys")
    made.behind(stage.aws, stage.web)
    stage.elastic()  # else it comes back under another address, which this computer's config does not know
    stage.config(stage.net.instance(stage.web)["PublicIpAddress"], "", f"Host {stage.web}\n  User {me()}")
    stage.known_hosts("host", stage.net.instance(stage.web)["PublicIpAddress"])
    return made


async def test_a_lost_key_is_brought_in_at_the_next_boot(
    stage: Stage, machine: BootMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(changes(stage))
    code = await asked(stage, "--do", "rescue-with-user-data", "--with", "my-key", "--type", stage.web)
    told = capsys.readouterr()
    assert code == Exit.WORKS, told
    assert "ssh works" in told.out
    assert "the script says: done" in told.err
    assert changes(stage)[before:] == [
        "StopInstances", "ModifyInstanceAttribute", "StartInstances",
        "StopInstances", "ModifyInstanceAttribute", "StartInstances",
    ]  # fmt: skip
    found = stage.ec2.describe_instance_attribute(InstanceId=stage.web, Attribute="userData")
    assert not found["UserData"].get("Value")
    assert list(machine.state.iterdir())
    assert stage.aws.gaps() == {}


async def test_without_a_word_of_consent_nothing_is_changed(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """The list, a dry run, and a change whose instance was not typed."""
    stage.sshd.authorize("old")
    before = len(changes(stage))
    assert await asked(stage) == Exit.CAUSE_FOUND
    told = capsys.readouterr().out
    assert [id_ for id_ in ACTIONS if f"--do {id_}" not in told] == []
    assert await asked(stage, "--do", "stop-start-instance", "--dry-run") == Exit.WORKS
    assert "it would succeed" in capsys.readouterr().err
    assert await asked(stage, "--do", "stop-start-instance", "--yes=confirm") == Exit.CAUSE_FOUND
    assert f"--type {stage.web}" in capsys.readouterr().err
    assert changes(stage)[before:] == []


async def test_the_runbook_is_followed_and_its_output_told(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.sshd.authorize("old")
    stage.aws.agent(stage.web)
    stage.aws.reply("TroubleshootSSH", "sshd: all fine")
    await asked(stage, "--do", "run-troubleshoot-ssh", "--yes=confirm")
    assert "sshd: all fine" in capsys.readouterr().err


async def test_a_private_instance_gets_an_endpoint(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    web = stage.net.launch("db-1", public=False)
    (stage.home / "config").write_text(f"Host *\n  ConnectTimeout 1\n  UserKnownHostsFile {stage.home}/known_hosts\n")
    words = ("--do", "create-instance-connect-endpoint", "--type", web)
    await asked(stage, *words, host=web)
    told = capsys.readouterr()
    (made,) = stage.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
    assert (made["SubnetId"], made["State"]) == (stage.net.private, "create-complete"), told
    runner = stage.runner(web)
    try:
        doors: dict[str, Any] = await runner.doors()
        assert doors["door.eice"].outcome == "open", doors["door.eice"]
    finally:
        await runner.close()
    assert await asyncio.to_thread(undo.main, []) == Exit.WORKS
    assert stage.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []


async def test_a_copy_of_the_disk_is_looked_into_elsewhere(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """The server goes on; undo takes the copy and its snapshot away. What it runs is told, as the inventory has it."""
    stage.sshd.authorize("old")
    helper = stage.net.launch("helper")
    stage.aws.inventory(stage.web, "nginx", "bash")
    before = stage.ec2.describe_volumes()["Volumes"]
    await asked(stage, "--do", "guide-debug-clone", "--with", helper, "--type", stage.web)
    told = capsys.readouterr()
    assert "completed 100%" in told.err
    copies = [one for one in stage.ec2.describe_volumes()["Volumes"] if one not in before]
    assert [one["Attachments"][0]["InstanceId"] for one in copies] == [helper], told
    assert await asyncio.to_thread(undo.main, []) == Exit.WORKS
    assert stage.ec2.describe_volumes()["Volumes"] == before
    assert await asked(stage, "--do", "stop-start-instance", "--dry-run") == Exit.WORKS
    assert "the inventory of Systems Manager lists on it: nginx" in capsys.readouterr().err


async def test_who_ends_the_waiting_leaves_nothing_behind(stage: Stage) -> None:
    """As ctrl+c does: the task is cancelled, and ends once what was begun is taken back."""
    stage.sshd.authorize("old")
    stage.aws.endpoints(100_000)
    runner, told = stage.runner(), asyncio.Event()
    runner.progress = lambda says: told.set()
    before = stage.rules()
    try:
        await runner.walk()
        await runner.prepare("run-troubleshoot-ssh")
        groups = len(stage.ec2.describe_security_groups()["SecurityGroups"])
        planned = effects_for_port_22(runner)
        made = asyncio.create_task(runner._make("create-instance-connect-endpoint", planned))
        await asyncio.wait_for(told.wait(), 10)
        made.cancel()
        with pytest.raises(asyncio.CancelledError):
            await made
        assert stage.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []
        assert len(stage.ec2.describe_security_groups()["SecurityGroups"]) == groups
        assert stage.rules() == before
        assert not runner.state.pending
    finally:
        await runner.close()


def effects_for_port_22(runner: Runner) -> tuple[Effect, ...]:
    """The plan for an instance whose sshd listens where an endpoint leads to."""
    place, seen = next((place, fact) for place, fact in runner.state.facts.items() if place[1] == standing.name)
    runner.see(Saw(*place, replace(seen, data={**seen.data, "port": 22})))
    return runner.plan("create-instance-connect-endpoint")


def test_a_killed_wizard_is_settled_by_the_next_one(
    stage: Stage, machine: BootMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGKILL while the machine boots with the script: undo finds it, puts the user data back and starts the server."""
    stage.aws.boots(stage.web)  # it hangs before its scripts
    command = [sys.executable, "-m", "sshwizard", "rescue", *stage.target, stage.web, "--do", "rescue-with-user-data",
               "--with", "my-key", "--type", stage.web]  # fmt: skip
    wizard = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True)  # fmt: skip
    assert wizard.stderr is not None
    guard = threading.Timer(60, wizard.kill)
    guard.start()
    try:
        assert any("has not reported yet" in line for line in wizard.stderr)
    finally:
        guard.cancel()
        wizard.kill()
        wizard.wait(10)
        wizard.stderr.close()
    held = stage.ec2.describe_instance_attribute(InstanceId=stage.web, Attribute="userData")["UserData"]
    assert held["Value"]
    machine.behind(stage.aws, stage.web)
    assert undo.main([]) == Exit.WORKS
    assert "was taken back" in capsys.readouterr().out
    assert not stage.ec2.describe_instance_attribute(InstanceId=stage.web, Attribute="userData")["UserData"].get(
        "Value"
    )
    assert stage.net.instance(stage.web)["State"]["Name"] == "running"
    assert not (machine.home / ".ssh" / "authorized_keys").exists()
