"""The embedded AWS: what is asked, what is refused, and each change made, proved and taken back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws.stage import ME
from cloud import Network, client

from sshwizard import cli, effects
from sshwizard.advice import Advice, Blind, aws, mending
from sshwizard.advice.aws.account import CALLS
from sshwizard.advice.aws.logtexts import PATTERN
from sshwizard.effects import Refused
from sshwizard.effects.aws import (
    AddRule,
    CreateAlarm,
    CreateFilter,
    DescribeRule,
    PutParameter,
    RemoveRule,
    RunDocument,
)
from sshwizard.fixes import Refusal
from sshwizard.lab.aws import REGION, Aws

pytestmark = pytest.mark.requires("moto")

HERE = ("", REGION)
EVERYBODY = "0.0.0.0/0"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:ops"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions of an earlier account are none of ours."""
    monkeypatch.setattr("sshwizard.effects.aws.place._ACCESS", {})


@pytest.fixture
def net(aws: Aws) -> Network:
    """One web server, open to the world."""
    made = Network(aws)
    made.allow(made.group, EVERYBODY)
    return made


def look() -> list[Advice]:
    return list(asyncio.run(aws.look()))


def one(code: str) -> Advice:
    (found,) = [advice for advice in look() if advice.code == code]
    return found


def rules(net: Network) -> dict[str, str]:
    """The sources that ssh is open to, with their descriptions."""
    (row,) = net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"]
    return {
        block["CidrIp"]: block.get("Description", "")
        for permission in row["IpPermissions"] for block in permission["IpRanges"]
    }  # fmt: skip


Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """`sshwizard doctor --only aws`: its exit code, and all that it says."""

    def run(*words: str, command: str = "doctor") -> tuple[int, str]:
        first = ("--only", "aws") if command == "doctor" else ()
        code = cli.main([command, *first, *words])
        said = capsys.readouterr()
        return int(code), said.out + said.err

    return run


# ------------------------------------------------------------------ looking


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


# ------------------------------------------------------------------ narrowing


def test_the_world_is_shut_out_and_i_am_let_in(net: Network, doctor: Doctor) -> None:
    net.aws.come_from(ME)
    net.launch("web-1")
    before = rules(net)
    words = ("--do", "narrow-security-group-rule", "--with", "198.51.100.0/24")
    code, said = doctor(*words, "--type", net.group)
    assert code == 0, said
    assert "proved, a second look no longer sees it" in said
    assert set(rules(net)) == {f"{ME}/32", "198.51.100.0/24"}
    assert all("sshwizard" in note for note in rules(net).values())
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    code, said = doctor(session, command="undo")
    assert (code, rules(net)) == (0, before), said


def test_a_range_of_many_thousand_addresses_is_narrowed_the_same_way(net: Network, doctor: Doctor) -> None:
    net.aws.come_from(ME)
    net.launch("web-1")
    net.ec2.revoke_security_group_ingress(GroupId=net.group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=EVERYBODY)
    net.allow(net.group, "54.0.0.0/9")
    code, said = doctor("--do", "narrow-security-group-rule", "--with", "54.3.0.0/24", "--type", net.group)
    assert (code, set(rules(net))) == (0, {f"{ME}/32", "54.3.0.0/24"}), said
    assert "proved, a second look no longer sees it" in said


