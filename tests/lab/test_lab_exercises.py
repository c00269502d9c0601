"""Every exercise of the course is proved by `lab check`; its words give nothing away."""

from __future__ import annotations

import dataclasses
import json
import re
import stat
import subprocess
import sys

import pytest

from sshwizard import vocabulary
from sshwizard.lab import CHAPTERS, EXERCISES, Exercise, open_world
from sshwizard.lab.check import check_one
from sshwizard.lab.exercise import NONE

from .conftest import Ssh

GIVEAWAYS = {
    "permissions", "0644", "crlf", "nologin", "healthy", "stopped", "acl", "route", "daemon", "ubuntu", "tag",
    "metadata", "oslogin", "expired", "deny", "known_hosts", "malformed", "revoked", "maxstartups",
}  # fmt: skip
LET = {"revoked-host-key": {"known_hosts"}}


@pytest.mark.requires("moto", "ssh", "ssh-keygen", "ssh-agent", "ssh-add")
@pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only")
def test_every_exercise_is_broken_as_told_and_can_be_solved() -> None:
    command = [sys.executable, "-m", "sshwizard", "lab", "check", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=140, check=False)
    proofs = {one["id"]: one for one in json.loads(ran.stdout)}
    assert {id_: one["wrong"] for id_, one in proofs.items() if one["wrong"]} == {}, ran.stderr
    assert ran.returncode == 0
    assert list(proofs) == list(EXERCISES)
    assert [id_ for id_, one in proofs.items() if not one["solved"]] == []
    refused = [id_ for id_, one in proofs.items() if "Connection refused" in one["fails"]]
    silent = [id_ for id_, one in proofs.items() if "timed out" in one["fails"]]
    assert {"refused-port", "nobody-listens", "sshd-down", "one-behind-the-other"} <= set(refused)
    assert {"silent-port", "stopped-instance", "firewall-other-source", "cloud-and-key"} <= set(silent)


@pytest.mark.requires("ssh", "ssh-keygen")
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"faults": ()}, "plain ssh works"),
        ({"cause": "key.wrong-key"}, "the wizard finds key.permissions-too-open"),
        ({"solve": (("config.port", "server"),)}, "plain ssh does not work after"),
    ],
)
def test_what_does_not_hold_is_told(change: dict[str, object], wrong: str) -> None:
    proof = check_one(dataclasses.replace(EXERCISES["open-key"], **change))  # type: ignore[arg-type]
    assert wrong in " ".join(proof.wrong)


def test_what_this_machine_lacks_is_skipped_and_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.lab.aws.embedded._NEEDED", ("no_such_library",))
    proof = check_one(EXERCISES["stopped-instance"])
    assert (proof.wrong, proof.found) == ((), "")
    assert "pip install" in proof.skipped


def test_the_course_has_what_was_asked_for() -> None:
    assert len(EXERCISES) >= 30
    assert len(CHAPTERS) == 8
    assert [id_ for id_, one in EXERCISES.items() if one.cause == NONE] == ["healthy"]
    assert [id_ for id_, one in EXERCISES.items() if one.then] == ["one-behind-the-other", "cloud-and-key"]
    assert {one.cloud for one in EXERCISES.values()} == {"", "aws", "gcp"}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_its_words_are_complete_and_do_not_name_the_cause(exercise: Exercise) -> None:
    assert exercise.remember
    assert exercise.shows
    assert {*exercise.causes} <= {*vocabulary.causes(), NONE}
    assert 2 <= len(re.findall(r"[.?](?= |$)", exercise.story)) <= 4
    told = exercise.story.lower()
    assert not (GIVEAWAYS - LET.get(exercise.id, set())) & set(re.findall(r"\w+", told))
    assert not [hint for hint in exercise.hints if any(code in hint for code in exercise.causes if code != NONE)]


@pytest.mark.requires("ssh", "ssh-keygen")
def test_only_the_fault_opens_a_private_file(ssh: Ssh) -> None:
    with open_world("open-key") as world:
        modes = {
            path.relative_to(world.root).as_posix(): stat.S_IMODE(path.stat().st_mode)
            for path in (world.root, world.root / "config", *(world.root / "ssh").iterdir())
        }
        assert "bad permissions" in ssh(world, "true").stderr
    assert modes["."] == 0o700
    assert modes["config"] == modes["ssh/known_hosts"] == 0o600
    assert modes["ssh/id_ed25519"] == 0o644


@pytest.mark.requires("ssh", "ssh-keygen")
def test_the_answer_comes_instead_of_a_shell_too(ssh: Ssh) -> None:
    with open_world("nologin") as world:
        shell = ssh(world, None, "-tt")
    assert (shell.returncode, shell.stdout) == (1, "This account is currently not available.\r\n")
