"""Effects in an account: previewed, tried dry, made, found again and taken back; refused when the account moved on."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from account_effects import EVERY
from cloud import Network

from sshwizard import effects
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import AddEntry, AllowSource, EndRescue, RescueBoot, StartInstance
from sshwizard.events import Doing
from sshwizard.journal import Journal
from sshwizard.lab.aws import REGION, Aws
from sshwizard.store import Store

pytestmark = pytest.mark.requires("moto")

ME = "203.0.113.7/32"
NOTE = "ssh for kim (sshwizard 2026-11-22)"


def rules(net: Network) -> list[tuple[str, str]]:
    groups = net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"]
    found = [one for permission in groups[0]["IpPermissions"] for one in permission["IpRanges"]]
    return sorted((one["CidrIp"], one.get("Description", "")) for one in found)


def entries(net: Network, acl: str) -> list[dict[str, Any]]:
    (found,) = net.ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return sorted(found["Entries"], key=lambda row: (row["Egress"], row["RuleNumber"]))


def test_one_rule_for_one_address_and_back(aws: Aws) -> None:
    net = Network(aws)
    net.allow(net.group, "198.51.100.0/24")
    before = rules(net)
    allow = AllowSource("", REGION, net.group, 22, ME, NOTE)
    back = effects.apply_all((allow,))
    assert rules(net) == sorted([*before, (ME, NOTE)])
    with pytest.raises(Refused, match="has such a rule already"):
        effects.apply_all((allow,))
    effects.apply_all(back)
    assert rules(net) == before
    with pytest.raises(Refused, match="no longer has the rule"):
        effects.apply_all(back)


def test_a_rule_that_somebody_rewrote_is_not_taken_away(aws: Aws) -> None:
    net = Network(aws)
    back = effects.apply_all((AllowSource("", REGION, net.group, 22, ME, NOTE),))
    range_ = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": ME, "Description": "ours now"}],
    }
    net.ec2.update_security_group_rule_descriptions_ingress(GroupId=net.group, IpPermissions=[range_])
    if rules(net) != [(ME, "ours now")]:
        net.ec2.revoke_security_group_ingress(GroupId=net.group, IpPermissions=[range_])
        net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[range_])
    with pytest.raises(Refused):
        effects.apply_all(back)
    assert rules(net) == [(ME, "ours now")]


def test_an_entry_of_a_network_acl_and_back(aws: Aws) -> None:
    net = Network(aws)
    acl = net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["NetworkAclId"]
    before = entries(net, acl)
    enter = AddEntry("", REGION, acl, 99, False, ME, 22, 22)
    back = effects.apply_all((enter,))
    (made,) = [row for row in entries(net, acl) if row not in before]
    assert (made["RuleAction"], made["CidrBlock"], made["Egress"]) == ("allow", ME, False)
    with pytest.raises(Refused, match="has a rule 99 already"):
        effects.apply_all((enter,))
    effects.apply_all(back)
    assert entries(net, acl) == before


def test_a_stopped_instance_is_started_and_stopped_again(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    with pytest.raises(Refused, match="is running, not stopped"):
        effects.apply_all((StartInstance("", REGION, web),))
    net.ec2.stop_instances(InstanceIds=[web])
    back = effects.apply_all((StartInstance("", REGION, web),))
    assert net.instance(web)["State"]["Name"] in {"pending", "running"}
    effects.apply_all(back)
    assert net.instance(web)["State"]["Name"] in {"stopping", "stopped"}


def test_what_is_denied_changes_nothing_and_says_the_permission(aws: Aws) -> None:
    net = Network(aws)
    aws.deny("ec2:AuthorizeSecurityGroupIngress")
    with pytest.raises(Refused, match="allow ec2:AuthorizeSecurityGroupIngress"):
        effects.apply_all((AllowSource("", REGION, net.group, 22, ME, NOTE),))
    assert rules(net) == []
    assert not [
        call for call in aws.calls() if call["mutating"] and not call["error"] and "Authorize" in call["action"]
    ]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: type(one).__name__)
def test_every_change_comes_back_from_the_journal(one: Effect) -> None:
    assert effects.from_json(effects.to_json(one)) == one
    assert all("\n" not in line for line in one.preview())
    assert "0.0.0.0/0" not in str(effects.to_json(one))
    if (
        one.changes and one.undoable and not isinstance(one, RescueBoot)
    ):  # that one keeps the user data of the account first
        back = one.inverse()
        assert back is not None
        assert back.inverse() == one
    if not isinstance(one, EndRescue):  # a shell has no honest lines for what a crash left
        ran = subprocess.run(["sh", "-n"], input="\n".join(one.typed(())), text=True, timeout=10, check=False)
        assert (bool(one.typed(())), ran.returncode) == (True, 0)


@pytest.mark.parametrize("made", [True, False], ids=["after it", "before it"])
def test_a_crash_in_the_middle_is_settled(aws: Aws, made: bool) -> None:
    """The change was written down; whether it was made is asked of the account itself."""
    net = Network(aws)
    allow = AllowSource("", REGION, net.group, 22, ME, NOTE)
    if made:
        allow.apply()
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    (told,) = journal.settle((Doing("allow-my-ip-in-security-group", allow, allow.inverse(), "2026-01-02"),))
    assert ("was taken back" in told) is made
    assert rules(net) == []
