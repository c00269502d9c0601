"""What is done with a VM and its disks, against the practice Google Cloud over HTTP: made, proved, taken back, ended in
the middle, left by a crash."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from fixes.googleplans import stood
from gce import VM, ask

from sshwizard import paths
from sshwizard.effects import Effect, Refused, apply_all, following, from_json, to_json
from sshwizard.effects.gcp import KeepDisk, Make, PowerVm, RecreateVm, StopStartVm, place
from sshwizard.fixes import FIXES, Refusal
from sshwizard.journal import Journal
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp
from sshwizard.store import Store

AT = (PROJECT, ZONE, "web-1")
ZONAL = f"compute/v1/projects/{PROJECT}/zones/{ZONE}"


@pytest.fixture(autouse=True)
def _web(monkeypatch: pytest.MonkeyPatch, google: Gcp, tmp_path: Path) -> None:
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr(paths, "backups_dir", lambda: tmp_path)
    place._ACCESS.clear()
    google.instance("web-1", tags=["web"], metadata={"ssh-keys": "robin:ssh-ed25519 AAAA"})


def vm(google: Gcp, name: str = "web-1") -> dict[str, Any]:
    return ask(google, f"{VM}/{name}")[1]


def planned(google: Gcp, id_: str, answer: str = "", **more: Any) -> tuple[Effect, ...]:
    """As a fix for a finding about web-1 plans it."""
    plan = FIXES[id_].plan(stood("running", answer, **{"number": vm(google)["id"], **more}))
    assert not isinstance(plan, Refusal), plan
    assert tuple(from_json(to_json(one)) for one in plan) == plan
    assert all(one.preview() and one.typed(()) for one in plan)
    return plan


def made(plan: tuple[Effect, ...]) -> tuple[Effect, ...]:
    inverses = apply_all(plan)
    return tuple(from_json(to_json(one)) for one in inverses)


def names(google: Gcp, kind: str, scope: str = "global") -> list[str]:
    told = ask(google, f"compute/v1/projects/{PROJECT}/{scope}/{kind}")[1]
    return sorted(one["name"] for one in told.get("items") or ())


def test_a_reset_and_a_move_to_other_hardware(google: Gcp) -> None:
    (reset,) = planned(google, "reboot-instance")
    assert not reset.undoable
    made((reset,))
    before = vm(google)
    (moved,) = planned(
        google, "stop-start-instance", public=before["networkInterfaces"][0]["accessConfigs"][0]["natIP"]
    )
    assert "external address" in " ".join(moved.preview())
    assert made((moved,)) == ()
    after = vm(google)
    assert after["status"] == "RUNNING"
    assert after["lastStartTimestamp"] > before["lastStartTimestamp"]
    done = [
        call["path"].rpartition("/")[2]
        for call in google.calls()
        if call["mutating"] and "operations" not in call["path"]
    ]
    assert done == ["reset", "stop", "start"]


def test_of_a_group_the_group_stops_and_starts_it(google: Gcp) -> None:
    google.project(groups={"shop": ["web-1"]})
    made(planned(google, "stop-start-instance", group="shop"))
    assert vm(google)["status"] == "RUNNING"
    done = [call["name"] for call in google.calls() if "instanceGroupManagers" in call["path"]]
    assert done == ["compute.instanceGroupManagers.stopInstances", "compute.instanceGroupManagers.startInstances"]


class Ended(threading.Event):
    """Set by the person once a line of progress holds a word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word, self.told = word, list[str]()

    def hear(self, says: str) -> None:
        self.told.append(says)
        if self.word in says:
            self.set()


def test_who_ends_the_waiting_in_a_stop_finds_it_running(google: Gcp) -> None:
    google.pace(settle=0.2)
    stop = Ended("stop web-1")
    with following.followed(stop.hear, stop), pytest.raises(Refused, match="you ended the waiting"):
        StopStartVm(*AT).apply()
    assert vm(google)["status"] == "RUNNING"


def test_a_crash_between_stop_and_start_is_settled(google: Gcp) -> None:
    effect = StopStartVm(*AT)
    back = effect.inverse()
    PowerVm(*AT, "stop").apply()
    assert Journal(None, read_only=False, noted=lambda doing: None) is not None
    back.check()
    back.apply()
    assert vm(google)["status"] == "RUNNING"
    with pytest.raises(Refused, match="RUNNING"):
        back.check()


