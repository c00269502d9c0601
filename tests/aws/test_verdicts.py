"""Live worlds on AWS: an account, packets that follow it, plain ssh, and the cause that the wizard names."""

from __future__ import annotations

import re

import pytest

from aws.stage import ALIAS, Stage
from aws.worlds import CASES, Case

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]


@pytest.fixture(autouse=True)
def wished(monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses of loopback are in no table of EC2's: the person says that the host is in AWS."""
    monkeypatch.setenv("SSHWIZARD_AWS_REGION", "eu-west-1")


@pytest.mark.parametrize("host", ["", ALIAS])
async def test_a_healthy_instance_is_healthy(stage: Stage, host: str) -> None:
    assert stage.ssh().stdout == "TOKEN\n"
    told = await stage.diagnose(host)
    assert (told.cause, told.report["findings"]) == ("healthy", [])
    assert not [one for one in told.calls if one["mutating"]]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
async def test_each_broken_world_is_named(stage: Stage, case: Case) -> None:
    host = case.breaks(stage) or ""
    if case.ssh:
        met = stage.ssh()
        assert (met.returncode, case.ssh in met.stderr) == (255, True), met.stderr
    told = await stage.diagnose(host)
    assert told.judged == (case.cause, case.confidence), told.asked
    decided = told.decided
    assert decided["probe"] == (case.by or decided["probe"])
    assert re.search(case.says, "\n".join((decided["says"], *decided["lines"])))
    assert "{" not in told.root["title"] + told.root["why"]
    assert not [one for one in told.calls if one["mutating"]]
    assert stage.aws.gaps() == {}
