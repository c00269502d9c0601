"""The exact texts: readable by a shell, known to AWS, JSON, HCL; and what is cut out of them by strangers' names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from awscli import known, readable
from hcl import Hcl

from sshwizard.advice import Advice
from sshwizard.advice.aws import logtexts
from sshwizard.advice.aws.judges import judged

from .accounts import EVERYBODY, OFFICE, TOPIC, account, group, instance, lists, rule

HOSTILE = "a\";$(touch /tmp/x)`id`'; rm -rf ~ ${x}"
STANDS = 'aws() { for word; do printf "%s\\n" "$word"; done; }; curl() { echo 1.2.3.4; }\n'
"""Programs that do nothing."""
ARGUMENTS = {
    "aws_security_group": {"name", "description", "vpc_id"},
    "aws_vpc_security_group_ingress_rule": {
        "security_group_id", "description", "referenced_security_group_id", "cidr_ipv4", "cidr_ipv6", "prefix_list_id",
        "ip_protocol", "from_port", "to_port"},
    "aws_ec2_instance_connect_endpoint": {"subnet_id", "security_group_ids", "preserve_client_ip", "tags"},
    "aws_sns_topic": {"name"},
    "aws_sns_topic_subscription": {"topic_arn", "protocol", "endpoint"},
    "aws_cloudwatch_metric_alarm": {
        "alarm_name", "namespace", "metric_name", "statistic", "period", "evaluation_periods", "threshold",
        "comparison_operator", "treat_missing_data", "alarm_actions", "dimensions"},
    "aws_cloudwatch_log_metric_filter": {"name", "log_group_name", "pattern", "metric_transformation"},
}  # fmt: skip
ARGUMENTS["aws_vpc_security_group_egress_rule"] = ARGUMENTS["aws_vpc_security_group_ingress_rule"]


def broken(name: str = "web") -> dict[str, Any]:
    """Everything wrong at once."""
    rows = lists(
        [instance(KeyName=f"old {name}", Tags=[{"Key": "env", "Value": name}],
                  MetadataOptions={"HttpTokens": "optional"}),
         instance(2, KeyName=f"old {name}", Tags=[{"Key": "env", "Value": "test"}]),
         instance(3, KeyName=f"old {name}")],
        [group("sg-1", rule(EVERYBODY, "::/0", note=""), rule(OFFICE, note=name), rule(EVERYBODY, protocol="-1"),
               name=name),
         group("sg-2", rule("pl-1", low=1, high=65535, note="x"), name="1 spare")],
    )  # fmt: skip
    rows["pairs"] = [{"KeyName": f"old {name}", "CreateTime": "2020-01-01T00:00:00Z"}]
    rows["agents"] = [{"InstanceId": "i-00000000000000002", "PingStatus": "Online", "IsLatestVersion": False}]
    rows["prefixes"] = [{"id": "pl-1", "cidrs": [EVERYBODY]}]
    rows["endpoints"] = []
    rows["rules"] = [
        {"GroupId": "sg-1", "SecurityGroupRuleId": "sgr-1", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 22,
         "ToPort": 22, "CidrIpv4": EVERYBODY, "Description": name},
        {"GroupId": "sg-1", "SecurityGroupRuleId": "sgr-2", "IsEgress": True, "IpProtocol": "-1", "FromPort": -1,
         "ToPort": -1, "ReferencedGroupInfo": {"GroupId": "sg-2"}},
        {"GroupId": "sg-2", "SecurityGroupRuleId": "sgr-3", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 1,
         "ToPort": 65535, "PrefixListId": "pl-1"},
    ]  # fmt: skip
    return rows | {"alarms": [], "filters": [], "logs": [], "streams": []}


def logged(name: str = "/var/log/secure") -> dict[str, Any]:
    """Logs that nobody counts, and no single topic."""
    return lists() | {"filters": [], "alarms": [], "logs": [{"logGroupName": name}]}


def texts(rows: dict[str, Any]) -> list[tuple[Advice, str, str]]:
    return [(one, name, text) for one in judged(account(rows)) for name, text in one.texts]


ALL = [*texts(broken()), *texts(broken(HOSTILE)), *texts(logged()), *texts(logged(f"/auth/{HOSTILE}"))]
SHELL = [(one.code, text) for one, name, text in ALL if not name.endswith((".tf", ".json"))]
TERRAFORM = [(one.code, text) for one, name, text in ALL if name.endswith(".tf")]


def test_all_kinds_are_there() -> None:
    assert len({code for code, _ in SHELL}) == 12
    assert {code for code, _ in TERRAFORM} == {
        "advice.groups-as-code", "advice.emergency-way", "advice.status-alarm", "advice.auth-log-alarm",
    }  # fmt: skip


@pytest.mark.parametrize(("code", "text"), SHELL, ids=[code for code, _ in SHELL])
def test_a_shell_reads_it_and_runs_nothing_of_a_stranger(code: str, text: str) -> None:
    readable(text)
    ran = subprocess.run(
        [shutil.which("sh") or "sh", "-c", STANDS
         + "\n".join(line for line in text.splitlines() if line.startswith(("aws ", "me=", "group=", "topic=")))],
        capture_output=True, text=True, timeout=20, check=True, env={"PATH": "/nowhere"},
    )  # fmt: skip
    assert ran.stderr == ""


@pytest.mark.requires("moto")
def test_aws_knows_every_call_and_every_option() -> None:
    assert sum(known(text.replace(HOSTILE, "x")) for text in {text for _, text in SHELL}) > 30


@pytest.mark.parametrize(("code", "text"), TERRAFORM, ids=[code for code, _ in TERRAFORM])
def test_it_is_terraform_with_known_resources_and_arguments(code: str, text: str) -> None:
    made, imported = set(), []
    for kind, labels, body in Hcl(text).body():
        if kind == "import":
            told = {key: value for key, _, value in body}
            assert set(told) == {"to", "id"}
            imported.append(told["to"])
            continue
        assert kind == "resource"
        assert {key for key, _, _ in body} <= ARGUMENTS[labels[0]], labels
        assert f"{labels[0]}.{labels[1]}" not in made
        made.add(f"{labels[0]}.{labels[1]}")
    assert set(re.findall(r"\b(aws_\w+\.\w+)\.(?:id|arn)\b", text)) <= made
    assert set(imported) == (made if code == "advice.groups-as-code" else set())
    assert "${x}" not in text.replace("$${x}", "")


def test_the_groups_as_they_stand() -> None:
    (text,) = [text for one, _, text in texts(broken()) if one.code == "advice.groups-as-code"]
    assert 'resource "aws_vpc_security_group_egress_rule" "web_2"' in text
    assert "referenced_security_group_id = aws_security_group.g_1_spare.id" in text
    assert text.count("import {") == 5
    kept = lists(groups=[group("sg-1", rule(OFFICE), Tags=[{"Key": "aws:cloudformation:stack-id", "Value": "x"}])])
    assert not [one for one in judged(account(kept)) if one.code == "advice.groups-as-code"]


def test_the_agent_s_configuration_is_json_of_its_schema() -> None:
    told = json.loads(logtexts.agent_configuration())
    files = told["logs"]["logs_collected"]["files"]["collect_list"]
    assert [one["file_path"] for one in files] == ["/var/log/secure", "/var/log/auth.log"]
    assert {key for one in files for key in one} == {
        "file_path", "log_group_name", "log_stream_name", "retention_in_days"}  # fmt: skip
    assert files[0]["log_stream_name"] == "{instance_id}"


@pytest.mark.requires("moto")
def test_json_within_a_command_is_json_and_fits_the_api() -> None:
    import shlex

    from botocore.session import Session
    from botocore.validate import ParamValidator

    model = Session().get_service_model("ec2").operation_model("AuthorizeSecurityGroupIngress")
    shape, seen = model.input_shape.members["IpPermissions"], 0
    for code, text in SHELL:
        for line in text.splitlines():
            if "--ip-permissions '" in line or "--ip-permissions [" in line:
                words = shlex.split(line)
                rows = json.loads(words[words.index("--ip-permissions") + 1])
                assert not ParamValidator().validate(rows, shape).has_errors(), (code, rows)
                seen += 1
    assert seen >= 4


def test_one_topic_of_the_account_is_taken() -> None:
    account_ = account()
    assert f"--alarm-actions {TOPIC}" in logtexts.failure_commands(account_, "/var/log/secure", TOPIC)
    assert "create-topic" not in logtexts.failure_commands(account_, "/var/log/secure", TOPIC)
    assert "aws_sns_topic" not in logtexts.status_terraform(["i-1"], TOPIC)


def test_narrowing_comes_before_the_old_rule_goes() -> None:
    (text,) = [text for one, _, text in texts(broken()) if one.code == "advice.sg-open-world" and "sg-1" in text]
    lines = text.splitlines()
    assert [line.split()[2] for line in lines if line.startswith("aws")] == [
        "authorize-security-group-ingress", "revoke-security-group-ingress", "revoke-security-group-ingress",
    ]  # fmt: skip
    assert "CidrIp=$me/32" in lines[1]
    assert lines[-1].startswith("# the rule for -1 0-65535 opens more than logins")


def test_the_place_is_in_every_command() -> None:
    for _, text in SHELL:
        for line in text.splitlines():
            if line.startswith("aws "):
                assert "--region eu-west-1 --profile prod" in line
