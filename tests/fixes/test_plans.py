"""Every fix has a plan, previews it, and changes nothing unless it may; what it writes is what ssh then says."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sshwizard.effects import EditLines, Effect, Retarget
from sshwizard.fixes import FIXES, Refusal, Situation, httpproxy
from sshwizard.journal import CannotFix, Journal
from sshwizard.store import Store

from . import plans
from .plans import PLANS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of the situations are; puttygen and an agent seem to be there."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "puttygen").write_text("#!/bin/sh\nexit 1\n")
    (tools / "puttygen").chmod(0o755)
    httpproxy.installed.cache_clear()
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tools / "agent"))
    below = tmp_path / "ssh"
    below.mkdir(mode=0o755)
    return below


def planned(id_: str, place: Path) -> tuple[Effect, ...]:
    if id_ == "fix-key-owner" and Path("/proc/1/environ").stat().st_uid == 0:
        return ()  # root's, as everything of the person's is where root runs the tests
    plan = FIXES[id_].plan(PLANS[id_](place))
    if id_ == "reset-key-acl" and os.name != "nt":
        assert isinstance(plan, Refusal)
        return ()
    assert not isinstance(plan, Refusal), plan
    assert all(effect.preview() for effect in plan)
    return plan


def seen(place: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in (place, *place.rglob("*"))
    }


@pytest.mark.parametrize("id_", FIXES)
def test_read_only_refuses_every_change(id_: str, place: Path) -> None:
    """In the one place where anything is changed, before anything is written down."""
    plan = planned(id_, place)
    before, kept = seen(place), Store.create("box")
    journal = Journal(kept, read_only=True, noted=lambda doing: None)
    if not any(effect.changes for effect in plan):
        if not any(effect.terminal for effect in plan):
            journal.change(id_, plan)
    else:
        with pytest.raises(CannotFix, match="read-only"):
            journal.change(id_, plan)
    assert seen(place) == before
    assert kept.path.read_bytes() == b""


@pytest.mark.parametrize("id_", FIXES)
def test_without_a_session_nothing_is_changed(id_: str, place: Path) -> None:
    """What could not be taken back is not made."""
    plan = planned(id_, place)
    if not any(effect.changes for effect in plan):
        return
    before = seen(place)
    with pytest.raises(CannotFix, match=r"no session is kept|needs a terminal"):
        Journal(None, read_only=False, noted=lambda doing: None).change(id_, plan)
    assert seen(place) == before


def test_every_fix_has_a_situation() -> None:
    assert set(PLANS) == set(FIXES)


ROWS = {
    "edit-config-value": ("addressfamily", "any"),
    "write-host-block": ("port", "2222"),
    "update-config-address": ("hostname", "192.0.2.9"),
    "guide-use-hostname": ("hostname", "web-1.example.org"),
    "use-jump-host": ("proxyjump", "erin@hop.example:22"),
    "set-host-key-alias": ("hostkeyalias", "192.0.2.7"),
    "add-keepalive": ("serveraliveinterval", "60"),
    "shrink-key-exchange": ("ciphers", "aes128-ctr"),
}


@pytest.mark.parametrize("id_", ROWS)
def test_ssh_says_what_was_written(id_: str, place: Path) -> None:
    """Over the person's own value, which stands below."""
    own = f"Host box\n  AddressFamily inet6\n  Port 22\n  HostName 192.0.2.1\n  {ROWS[id_][0]} {ROWS[id_][1]}9\n"
    own = own if id_ not in {"edit-config-value", "shrink-key-exchange"} else own.rpartition("  ")[0].rstrip() + "\n"
    (place / "config").write_text(own)
    (effect,) = planned(id_, place)
    assert isinstance(effect, EditLines)
    effect.apply()
    shown = subprocess.run(
        ["ssh", "-G", "-F", str(place / "config"), "box"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    ).stdout.splitlines()
    assert " ".join(ROWS[id_]) in shown
    assert (place / "config").read_text().endswith(own)


@pytest.mark.parametrize(("family", "option"), [("inet", "-4"), ("inet6", "-6")])
def test_the_address_family_that_works_is_tried(family: str, option: str, place: Path) -> None:
    situation = plans.at(place, "other-family", family=family)
    (effect,) = planned_for("use-address-family", situation)
    assert effect == Retarget((option,), ())
    typed = plans.at(place, "other-family", "", "-6", family="inet")
    (effect,) = planned_for("use-address-family", typed)
    assert isinstance(effect, Retarget)
    assert effect.args == ("-4", *typed.target.args[1:])


def planned_for(id_: str, situation: Situation) -> tuple[Effect, ...]:
    plan = FIXES[id_].plan(situation)
    assert not isinstance(plan, Refusal), plan
    return plan


def test_a_name_takes_the_place_of_an_address_that_was_typed(place: Path) -> None:
    """Nothing is written: the session goes on with the name, and ssh itself proves it."""
    there = plans.at(place, "free-address", "web.example.org.")
    config = there.target.args[:-1]
    typed = replace(there, target=replace(there.target, args=(*config, "dana@192.0.2.7")))
    typed = replace(typed, leg=replace(typed.leg, name="192.0.2.7"))
    (effect,) = planned_for("guide-use-hostname", typed)
    assert effect == Retarget((), (), (*config, "dana@web.example.org"), typed.target.args)
    for wrong in ("", "192.0.2.8", "-oProxyCommand=x.y", "web..org", "web.org\nProxyCommand x"):
        assert isinstance(FIXES["guide-use-hostname"].plan(replace(typed, answer=wrong)), Refusal)


LINES = {
    "it was switched off": "# Prot 22\n",
    "it is empty now": "\n",
    "another stands there": "Port 22\n",
    "it is gone": "",
}


@pytest.mark.parametrize("now", LINES)
def test_a_line_that_moved_is_not_switched_off(now: str, place: Path) -> None:
    """Between the look and the plan somebody else was at the file; its lines have other numbers now."""
    situation = PLANS["repair-ssh-config"](place)
    found = replace(situation.found, says="ssh stops before it starts: config: line 1: Bad configuration option: prot")
    (place / "config").write_text("Prot 22\n")
    assert not isinstance(FIXES["repair-ssh-config"].plan(replace(situation, found=found)), Refusal)
    (place / "config").write_text(LINES[now])
    assert isinstance(FIXES["repair-ssh-config"].plan(replace(situation, found=found)), Refusal)
