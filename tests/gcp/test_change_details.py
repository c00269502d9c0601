"""The edges of changes in a project: whose rule it is, how an operation ends, who was faster, what is never done."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from gce import VM, ask

from sshwizard.effects import Refused
from sshwizard.effects.gcp import (
    AllowInFirewall,
    EditKeys,
    ExtendKey,
    ImportKey,
    PowerVm,
    PutScriptBack,
    RemoveKey,
    RescueScript,
    ResetAndWatch,
    SetValue,
    metadata,
    place,
    power,
    rescue,
)
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp

from .test_changes import AT, LINE, ME, MINE, OTHER, THEIRS, WHOLE, keys, made, now

NETWORK = f"projects/{PROJECT}/global/networks/default"
RULE = AllowInFirewall(PROJECT, NETWORK, "ssh-in", 22, "86.14.201.7/32", 1000, "web", "", "for kim")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, google: Gcp) -> None:
    monkeypatch.setattr(metadata, "SETTLE", 0)
    monkeypatch.setattr(place, "PAUSE", 0.01)
    monkeypatch.setattr(rescue, "EVERY", 0.05)
    place._ACCESS.clear()
    google.instance("web-1", tags=["web"], metadata={"ssh-keys": f"{THEIRS}\n"})


def mutating(google: Gcp) -> list[str]:
    return [str(call) for call in google.calls() if call["mutating"]]


# ------------------------------------------------------------------ a firewall rule


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        (RULE, {"targetTags": ["web"]}),
        (replace(RULE, tag="", account="me@x.iam.gserviceaccount.com"),
         {"targetServiceAccounts": ["me@x.iam.gserviceaccount.com"]}),
        (replace(RULE, tag=""), {}),
    ],
    ids=["a tag", "an account", "all"],
)  # fmt: skip
def test_a_rule_lets_in_one_source_to_one_port_of_the_vms_it_names(
    google: Gcp, rule: AllowInFirewall, target: dict[str, list[str]]
) -> None:
    back = made(rule)
    row = dict(rule.standing() or {})
    assert row["network"].endswith(NETWORK)
    fields = ("name", "direction", "priority", "sourceRanges", "allowed", "description")
    assert {key: row.get(key) for key in fields} == {
        "name": "ssh-in", "direction": "INGRESS", "priority": 1000, "sourceRanges": ["86.14.201.7/32"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}], "description": "for kim",
    }  # fmt: skip
    assert {key: row[key] for key in ("targetTags", "targetServiceAccounts") if row.get(key)} == target
    assert back is not None
    assert back.inverse() == rule
    made(back)
    assert rule.standing() is None


@pytest.mark.parametrize(
    "other",
    [{"disabled": True}, {"network": "projects/other/global/networks/default"}, {"priority": 999}, {"name": "x"},
     {"sourceRanges": ["0.0.0.0/0"]}, {"targetTags": ["web", "db"]}, {"allowed": [{"IPProtocol": "tcp"}]},
     {"description": "ours"}, {"direction": "EGRESS"}, {"network": None}],
    ids=str,
)  # fmt: skip
def test_a_rule_is_ours_only_as_it_was_written(other: dict[str, Any]) -> None:
    row = {**RULE.body, "network": f"https://www.googleapis.com/compute/v1/{NETWORK}"}
    assert RULE.is_mine(row)
    assert not RULE.is_mine({**row, **other})


def test_a_rule_of_another_name_is_another(google: Gcp) -> None:
    made(RULE)
    assert replace(RULE, name="ssh-in-2").standing() is None
    assert (replace(RULE, name="ssh-in").standing() or {})["name"] == "ssh-in"


@pytest.mark.parametrize("lacking", ["compute.firewalls.create", "compute.networks.updatePolicy"])
def test_the_right_that_is_lacking_is_named_and_no_other(google: Gcp, lacking: str) -> None:
    google.deny(lacking)
    with pytest.raises(Refused) as refused:
        RULE.check()
    assert str(refused.value) == f"you may not make a firewall rule in {PROJECT}: {lacking}"
    assert mutating(google) == []


# ------------------------------------------------------------------ an operation


def test_an_operation_that_may_not_be_watched_counts_as_begun(google: Gcp) -> None:
    google.deny("compute.zoneOperations.get", "compute.globalOperations.get")
    EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()
    EditKeys(*WHOLE, "ssh-keys", ((-1, LINE),)).apply()
    end = time.monotonic() + 5
    while LINE not in now(google)["ssh-keys"] and time.monotonic() < end:
        time.sleep(0.01)
    assert LINE in now(google)["ssh-keys"]


def test_an_operation_that_does_not_end_is_told(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "LIMIT", 0.05)
    google.pace(settle=20)
    try:
        with pytest.raises(Refused, match=r"^stop web-1 did not end within .* Now web-1 is STOPPING; "):
            PowerVm(PROJECT, ZONE, "web-1", "stop").apply()
    finally:
        google.pace()


def test_an_operation_is_over_when_it_says_so() -> None:
    for over in ({}, {"name": "", "status": "RUNNING"}, {"name": "o", "status": "DONE"},
                 {"name": "o", "status": "DONE", "error": {"errors": []}}):  # fmt: skip
        place.follow(over, PROJECT)
    for error, says in (
        ({"code": "QUOTA"}, "QUOTA"),
        ({"code": "Q", "message": "too many " + "x y " * 99}, "too many"),
    ):
        with pytest.raises(Refused) as refused:
            place.follow({"name": "o", "status": "DONE", "error": {"errors": [error]}}, PROJECT)
        assert str(refused.value).startswith(says)
        assert len(str(refused.value)) == min(240, len(error.get("message", "QUOTA")))


def test_credentials_that_were_refused_are_asked_for_again(google: Gcp) -> None:
    google.expire()
    with pytest.raises(Refused):
        RULE.check()
    assert place._ACCESS == []
    google.reset()
    RULE.check()
    kept = list(place._ACCESS)
    google.deny("compute.firewalls.list")
    with pytest.raises(Refused):
        RULE.check()
    assert kept == place._ACCESS


# ------------------------------------------------------------------ metadata


def test_who_is_always_slower_writes_nothing(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    ours = EditKeys.changed

    def late(self: EditKeys, values: dict[str, str]) -> dict[str, str]:
        tries.append(len(tries))
        google.instance("web-1", metadata={"ssh-keys": f"{THEIRS}\n", "count": str(len(tries))})
        return ours(self, values)

    monkeypatch.setattr(EditKeys, "changed", late)
    with pytest.raises(Refused, match="somebody else keeps changing these metadata; nothing was changed"):
        EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()
    assert len(tries) == 4
    assert LINE not in now(google)["ssh-keys"]


def test_what_stands_there_already_is_not_written_again(google: Gcp) -> None:
    google.instance("web-1", metadata={"ssh-keys": LINE, "a": "1"})
    EditKeys(*AT, "ssh-keys", ((-1, LINE),)).apply()
    SetValue(*AT, "a", "1", None).apply()
    assert mutating(google) == []


def test_every_other_value_of_a_vm_and_of_the_project_stays(google: Gcp) -> None:
    for at, name in ((AT, "web-1"), (WHOLE, "")):
        made(SetValue(*at, "first", "1", None))
        back = made(EditKeys(*at, "ssh-keys", ((-1, LINE),)))
        assert now(google, name)["first"] == "1"
        assert back is not None
        made(back)
        assert now(google, name)["first"] == "1"


def test_a_rescue_that_was_not_begun_is_not_ended(google: Gcp) -> None:
    script = "#!/bin/sh\necho through\n"
    with pytest.raises(Refused, match="is not the rescue any more"):
        PutScriptBack(*AT, "startup-script", script).apply()
    RescueScript(*AT, "startup-script", script).apply()
    assert now(google)["ssh-keys"] == f"{THEIRS}\n"
    PutScriptBack(*AT, "startup-script", script).apply()
    assert now(google) == {"ssh-keys": f"{THEIRS}\n"}


def test_only_what_is_said_after_the_reset_counts(google: Gcp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of an earlier boot stand on the console, too."""
    monkeypatch.setattr(rescue, "PATIENCE", 0.15)
    google.instance("web-1", serial={1: "old boot\nthrough 7\n"})
    with pytest.raises(Refused, match="the startup script did not say that it is through"):
        ResetAndWatch(*AT, "through 7").apply()
    assert "compute.instances.reset" in mutating(google)[-1]


