"""What the account alone says about many instances: judged from rows, with nothing connected to."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from advice.accounts import EVERYBODY, OFFICE, account, group, instance, lists, rule

from sshwizard.advice import Machine
from sshwizard.advice.aws.hosts import idle_of, machines_of
from sshwizard.exits import UsageError
from sshwizard.fleet import tagged
from sshwizard.fleet.groups import summary
from sshwizard.fleet.plan import idle, planned
from sshwizard.fleet.rows import Row
from sshwizard.probes.aws.path import judge
from sshwizard.probes.aws.source import Source

OTHER = "5.6.7.8/32"
Rows = list[dict[str, Any]]


def plan(rows: Rows, groups: Rows) -> list[Row]:
    made = account(lists(rows, groups))
    return list(planned(made, list(machines_of(made, ("env", "prod")))))


def named(number: int, name: str, *groups: str, public: bool = True) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}, {"Key": "env", "Value": "prod"}]
    return instance(number, *groups, public=public, Tags=tags)


def test_instances_are_grouped_by_what_stops_them_and_one_rule_mends_several_groups() -> None:
    rows = [instance(number, f"sg-{number % 4:04x}") for number in range(1, 41)]
    groups = [group("sg-0000", rule(OFFICE)), *(group(f"sg-{one:04x}", rule(OTHER)) for one in (1, 2, 3))]
    told = summary(plan(rows, groups))
    assert (told.hosts, told.works, told.fails) == (40, 10, 30)
    assert [(one.cause, len(one.rows)) for one in told.groups] == [("aws.security-group-other-source", 30)]
    (action,) = told.actions
    assert (action.hosts, sorted(action.places)) == (30, ["sg-0001", "sg-0002", "sg-0003"])
    assert action.fix == "allow-my-ip-in-security-group"


def test_those_behind_a_bastion_that_is_shut_are_told_with_it() -> None:
    rows = [named(1, "bastion", "sg-0b"), *(named(n, f"db-{n}", "sg-0d", public=False) for n in (2, 3))]
    inner = rule("10.0.0.0/8")
    shut = plan(rows, [group("sg-0b", rule(OTHER)), group("sg-0d", inner)])
    assert [(one.host, one.cause, one.jump) for one in shut] == [
        ("bastion", "aws.security-group-other-source", ""),
        ("db-2", "aws.security-group-other-source", "bastion"),
        ("db-3", "aws.security-group-other-source", "bastion"),
    ]
    assert len(summary(shut).groups[0].changes) == 1  # the bastion's rule mends all three
    assert all(one.works for one in plan(rows, [group("sg-0b", rule(OFFICE)), group("sg-0d", inner)]))
    inside = plan(rows, [group("sg-0b", rule(OFFICE)), group("sg-0d", rule(OTHER))])
    assert [one.works for one in inside] == [True, False, False]


def test_a_list_that_could_not_be_read_is_never_an_all_clear() -> None:
    rows = lists([instance()], [group("sg-1", rule(EVERYBODY))])
    del rows["acls"]
    (one,) = planned(account(rows), machines_of(account(rows)))
    assert (one.outcome, one.cause) == ("inconclusive", "")
    assert one.why


def test_our_own_address_being_unknown_is_said() -> None:
    made = account(lists())
    unknown = type(made)(made.profile, made.region, made.lists)
    (one,) = planned(unknown, machines_of(unknown))
    assert one.outcome == "inconclusive"


def test_what_is_judged_together_is_what_each_is_judged_alone() -> None:
    groups = [group("sg-a1", rule(OFFICE)), group("sg-a2", rule(OTHER)), group("sg-a3", rule(OFFICE, low=2222))]
    rows = [instance(n, f"sg-a{n % 3 + 1}", public=n % 5 > 0) for n in range(1, 31)]
    made = account(lists(rows, groups))
    for one, machine in zip(planned(made, machines_of(made)), machines_of(made), strict=True):
        alone = judge(made.world.answers, machine.id, Source(made.sources), 22)
        assert one.works is (alone.outcome == "open"), one


def test_what_does_not_run_needs_no_connection() -> None:
    made = account(lists([instance(1), instance(2, State={"Name": "stopped"})]))
    (one,) = idle(idle_of(made, ("env", "prod")))
    assert (one.host, one.cause, one.why) == ("web-2", "aws.instance-stopped", "it is stopped")
    assert list(idle_of(made, ("env", "test"))) == []


def test_ten_thousand_instances_are_planned_at_once() -> None:
    rows = [instance(n, f"sg-{n % 500:04x}", public=n % 10 > 0) for n in range(1, 10_001)]
    groups = [group(f"sg-{n:04x}", rule(OTHER if n % 3 else OFFICE)) for n in range(500)]
    began = time.monotonic()
    found = Counter(one.cause for one in plan(rows, groups))
    assert time.monotonic() - began < 10  # it takes a fifth of a second
    assert found["aws.security-group-other-source"] == 6000


def test_where_ssh_goes_is_what_the_account_says() -> None:
    gate = Machine("gate", "54.1.2.3", "10.0.0.1", "ec2-user")
    inner = Machine("db", "", "10.0.0.9", "ubuntu", "gate")
    assert tagged.options(gate, None) == ("-o", "HostName=54.1.2.3", "-o", "User=ec2-user")
    assert tagged.options(inner, gate)[-1] == "ProxyJump=ec2-user@54.1.2.3"
    assert tagged.options(inner, None)[:2] == ("-o", "HostName=10.0.0.9")


@pytest.mark.parametrize("text", ["env", "=prod", ""])
def test_a_tag_is_a_key_and_a_value(text: str) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        tagged.tags([text])
