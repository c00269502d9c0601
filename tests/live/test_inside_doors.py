"""A look inside through a door: named for certain, mended, proved by fresh logins, and undone in a later process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fronts.terminal import Terminal

from sshwizard.cli import main
from sshwizard.doors.way import Shut
from sshwizard.effects import RemoteScript, to_json
from sshwizard.lab.aws import Aws
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

from .aptworld import NAME, NEW, OLD, installed, with_apt
from .instance import Instance
from .keys import KeyRing
from .scenarios.inside import STOP
from .sshd import descendants, wait_until

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns", "moto")]


@pytest.fixture(scope="module")
def instance(aws_process: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One for all of them: what a test breaks, it mends again."""
    aws_process.reset()
    with Instance(aws_process, KeyRing(tmp_path_factory.mktemp("keys"))) as world:
        yield world


@pytest.fixture(autouse=True)
def healed(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is the person's: a command of ours may run in it."""
    for name, value in instance.env.items():
        monkeypatch.setenv(name, value)
    yield
    instance.heal()


Told = tuple[dict[str, Any], str]
Asks = Callable[..., Told]


@pytest.fixture
def asks(capsys: pytest.CaptureFixture[str]) -> Asks:
    """The report of one of our commands, and what it says beside that."""

    def asked(*words: str) -> Told:
        main(list(words))
        out, err = capsys.readouterr()
        assert out, err[-3000:]
        found: dict[str, Any] = json.loads(out)
        return found, err

    return asked


@dataclass(frozen=True)
class Through:
    """One door, and a fault that is seen and mended through it."""

    door: str
    code: str
    mends: str
    breaks: str
    says: str
    """What is said when it opens."""
    user: str = "root"


WORLDS = (
    Through("eic", "auth.authorized-keys-permissions", "fix-authorized-keys-permissions", "chmod 777 /home/dana",
            "a temporary key was put on"),
    Through("eice", "auth.authorized-keys-missing", "install-my-key", "rm /home/dana/.ssh/authorized_keys",
            "a tunnel through the Instance Connect Endpoint"),
    Through("ssm", "auth.account-locked", "unlock-account", "usermod -p '!' dana", "a session with the agent on"),
    Through("ssm-shell", "server.host-keys-unusable", "create-host-keys",
            f"chmod 644 /etc/ssh/ssh_host_*_key; {STOP}", "without ssh", ""),
)  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.door) for row in WORLDS])
def test_named_mended_proved_and_undone_later(instance: Instance, row: Through, asks: Asks) -> None:
    """Undone by a process of its own, which has nothing but the session's file."""
    instance.server.sh(row.breaks)
    assert not instance.lets_in(row.door)
    way = ("--via", row.door, *(("--as", row.user) if row.user else ()), *instance.config(row.door))
    told, said = asks("inside", "--json", "--fix", "--yes=confirm", "--type", instance.id, *way)
    assert row.says in said
    assert (told["outcome"], [one["id"] for one in told["fixed"]]) == ("healthy", [row.mends]), said[-4000:]
    assert (told["fixed"][0]["cause"], told["fixed"][0]["proved"]) == (row.code, True)
    assert instance.lets_in(row.door)
    if row.door == "eic":
        refused = instance.product("undo")
        assert (refused.code, "the door was not opened" in refused.err.decode()) == (1, True), refused.text
    if row.door == "eice":
        terminal = Terminal([sys.executable, "-m", "sshwizard", "undo"], instance.env, owns=True)
        try:
            terminal.until("Open it? [y/N]", 25)
            terminal.press("y\n")
            terminal.until("Undone.", 25)
        finally:
            terminal.close()
    else:
        undone = instance.product("undo", "--yes=confirm")
        assert undone.code == 0, undone.text
    assert instance.server.sh("ls /var/lib/sshwizard") == ""
    assert not instance.lets_in(row.door)


