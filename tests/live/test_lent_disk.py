"""A lent disk is mended over ssh on a machine that has it: told as it goes, ended in the middle, killed, taken back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lent import NEW, OLD, Disk, needs_root

from sshwizard import cli
from sshwizard.effects import Effect, LongScript, Ready, Refused, apply_all, to_json
from sshwizard.effects.following import followed
from sshwizard.fixes import FIXES, Refusal, lentdisk
from sshwizard.fixes.fix import Situation
from sshwizard.fixes.oldkernel import ID
from sshwizard.model import Fact, Target
from sshwizard.probes.scene import Leg

from .ports import free_port
from .sshd import wait_until
from .world import SshdWorld

pytestmark = [needs_root, pytest.mark.requires("sshd", "busybox", "mke2fs", "netns", "flock", "lsblk")]


@pytest.fixture
def disk(world: SshdWorld, tmp_path: Path) -> Iterator[Disk]:
    """The helper is our sshd: whoever logs in comes into the machine that has the disk."""
    found = Disk(tmp_path / "lent")
    world.server.start(f"ForceCommand {found.enter}")
    yield found
    found.close()


def plan(world: SshdWorld, disk: Disk) -> tuple[Effect, ...]:
    args = ("-F", str(world.config_file), "web-1")
    says = f"the console says: it ended (the kernel of this boot: {NEW})"
    at = Situation(Target("web-1", args), Leg("web-1"), {}, Fact("panic", says), "/dev/sdx box")
    found = FIXES[ID].plan(at)
    assert not isinstance(found, Refusal), found
    ready, script = found
    assert isinstance(script, LongScript)
    guard, undo = (text.replace("/dev/sdx", disk.name) for text in (script.guard, script.undo))
    return ready, replace(script, guard=guard, undo=undo)


def test_it_is_told_as_it_goes_and_taken_back(world: SshdWorld, disk: Disk) -> None:
    before, told = disk.files(), list[str]()
    ready, script = plan(world, disk)
    with followed(told.append, threading.Event()):
        back = apply_all((ready, script))
    assert f"kernels on the disk: {OLD} {NEW}" in told
    assert f"update-initramfs makes the start image of {OLD}" in told
    assert told[-1].startswith(f"the next boot takes {OLD}, with ")
    assert disk.calls() == [f"update-initramfs -u -k {OLD}", "update-grub"]
    assert not disk.mounted()
    apply_all(back)
    assert (disk.files(), disk.left(), disk.mounted()) == (before, [], False)


def test_who_ends_the_waiting_ends_the_script_and_a_second_run_works(world: SshdWorld, tmp_path: Path) -> None:
    disk, stop, told = Disk(tmp_path / "slow", "debian", "slow", bound=True), threading.Event(), list[str]()
    world.server.start(f"ForceCommand {disk.enter}")
    before = disk.files()
    _, script = plan(world, disk)

    def tell(says: str) -> None:
        told.append(says)
        if "makes the start image" in says:
            stop.set()

    with followed(tell, stop), pytest.raises(Refused, match="you ended the waiting; what it had begun was taken back"):
        apply_all((script,))
    assert (disk.files(), disk.left(), disk.mounted()) == (before, [], False)
    (disk.root / "slow").unlink()
    apply_all(apply_all((script,)))
    assert (disk.files(), disk.left()) == (before, [])


def test_a_wizard_that_is_killed_leaves_the_disk_as_it_was(world: SshdWorld, tmp_path: Path) -> None:
    """SIGKILL here: the script on the helper hears that nobody waits, ends, and takes back."""
    disk = Disk(tmp_path / "slow", "debian", "slow")
    try:
        world.server.start(f"ForceCommand {disk.enter}")
        before = disk.files()
        _, script = plan(world, disk)
        text = "import json, sys, threading; from sshwizard.effects import from_json; from sshwizard.effects.following "
        text += "import followed; e = from_json(json.loads(sys.argv[1]))\n"
        text += "with followed(lambda s: print(s, flush=True), threading.Event()): e.apply()"
        wizard = subprocess.Popen([sys.executable, "-c", text, json.dumps(to_json(script))], stdout=subprocess.PIPE,
                                  text=True, env=world.env())  # fmt: skip
        guard = threading.Timer(30, wizard.kill)
        guard.start()
        try:
            assert wizard.stdout is not None
            assert any("makes the start image" in line for line in wizard.stdout)
            assert disk.mounted()
            wizard.send_signal(signal.SIGKILL)
        finally:
            guard.cancel()
            wizard.kill()
            wizard.wait(10)
            wizard.stdout.close()  # type: ignore[union-attr]
        wait_until(lambda: not disk.mounted() and disk.left() == [], "nothing of it is left on the helper")
        assert disk.files() == before
    finally:
        disk.close()


def test_a_login_that_breaks_is_followed_by_one_that_takes_back(world: SshdWorld, tmp_path: Path) -> None:
    """The connection ends in the middle; the disk is not moved while the script may still have it."""
    disk = Disk(tmp_path / "slow", "debian", "slow", bound=True)
    world.server.start(f"ForceCommand {disk.enter}")
    before = disk.files()
    _, script = plan(world, disk)

    def tell(says: str) -> None:
        if "makes the start image" in says:
            for one in world.server.sessions():
                os.kill(one, signal.SIGKILL)

    with followed(tell, threading.Event()), pytest.raises(Refused, match="the way in does not lead in"):
        apply_all((script,))
    assert (disk.files(), disk.left(), disk.mounted()) == (before, [], False)


@pytest.mark.skipif("not __import__('lent').loops()")
def test_a_disk_that_a_machine_has_needs_no_account(
    world: SshdWorld, disk: Disk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a server of any kind: the command mends the disk, and undo takes it back."""
    for name, value in world.env().items():
        monkeypatch.setenv(name, value)
    world.config(after=f"Host web-1\n  HostName 127.0.0.1\n  Port {free_port()}\n")
    words = ("rescue", "-F", str(world.config_file), "web-1", "--do", ID, "--with", f"{disk.name} box not={NEW}")
    before = disk.files()
    assert cli.main([*words, "--dry-run"]) == 0, capsys.readouterr()
    assert f"have the disk boot the kernel before {NEW}" in capsys.readouterr().err
    monkeypatch.setattr("sshwizard.fixes.oldkernel.BOOT", 0.0)
    assert cli.main([*words, "--type", "web-1"]) == 1
    assert f"the next boot takes {OLD}" in capsys.readouterr().err
    assert cli.main(["undo"]) == 0, capsys.readouterr()
    assert (disk.files(), disk.left(), disk.mounted()) == (before, [], False)


