"""An account is asked once for each list, what it refuses is named, and nothing of it is changed beside."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aws.stage import ME
from cloud import Network

from sshwizard.advice import Advice, Blind, aws
from sshwizard.advice.aws.account import CALLS

from .exposed import EVERYBODY, Doctor, rules

pytestmark = pytest.mark.requires("moto")


def look() -> list[Advice]:
    return list(asyncio.run(aws.look()))


def test_each_list_is_asked_once_and_nothing_is_changed(net: Network) -> None:
    net.launch("web-1")
    before = len(net.aws.calls())
    net.aws.slow(0.5)
    begun = time.monotonic()
    found = look()
    assert time.monotonic() - begun < 0.5 * len(CALLS), "sixteen calls one after the other take longer"
    calls = [f"{row['service']}:{row['action']}" for row in net.aws.calls()[before:]]
    assert sorted(calls) == sorted({*(call.name for call, _ in CALLS.values()), "ec2:DescribeImages"})
    assert not any(row["mutating"] for row in net.aws.calls()[before:])
    assert not any(advice.unknown for advice in found)
    assert net.aws.gaps() == {}
    opened = next(advice for advice in found if advice.code == "advice.sg-open-world")
    assert opened.weight == "now"


def test_every_refused_call_is_named(net: Network) -> None:
    """Each alone: tests/advice/test_aws_judges.py."""
    net.launch("web-1")
    net.aws.deny("*")
    found = look()
    assert all(advice.unknown for advice in found)
    said = " ".join(advice.unknown for advice in found)
    assert {call.name for call, _ in CALLS.values() if f"allow {call.name}" not in said} == set()
    with pytest.raises(Blind, match="allow ec2:DescribeInstances"):
        asyncio.run(aws.machines())


def test_nobody_is_asked_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Blind, match="no AWS credentials"):
        look()
    monkeypatch.setenv("SSHWIZARD_NO_CLOUD", "1")
    with pytest.raises(Blind, match="no cloud may be asked"):
        look()


def test_hosts_of_a_team_by_tag(net: Network) -> None:
    web, db = net.launch("web-1"), net.launch("db", public=False)
    net.ec2.create_tags(Resources=[db], Tags=[{"Key": "team", "Value": "shop"}])
    found = asyncio.run(aws.machines(("team", "shop")))
    assert [(row.name, row.through, row.user, row.id) for row in found] == [
        ("web-1", "", "ec2-user", web), ("db", "web-1", "ec2-user", db)]  # fmt: skip
    assert found[0].address == net.instance(web)["PublicIpAddress"]


def test_the_groups_as_code_and_nothing_else(net: Network, doctor: Doctor, tmp_path: Path) -> None:
    net.launch("web-1")
    net.aws.deny("ec2:DescribeImages")
    assert [advice.code for advice in look() if advice.unknown] == ["advice.images"]
    file = tmp_path / "security-groups.tf"
    code, said = doctor("--text", "security-groups.tf", "-o", str(file))
    assert code == 0, said
    assert f'id = "{net.group}"' in file.read_text()


def test_an_account_is_never_changed_beside_other_things(net: Network, doctor: Doctor) -> None:
    net.aws.come_from(ME)
    net.launch("web-1")
    code, said = doctor("--fix", "--yes=confirm")
    assert code == 1
    told = f"--do narrow-security-group-rule --about {net.group} --with TEXT --type {net.group}"
    assert f"an account is changed one thing at a time, sshwizard doctor --only aws {told}" in said
    assert "--do create-status-alarm --about eu-west-1 --with TEXT --yes=confirm" in said
    assert not any(row["mutating"] and row["service"] == "cloudwatch" for row in net.aws.calls())
    assert EVERYBODY in rules(net)


def test_a_look_costs_a_plain_host_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys; import sshwizard.commands.diagnose; print('sshwizard.advice' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.strip() == "False"