def test_a_change_that_shuts_me_out_is_taken_back(
    net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address that AWS's service tells is not always the one from which ssh comes."""
    net.aws.come_from(ME)
    net.launch("web-1")
    before = rules(net)

    async def silent(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("sshwizard.fixes.upkeep.asyncio.open_connection", silent)
    code, said = doctor("--do", "narrow-security-group-rule")
    assert (code, rules(net)) == (1, before), "without the typed id nothing is changed"
    assert f"type what is changed: --type {net.group}" in said
    code, said = doctor("--do", "narrow-security-group-rule", "--type", net.group)
    assert (code, rules(net)) == (1, before), said
    assert "does not answer from here on port 22 now" in said
    assert "taken back" in said


def plan(answer: str = "", **data: str) -> tuple[Any, ...] | str:
    """The plan of an advice with these data, or why not."""
    rule = {"group": "sg-1", "protocol": "tcp", "low": 22, "high": 22, "source": EVERYBODY, "description": ""}
    told = {"region": "eu-west-1", "profile": "", "sources": "198.20.30.40", "rules": json.dumps([rule]), **data}
    advice = Advice("advice.sg-open-world", "", "", subject="sg-1", fix="narrow-security-group-rule",
                    data=tuple(told.items()))  # fmt: skip
    made = asyncio.run(mending.planned(advice, answer))
    return made.why if isinstance(made, Refusal) else made


@pytest.mark.parametrize(("answer", "data", "why"), [
    ("", {"sources": ""}, "could shut you out"), ("", {"sources": "10.0.0.1"}, "could shut you out"),
    ("", {"sources": "8.8.8.8 8.8.8.9 8.8.8.10 8.8.8.11"}, "leaves by 4 addresses"),
    ("0.0.0.0/0", {}, "too wide"), ("office", {}, "type ranges as"), ("", {"rules": "[]"}, "opens other ports"),
    ("", {"stranded": "i-2", "private": "10.0.0.0/16"}, "i-2 is reached from inside its network"),
    ("192.0.2.0/24", {"stranded": "i-2", "private": "10.0.0.0/16"}, "type 10.0.0.0/16 among the ranges"),
])  # fmt: skip
def test_what_could_cut_somebody_off_is_refused(answer: str, data: dict[str, str], why: str) -> None:
    assert why in str(plan(answer, **data))


@pytest.mark.parametrize(("fix", "answer", "why"), [
    ("describe-security-group-rules", "", "type what they are for"),
    ("describe-security-group-rules", "ssh über alles", "letters and digits"),
    ("create-status-alarm", "", "an SNS topic in eu-west-1"),
    ("create-status-alarm", "arn:aws:sns:us-east-1:123456789012:ops", "an SNS topic in eu-west-1"),
    ("open-emergency-endpoint", "", "is not known"),
])  # fmt: skip
def test_what_is_missing_is_asked_for(fix: str, answer: str, why: str) -> None:
    advice = Advice("advice.x", "", "", fix=fix, data=(("region", "eu-west-1"), ("instances", "i-1")))
    made = asyncio.run(mending.planned(advice, answer))
    assert isinstance(made, Refusal)
    assert why in made.why


def test_my_address_comes_first_and_what_stands_is_not_made_again() -> None:
    made = plan("10.0.0.0/16, 192.0.2.0/24", stranded="i-2", private="10.0.0.0/16", held="tcp:22:22:192.0.2.0/24")
    assert [(type(one), one.source) for one in made if not isinstance(one, str)] == [
        (AddRule, "198.20.30.40/32"), (AddRule, "10.0.0.0/16"), (RemoveRule, EVERYBODY)]  # fmt: skip


# ------------------------------------------------------------------ descriptions, alarms, endpoints


def test_a_rule_is_described_and_the_description_goes_again(net: Network, doctor: Doctor) -> None:
    words = ("--do", "describe-security-group-rules", "--about", net.group, "--yes=confirm")
    code, said = doctor(*words, "--with", "ssh for all, kim, since 2026")
    assert (code, rules(net)) == (0, {EVERYBODY: "ssh for all, kim, since 2026"}), said
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    doctor(session, command="undo")
    assert rules(net) == {EVERYBODY: ""}


def test_an_alarm_for_each_instance_and_none_is_replaced(net: Network, doctor: Doctor) -> None:
    watch = client(net.aws, "cloudwatch")
    ids = {net.launch("web-1"), net.launch("web-2")}
    words = ("--do", "create-status-alarm", "--yes=confirm")
    code, said = doctor(*words, "--with", TOPIC)
    assert code == 0, said
    made = watch.describe_alarms()["MetricAlarms"]
    assert {one["Dimensions"][0]["Value"] for one in made} == ids
    assert {one["AlarmActions"][0] for one in made} == {TOPIC}
    assert "proved" in said
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    doctor(session, command="undo")
    assert watch.describe_alarms()["MetricAlarms"] == []
    name = f"status-check-{next(iter(ids))}"
    watch.put_metric_alarm(AlarmName=name, Namespace="mine", MetricName="m", Period=60, EvaluationPeriods=1,
                           Statistic="Sum", Threshold=1, ComparisonOperator="LessThanThreshold")  # fmt: skip
    with pytest.raises(Refused, match="which is not replaced"):
        effects.apply_all((CreateAlarm(*HERE, name, "i-1", TOPIC),))
    assert [row["AlarmName"] for row in watch.describe_alarms()["MetricAlarms"]] == [name]


def test_failed_logins_are_counted_and_somebody_is_told(net: Network, doctor: Doctor) -> None:
    net.launch("web-1")
    watch, logs = client(net.aws, "cloudwatch"), client(net.aws, "logs")
    logs.create_log_group(logGroupName="/var/log/secure")

    def made() -> tuple[list[str], list[Any]]:
        filters = [row["filterPattern"] for row in logs.describe_metric_filters()["metricFilters"]]
        alarms = [(row["Namespace"], row["MetricName"], row["AlarmActions"])
                  for row in watch.describe_alarms()["MetricAlarms"]]  # fmt: skip
        return filters, alarms

    words = ("--do", "create-login-alarm", "--yes=confirm", "--with", TOPIC)
    code, said = doctor(*words, "--dry-run")
    assert (code, made()) == (0, ([], [])), said
    assert "+ metric filter failed-logins of /var/log/secure" in said
    code, said = doctor(*words)
    assert (code, made()) == (0, ([PATTERN], [("sshwizard", "FailedLogins", [TOPIC])])), said
    assert "proved, a second look no longer sees it" in said
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    assert (doctor(session, command="undo")[0], made()) == (0, ([], []))
    kept = {"metricName": "Mine", "metricNamespace": "ssh", "metricValue": "1"}
    logs.put_metric_filter(logGroupName="/var/log/secure", filterName="failed-logins",
                           filterPattern='"Failed password"', metricTransformations=[kept])  # fmt: skip
    with pytest.raises(Refused, match="a metric filter failed-logins already, which is not replaced"):
        effects.apply_all((CreateFilter(*HERE, "failed-logins", "/var/log/secure", "x", "a", "b"),))
    code, said = doctor(*words)
    assert (code, made()) == (0, (['"Failed password"'], [("ssh", "Mine", [TOPIC])])), said
    logs.delete_log_group(logGroupName="/var/log/secure")


def test_the_logs_of_logins_are_sent(net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.effects.following.PAUSE", 0.01)
    web, mute = net.launch("web-1"), net.launch("web-2")
    net.aws.agent(web)
    ssm = client(net.aws, "ssm")

    def kept() -> list[str]:
        values = (ssm.get_parameter(Name=row["Name"]) for row in ssm.describe_parameters()["Parameters"])
        files = [json.loads(row["Parameter"]["Value"])["logs"]["logs_collected"]["files"] for row in values]
        return [one["collect_list"][0]["file_path"] for one in files]

    code, said = doctor("--do", "ship-auth-log", "--yes=confirm")
    assert (code, kept()) == (4, ["/var/log/secure"]), said
    assert "done, and a second look still sees it" in said, "nothing writes a log in the stand-in"
    assert f"AWS-ConfigureAWSPackage on {web}" in said
    assert f"AmazonCloudWatch-ManageAgent on {web}" in said
    assert mute not in said
    sent = [row for row in net.aws.calls() if row["action"] == "SendCommand"]
    assert len(sent) == 2
    back = PutParameter(*HERE, "AmazonCloudWatch-ssh-logins", "{}").inverse()
    with pytest.raises(Refused, match="is no longer the one that was made here"):
        effects.apply_all((back,))
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    doctor(session, command="undo")
    assert kept() == []


def test_agents_that_are_old_are_updated_to_the_end(
    net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sshwizard.effects.following.PAUSE", 0.01)
    old, lost = net.launch("web-1"), net.launch("web-2")
    net.aws.agent(old, IsLatestVersion=False, AgentVersion="3.0.1")
    net.aws.agent(lost, IsLatestVersion=False, AgentVersion="3.0.1", PingStatus="ConnectionLost")
    update = RunDocument(*HERE, "AWS-UpdateSSMAgent", (old, lost))
    with pytest.raises(Refused, match=f"no agent of Systems Manager answers on {lost}"):
        update.check()
    code, said = doctor("--do", "update-ssm-agents", "--yes=confirm")
    assert f"AWS-UpdateSSMAgent on {old}" in said
    assert lost not in said.split("To take it back", maxsplit=1)[0]
    assert "done, and a second look still sees it" in said, "the stand-in's agent stays as it is"
    assert code == 4
    assert f"AWS-RunShellScript on {old}" in said
    sent = [row for row in net.aws.calls() if row["action"] == "SendCommand"]
    assert len(sent) == 2
    assert not RunDocument(*HERE, "AWS-UpdateSSMAgent", (old,)).undoable


def guessed(tmp_path: Path, *addresses: str) -> str:
    """A log in which each of them failed six times."""
    log = tmp_path / "secure"
    log.write_text("".join(f"Nov 22 03:00:01 web sshd[11]: Failed password for root from {one} port 4 ssh2\n" * 6
                           for one in addresses))  # fmt: skip
    return str(log)


def test_sources_of_guessing_are_denied_before_they_are_let_in(net: Network, doctor: Doctor, tmp_path: Path) -> None:
    net.aws.come_from(ME)
    web = net.launch("web-1")
    net.launch("web-2", public=False)
    own = net.instance(web)["PublicIpAddress"]
    log = guessed(tmp_path, "45.9.148.1", "45.9.148.2", ME, own, "10.0.1.9", "81.2.69.142")
    words = ("--auth-log", log, "--own", "81.2.69.142", "--do", "deny-in-network-acl")

    def denied() -> list[tuple[int, str, Any]]:
        (acl,) = net.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [net.public]}]
                                               )["NetworkAcls"]  # fmt: skip
        return [(row["RuleNumber"], row["CidrBlock"], row["PortRange"]) for row in acl["Entries"]
                if row["RuleAction"] == "deny" and row["RuleNumber"] < 32767]  # fmt: skip

    code, said = doctor(*words)
    assert code == 2
    assert "say with --about which running instance" in said
    code, said = doctor(*words, "--about", "web-1")
    assert (code, denied()) == (1, []), said
    assert "rule 99: deny tcp 22 from 45.9.148.1/32" in said
    assert "this is to be confirmed" in said
    code, said = doctor(*words, "--about", "web-1", "--yes=confirm")
    ssh = {"From": 22, "To": 22}
    assert (code, denied()) == (0, [(99, "45.9.148.1/32", ssh), (98, "45.9.148.2/32", ssh)]), said
    assert "proved" in said
    code, again = doctor(*words, "--about", "web-1", "--yes=confirm")
    assert (code, len(denied())) == (0, 2), again
    assert "Nothing to deny" in again
    session = next(line.split()[-1] for line in said.splitlines() if "sshwizard undo" in line)
    assert (doctor(session, command="undo")[0], denied()) == (0, [])


def test_an_endpoint_as_an_emergency_way_in(net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.effects.following.PAUSE", 0.01)
    net.launch("web-1")
    code, said = doctor("--do", "open-emergency-endpoint", "--yes=confirm")
    assert code == 0, said
    (made,) = net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
    assert made["SubnetId"] == net.public
    assert "proved" in said


def test_each_change_is_made_once_and_comes_back_to_the_same(net: Network) -> None:
    watch = client(net.aws, "cloudwatch")
    web = net.launch("web-1")

    def world() -> list[Any]:
        return [net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"][0]["IpPermissions"],
                [row["AlarmName"] for row in watch.describe_alarms()["MetricAlarms"]]]  # fmt: skip

    before = world()
    for effect in (
        AddRule(*HERE, net.group, "tcp", 22, 23, "198.51.100.0/24", "office"),
        AddRule(*HERE, net.group, "-1", 0, 65535, "2001:db8::/32", "six"),
        AddRule(*HERE, net.group, "tcp", 80, 80, net.group, ""),
        RemoveRule(*HERE, net.group, "tcp", 22, 22, EVERYBODY, ""),
        DescribeRule(*HERE, net.group, "tcp", 22, 22, EVERYBODY, "everybody", ""),
        CreateAlarm(*HERE, "check-1", web, TOPIC),
    ):
        back = effects.apply_all((effect,))
        made = world()
        assert made != before, effect
        with pytest.raises(Refused):
            effects.apply_all((effect,))
        assert world() == made
        effects.apply_all(back)
        assert str(world()).replace("'Description': '', ", "") == str(before), effect
        with pytest.raises(Refused):
            effects.apply_all(back)
    assert net.aws.gaps() == {}


def test_a_rule_that_changed_meanwhile_stays(net: Network) -> None:
    effect = RemoveRule(*HERE, net.group, "tcp", 22, 22, EVERYBODY, "another word")
    with pytest.raises(Refused, match="no longer has the rule"):
        effects.apply_all((effect,))
    assert EVERYBODY in rules(net)


def test_a_look_costs_a_plain_host_nothing(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys; import sshwizard.commands.diagnose; print('sshwizard.advice' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.strip() == "False"
