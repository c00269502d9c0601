"""How often AWS is asked for a look inside many servers: by pages and by commands, not by servers."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from cloud import Network

from sshwizard.fleet.insides import Insides
from sshwizard.fleet.rows import Row
from sshwizard.fleet.runcommand import Instances, Means
from sshwizard.lab.aws import REGION, Aws
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store

pytestmark = pytest.mark.requires("moto")

COUNT = int(os.environ.get("SERVERS", "60"))


async def test_calls(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By ids: by tag it is one command (tests/live/test_sweep_inside.py)."""
    net = Network(aws)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "env", "Value": "prod"}]}]
    wide = net.subnet("10.0.64.0/18", "c")
    made = net.ec2.run_instances(ImageId="ami-0e50000000000e501", MinCount=COUNT, MaxCount=COUNT,
                                 InstanceType="t3.small", SubnetId=wide, TagSpecifications=tags)  # fmt: skip
    ids = [str(one["InstanceId"]) for one in made["Instances"]]
    for id_ in ids:
        aws.agent(id_)
    monkeypatch.setenv("SSHWIZARD_NO_CLOUD", "1")
    runner = Runner.live(typed.parse(["-F", "none", "-p", "9", "127.0.0.1"]), store=Store.create("one", tmp_path))
    found = await runner.walk()
    assert found.root
    assert runner.store
    rows = []
    for number in range(COUNT):
        path = tmp_path / f"copy-{number}.jsonl"
        shutil.copy(runner.store.path, path)
        rows.append(Row(f"web-{number}", "failed", found.root.cause, session=str(path)))
    await runner.close()
    monkeypatch.delenv("SSHWIZARD_NO_CLOUD")

    places = {f"web-{number}": ("", REGION, id_) for number, id_ in enumerate(ids)}
    account = Instances({**places, "another": ("", REGION, "i-0")}, (("env", "prod"),))
    told: list[Row] = []
    look = Insides(told.append, Means(account=account))
    before = len(aws.calls())
    plan = await look.plan(rows)
    assert [one.tags for one in plan.orders] == [()] * -(-COUNT // 50)
    await look.run(plan)
    await look.close()
    calls = Counter(row["action"] for row in aws.calls()[before:])
    print(COUNT, dict(calls))
    pages = -(-COUNT // 50)
    assert {one.host: one.inside for one in told} == dict.fromkeys(places, "unread")  # nothing was written there
    assert calls["DescribeInstanceInformation"] == pages
    assert calls["SendCommand"] == pages
    assert calls["GetCommandInvocation"] == COUNT
    assert calls["ListCommandInvocations"] % pages == 0
    assert set(calls) == {
        "DescribeInstanceInformation", "SendCommand", "GetCommandInvocation", "ListCommandInvocations"
    }  # fmt: skip
