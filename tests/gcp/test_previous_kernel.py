"""The boot disk of a VM is lent to a helper and comes back; and there the kernel before is chosen, by one plan."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fixes.googleplans import stood
from gce import Shop, ask
from lent import MENU, OLD, Disk, needs_root
from live.keys import KeyRing
from live.sshd import Sshd, me

from sshwizard import effects
from sshwizard.commands import undo
from sshwizard.effects import Effect, Refused, apply_all, following
from sshwizard.effects.gcp import place
from sshwizard.events import Doing
from sshwizard.exits import Exit
from sshwizard.fixes import FIXES, Refusal
from sshwizard.fixes.oldkernel import ID
from sshwizard.journal import Journal
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp
from sshwizard.store import Store

from .test_machine_changes import Ended
from .test_rescue_gce import asked

VERBS = ["stop", "detachDisk", "attachDisk", "detachDisk", "attachDisk", "start"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr("sshwizard.fixes.oldkernel.BOOT", 0.0)
    place._ACCESS.clear()


def at(google: Gcp, *names: str) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Of each VM the state, and its disks with whether it boots from them."""
    zone = f"compute/v1/projects/{PROJECT}/zones/{ZONE}/instances"
    rows: list[dict[str, Any]] = [ask(google, f"{zone}/{name}")[1] for name in names]
    return [(row["status"], [(one["source"].rpartition("/")[2], one["boot"]) for one in row["disks"]]) for row in rows]


def verbs(google: Gcp) -> list[str]:
    """What was done."""
    return [call["path"].rpartition("/")[2] for call in google.calls() if call["mutating"] and not call.get("error")]


@pytest.fixture
def lend(google: Gcp) -> Effect:
    """The disk of web-1, to helper-1."""
    google.instance("web-1")
    google.instance("helper-1")
    plan = FIXES["guide-rescue-volume"].plan(stood("running", "helper-1"))
    assert not isinstance(plan, Refusal), plan
    (effect,) = plan
    return effect


def test_the_disk_is_lent_and_comes_back(google: Gcp, lend: Effect) -> None:
    before = at(google, "web-1", "helper-1")
    back = apply_all((lend,))
    (web, disks), (helper, theirs) = at(google, "web-1", "helper-1")
    assert (web, disks, helper) == ("TERMINATED", [], "RUNNING")
    assert ("web-1", False) in theirs
    with pytest.raises(Refused, match="the disk web-1 is not on web-1"):
        lend.check()
    assert "unmount it on the helper" in " ".join(lend.preview())
    assert "attach-disk web-1 --disk=web-1 --device-name=web-1 --boot" in " ".join(back[0].typed(()))
    apply_all(back)
    assert at(google, "web-1", "helper-1") == before
    with pytest.raises(Refused, match="web-1 runs with its boot disk"):
        apply_all(back)
    assert effects.from_json(effects.to_json(back[0])) == back[0]


def test_whatever_ends_it_in_the_middle_the_vm_runs_with_its_disk(google: Gcp, lend: Effect) -> None:
    before = at(google, "web-1", "helper-1")
    google.fail("detachDisk")
    with pytest.raises(Refused):
        apply_all((lend,))
    google.heal()
    assert at(google, "web-1", "helper-1") == before
    google.pace(settle=0.2)
    for word in ("stop web-1", "is taken from web-1"):
        stop = Ended(word)
        with following.followed(stop.hear, stop), pytest.raises(Refused, match="you ended the waiting"):
            apply_all((lend,))
        assert at(google, "web-1", "helper-1") == before


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_crash_between_the_steps_is_settled(google: Gcp, lend: Any, steps: int) -> None:
    before = at(google, "web-1", "helper-1")
    lend.rest()
    if steps:
        lend.take("web-1", lend.row())
    if steps > 1:
        lend.put("helper-1", "web-1", boot=False)
    (said,) = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None).settle(
        (Doing("x", lend, lend.inverse(), "2026-01-02"),)
    )
    assert "was taken back" in said
    assert at(google, "web-1", "helper-1") == before


def test_a_helper_has_to_run_and_the_rights_to_be_there(google: Gcp, lend: Effect) -> None:
    google.deny("compute.instances.detachDisk")
    with pytest.raises(Refused, match=r"compute\.instances\.detachDisk"):
        lend.check()
    google.heal()
    google.instance("helper-1", status="TERMINATED")
    with pytest.raises(Refused, match="the helper helper-1 in europe-west1-b is TERMINATED, not RUNNING"):
        lend.check()
    for answer in ("", "web-1", "-rf", "Two words"):
        assert isinstance(FIXES["guide-rescue-volume"].plan(stood("running", answer)), Refusal)
    assert verbs(google) == []


# ------------------------------------------------------------------ and mended there


class Helper:
    """A second VM, which has the disk, and an sshd of its own."""

    def __init__(self, shop: Shop, place_: Path) -> None:
        (place_ / "keys").mkdir()
        self.google, self.disk, keys = shop.google, Disk(place_ / "lent", bound=True), KeyRing(place_ / "keys")
        shop.google.instance("helper-1")
        self.disk.serial(at(shop.google, "lab-web")[0][1][0][0])
        self.sshd = Sshd(place_ / "helper", keys, "host")
        self.sshd.authorize("mine")
        self.sshd.start(f"ForceCommand {self.disk.enter}")
        key, known = place_ / "key", place_ / "known"
        key.write_bytes(keys.private("mine"))
        key.chmod(0o600)
        known.write_text(self.sshd.known_hosts_line() + "\n")
        config = shop.bench.root / "config"
        config.write_text(f"Host helper\n  HostName 127.0.0.1\n  Port {self.sshd.port}\n  User {me()}\n"
                          f"  IdentityFile {key}\n  UserKnownHostsFile {known}\n{config.read_text()}")  # fmt: skip


@pytest.mark.skipif("sys.platform != 'linux'", reason="127.78.0.0/16 exists on Linux only")
@needs_root
@pytest.mark.requires("ssh", "ssh-keygen", "sshd", "busybox", "netns", "flock", "lsblk")
async def test_the_older_kernel_is_chosen_on_the_helper_and_taken_back(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.build("sshd-typo")
    helper = Helper(shop, tmp_path)
    try:
        before, disks = helper.disk.files(), at(shop.google, "lab-web", "helper-1")
        words = ("--do", ID, "--with", "helper-1 helper", "--type", "lab-web")
        await asked(shop, *words)
        told = capsys.readouterr().err
        assert f"the next boot takes {OLD}" in told
        assert verbs(shop.google) == VERBS
        assert at(shop.google, "lab-web", "helper-1") == disks
        assert f'set default="{MENU}>gnulinux-{OLD}-advanced-uuid"' in helper.disk.text("boot/grub/grub.cfg")
        assert await asyncio.to_thread(undo.main, []) == Exit.WORKS
        assert verbs(shop.google) == VERBS * 2
        assert (helper.disk.files(), helper.disk.left(), helper.disk.mounted()) == (before, [], False)
        assert shop.google.gaps() == {}
    finally:
        helper.sshd.stop()
        helper.disk.close()