def test_the_best_door_is_named_and_opened_only_when_it_may_be(instance: Instance, asks: Asks) -> None:
    instance.server.sh("chmod 777 /home/dana")
    told, said = asks("diagnose", "--json", "--inside", *instance.config(""))
    assert "The best way in is A shell by Session Manager (ssm-shell)" in said
    assert "Not opened." in said
    assert told["findings"][0]["confidence"] == "likely"
    told, said = asks("diagnose", "--json", "--inside", "--yes=confirm", *instance.config(""))
    root = told["findings"][0]
    assert (root["cause"], root["confidence"]) == ("auth.authorized-keys-permissions", "certain"), said[-3000:]
    assert "/home/dana: mode 0777" in root["evidence"][0]["lines"][0]


async def test_what_may_change_nothing_opens_no_door() -> None:
    runner = Runner.live(typed.parse(["box"]), read_only=True)
    for door, why in (("eic", "this is read-only"), ("serial", "no way for a look inside")):
        with pytest.raises(Shut, match=why):
            async with runner.way_in(door):
                raise AssertionError("it opened")


async def test_a_repair_is_sent_to_the_agent(instance: Instance) -> None:
    """Run Command runs as root on the machine; nothing else leads in, since sshd is stopped."""
    instance.server.sh(STOP)
    runner = Runner.live(typed.parse(instance.config("")), store=Store.create("box"))
    try:
        await runner.walk()
        async with runner.way_in("ssm-shell") as way:
            seen = await runner.look_inside(way)
        assert seen.outcome == "server.sshd-not-running", seen
        await runner.apply("repair-through-ssm")
        assert (await runner.walk()).outcome == "healthy"
        assert "SendCommand" in {call["action"] for call in instance.aws.calls()}
    finally:
        await runner.close()


@pytest.mark.parametrize("door", ["eic", "ssm-shell"])
def test_a_wizard_that_is_killed_in_the_middle_leaves_nothing(instance: Instance, door: str) -> None:
    """The server itself takes back what was made through a door that is gone."""
    do, undo = "chmod 711 /home/dana; touch /run/reached; sleep 2", "chmod 755 /home/dana; rm -f /run/reached"
    effect = RemoteScript("abc", door, (), tuple(instance.config(door)), "true", do, undo, 2, login="root")
    command = [sys.executable, str(Path(__file__).with_name("door_row.py")), json.dumps(to_json(effect))]
    wizard = subprocess.Popen(
        [*command, *instance.config(door)], env=instance.env, cwd=instance.server.home, stdin=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_until(lambda: "reached" in instance.server.sh("ls /run"), "the change is made", 30)
    finally:
        for pid in (*descendants(wizard.pid), wizard.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wizard.wait(10)
    assert "711" in instance.server.sh("stat -c %a /home/dana")
    wait_until(lambda: "755" in instance.server.sh("stat -c %a /home/dana"), "the server took it back", 20)
    wait_until(lambda: instance.server.sh("ls /var/lib/sshwizard") == "", "the old state is gone", 5)
    if door == "ssm-shell":
        return
    told = instance.product("undo", "--yes=confirm")
    assert "A change was interrupted. It had not been made" in told.out.decode(), told.text


@pytest.mark.parametrize("door", ["ssm-shell", "eic"])
def test_an_old_package_is_updated_through_a_door_and_taken_back_later(
    instance: Instance, door: str, asks: Asks
) -> None:
    """ssh works; the way in is the door that was named, opened anew for each look and each change."""
    with_apt(instance.server)
    way = ("--via", door, *(("--as", "root") if door == "eic" else ()), *instance.config(door))
    told, said = asks("inside", "--json", "--updates", "--fix", "--yes=confirm", *way)
    assert told["mended"] == [{"title": f"{NAME}: {OLD} → {NEW}", "proved": True}], said[-4000:]
    assert installed(instance.server) == NEW
    undone = instance.product("undo", "--yes=confirm")
    assert (undone.code, installed(instance.server)) == (0, OLD), undone.text
