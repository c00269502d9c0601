"""What is promised about AWS: few calls, none that changes anything, an honest word for each that fails, and a repair
that opens one address and can be taken back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command import python, sshwizard

from aws.stage import ALIAS, ME, NEIGHBOUR, Stage
from aws.unreached import acl_in, no_gateway, stopped, the_office
from sshwizard.cloud import patience as patient
from sshwizard.runner import Runner

pytestmark = [
    pytest.mark.requires("moto", "sshd"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]

MOST_CALLS = 21
LONGEST = 20.0
"""Seconds for any diagnosis, whatever the account does."""

ASKED = (
    "ec2:DescribeImages", "ec2:DescribeInstanceConnectEndpoints", "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcBlockPublicAccessOptions",
    "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs", "ec2:GetConsoleOutput", "ec2:GetSerialConsoleAccessStatus",
    "ssm:DescribeInstanceInformation", "cloudtrail:LookupEvents",
)  # fmt: skip
"""What the diagnosis of a refusal asks, as a test records it. Each is denied in turn."""
HELPS = {
    "ec2:DescribeImages", "ec2:DescribeInstanceConnectEndpoints", "ec2:DescribeVpcEndpoints",
    "ec2:GetSerialConsoleAccessStatus", "ssm:DescribeInstanceInformation", "cloudtrail:LookupEvents",
}  # fmt: skip
"""Those that a refusal is not judged by: the verdict stays as it is."""


def refusing(at: Stage) -> None:
    at.aws.machine(at.web, None)


# ------------------------------------------------------------------ the calls


async def test_the_calls_are_few_known_and_change_nothing(stage: Stage) -> None:
    refusing(stage)
    told = await stage.diagnose()
    assert told.judged == ("server.sshd-not-running", "likely")
    assert {f"{one['service']}:{one['action']}" for one in told.calls} == set(ASKED)
    assert len(told.calls) <= MOST_CALLS
    assert not [one for one in told.calls if one["mutating"] or one["error"]]
    assert stage.aws.gaps() == {}


async def test_silence_costs_no_more_calls(stage: Stage) -> None:
    the_office(stage)
    told = await stage.diagnose()
    assert told.judged == ("aws.security-group-other-source", "certain")
    assert len(told.calls) <= MOST_CALLS
    assert not [one for one in told.calls if one["mutating"]]


@pytest.mark.parametrize("action", ASKED)
async def test_a_denied_call_is_named_or_was_not_needed(stage: Stage, action: str) -> None:
    refusing(stage)
    stage.aws.deny(action)
    told = await stage.diagnose()
    assert told.report["took_ms"] < LONGEST * 1000
    if action == "ec2:DescribeInstances":
        assert told.judged == ("iam.read-denied", "certain")
    elif action in HELPS:
        assert told.judged == ("server.sshd-not-running", "likely")
    else:
        assert told.cause in {"server.sshd-not-running", "network.port-refused"}
        assert told.root["confidence"] == "likely"
    if action not in HELPS:
        assert f"allow {action}" in told.unknown


@pytest.mark.parametrize("action", ["ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables"])
async def test_what_cannot_be_read_of_the_way_is_no_all_clear(stage: Stage, action: str) -> None:
    """The group blocks; without its rules nobody may say that AWS lets us in, nor that it does not."""
    stage.aws.machine(stage.web, stage.sshd.port, dead=True)
    stage.aws.deny(action)
    told = await stage.diagnose()
    assert told.judged == ("network.firewall-drops", "likely")
    assert f"allow {action}" in told.unknown


async def test_the_group_is_the_cause_though_the_acl_cannot_be_read(stage: Stage) -> None:
    the_office(stage)
    stage.aws.deny("ec2:DescribeNetworkAcls")
    told = await stage.diagnose()
    assert told.judged == ("aws.security-group-other-source", "certain")
    assert "allow ec2:DescribeNetworkAcls" in told.unknown


@pytest.fixture
def impatient(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore waits up to three seconds between its tries: as long as that for one action, else hardly."""
    if action != "ec2:DescribeInstances":
        monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("action", ASKED)
