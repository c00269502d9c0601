"""What a change in an AWS account is called, and the commands that a person would type for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sshwizard.effects import Effect
from sshwizard.effects.aws import (
    AddEntry,
    AddRoute,
    AddRule,
    AllowSource,
    AskAs,
    AttachRole,
    CloseEndpoint,
    CreateAlarm,
    CreateFilter,
    DeleteAlarm,
    DeleteFilter,
    DescribeRule,
    DetachRole,
    DropParameter,
    GiveAddress,
    Metadata,
    OpenEndpoint,
    PutParameter,
    RebootInstance,
    RemoveEntry,
    RemoveRoute,
    RemoveRule,
    RevokeSource,
    RunAutomation,
    RunDocument,
    SerialConsole,
    StartInstance,
    StopInstance,
    StopStartInstance,
    TakeAddress,
)
from sshwizard.effects.aws.addresses import PRICE

AT = ("", "eu-west-1")
V4, V6 = "198.20.30.40/32", "2001:db8::7/128"
ENDPOINT = (*AT, "vpc-1", "subnet-1", "sg-1", 22, "sshwizard-1", "for kim")


def permission(key: str, of: str, value: str, note: str = '"Description":"for kim",', ports: str = "22") -> str:
    told = f'"{of}":"{value}"' + (f",{note}".rstrip(",") if note else "")
    span = f'"FromPort":{ports},"ToPort":{ports},' if ports else ""
    return f"""--ip-permissions '[{{"IpProtocol":"{"tcp" if ports else "-1"}",{span}"{key}":[{{{told}}}]}}]'"""


SHOWN: list[tuple[Effect, str, str]] = [
    (AllowSource(*AT, "sg-1", 22, V4, "for kim"), f"+ sg-1: tcp 22 from {V4} (for kim)",
     f"ec2 authorize-security-group-ingress --group-id sg-1 {permission('IpRanges', 'CidrIp', V4)}"),
    (AllowSource(*AT, "sg-1", 22, V6, "for kim"), f"+ sg-1: tcp 22 from {V6} (for kim)",
     f"ec2 authorize-security-group-ingress --group-id sg-1 {permission('Ipv6Ranges', 'CidrIpv6', V6)}"),
    (RevokeSource(*AT, "sg-1", 22, "sg-2", "for kim"), "- sg-1: tcp 22 from sg-2 (for kim)",
     f"ec2 revoke-security-group-ingress --group-id sg-1 {permission('UserIdGroupPairs', 'GroupId', 'sg-2')}"),
    (AddRule(*AT, "sg-1", "tcp", 22, 22, "pl-1", ""), "+ sg-1: tcp 22 from pl-1 (no description)",
     f"ec2 authorize-security-group-ingress --group-id sg-1 {permission('PrefixListIds', 'PrefixListId', 'pl-1', '')}"),
    (RemoveRule(*AT, "sg-1", "tcp", 22, 22, V6, "for kim"), f"- sg-1: tcp 22 from {V6} (for kim)",
     f"ec2 revoke-security-group-ingress --group-id sg-1 {permission('Ipv6Ranges', 'CidrIpv6', V6)}"),
    (RemoveRule(*AT, "sg-1", "-1", 0, 65535, "sg-2", "for kim"), "- sg-1: every protocol from sg-2 (for kim)",
     "ec2 revoke-security-group-ingress --group-id sg-1 "
     + permission("UserIdGroupPairs", "GroupId", "sg-2", ports="")),
    (DescribeRule(*AT, "sg-1", "tcp", 22, 22, V4, "for kim", "old"),
     f"sg-1: tcp 22-22 from {V4}: “old” becomes “for kim”",
     f"ec2 update-security-group-rule-descriptions-ingress --group-id sg-1 {permission('IpRanges', 'CidrIp', V4)}"),
    (DescribeRule(*AT, "sg-1", "-1", 0, 0, V4, "for kim", "old"), f"sg-1: -1 all from {V4}: “old” becomes “for kim”",
     "ec2 update-security-group-rule-descriptions-ingress --group-id sg-1 "
     + permission("IpRanges", "CidrIp", V4, ports="")),
    (AddEntry(*AT, "acl-1", 9, False, V4, 22, 22), f"+ acl-1 rule 9: allow tcp 22 from {V4}",
     "ec2 create-network-acl-entry --network-acl-id acl-1 --rule-number 9 --protocol tcp --ingress --rule-action allow "
     f"--cidr-block {V4} --port-range From=22,To=22"),
    (AddEntry(*AT, "acl-1", 9, True, V6, 1024, 65535), f"+ acl-1 rule 9: allow tcp 1024-65535 to {V6}",
     "ec2 create-network-acl-entry --network-acl-id acl-1 --rule-number 9 --protocol tcp --egress --rule-action allow "
     f"--ipv6-cidr-block {V6} --port-range From=1024,To=65535"),
    (RemoveEntry(*AT, "acl-1", 9, False, V4, 22, 22), f"- acl-1 rule 9: allow tcp 22 from {V4}",
     "ec2 delete-network-acl-entry --network-acl-id acl-1 --rule-number 9 --ingress"),
    (RemoveEntry(*AT, "acl-1", 9, True, V4, 22, 22), f"- acl-1 rule 9: allow tcp 22 to {V4}",
     "ec2 delete-network-acl-entry --network-acl-id acl-1 --rule-number 9 --egress"),
    (AddRoute(*AT, "rtb-1", V4, "igw-1"), f"+ rtb-1: to {V4} by igw-1",
     f"ec2 create-route --route-table-id rtb-1 --destination-cidr-block {V4} --gateway-id igw-1"),
    (RemoveRoute(*AT, "rtb-1", V6, "igw-1"), f"- rtb-1: to {V6} by igw-1",
     f"ec2 delete-route --route-table-id rtb-1 --destination-ipv6-cidr-block {V6}"),
    (StartInstance(*AT, "i-1"), "start i-1", "ec2 start-instances --instance-ids i-1"),
    (StopInstance(*AT, "i-1"), "stop i-1", "ec2 stop-instances --instance-ids i-1"),
    (RebootInstance(*AT, "i-1"), "restart i-1", "ec2 reboot-instances --instance-ids i-1"),
    (StopStartInstance(*AT, "i-1", ("it moves",)),
     "stop i-1, wait until it is stopped, and start it again\n# it moves",
     "ec2 stop-instances --instance-ids i-1\nec2 wait instance-stopped --instance-ids i-1\n"
     "ec2 start-instances --instance-ids i-1"),
    (SerialConsole(*AT, True), "the serial console of the whole account in eu-west-1: on",
     "ec2 enable-serial-console-access"),
    (SerialConsole(*AT, False), "the serial console of the whole account in eu-west-1: off",
     "ec2 disable-serial-console-access"),
    (Metadata(*AT, "i-1", "enabled", "required", "disabled", "optional"),
     "the metadata service of i-1: enabled, tokens required",
     "ec2 modify-instance-metadata-options --instance-id i-1 --http-endpoint enabled --http-tokens required"),
    (AttachRole(*AT, "i-1", "for-ssm"), "+ i-1 gets the instance profile for-ssm, and what that is allowed",
     "ec2 associate-iam-instance-profile --instance-id i-1 --iam-instance-profile Name=for-ssm"),
    (CreateAlarm(*AT, "check", "i-1", "arn:x"), "+ alarm check: status checks of i-1 fail for two minutes → arn:x",
     "cloudwatch put-metric-alarm --alarm-name check --namespace AWS/EC2 --metric-name StatusCheckFailed "
     "--statistic Maximum --dimensions Name=InstanceId,Value=i-1 --period 60 --evaluation-periods 2 --threshold 1 "
     "--comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data missing --alarm-actions arn:x"),
    (CreateAlarm(*AT, "failed", "", "arn:x", "ssh", "Failed"),
     "+ alarm failed: 50 failed logins in five minutes (ssh Failed) → arn:x",
     "cloudwatch put-metric-alarm --alarm-name failed --namespace ssh --metric-name Failed --statistic Sum "
     "--period 300 --evaluation-periods 1 --threshold 50 --comparison-operator "
     "GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions arn:x"),
    (CreateFilter(*AT, "failed", "/log", "Failed", "ssh", "Failed"),
     "+ metric filter failed of /log: counts Failed as Failed",
     "logs put-metric-filter --log-group-name /log --filter-name failed --filter-pattern Failed "
     "--metric-transformations metricName=Failed,metricNamespace=ssh,metricValue=1,defaultValue=0"),
    (DeleteFilter(*AT, "failed", "/log", "Failed", "ssh", "Failed"),
     "- metric filter failed of /log: counts Failed as Failed",
     "logs delete-metric-filter --log-group-name /log --filter-name failed"),
    (RunDocument(*AT, "AWS-UpdateSSMAgent", ("i-1", "i-2"), (("allowDowngrade", "false"),), ("sessions end",)),
     "AWS-UpdateSSMAgent on i-1, i-2\n# sessions end",
     "ssm send-command --document-name AWS-UpdateSSMAgent --parameters '{\"allowDowngrade\":[\"false\"]}' "
     "--instance-ids i-1 i-2"),
    (PutParameter(*AT, "logins", "{}"), "+ parameter logins: {}",
     "ssm put-parameter --name logins --type String --value '{}'"),
    (DropParameter(*AT, "logins", "{}"), "- parameter logins: {}", "ssm delete-parameter --name logins"),
    (AddEntry(*AT, "acl-1", 9, False, V4, 22, 22, "deny"), f"+ acl-1 rule 9: deny tcp 22 from {V4}",
     "ec2 create-network-acl-entry --network-acl-id acl-1 --rule-number 9 --protocol tcp --ingress --rule-action deny "
     f"--cidr-block {V4} --port-range From=22,To=22"),
    (DeleteAlarm(*AT, "check", "i-1", "arn:x"), "- alarm check: status checks of i-1 fail for two minutes → arn:x",
     "cloudwatch delete-alarms --alarm-names check"),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "shown", "typed"), SHOWN, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("profile", ["", "team"])
def test_a_change_is_shown_and_typed(effect: Effect, shown: str, typed: str, profile: str) -> None:
    effect = replace(effect, profile=profile)  # type: ignore[type-var]
    place = "--region eu-west-1" + (" --profile team" if profile else "")
    assert effect.preview() == tuple(shown.splitlines())
    assert effect.typed(()) == tuple(f"aws {row} {place}" for row in typed.splitlines())


LAST = [
    (DetachRole(*AT, "i-1", "for-ssm"), "disassociate-iam-instance-profile"),
    (TakeAddress(*AT, "i-1", "ssh-1", ""), "release-address"),
    (GiveAddress(*AT, "i-1", "ssh-1", ""), "associate-address"),
    (CloseEndpoint(*ENDPOINT), "delete-security-group"),
    (OpenEndpoint(*ENDPOINT), "authorize-security-group-ingress"),
    (RunAutomation(*AT, "Doc", (("A", "b c"),), "0-1"), "get-automation-execution"),
]


@pytest.mark.parametrize(("effect", "call"), LAST, ids=lambda one: type(one).__name__)
def test_what_takes_several_commands_ends_with_the_call_that_does_it(effect: Effect, call: str) -> None:
    assert call in effect.typed(())[-1]


def test_an_address_that_is_lost_is_named_and_the_price_said() -> None:
    for was, told in (("198.20.30.50", "198.20.30.50, its address now, is lost for good"),
                      ("", "it has no public address now")):  # fmt: skip
        assert GiveAddress(*AT, "i-1", "ssh-1", was).preview() == (
            "+ an Elastic IP address for i-1", f"# {told}", f"# {PRICE}",
        )  # fmt: skip
    assert TakeAddress(*AT, "i-1", "ssh-1", "").preview() == ("- the Elastic IP address of i-1, which is released",)


@pytest.mark.parametrize("group", ["sg-1", ""])
def test_an_endpoint_names_the_rule_where_it_makes_one(group: str) -> None:
    opened = replace(OpenEndpoint(*ENDPOINT), group=group)
    first, *rule, note = opened.preview()
    assert first == "+ an Instance Connect Endpoint in subnet-1, in a security group of its own (sshwizard-1)"
    assert rule == (["+ sg-1: tcp 22 from the group sshwizard-1 (for kim)"] if group else [])
    assert note.startswith("# AWS makes it within minutes")
    shut = replace(CloseEndpoint(*ENDPOINT), group=group)
    assert len(shut.preview()) == 1
    told = [row.split("aws ec2 ")[1].split()[0] for row in (*opened.typed(()), *shut.typed(()))]
    assert told == [
        "create-security-group", "create-instance-connect-endpoint",
        *["authorize-security-group-ingress"] * bool(group),
        "describe-security-groups", *["revoke-security-group-ingress"] * bool(group),
        "describe-instance-connect-endpoints", "delete-instance-connect-endpoint", "delete-security-group",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "shown", "typed"),
    [
        (AskAs("team", "us-east-1"), "ask AWS with the profile team in us-east-1   (this run only)",
         "sshwizard 'my box' --profile team --region us-east-1"),
        (AskAs("", "us-east-1"), "ask AWS with the profile of the environment in us-east-1   (this run only)",
         "sshwizard 'my box' --region us-east-1"),
        (AskAs("team", ""), "ask AWS with the profile team   (this run only)", "sshwizard 'my box' --profile team"),
    ],
)  # fmt: skip
def test_whom_aws_is_asked_as(one: AskAs, shown: str, typed: str) -> None:
    assert (one.preview(), one.typed(("my box",))) == ((shown,), (typed,))
    assert not one.changes


WAY_BACK = [effect for effect, *_ in SHOWN] + [effect for effect, _ in LAST]


@pytest.mark.parametrize("effect", WAY_BACK, ids=lambda one: type(one).__name__)
def test_what_is_followed_or_final_says_so(effect: Effect) -> None:
    """What takes minutes is made on a thread of its own; what has no way back says so before."""
    slow = {"StartInstance", "StopInstance", "StopStartInstance", "OpenEndpoint", "CloseEndpoint", "RunAutomation",
            "RunDocument"}  # fmt: skip
    final = {"RebootInstance", "StopStartInstance", "RunAutomation", "RunDocument"}
    assert (effect.slow, effect.undoable) == (type(effect).__name__ in slow, type(effect).__name__ not in final)
    assert (effect.changes, effect.terminal) == (True, False)
