"""The edges of changes in an account: what is made once, what is never replaced, and what is refused in words."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from cloud import Network, client

from sshwizard import effects
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import (
    AddRoute,
    AllowSource,
    AttachRole,
    CreateAlarm,
    DetachRole,
    GiveAddress,
    Metadata,
    OpenEndpoint,
    RebootInstance,
    RescueBoot,
    SerialConsole,
    StartInstance,
    StopInstance,
    StopStartInstance,
    TakeAddress,
    place,
)
from sshwizard.effects.aws.automation import MOST_LINES, outputs
from sshwizard.effects.following import followed
from sshwizard.lab.aws import REGION, Aws

pytestmark = pytest.mark.requires("moto")

HERE = ("", REGION)
V4, V6 = "203.0.113.7/32", "2001:db8::7/128"
NOTE = "for kim"


@pytest.fixture
def net(aws: Aws) -> Network:
    return Network(aws)


def refuses(effect: Effect, says: str) -> None:
    with pytest.raises(Refused) as refused:
        effect.check()
    assert says in str(refused.value)


def mutating(net: Network) -> list[str]:
    """What was called and changed something, in order."""
    return [str(call["action"]) for call in net.aws.calls() if call["mutating"] and not call["error"]]


def inbound(net: Network) -> list[dict[str, Any]]:
    found = net.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [net.group]}])
    return [row for row in found["SecurityGroupRules"] if not row["IsEgress"]]


# ------------------------------------------------------------------ alarms, roles, switches


def test_an_alarm_of_that_name_is_neither_replaced_nor_deleted(net: Network) -> None:
    mine = CreateAlarm(*HERE, "check", "i-1", "arn:aws:sns:eu-west-1:123456789012:ops")
    back = effects.apply_all((mine,))
    assert mine.is_mine(mine.standing() or {})
    refuses(mine, "there is an alarm check already, which is not replaced")
    theirs = CreateAlarm(*HERE, "check", "i-2", mine.topic).inverse()
    refuses(theirs, "the alarm check is no longer the one that was made here")
    with pytest.raises(Refused):
        theirs.apply()
    for key in ("Period", "Dimensions", "AlarmActions"):
        assert not mine.is_mine({**mine.body, key: None})
    effects.apply_all(back)
    assert mine.standing() is None
    refuses(back[0], "is no longer the one")


def test_a_role_that_it_has_is_never_replaced_and_only_ours_taken(net: Network) -> None:
    web = net.launch("web-1")
    iam = client(net.aws, "iam")
    for name in ("theirs", "ours"):
        iam.create_instance_profile(InstanceProfileName=name)
    back = effects.apply_all((AttachRole(*HERE, web, "theirs"),))
    refuses(AttachRole(*HERE, web, "ours"), f"{web} has the instance profile theirs, which is not replaced")
    refuses(DetachRole(*HERE, web, "ours"), f"{web} no longer has the instance profile ours")
    effects.apply_all(back)
    assert back[0].name() == ""  # type: ignore[attr-defined]
    refuses(back[0], "no longer has the instance profile theirs")


def test_a_switch_is_turned_once_each_way(net: Network) -> None:
    for on in (True, False):
        refuses(SerialConsole(*HERE, not on), f"the serial console is {'off' if on else 'on'} already")
        back = effects.apply_all((SerialConsole(*HERE, on),))
        assert net.ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is on
        assert back == (SerialConsole(*HERE, not on),)


def test_metadata_options_that_changed_since_are_left_alone(net: Network) -> None:
    web = net.launch("web-1")
    now = net.instance(web)["MetadataOptions"]
    was = now["HttpEndpoint"], now["HttpTokens"]
    mine = Metadata(*HERE, web, "disabled", "required", *was)
    assert mine.inverse() == Metadata(*HERE, web, *was, "disabled", "required")
    for other in (("x", was[1]), (was[0], "x")):
        refuses(Metadata(*HERE, web, "enabled", "required", *other), f"the metadata service of {web} is {was[0]} now")
    assert (mine.slow, AttachRole(*HERE, web, "x").slow) == (False, False)


# ------------------------------------------------------------------ addresses


def test_an_address_is_allocated_once_and_released_with_what_it_has(net: Network) -> None:
    web = net.launch("web-1")
    give = GiveAddress(*HERE, web, "ssh-1", "")
    back = effects.apply_all((give,))
    assert give.mine()["InstanceId"] == web
    refuses(give, "it has been allocated already")
    give_other = GiveAddress(*HERE, web, "ssh-2", "")
    give_other.check()
    refuses(TakeAddress(*HERE, "i-other", "ssh-1", ""), f"belongs to {web} now")
    net.ec2.disassociate_address(AssociationId=give.mine()["AssociationId"])
    effects.apply_all(back)  # nothing holds it any more, and it is released all the same
    assert net.ec2.describe_addresses()["Addresses"] == []
    refuses(back[0], "the address was released already")


def test_an_address_that_cannot_be_given_is_not_kept(net: Network) -> None:
    with pytest.raises(Refused):
        GiveAddress(*HERE, "i-0123456789abcdef0", "ssh-1", "").apply()
    assert net.ec2.describe_addresses()["Addresses"] == []


# ------------------------------------------------------------------ power


def test_what_is_on_its_way_is_waited_for(net: Network) -> None:
    web = net.launch("web-1")
    net.ec2.stop_instances(InstanceIds=[web])
    net.aws.hold(web, "stopping")
    said: list[str] = []

    def tell(row: str) -> None:
        said.append(row)
        net.aws.hold(web, None)

    with followed(tell, threading.Event()):
        StartInstance(*HERE, web).check()
    assert [row.partition(" (")[0] for row in said] == [f"{web}: stopping", f"{web}: stopped"]
    refuses(StopInstance(*HERE, web), f"{web} is stopped, not running")
    refuses(StopStartInstance(*HERE, web), f"{web} is stopped, not running")
    refuses(RebootInstance(*HERE, web), f"{web} is stopped, not running")


def test_what_is_gone_is_not_waited_for(net: Network) -> None:
    web = net.launch("web-1")
    power = StartInstance(*HERE, web)
    power.wait("running")
    for state in ("terminated", "shutting-down"):
        net.aws.hold(web, state)
        with pytest.raises(Refused, match=f"{web} is {state}"):
            power.wait("running")
    net.aws.hold(web, None)


@pytest.mark.parametrize("falls", [False, True])
def test_a_start_comes_to_its_end_or_falls_back(net: Network, falls: bool) -> None:
    """EC2 stops an instance that it cannot start, and gives the reason."""
    web = net.launch("web-1")
    net.aws.hold(web, "pending")
    power = StartInstance(*HERE, web)

    def tell(row: str) -> None:
        net.aws.hold(web, "stopped" if falls else None)

    with followed(tell, threading.Event()):
        if falls:
            with pytest.raises(Refused, match=f"{web} is stopped"):
                power.wait("running")
        else:
            power.wait("running")
    net.aws.hold(web, None)


# ------------------------------------------------------------------ an endpoint


@pytest.mark.parametrize("group", [True, False])
def test_an_endpoint_makes_a_rule_only_where_one_is_needed(net: Network, group: bool) -> None:
    one = OpenEndpoint(*HERE, net.vpc, net.private, net.group if group else "", 22, "sshwizard-1", NOTE)
    back = effects.apply_all((one,))
    assert len(inbound(net)) == group
    assert mutating(net).count("CreateSecurityGroup") == 2  # the web server's, and its own
    own = one.own_group()
    assert one.mine(own)["SubnetId"] == net.private
    assert one.mine("") == {}
    assert not one.mine("sg-other")
    if group:
        assert one.admitted(own)
        assert not one.admitted("sg-other")
    effects.apply_all(back)
    assert (inbound(net), one.own_group(), one.there()) == ([], "", [])
    one.take_away()  # nothing is left, so nothing is done


def test_a_group_that_may_not_be_deleted_is_a_refusal(net: Network) -> None:
    one = OpenEndpoint(*HERE, net.vpc, net.private, "", 22, "sshwizard-1", NOTE)
    one.apply()
    net.aws.deny("ec2:DeleteSecurityGroup")
    with pytest.raises(Refused):
        one.take_away()
    assert one.own_group()


# ------------------------------------------------------------------ a repair at a boot


def test_checks_that_may_not_be_read_hold_nobody_up(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance runs by then, and ssh itself is the proof."""
    monkeypatch.setattr("sshwizard.effects.aws.rescue.ANSWERS", 0.1)
    net.aws.deny("ec2:DescribeInstanceStatus")
    RescueBoot(*HERE, "i-0123456789abcdef0", "0a1b2c", "true", "", "d", "t").settle()
    assert [call["action"] for call in net.aws.calls()].count("DescribeInstanceStatus") == 1


