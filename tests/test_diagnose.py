"""One practice world by the commands: diagnosed, kept as a session, replayed, mended and undone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Ran, sshwizard

from sshwizard.lab import World, open_world


@pytest.fixture
def world() -> Iterator[World]:
    with open_world("open-key") as made:
        yield made


def session_of(ran: Ran) -> Path:
    """The session file that a diagnosis named."""
    found = re.search(r"^Session: (.+)$", ran.out, re.M)
    assert found, ran.text
    return Path(found.group(1))


def test_a_diagnosis_is_recorded_and_can_be_replayed(world: World) -> None:
    ran = sshwizard("diagnose", *world.target_args)
    assert ran.code == 1, ran.text
    assert "key.permissions-too-open" in ran.out
    assert "[!!]" in ran.err
    path = session_of(ran)
    again = sshwizard("replay", path)
    assert again.code == 1, again.text
    assert "key.permissions-too-open" in again.out
    as_json = sshwizard("replay", path, "--json")
    assert as_json.report["findings"][0]["cause"] == "key.permissions-too-open"


def test_without_a_session_nothing_is_kept(world: World, away_from_home: Path) -> None:
    ran = sshwizard("diagnose", "--json", "--no-session", *world.target_args)
    assert ran.report["outcome"] == "failed"
    assert not list(away_from_home.rglob("*.jsonl"))


def test_a_repair_is_previewed_made_proved_and_undone(world: World) -> None:
    key = world.root / "ssh" / "id_ed25519"
    dry = sshwizard("diagnose", "--fix", "--dry-run", *world.target_args)
    assert f"chmod 600 {key}" in dry.err
    assert key.stat().st_mode & 0o777 == 0o644
    ran = sshwizard("diagnose", "--fix", *world.target_args)
    assert ran.code == 0, ran.text
    assert key.stat().st_mode & 0o777 == 0o600
    assert "proved" in ran.out
    undone = sshwizard("undo", session_of(ran))
    assert undone.code == 0, undone.text
    assert key.stat().st_mode & 0o777 == 0o644
    assert sshwizard("undo", session_of(ran)).code == 1


def test_undo_takes_the_newest_session_with_a_change(world: World) -> None:
    key = world.root / "ssh" / "id_ed25519"
    assert sshwizard("diagnose", "--fix", *world.target_args).code == 0
    sshwizard("diagnose", *world.target_args)
    ran = sshwizard("undo")
    assert ran.code == 0, ran.text
    assert key.stat().st_mode & 0o777 == 0o644


def test_undo_refuses_when_the_world_changed(world: World) -> None:
    key = world.root / "ssh" / "id_ed25519"
    path = session_of(sshwizard("diagnose", "--fix", *world.target_args))
    key.chmod(0o400)
    ran = sshwizard("undo", path)
    assert ran.code == 1, ran.text
    assert "0400" in ran.err
    assert key.stat().st_mode & 0o777 == 0o400


def test_undo_without_a_change_says_so() -> None:
    ran = sshwizard("undo")
    assert (ran.code, ran.err.strip()) == (1, "There is nothing to undo.")


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_read_only_changes_nothing(world: World, how: str) -> None:
    words = ("--read-only",) if how == "flag" else ()
    env = {"SSHWIZARD_READ_ONLY": "1"} if how == "variable" else {}
    ran = sshwizard("diagnose", "--fix", *words, *world.target_args, env=env)
    assert ran.code == 1, ran.text
    assert "read-only" in ran.err
    assert (world.root / "ssh" / "id_ed25519").stat().st_mode & 0o777 == 0o644


def test_jsonl_tells_each_look_and_the_report_last(world: World) -> None:
    ran = sshwizard("diagnose", "--jsonl", *world.target_args)
    rows = [json.loads(row) for row in ran.out.splitlines()]
    assert [row["seen"] for row in rows[:-1]] == [step["node"] for step in rows[-1]["path"]]
    assert rows[-1]["schema"] == "sshwizard/report/1"


def test_a_wizard_without_a_terminal_is_a_diagnosis(world: World) -> None:
    ran = sshwizard("--", "ssh", *world.target_args)
    assert ran.code == 1, ran.text
    assert "key.permissions-too-open" in ran.out


def test_ssh_s_own_options_pass_through(world: World) -> None:
    other = world.root / "ssh" / "id_none"
    ran = sshwizard("diagnose", "--json", "-i", other, *world.target_args)
    assert ran.report["findings"][0]["cause"] in {"key.not-found", "key.permissions-too-open"}
    assert ran.report["target"]["host"] == "127.0.0.1"
