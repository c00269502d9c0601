"""Live worlds on AWS: an account, packets that follow it, plain ssh, and the cause that the wizard names."""

from __future__ import annotations

import re

import pytest
from tree.serverwords import SERVER_LOGS

from aws import logins, unreached
from aws.case import Case
from aws.checkip import Exits
from aws.stage import ALIAS, ME, Stage
from sshwizard.probes.aws import console
from sshwizard.tree.consoles import MUTE, REFUSING

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


async def test_a_name_tag_is_a_target_where_nothing_else_knows_the_word(stage: Stage) -> None:
    tag = {"Key": "Name", "Value": "shop-api"}
    stage.net.ec2.create_tags(Resources=[stage.web], Tags=[tag])
    told = await stage.diagnose("shop-api")
    assert (told.cause, told.report["findings"]) == ("healthy", []), told.asked
    nobody = await stage.diagnose("shop-apis")
    assert nobody.judged == ("iam.wrong-account-or-region", "likely")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in (*unreached.CASES, *logins.CASES)])
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


# ------------------------------------------------------------------ what a console says


@pytest.mark.parametrize("code", sorted(MUTE | REFUSING))
def test_every_cause_that_a_console_proves_is_read_from_one(code: str) -> None:
    """The stories of tests/tree lead each of these answers to its cause."""
    assert console.read({"InstanceId": "i-1", "Output": SERVER_LOGS[code]}).outcome.rstrip("?") == code


@pytest.mark.parametrize("code", ["server.sshd-config-error", "server.disk-full", "server.cannot-bind"])
async def test_a_refusal_is_explained_by_the_console(stage: Stage, code: str) -> None:
    stage.aws.machine(stage.web, None)
    stage.aws.console(stage.web, SERVER_LOGS[code])
    told = await stage.diagnose()
    assert (told.judged, told.decided["probe"]) == ((code, "certain"), "aws.console")
    assert told.decided["lines"][0] in SERVER_LOGS[code]


async def test_what_explains_no_refusal_is_no_cause_of_one(stage: Stage) -> None:
    """A console may show a trouble of some login long ago: the refusal has another reason."""
    stage.aws.machine(stage.web, None)
    stage.aws.console(stage.web, SERVER_LOGS["auth.user-unknown"])
    told = await stage.diagnose()
    assert told.judged == ("server.sshd-not-running", "likely")


@pytest.mark.parametrize("code", ["server.kernel-panic", "server.fstab-broken"])
async def test_silence_is_explained_by_the_console(stage: Stage, code: str) -> None:
    stage.aws.machine(stage.web, stage.sshd.port, dead=True)
    stage.aws.health(stage.web, instance_check="impaired")
    stage.aws.console(stage.web, SERVER_LOGS[code])
    assert (await stage.diagnose()).judged == (code, "certain")


async def test_a_healthy_console_leaves_the_mute_system_unexplained(stage: Stage) -> None:
    stage.aws.machine(stage.web, stage.sshd.port, dead=True)
    stage.aws.health(stage.web, instance_check="impaired")
    stage.aws.console(stage.web, "Debian GNU/Linux 12 web ttyS0\n\nweb login: ")
    assert (await stage.diagnose()).judged == ("aws.instance-status-failed", "certain")


# ------------------------------------------------------------------ where the view from here is not enough


async def test_a_network_that_leaves_by_several_addresses(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.revoke()
    stage.net.allow(stage.net.group, "86.14.201.8/32", port=stage.port)
    with Exits("86.14.201.8", ME) as told_by:
        monkeypatch.setenv("SSHWIZARD_CHECKIP_URL", told_by.url)
        told = await stage.diagnose()
    assert told.judged == ("aws.security-group-other-source", "likely")
    assert ME in told.root["title"]


async def test_nothing_of_the_account_is_asked_once_a_server_has_greeted(stage: Stage) -> None:
    """A live look outranks the account: what blocks others blocks nobody who is in."""
    stage.aws.deny("ec2:DescribeSecurityGroups", "ec2:GetConsoleOutput")
    told = await stage.diagnose(ALIAS)
    assert (told.cause, told.report["unknown"]) == ("healthy", [])


async def test_a_plain_host_costs_no_call(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSHWIZARD_AWS_REGION")
    stage.revoke()
    told = await stage.diagnose(ALIAS)
    assert (told.cause, told.calls) == ("network.firewall-drops", [])