def test_a_snapshot_is_made_and_deleted(google: Gcp) -> None:
    plan = planned(google, "snapshot-root-volume")
    back = made(plan)
    assert names(google, "snapshots") == [plan[0].name]  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="already"):
        plan[0].check()
    made(back)
    assert names(google, "snapshots") == []
    with pytest.raises(Refused, match="no longer"):
        back[0].check()


def test_somebody_else_s_snapshot_of_that_name_stays(google: Gcp) -> None:
    (effect,) = planned(google, "snapshot-root-volume")
    back = effect.inverse()
    google.project(snapshots={effect.name: {"name": effect.name, "description": "ours"}})  # type: ignore[attr-defined]
    assert back is not None
    with pytest.raises(Refused, match="no longer the one"):
        back.apply()


def test_a_snapshot_that_is_ended_in_the_middle_is_deleted(google: Gcp) -> None:
    google.pace(settle=0.2)
    plan, stop = planned(google, "snapshot-root-volume"), Ended("running")
    with following.followed(stop.hear, stop), pytest.raises(Refused, match="ended the waiting"):
        apply_all(plan)
    assert names(google, "snapshots") == []
    assert any("%" in line for line in stop.told)


def test_what_google_does_not_make_is_told_and_leaves_nothing(google: Gcp) -> None:
    google.fail("insert", "QUOTA_EXCEEDED")
    with pytest.raises(Refused, match="QUOTA"):
        made(planned(google, "guide-debug-clone"))
    google.heal()
    assert names(google, "snapshots") == []


def test_without_the_right_nothing_is_begun(google: Gcp) -> None:
    google.deny("compute.snapshots.create")
    with pytest.raises(Refused, match=r"compute\.snapshots\.create"):
        made(planned(google, "snapshot-root-volume"))
    google.heal()
    google.deny("compute.instances.reset")
    with pytest.raises(Refused, match=r"compute\.instances\.reset"):
        made(planned(google, "reboot-instance"))


def test_a_disk_grows_and_the_vm_boots(google: Gcp) -> None:
    grown, reset = planned(google, "grow-volume")
    assert not grown.undoable
    assert "cannot be shrunk" in grown.preview()[0]
    made((grown, reset))
    assert vm(google)["disks"][0]["diskSizeGb"] == "20"
    with pytest.raises(Refused, match="20 GB by now"):
        grown.check()
    for answer in ("5", "10", "a lot", "99999999"):
        assert isinstance(FIXES["grow-volume"].plan(stood("running", answer)), Refusal)


def snapshot(google: Gcp, name: str) -> None:
    link = f"projects/{PROJECT}/zones/{ZONE}/disks/web-1"
    made((Make(PROJECT, "snapshots", "global", json.dumps({"name": name, "sourceDisk": link, "description": "d"})),))


def test_it_boots_from_its_snapshot_and_from_its_old_disk_again(google: Gcp) -> None:
    snapshot(google, "nightly-1")
    back = made(planned(google, "guide-restore-snapshot"))
    now = vm(google)
    assert now["status"] == "RUNNING"
    assert now["disks"][0]["source"].endswith("/web-1-restored-0a1b2c3d")
    assert names(google, "disks", f"zones/{ZONE}") == ["web-1", "web-1-restored-0a1b2c3d"]
    made(back)
    now = vm(google)
    assert (now["status"], now["disks"][0]["source"].rpartition("/")[2]) == ("RUNNING", "web-1")
    assert names(google, "disks", f"zones/{ZONE}") == ["web-1"]


def test_a_disk_that_cannot_be_put_on_leaves_the_old_one(google: Gcp) -> None:
    snapshot(google, "nightly-1")
    google.fail("attachDisk")
    with pytest.raises(Refused):
        made(planned(google, "guide-restore-snapshot"))
    google.heal()
    assert names(google, "disks", f"zones/{ZONE}") == ["web-1"]


