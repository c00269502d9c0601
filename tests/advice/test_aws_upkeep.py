"""What keeps an account in order: each change is made once, proved by a second look, and taken back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cloud import Network, client

from sshwizard import effects
from sshwizard.advice import Advice, mending
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
from sshwizard.lab.aws import REGION

from .exposed import EVERYBODY, HERE, Doctor, rules, session_of

pytestmark = pytest.mark.requires("moto")

TOPIC = f"arn:aws:sns:{REGION}:123456789012:ops"


def test_a_rule_is_described_and_the_description_goes_again(net: Network, doctor: Doctor) -> None:
    words = ("--do", "describe-security-group-rules", "--about", net.group, "--yes=confirm")
    code, said = doctor(*words, "--with", "ssh for all, kim, since 2026")
    assert (code, rules(net)) == (0, {EVERYBODY: "ssh for all, kim, since 2026"}), said
    session = session_of(said)
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
    session = session_of(said)
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
    session = session_of(said)
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
    session = session_of(said)
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


def test_an_endpoint_as_an_emergency_way_in(net: Network, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.effects.following.PAUSE", 0.01)
    net.launch("web-1")
    code, said = doctor("--do", "open-emergency-endpoint", "--yes=confirm")
    assert code == 0, said
    (made,) = net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
    assert made["SubnetId"] == net.public
    assert "proved" in said


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