@pytest.mark.parametrize("way", ["nobody", "box"])
def test_a_helper_without_root_is_told_before_anything_is_stopped(world: SshdWorld, disk: Disk, way: str) -> None:
    """An account that sudo lets do nothing; and a machine that does not have the disk."""
    before = disk.files()
    ready, script = plan(world, disk)
    if way == "nobody":
        world.server.start('ForceCommand setpriv --reuid 65534 --clear-groups sh -c "$SSH_ORIGINAL_COMMAND"')
        says = "root is needed on the helper|the helper says: .*sudo"
        for one in (ready, script):
            with pytest.raises(Refused, match=says):
                one.check()
    else:
        assert isinstance(script, LongScript)
        guard = lentdisk.guard(lentdisk.Place("", ("/dev/none",))).replace("$n = 30", "$n = 0")
        ready.check()
        with pytest.raises(Refused, match="the helper does not have the disk; nothing was changed"):
            apply_all((ready, replace(script, guard=guard)))
    assert (disk.files(), disk.left()) == (before, [])


def test_a_helper_that_lacks_a_tool_is_told(world: SshdWorld) -> None:
    target = ("-F", str(world.config_file), "box")
    with pytest.raises(Refused, match="the helper has no lsblk-of-tomorrow; nothing was changed"):
        Ready(target, lentdisk.ready().replace("lsblk", "lsblk-of-tomorrow")).check()
    Ready(target, lentdisk.ready()).check()