# ------------------------------------------------------------------ how it is asked


def test_credentials_that_were_refused_are_read_anew(net: Network) -> None:
    mine = AllowSource(*HERE, net.group, 22, V4, NOTE)
    mine.check()
    kept = dict(place._ACCESS)
    assert list(kept) == [""]
    net.aws.deny("ec2:DescribeSecurityGroupRules")
    with pytest.raises(Refused, match="allow ec2:DescribeSecurityGroupRules"):
        mine.check()
    assert kept == place._ACCESS
    net.aws.heal()
    net.aws.expire()
    with pytest.raises(Refused):
        mine.check()
    assert place._ACCESS == {}


def test_a_dry_run_that_is_denied_is_a_refusal_and_changes_nothing(net: Network) -> None:
    net.aws.deny("ec2:CreateRoute")
    refuses(AddRoute(*HERE, net.routes, V4, net.gateway), "allow ec2:CreateRoute")
    net.aws.heal()
    before = mutating(net)
    place.tried(AddRoute(*HERE, net.routes, V4, net.gateway), "stop_instances", InstanceIds=[net.launch("web-1")])
    assert "StopInstances" not in mutating(net)[len(before) :]


# ------------------------------------------------------------------ what a runbook gave


def test_the_output_of_a_runbook_is_told_line_by_line_and_not_endlessly() -> None:
    run = {
        "StepExecutions": [{"StepName": "a"}, {"StepName": "b", "FailureMessage": "no\x1b[1m disk"}],
        "Outputs": {"check.out": ["one\n\n  \ntwo\x1b[31m"], "more": [f"row {number}\n" for number in range(99)]},
    }
    assert outputs(run)[:4] == ("b: no disk", "check.out: one", "check.out: two", "more: row 0")
    assert len(outputs(run)) == MOST_LINES == 40
    assert outputs({"Outputs": None}) == ()
    assert len(outputs({"Outputs": {"x": ["y z " * 200]}})[0]) == 300
