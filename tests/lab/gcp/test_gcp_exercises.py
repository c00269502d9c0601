"""The exercises on the practice Google Cloud: they open, ssh meets what the project says, and nothing stays behind."""

from __future__ import annotations

import pytest
from command import sshwizard
from practice import on, opened, root

from sshwizard import vocabulary
from sshwizard.lab import EXERCISES, open_world
from sshwizard.lab.faults import FAULTS
from sshwizard.lab.gcp import Gcp
from sshwizard.lab.gcp.worlds import WORLDS

from ..conftest import Ssh

linux = pytest.mark.skipif("sys.platform != 'linux'", reason="127.78.0.0/16 exists on Linux only")


@linux
@pytest.mark.requires("ssh", "ssh-keygen")
def test_a_project_of_your_own(ssh: Ssh) -> None:
    with open_world("gcp") as world:
        entered = ssh(world, "whoami")
        assert (entered.returncode, entered.stdout, entered.stderr) == (0, "dana\n", "")
        assert world.target_args[-1] == "lab-web.europe-west1-b.practice-shop"
        assert "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE" in world.environment
        assert "GOOGLE_APPLICATION_CREDENTIALS" in world.hidden
        places = world.root, world.environment["CLOUDSDK_CONFIG"]
    assert not places[0].exists()


@linux
@pytest.mark.requires("ssh", "ssh-keygen")
def test_the_wizard_names_the_cause_and_only_looks() -> None:
    with open_world("guest-agent-down") as world:
        ran = sshwizard("diagnose", "--json", *world.target_args, env=world.environment)
        google = Gcp(world.environment["SSHWIZARD_CHECKIP_URL"].removesuffix("/checkip"), world.root, world.root, 0)
        assert [one for one in google.calls() if one["mutating"]] == []
        assert google.gaps() == {}
    assert ran.report["findings"][0]["cause"] == world.exercise.cause, ran.text


@linux
@pytest.mark.requires("ssh", "ssh-keygen")
async def test_an_exercise_is_solved_and_unsolved(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("os-login-on") as world:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        runner = on(world)
        try:
            assert root(await runner.walk()) == world.exercise.cause
            await runner.prepare("add-key-in-gcp")
            await runner.apply("add-key-in-gcp")
            assert (await runner.walk()).outcome == "healthy"
            await runner.undo()
            assert root(await runner.walk()) == world.exercise.cause
        finally:
            await runner.close()


def test_the_exercises_agree_with_the_worlds() -> None:
    for one in EXERCISES.values():
        for name, world in one.faults:
            assert name != "gcp.project" or one.cause == WORLDS[str(world)].causes[0]


def test_the_vocabulary_has_every_world() -> None:
    assert set(FAULTS["gcp.project"].values) <= set(WORLDS)


def test_every_world_names_causes_that_there_are() -> None:
    codes = set(vocabulary.causes())
    assert [name for name, world in WORLDS.items() if not set(world.causes) <= codes] == []
    assert [name for name, world in WORLDS.items() if not world.causes] == ["gcp", "oslogin-healthy"]
