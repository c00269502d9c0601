"""A sweep over the instances of an account: taken by tag, planned without a connection, the account asked once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sshwizard import cli
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.whole import List, SharedAccess
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.together import Together
from sshwizard.lab.aws import REGION

from .stage import ME, Stage

pytestmark = pytest.mark.requires("moto", "sshd")


def fleet(stage: Stage, count: int) -> list[str]:
    """More web servers with the tag env=prod, which share the group of the first one."""
    made = [stage.launch(f"fleet-{number}") for number in range(count)]
    stage.ec2.create_tags(Resources=[stage.web, *made], Tags=[{"Key": "env", "Value": "prod"}])
    return made


def sweep(capsys: pytest.CaptureFixture[str], stage: Stage, *words: str) -> tuple[int, dict[str, Any]]:
    options = ("--", *stage.target, "-p", str(stage.port))
    code = cli.main(["sweep", "--tag", "env=prod", "--region", REGION, "--json", *words, *options])
    return int(code), json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What --region sets is gone after the test."""
    monkeypatch.setenv("SSHWIZARD_AWS_REGION", REGION)


def test_a_plan_tells_what_one_rule_mends_and_connects_to_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = fleet(stage, 3)
    stage.ec2.stop_instances(InstanceIds=made[:1])
    page = tmp_path / "plan.html"
    code, told = sweep(capsys, stage, "--plan", "--html", str(page))
    (stopped, closed) = sorted(told["groups"], key=lambda one: str(one["cause"]))
    assert (code, told["hosts"], told["works"]) == (1, 4, 0)  # the rule is for the stage's port, not for 22
    assert (stopped["cause"], stopped["hosts"]) == ("aws.instance-stopped", ["fleet-0"])
    assert sorted(closed["hosts"]) == ["fleet-1", "fleet-2", "web-1"]
    (change,) = closed["changes"]
    assert change["preview"][0].startswith(f"+ {stage.net.group}: tcp 22 from {ME}/32")
    assert stage.sshd.connections() == 0
    text = page.read_text()
    assert "fleet-1" not in text
    assert stage.net.group not in text
    assert ME not in text


def test_a_sweep_asks_the_account_once_however_many_fail(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    fleet(stage, 3)
    stage.revoke()
    before = len(stage.aws.calls())
    code, told = sweep(capsys, stage)
    calls = Counter(row["action"] for row in stage.aws.calls()[before:])
    assert code == 1
    assert [(one["cause"], len(one["hosts"])) for one in told["groups"]] == [("aws.security-group-blocks", 4)]
    alone = {"GetConsoleOutput"}
    assert {name: count for name, count in calls.items() if count > 1 and name not in alone} == {}
    assert calls["GetConsoleOutput"] <= 4


def test_what_is_picked_out_of_a_list_is_what_ec2_would_give(stage: Stage) -> None:
    fleet(stage, 2)
    rows = stage.net.instance(stage.web)
    filters = (
        ("instance-id", [stage.web]), ("ip-address", [rows["PublicIpAddress"]]), ("tag:Name", ["fleet-1", "fleet-0"]),
        ("tag:env", ["prod"]), ("instance-state-name", ["running"]), ("private-ip-address", ["192.0.2.99"]),
    )  # fmt: skip
    whole = List("describe_instances", stage.ec2.describe_instances())
    for name, values in filters:
        call = Call("ec2", "describe_instances", {"Filters": [{"Name": name, "Values": values}]})
        picked = whole.pick(call)
        theirs = stage.ec2.describe_instances(**call.params)["Reservations"]
        assert isinstance(picked, dict)
        ids = [
            sorted(one["InstanceId"] for row in rows for one in row["Instances"])
            for rows in (picked["Reservations"], theirs)
        ]
        assert ids[0] == ids[1], name
    pattern = Call("ec2", "describe_instances", {"Filters": [{"Name": "tag:Name", "Values": ["fleet-*"]}]})
    assert whole.pick(pattern) is None  # only EC2 judges a pattern


async def test_who_leaves_early_does_not_end_the_question_of_the_others(stage: Stage) -> None:
    access = SharedAccess("", Pool("setup", 1), Pool("work", 2))
    call = Call("ec2", "describe_vpcs", {"Filters": [{"Name": "vpc-id", "Values": [stage.net.vpc]}]})
    first = asyncio.create_task(access.call(call, REGION))
    second = asyncio.create_task(access.call(call, REGION))
    await asyncio.sleep(0)
    first.cancel()
    answer = await second
    assert isinstance(answer, dict)
    assert [row["VpcId"] for row in answer["Vpcs"]] == [stage.net.vpc]
    assert access.requests == 1


async def test_views_share_what_was_asked() -> None:
    together = Together()
    one, other = together.view(), together.view()
    assert one.aws.access("x") is other.aws.access("x")
    await one.close()
    await together.close()
