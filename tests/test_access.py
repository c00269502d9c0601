"""What access a step needs, and what a person could type in its place."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from fixes.plans import PLANS
from told import REACHED, saw, settings, story, way

from sshwizard import access, vocabulary
from sshwizard.doors.marks import COMMAND
from sshwizard.effects import Connect, Effect, InTerminal, RemoteScript, Retarget, Wait
from sshwizard.fixes import FIXES, Refusal
from sshwizard.fronts.because import SAYS, plain_lines
from sshwizard.fronts.plain import tell
from sshwizard.fronts.report import report
from sshwizard.fronts.why import why
from sshwizard.model import Fact, Target
from sshwizard.probes import yourself
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene
from sshwizard.session import fold
from sshwizard.tree import TREE
from sshwizard.verdict import judge

LOOKS = sorted({node.via.name for node in TREE.values()})
DENIED = story(*way(0, **REACHED), saw(0, "login", "denied"), saw(0, "methods", "public-key"),
               saw(0, "will", "tries-keys"), saw(0, "signing", "no-trouble"),
               saw(0, "keys", "too-open", {"named": "~/k", "path": "/nonexistent"}))  # fmt: skip


def _scene() -> Scene:
    leg = Leg("box", {key: tuple(value) for key, value in settings("box.example").items()})
    return Scene(Target("dana@box", ("-p", "22", "dana@box")), (leg,), 0, {}, Run())


@pytest.mark.parametrize("name", LOOKS)
def test_every_look_has_its_access_and_a_command(name: str) -> None:
    assert access.of_look(name) in access.WORDS
    if name == "text.words":  # of a text that was given
        return
    for data in (
        {},
        {"instance": "i-0123456789abcdef0", "region": "eu-west-1"},
        {"vm": "web", "zone": "europe-west1-b"},
    ):
        typed = yourself.command(name, _scene(), Fact("seen", "", data=data))
        assert shlex.split(typed), name
        assert "\n" not in typed


def test_a_look_that_asked_nobody_names_no_command() -> None:
    assert yourself.command("aws.identity", _scene(), Fact("not-asked", "")) == ""


ELSEWHERE = {"add-key-to-agent", "fix-key-owner", "fix-ssh-directory", "reset-key-acl"}
"""They need an agent, another account, another mode, Windows: all of it on this computer."""


@pytest.mark.parametrize("id_", sorted(set(PLANS) & set(FIXES) - ELSEWHERE))
def test_the_access_of_an_action_is_what_its_effects_use(id_: str, tmp_path: Path) -> None:
    plan = FIXES[id_].plan(PLANS[id_](tmp_path))
    assert not isinstance(plan, Refusal)
    assert access.of_action(id_) in set().union(*map(_uses, plan)), plan


def _uses(effect: Effect) -> set[access.Access]:
    room = type(effect).__module__
    if ".aws" in room or ".gcp" in room:
        return {"cloud"}
    if isinstance(effect, RemoteScript):
        return {"cloud"} if effect.door == COMMAND else {"server"}
    if isinstance(effect, Connect):
        return {"ssh", "login", "server", "cloud"}
    if isinstance(effect, Retarget):
        return {"ssh", "login", "here"}
    if isinstance(effect, InTerminal):
        return {"here", "login", "server"} if "connect" in effect.command else {"here", "login"}
    return {"network"} if isinstance(effect, Wait) else {"here", "login"}


def test_every_action_and_every_kind_of_access_has_words() -> None:
    assert all(action.needs for action in vocabulary.actions().values())
    assert set(access.WORDS) < set(SAYS)
    named = access._CLOUD | access._SERVER | access._SSH | access._LOGIN | access._NETWORK
    assert named <= set(vocabulary.actions())


def test_it_is_said_with_each_fix_with_each_step_and_in_why() -> None:
    state = fold(DENIED)
    found = judge(state)
    assert found is not None
    told = report(state, found)
    assert {row["access"] for row in told["findings"][0]["fixes"]} == {"here"}
    steps = {row["node"]: row["access"] for row in told["path"]}
    assert (steps["typed"], steps["tcp"], steps["keys"]) == ("here", "ssh", "here")
    assert f"Needs {access.WORDS['here']}." in tell(state, found)
    chain = "\n".join(plain_lines(why(state)))
    assert SAYS["here"] in chain
    assert SAYS["ssh"] in chain
