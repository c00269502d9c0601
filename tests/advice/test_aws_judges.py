"""What an account's own rows lead to: each thing broken alone, and nothing said about a healthy one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from sshwizard.advice.aws.account import CALLS
from sshwizard.advice.aws.hosts import machines_of
from sshwizard.advice.aws.judges import JUDGES, judged
from sshwizard.advice.aws.keypairs import tells
from sshwizard.cloud.unseen import Unseen

from .accounts import EVERYBODY, OFFICE, account, alarm, group, instance, lists, rule, told

OPEN = "advice.sg-open-world"


def only(found: dict[str, Any], code: str) -> Any:
    (one,) = told(found, code)
    return one


def test_a_healthy_account_needs_nothing() -> None:
    found = list(judged(account()))
    assert [(one.code, one.weight) for one in found] == [("advice.groups-as-code", "note")]


@pytest.mark.parametrize("name", CALLS)
def test_what_was_not_seen_is_named_and_never_fine(name: str) -> None:
    rows = lists()
    del rows[name]
    call = CALLS[name][0].name
    unseen = {name: Unseen(call, "denied", f"you may not ({call})", f"allow {call}")}
    found = [one for one in judged(account(rows, unseen=unseen)) if one.unknown]
    assert found, "a call of which nothing depends"
    assert all(f"allow {call}" in one.unknown and not one.texts for one in found)
    assert {one.code for one in found} == {one.code for one in JUDGES if name in one.needs}


# ------------------------------------------------------------------ open to the world


@pytest.mark.parametrize(("permission", "port"), [
    (rule(EVERYBODY), 22), (rule("0.0.0.0/1"), 22), (rule("128.0.0.0/2"), 22), (rule(EVERYBODY, low=2222), 2222),
    (rule(EVERYBODY, low=3389), 3389), (rule(EVERYBODY, protocol="-1"), 22), (rule(EVERYBODY, low=1, high=1024), 22),
    (rule("pl-wide"), 22),
])  # fmt: skip
def test_the_world_is_let_in_and_arrives(permission: dict[str, Any], port: int) -> None:
    rows = lists(groups=[group("sg-1", permission, rule("sg-e"))]) | {
        "prefixes": [{"id": "pl-wide", "cidrs": ["10.0.0.0/8", EVERYBODY]}]
    }
    one = only(rows, OPEN)
    assert one.weight == "now"
    assert any(f"web-1 (i-00000000000000001) answers the whole internet at 54.0.0.1, port {port}" in line
               for line in one.seen)  # fmt: skip


@pytest.mark.parametrize("permission", [
    rule(OFFICE), rule("10.0.0.0/8"), rule(EVERYBODY, low=443), rule(EVERYBODY, protocol="udp"), rule("fd00::/8"),
    rule("pl-narrow"), rule("sg-1"),
])  # fmt: skip
def test_what_is_not_open_to_the_world(permission: dict[str, Any]) -> None:
    rows = lists(groups=[group("sg-1", permission, rule("sg-e"))]) | {
        "prefixes": [{"id": "pl-narrow", "cidrs": [OFFICE]}]
    }
    assert told(rows, OPEN) == []


def test_an_open_group_exposes_only_who_is_reached() -> None:
    rows = lists([instance(public=False)], [group("sg-1", rule(EVERYBODY), rule("sg-e"))])
    assert only(rows, OPEN).weight == "soon"
    rows["gateways"] = []
    rows["instances"] = [instance()]
    assert only(rows, OPEN).weight == "soon"
    rows["instances"] = []
    assert only(rows, OPEN).weight == "note"


def test_by_ipv6_too() -> None:
    row = instance()
    row["NetworkInterfaces"][0]["Ipv6Addresses"] = [{"Ipv6Address": "2a05:d018::5"}]
    rows = lists([row], [group("sg-1", rule("::/0"), rule("sg-e"))])
    rows["routes"][0]["Routes"].append({"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"})
    rows["acls"][0]["Entries"] += [
        {"RuleNumber": 101, "RuleAction": "allow", "Egress": out, "Ipv6CidrBlock": "::/0", "Protocol": "-1"}
        for out in (True, False)
    ]
    one = only(rows, OPEN)
    assert one.weight == "now"
    assert any("at 2a05:d018::5, port 22" in line for line in one.seen)


def test_a_prefix_list_that_cannot_be_read_is_not_fine() -> None:
    rows = lists(groups=[group("sg-1", rule("pl-9"), rule("sg-e"))])
    assert "ec2:GetManagedPrefixListEntries" in only(rows, OPEN).unknown


def test_who_would_be_left_without_a_way_in_is_known_to_the_fix() -> None:
    wide = group("sg-1", rule(EVERYBODY))
    rows = lists([instance(), instance(2, public=False), instance(3, public=False)], [wide])
    rows["agents"] = rows["agents"][2:]
    data = dict(only(rows, OPEN).data)
    assert data["stranded"] == "i-00000000000000002"
    assert (data["private"], data["sources"], data["reach"]) == ("10.0.0.0/8", "198.20.30.40", "54.0.0.1 22")
    rows["groups"] = [group("sg-1", rule(EVERYBODY), rule("10.1.0.0/16"))]
    assert dict(only(rows, OPEN).data)["stranded"] == ""
    wider = group("sg-1", rule(EVERYBODY, protocol="-1"))
    assert only(lists(groups=[wider]), OPEN).fix == "", "something else may need the other ports"
    assert json.loads(data["rules"])[0]["source"] == EVERYBODY


# ------------------------------------------------------------------ hygiene


def test_groups_are_described_used_and_of_one_environment() -> None:
    bare = group("sg-1", rule(OFFICE, note=""), rule("sg-e"))
    one = only(lists(groups=[bare]), "advice.sg-hygiene.description")
    assert (one.fix, one.seen) == ("describe-security-group-rules", (f"tcp, port 22, from {OFFICE}: no description",))
    spare = only(lists(groups=[group("sg-1", rule(OFFICE)), group("sg-2", name="old"), group("sg-3", name="default")]),
                 "advice.sg-hygiene.unused")  # fmt: skip
    assert spare.seen == ("old (sg-2)",)
    test = instance(2, Tags=[{"Key": "Environment", "Value": "test"}])
    one = only(lists([instance(), test]), "advice.sg-hygiene.shared")
    assert one.weight == "soon"
    assert one.seen == ("prod: web-1 (i-00000000000000001)", "test: i-00000000000000002")


@pytest.mark.parametrize(("permission", "wide"), [
    (rule("203.0.0.0/12"), True), (rule("10.0.0.0/8", protocol="-1"), True), (rule(OFFICE, low=1, high=65535), True),
    (rule("203.0.112.0/20"), False), (rule("10.0.0.0/8"), False), (rule("sg-1", protocol="-1"), False),
    (rule("203.0.0.0/12", low=443), False),
])  # fmt: skip
def test_least_privilege(permission: dict[str, Any], wide: bool) -> None:
    rows = lists(groups=[group("sg-1", permission, rule("sg-e"))])
    assert bool(told(rows, "advice.sg-hygiene.wide")) is wide


def test_many_groups_do_not_make_many_advices() -> None:
    many = [group(f"sg-{number}", rule(OFFICE, note=""), name=f"g{number}") for number in range(40)]
    found = told(lists(groups=many), "advice.sg-hygiene.description")
    assert len(found) == 11
    assert "… and 19 more" in found[-1].seen[-1]


# ------------------------------------------------------------------ keys


def test_key_pairs_that_are_old_shared_or_tell_nothing() -> None:
    rows = lists([instance(number, KeyName="team-prod") for number in range(1, 13)])
    rows["pairs"] = [{"KeyName": "team-prod", "CreateTime": "2024-03-01T00:00:00+00:00"}, {"KeyName": "key1"}]
    old = only(rows, "advice.key-age")
    assert old.weight == "soon"
    assert old.seen[0] == "made 2024-03-01, 996 days ago"
    assert (only(rows, "advice.per-user-keys").weight, len(only(rows, "advice.per-user-keys").seen)) == ("soon", 12)
    assert only(rows, "advice.key-naming").seen == ("key1",)
    rows["instances"] = []
    assert only(rows, "advice.key-age").weight == "note"


@pytest.mark.parametrize(("name", "good"), [
    ("kim-prod-2026", True), ("kim_bastion", True), ("dana.lab", True), ("kim-2026", True), ("mykey", False),
    ("my-key-1", False), ("key1", False), ("aws-ec2", False), ("prod", False), ("a-b", False),
])  # fmt: skip
def test_the_rule_for_names(name: str, good: bool) -> None:
    assert tells(name) is good


# ------------------------------------------------------------------ ways in


def test_a_second_way_in() -> None:
    rows = lists([instance(), instance(2)])
    rows["agents"] = [{"InstanceId": "i-00000000000000001", "PingStatus": "ConnectionLost", "LastPingDateTime": "then"}]
    one = only(rows, "advice.no-ssm")
    assert one.weight == "soon"
    assert one.seen == ("web-1 (i-00000000000000001): the agent was seen last then",
                        "web-2 (i-00000000000000002): no agent has registered")  # fmt: skip
    rows["endpoints"] = []
    one = only(rows, "advice.emergency-way")
    assert (one.weight, one.fix, dict(one.data)["subnet"]) == ("soon", "open-emergency-endpoint", "subnet-1")
    rows = lists(groups=[group("sg-1", rule(OFFICE))])
    assert told(rows, "advice.emergency-way") == [], "Session Manager reaches it"
    rows["agents"] = []
    assert "does not reach every instance" in only(rows, "advice.emergency-way").title


def test_tokens_and_old_agents() -> None:
    rows = lists([instance(MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "enabled"})])
    rows["agents"] = [{"InstanceId": "i-00000000000000001", "PingStatus": "Online", "IsLatestVersion": False,
                       "AgentVersion": "3.1.0"}]  # fmt: skip
    assert only(rows, "advice.imds-v1").seen == ("web-1 (i-00000000000000001)",)
    assert only(rows, "advice.update").seen == ("web-1 (i-00000000000000001): 3.1.0",)


# ------------------------------------------------------------------ alarms and logs


@pytest.mark.parametrize(("alarms", "says"), [
    ([], "no alarm"), ([alarm(topic="")], "tells no SNS topic"), ([alarm(ActionsEnabled=False)], "tells no SNS topic"),
    ([alarm(MetricName="CPUUtilization")], "no alarm"), ([alarm(2)], "no alarm"),
    ([alarm(MetricName="StatusCheckFailed_System")], ""),
    ([alarm(MetricName=None, Metrics=[{"MetricStat": {"Metric": {
        "Namespace": "AWS/EC2", "MetricName": "StatusCheckFailed",
        "Dimensions": [{"Name": "InstanceId", "Value": "i-00000000000000001"}]}}}])], ""),
])  # fmt: skip
def test_who_hears_of_failed_checks(alarms: list[dict[str, Any]], says: str) -> None:
    rows = lists() | {"alarms": alarms}
    found = told(rows, "advice.status-alarm")
    assert bool(found) is bool(says)
    assert all(says in line for one in found for line in one.seen)


def test_auto_scaling_replaces_a_failed_instance_by_itself() -> None:
    row = instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}])
    assert told(lists([row]) | {"alarms": []}, "advice.status-alarm") == []


def test_logs_of_logins() -> None:
    rows = lists() | {"logs": [{"logGroupName": "/aws/lambda/x"}], "filters": [], "streams": []}
    assert only(rows, "advice.auth-log").weight == "soon"
    rows = lists([instance(), instance(2)])
    rows["streams"] = [{"log": "/var/log/secure", "streams": ["i-00000000000000001"], "more": False}]
    assert only(rows, "advice.auth-log").seen[0] == "web-2 (i-00000000000000002)"
    rows["streams"][0]["more"] = True
    assert told(rows, "advice.auth-log") == [], "who is missing among many cannot be told"
    rows["filters"] = []
    assert "not counted" in only(rows, "advice.auth-log-alarm").title
    rows = lists() | {"alarms": [alarm()]}
    assert "nobody is told" in only(rows, "advice.auth-log-alarm").title


# ------------------------------------------------------------------ many, and hosts


def test_a_thousand_instances_in_two_seconds() -> None:
    groups = [group(f"sg-{number}", rule(EVERYBODY), rule("10.0.0.0/8"), rule(OFFICE, note="")) for number in range(50)]
    rows = lists([instance(number + 1, f"sg-{number % 50}") for number in range(1000)], groups)
    rows["alarms"], rows["agents"] = [], []
    begun = time.process_time()
    found = list(judged(account(rows)))
    hosts = list(machines_of(account(rows)))
    assert time.process_time() - begun < 2
    assert (sum(one.code == OPEN for one in found), len(hosts)) == (50, 1000)


def test_hosts_are_named_once_and_reached_through_the_bastion() -> None:
    bastion = instance(9, Tags=[{"Key": "Name", "Value": "bastion a"}])
    rows = [instance(), instance(2, public=False), instance(3, Tags=[{"Key": "Name", "Value": "web-1"}]), bastion,
            instance(4, State={"Name": "stopped"}), instance(5, Platform="windows")]  # fmt: skip
    found = {one.name: one for one in machines_of(account(lists(rows)))}
    assert list(found) == ["web-1-000001", "web-2", "web-1-000003", "bastion-a"]
    web = found["web-2"]
    assert (web.address, web.private, web.user, web.through) == ("", "10.0.0.2", "ec2-user", "bastion-a")
    assert found["bastion-a"].through == ""
    chosen = [one.name for one in machines_of(account(lists(rows)), ("env", "PROD"))]
    assert chosen == ["web-1-000001", "web-2", "bastion-a"], "who leads there is among them"
