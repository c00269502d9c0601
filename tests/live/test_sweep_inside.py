"""A look inside many servers by Run Command: one script, really run on each, joined with what the wire said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sshwizard.cli import main
from sshwizard.lab.aws import Aws

from .fleetworld import Fleet
from .keys import KeyRing
from .scenarios.inside import STOP

pytestmark = [pytest.mark.netns, pytest.mark.requires("netns", "moto")]

NAMES = ("web-1", "web-2", "web-3")
FIRST, SECOND, THIRD = NAMES


@pytest.fixture(scope="module")
def fleet(aws_process: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """sshd is stopped on two servers, and on one others may write the home of the login."""
    aws_process.reset()
    with Fleet(aws_process, KeyRing(tmp_path_factory.mktemp("keys")), NAMES) as world:
        for name in (FIRST, SECOND):
            world.servers[name].sh(STOP)
        world.servers[THIRD].sh("chmod 777 /home/dana")
        world.launch("web-4", None, managed=False)
        yield world


@pytest.fixture(autouse=True)
def person(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is the person's."""
    for name, value in {**fleet.env, "SSHWIZARD_AWS_REGION": "", "SSHWIZARD_AWS_PROFILE": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sshwizard.fleet.runcommand.PAUSE", 0.2)
    yield
    fleet.aws.heal()


Told = tuple[dict[str, Any], str]
Sweeps = Callable[..., Told]


@pytest.fixture
def sweeps(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Sweeps:
    def swept(*words: str, resume: bool = False) -> Told:
        main(["sweep", "--resume", "last", *words] if resume else [*fleet.words, *words, *fleet.options])
        out, err = capsys.readouterr()
        assert out, err[-3000:]
        return json.loads(out), err

    return swept


def test_what_each_server_shows_makes_the_groups(fleet: Fleet, sweeps: Sweeps) -> None:
    before = len(fleet.aws.calls())
    told, said = sweeps("--json", "--inside", "--yes=confirm")
    assert {row["host"]: (row["cause"], row["inside"], row["confidence"]) for row in told["rows"]} == {
        FIRST: ("server.sshd-not-running", "answered", "certain"),
        SECOND: ("server.sshd-not-running", "answered", "certain"),
        THIRD: ("auth.authorized-keys-permissions", "answered", "certain"),
        "web-4": ("server.sshd-not-running", "not-managed", "likely"),
    }
    group = told["groups"][0]
    assert (len(group["hosts"]), group["seen"], group["wires"]) == (3, 2, {"kex.closed-before-banner": 2})
    calls = Counter(row["action"] for row in fleet.aws.calls()[before:])
    assert [calls[name] for name in ("DescribeInstanceInformation", "SendCommand", "GetCommandInvocation")] == [1, 1, 3]
    assert "Systems Manager does not reach 1 of them, which get nothing: web-4" in said
    assert "ssm:SendCommand, ssm:ListCommandInvocations, ssm:GetCommandInvocation, ssm:CancelCommand" in said