def test_a_copy_is_looked_at_in_a_network_that_only_iap_reaches(google: Gcp) -> None:
    plan = planned(google, "guide-debug-clone")
    back = made(plan)
    helper = vm(google, "web-1-look-0a1b2c3d")
    (nic,) = helper["networkInterfaces"]
    assert "accessConfigs" not in nic
    assert nic["network"].endswith("/web-1-look-0a1b2c3d")
    assert [disk["source"].rpartition("/")[2] for disk in helper["disks"]][1] == "web-1-look-0a1b2c3d"
    rules = [one for one in ask(google, f"compute/v1/projects/{PROJECT}/global/firewalls")[1]["items"]
             if one["network"] == nic["network"]]  # fmt: skip
    assert [one["sourceRanges"] for one in rules] == [["35.235.240.0/20"]]
    assert vm(google)["lastStartTimestamp"] == vm(google)["creationTimestamp"] or vm(google)["status"] == "RUNNING"
    assert "--tunnel-through-iap" in " ".join(plan[-1].preview())
    made(back)
    assert names(google, "instances", f"zones/{ZONE}") == ["web-1"]
    assert names(google, "disks", f"zones/{ZONE}") == ["web-1"]
    assert names(google, "networks") == ["default"]
    assert names(google, "snapshots") == []


def test_it_is_made_again_with_all_it_had(google: Gcp) -> None:
    plan = planned(google, "guide-recreate-vm")
    kinds = [type(one).__name__ for one in plan]
    assert kinds == ["Make", "KeepDisk", "RecreateVm"]
    before = vm(google)
    made(plan)
    after = vm(google)
    for key in ("name", "tags", "machineType", "metadata"):
        assert after[key] == before[key]
    assert after["networkInterfaces"][0]["networkIP"] == before["networkInterfaces"][0]["networkIP"]
    assert after["disks"][0]["source"] == before["disks"][0]["source"]
    assert after["creationTimestamp"] > before["creationTimestamp"]
    assert len(names(google, "snapshots")) == 1


def test_a_disk_that_would_go_with_the_vm_bars_it(google: Gcp) -> None:
    effect = RecreateVm(*AT, vm(google)["id"], False)
    with pytest.raises(Refused, match="would be deleted with the VM"):
        effect.check()
    KeepDisk(*AT, "web-1", True).apply()
    effect.check()
    for more, why in (({"scratch": 1}, "SSD"), ({"protected": True}, "protected"), ({"group": "shop"}, "group shop")):
        plan = FIXES["guide-recreate-vm"].plan(stood("running", **more))
        assert isinstance(plan, Refusal)
        assert why in plan.why


def test_a_crash_after_the_deletion_makes_it_again(google: Gcp) -> None:
    KeepDisk(*AT, "web-1", True).apply()
    back = from_json(to_json(RecreateVm(*AT, vm(google)["id"], False).inverse()))
    with pytest.raises(Refused, match="there is a VM"):
        back.check()
    ask(google, f"{VM}/web-1", method="DELETE")
    following.follow("gone", lambda: (ask(google, f"{VM}/web-1")[0] == 404, ""), 10, 0.01)
    back.check()
    back.apply()
    assert vm(google)["status"] == "RUNNING"
    assert vm(google)["metadata"]["items"][0]["key"] == "ssh-keys"


@pytest.mark.parametrize(
    ("id_", "more", "why"),
    [
        ("reboot-instance", {"status": "TERMINATED"}, "not RUNNING"),
        ("stop-start-instance", {"scratch": 1}, "SSD"),
        ("stop-start-instance", {"regional": True}, "regional"),
        ("guide-restore-snapshot", {"snapshot": ""}, "no snapshot"),
        ("guide-restore-snapshot", {"snapshot": None}, r"compute.snapshots.list"),
        ("snapshot-root-volume", {"disk": ""}, "not known"),
        ("grow-volume", {"disk_gb": None}, "not known"),
    ],
)
def test_what_cannot_be_done_says_why(id_: str, more: dict[str, Any], why: str) -> None:
    plan = FIXES[id_].plan(stood("running", **more))
    assert isinstance(plan, Refusal)
    assert why in plan.why


def test_the_journal_has_each_step_before_it_is_made(google: Gcp) -> None:
    kept = Store.create("web-1")
    journal = Journal(kept, read_only=False, noted=lambda doing: None)
    journal.change("guide-recreate-vm", planned(google, "guide-recreate-vm"))
    rows = [json.loads(line) for line in kept.path.read_text().splitlines()]
    assert len(rows) == 3
    assert "ssh-ed25519" not in kept.path.read_text()