# ------------------------------------------------------------------ keys of a profile


def test_a_key_goes_in_once_and_only_its_own_comes_out(google: Gcp) -> None:
    google.profile({OTHER: 0})
    effect = ImportKey(PROJECT, ME, MINE, "")
    back = made(effect)
    with pytest.raises(Refused, match="the profile holds this key already"):
        effect.check()
    assert back == RemoveKey(PROJECT, ME, MINE, "")
    assert back.inverse() == effect
    made(back)
    assert [one["key"].split()[1] for one in keys(google)] == [OTHER.split()[1]]
    for gone in (back, ExtendKey(PROJECT, ME, MINE, "")):
        for act in (gone.check, gone.apply):
            with pytest.raises(Refused, match=f"the OS Login profile of {ME} does not hold this key any more"):
                act()


def test_a_key_that_is_extended_for_good_and_back(google: Gcp) -> None:
    google.profile({MINE: 1})
    back = made(ExtendKey(PROJECT, ME, MINE, "", "1"))
    assert [one.get("expirationTimeUsec", "0") for one in keys(google)] == ["0"]
    assert back == ExtendKey(PROJECT, ME, MINE, "1", "")


# ------------------------------------------------------------------ power


@pytest.mark.parametrize(
    ("status", "verb", "after"),
    [("RUNNING", "stop", "TERMINATED"), ("RUNNING", "suspend", "SUSPENDED"), ("RUNNING", "reset", "RUNNING")],
)
def test_a_vm_is_stopped_suspended_and_reset_only_while_it_runs(
    google: Gcp, monkeypatch: pytest.MonkeyPatch, status: str, verb: str, after: str
) -> None:
    google.instance("web-1", status=status)
    one = PowerVm(PROJECT, ZONE, "web-1", verb)  # type: ignore[arg-type]
    one.check()
    one.apply()
    assert ask(google, f"{VM}/web-1")[1]["status"] == after
    monkeypatch.setattr(power, "LIMIT", 0.05)
    google.instance("web-1", status="STOPPING")
    with pytest.raises(Refused, match=r"^web-1 did not end within .* it was: STOPPING$"):
        one.check()
    google.instance("web-1", status="TERMINATED")
    with pytest.raises(Refused, match=r"^web-1 is TERMINATED, not RUNNING$"):
        one.check()


def test_a_vm_that_is_neither_stopped_nor_terminated_is_not_started(google: Gcp) -> None:
    with pytest.raises(Refused, match=r"^web-1 is RUNNING, not TERMINATED or STOPPED$"):
        PowerVm(PROJECT, ZONE, "web-1", "start").check()


# ------------------------------------------------------------------ on the screen


@pytest.mark.parametrize(
    ("effect", "longest"),
    [
        (replace(RULE, note="x y " * 200), 300),
        (SetValue(*AT, "k", "x y " * 200, None), 300),
        (EditKeys(*AT, "ssh-keys", ((-1, "x y " * 200),)), 400),
        (RescueScript(*AT, "s", "x y " * 200), 300),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_row_of_a_preview_is_never_endless(effect: Any, longest: int) -> None:
    assert max(len(row) for row in effect.preview()) == longest