async def test_a_call_that_is_turned_away_now_and_then_is_made_again(stage: Stage, action: str) -> None:
    refusing(stage)
    stage.aws.throttle(action, 2)
    told = await stage.diagnose()
    assert (told.judged, told.report["unknown"]) == (("server.sshd-not-running", "likely"), [])


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("action", ASKED)
async def test_a_call_that_is_always_turned_away_is_named(stage: Stage, action: str) -> None:
    refusing(stage)
    stage.aws.throttle(action, 500)
    began = time.monotonic()
    told = await stage.diagnose()
    assert time.monotonic() - began < LONGEST
    assert told.root.get("confidence", "") != "certain"
    assert action in HELPS or action in [one["probe"] for one in told.report["unknown"]]


@pytest.mark.parametrize("action", [*ASKED, "*"])
async def test_a_call_that_hangs_holds_nobody_up_for_long(
    stage: Stage, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all hang, with the patience that people get; where one does, with a part of it."""
    whole = patient.LIMIT
    patience = whole if action == "*" else 3.0
    monkeypatch.setattr(patient, "LIMIT", patience)
    refusing(stage)
    stage.aws.hang(action)
    began = time.monotonic()
    told = await stage.diagnose()
    assert time.monotonic() - began < LONGEST - whole + patience
    assert told.root.get("confidence", "") != "certain"
    named = str(told.report["unknown"])
    assert action in HELPS or action in named or (action == "*" and "ec2:Describe" in named)


def test_a_plain_host_asks_nobody_and_imports_nothing_of_aws(stage: Stage) -> None:
    before = len(stage.aws.calls())
    watch = (
        "import sys; from sshwizard import cli\n"
        "try: cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('boto3', 'botocore', 'textual') if name in sys.modules], file=sys.stderr)"
    )
    ran = python(("-c", watch, "diagnose", "--json", "--no-session", *stage.target, ALIAS))
    assert ran.err.splitlines()[-1] == "[]", ran.text
    assert ran.report["outcome"] == "healthy"
    assert len(stage.aws.calls()) == before


# ------------------------------------------------------------------ a large account


async def test_a_thousand_rules_and_hundreds_of_neighbours(stage: Stage) -> None:
    the_office(stage)
    ranges = [{"CidrIp": f"198.51.{at // 250}.{at % 250}/32"} for at in range(1000)]
    rule = {"IpProtocol": "tcp", "FromPort": stage.port, "ToPort": stage.port, "IpRanges": ranges}
    stage.ec2.authorize_security_group_ingress(GroupId=stage.net.group, IpPermissions=[rule])
    stage.ec2.run_instances(ImageId="ami-0a10000000000a123", MinCount=200, MaxCount=200, SubnetId=stage.net.private)
    told = await stage.diagnose()
    assert told.judged == ("aws.security-group-other-source", "certain")
    assert len(told.calls) <= MOST_CALLS + 2
    assert len(told.decided["lines"]) < 20


# ------------------------------------------------------------------ repairs


def test_the_repair_opens_one_address_and_undo_closes_it(stage: Stage) -> None:
    the_office(stage)
    before = stage.rules()
    ran = sshwizard("diagnose", "--json", *stage.target, stage.web, "--fix", "--yes=confirm")
    assert (ran.code, ran.report["outcome"]) == (0, "healthy"), ran.text
    (fixed,) = ran.report["fixed"]
    assert (fixed["id"], fixed["proved"]) == ("allow-my-ip-in-security-group", True)
    assert stage.rules() == sorted([*before, f"{stage.port} {ME}/32"])
    assert stage.ssh().stdout == "TOKEN\n"
    undone = sshwizard("undo", fixed["undo"])
    assert undone.code == 0, undone.text
    assert stage.rules() == before == [f"{stage.port} {NEIGHBOUR}"]
    assert "timed out" in stage.ssh().stderr


async def test_the_repair_of_a_network_acl(stage: Stage) -> None:
    """An ACL is everybody's: only a person who types yes writes an entry."""
    acl_in(stage)
    before = stage.ec2.describe_network_acls()["NetworkAcls"]
    ran = sshwizard("diagnose", "--json", *stage.target, stage.web, "--fix", "--yes=confirm")
    assert (ran.code, ran.report["fixed"]) == (1, []), ran.text
    assert stage.ec2.describe_network_acls()["NetworkAcls"] == before
    runner = stage.runner()
    try:
        await runner.walk()
        await runner.apply("allow-in-network-acl")
        acls = stage.ec2.describe_network_acls()["NetworkAcls"]
        there = [row for acl in before for row in acl["Entries"]]
        (added,) = [row for acl in acls for row in acl["Entries"] if row not in there]
        assert (added["CidrBlock"], added["RuleAction"], added["Egress"]) == (f"{ME}/32", "allow", False)
        assert added["PortRange"] == {"From": stage.port, "To": stage.port}
        assert stage.ssh().stdout == "TOKEN\n"
        assert (await runner.walk()).outcome == "healthy"
        await runner.undo()
        assert stage.ec2.describe_network_acls()["NetworkAcls"] == before
    finally:
        await runner.close()


@pytest.mark.parametrize("options", [("--fix",), ("--fix", "--yes=confirm")])
def test_nobody_but_a_person_starts_an_instance(stage: Stage, options: tuple[str, ...]) -> None:
    stopped(stage)
    before = len(stage.aws.calls())
    ran = sshwizard("diagnose", "--json", *stage.target, stage.web, *options)
    assert (ran.code, ran.report["fixed"]) == (1, []), ran.text
    assert [(one["id"], one["risk"]) for one in ran.report["findings"][0]["fixes"]] == [("start-instance", "typed")]
    assert not [one for one in stage.aws.calls()[before:] if one["mutating"]]


def test_without_a_yes_no_rule_is_written(stage: Stage) -> None:
    the_office(stage)
    before = stage.rules()
    ran = sshwizard("diagnose", "--json", *stage.target, stage.web, "--fix")
    assert (ran.code, ran.report["fixed"], stage.rules()) == (1, [], before), ran.text


async def test_a_person_starts_it_and_stops_it_again(stage: Stage) -> None:
    stopped(stage)
    runner = stage.runner()
    try:
        await runner.walk()
        await runner.apply("start-instance")
        assert stage.net.instance(stage.web)["State"]["Name"] in {"pending", "running"}
        found = await runner.walk()
        assert found.outcome == "healthy" or found.root is not None
        await runner.undo()
        assert stage.net.instance(stage.web)["State"]["Name"] in {"stopping", "stopped"}
    finally:
        await runner.close()


# ------------------------------------------------------------------ credentials


async def test_expired_credentials_name_the_one_command_that_renews(stage: Stage) -> None:
    stage.aws.expire()
    told = await stage.diagnose()
    assert told.judged == ("iam.credentials-missing", "certain")
    assert len(told.unknown) == 1
    assert told.unknown[0]


async def test_after_a_login_again_begins_a_new_session(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """boto3 keeps what it once read: without a new session the new credentials would never be seen."""
    the_office(stage)
    file = tmp_path / "credentials"
    file.write_text("[default]\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    runner: Runner = stage.runner()
    try:
        first = await runner.walk()
        assert first.root is not None
        assert first.root.cause == "iam.credentials-missing"
        file.write_text("[default]\naws_access_key_id = renewed\naws_secret_access_key = renewed\n")
        await runner.again()
        second = await runner.walk()
        assert second.root is not None
        assert second.root.cause == "aws.security-group-other-source"
    finally:
        await runner.close()


# ------------------------------------------------------------------ commands to copy


async def test_guides_name_what_the_account_told(stage: Stage) -> None:
    """A gateway for this VPC, and a route for this address."""
    no_gateway(stage)
    told = await stage.diagnose()
    (guide,) = [one for one in told.root["fixes"] if one["id"] == "guide-attach-internet-gateway"]
    text = "\n".join(guide["commands"])
    assert f"--vpc-id {stage.net.vpc}" in text
    assert f"--destination-cidr-block {ME}/32" in text
