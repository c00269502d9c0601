"""Whose rule, entry or route it is: what is like one of ours and is another stays, and stands in nobody's way."""

from __future__ import annotations

from typing import Any

import pytest
from cloud import Network

from sshwizard import effects
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import (
    AddEntry,
    AddRoute,
    AddRule,
    AllowSource,
)
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


# ------------------------------------------------------------------ rules of a group


@pytest.mark.parametrize(("source", "says"), [(V4, "CidrIpv4"), (V6, "CidrIpv6")])
def test_one_address_is_let_in_and_shut_out(net: Network, source: str, says: str) -> None:
    for effect in (
        AllowSource(*HERE, net.group, 22, source, NOTE),
        AddRule(*HERE, net.group, "tcp", 22, 22, source, NOTE),
    ):
        back = effects.apply_all((effect,))
        (row,) = inbound(net)
        assert [row[key] for key in (says, "IpProtocol", "FromPort", "ToPort", "Description")] == [
            source, "tcp", 22, 22, NOTE,
        ]  # fmt: skip
        refuses(effect, "has such a rule already")
        assert back[0].inverse() == effect
        effects.apply_all(back)
        assert inbound(net) == []
        with pytest.raises(Refused, match="no longer has the rule"):
            back[0].apply()


def test_a_group_is_let_in_once(net: Network) -> None:
    """The stand-in keeps no description of such a rule, by which it would be taken away."""
    jump = net.new_group("jump")
    mine = AllowSource(*HERE, net.group, 22, jump, NOTE)
    mine.apply()
    (row,) = inbound(net)
    assert row["ReferencedGroupInfo"]["GroupId"] == jump
    for again in (mine, AddRule(*HERE, net.group, "tcp", 22, 22, jump, "")):
        refuses(again, "has such a rule already")
    AllowSource(*HERE, net.group, 22, net.new_group("other"), NOTE).check()


@pytest.mark.parametrize(
    ("protocol", "low", "high", "source"),
    [("tcp", 23, 23, V4), ("udp", 22, 22, V4), ("tcp", 22, 23, V4), ("tcp", 22, 22, V6)],
)
def test_what_is_like_a_rule_is_another(net: Network, protocol: str, low: int, high: int, source: str) -> None:
    """Another port, protocol, span or source: neither in the way, nor taken away."""
    effects.apply_all((AddRule(*HERE, net.group, protocol, low, high, source, NOTE),))
    for mine in (AllowSource(*HERE, net.group, 22, V4, NOTE), AddRule(*HERE, net.group, "tcp", 22, 22, V4, NOTE)):
        mine.check()
        back = mine.inverse()
        assert back is not None
        refuses(back, "no longer has the rule")
    assert len(inbound(net)) == 1


def test_a_rule_out_of_the_group_is_no_rule_into_it(net: Network) -> None:
    out = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": V4, "Description": NOTE}]}
    net.ec2.authorize_security_group_egress(GroupId=net.group, IpPermissions=[out])
    for mine in (AllowSource(*HERE, net.group, 22, V4, NOTE), AddRule(*HERE, net.group, "tcp", 22, 22, V4, NOTE)):
        mine.check()
        back = mine.inverse()
        assert back is not None
        refuses(back, "no longer has the rule")


def test_a_rule_with_another_description_is_somebody_elses(net: Network) -> None:
    effects.apply_all((AllowSource(*HERE, net.group, 22, V4, "theirs"),))
    for back in (
        AllowSource(*HERE, net.group, 22, V4, NOTE).inverse(),
        AddRule(*HERE, net.group, "tcp", 22, 22, V4, "").inverse(),
    ):
        refuses(back, "no longer has the rule")
        with pytest.raises(Refused):
            back.apply()
    assert len(inbound(net)) == 1


# ------------------------------------------------------------------ entries and routes


def entry(net: Network, acl: str, number: int, *, egress: bool = False, **says: Any) -> None:
    told = {"Protocol": "6", "RuleAction": "allow", "CidrBlock": V4, "PortRange": {"From": 22, "To": 22}, **says}
    net.ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=egress, **told)


@pytest.fixture
def acl(net: Network) -> str:
    return str(net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["NetworkAclId"])


@pytest.mark.parametrize(
    "says",
    [
        {"RuleAction": "deny"},
        {"CidrBlock": "203.0.113.8/32"},
        {"PortRange": {"From": 22, "To": 23}},
        {"Protocol": "17"},
    ],
    ids=str,
)
def test_an_entry_that_says_something_else_is_left_alone(net: Network, acl: str, says: dict[str, Any]) -> None:
    mine = AddEntry(*HERE, acl, 9, False, V4, 22, 22)
    entry(net, acl, 9, **says)
    refuses(mine, f"{acl} has a rule 9 already")
    refuses(mine.inverse(), f"rule 9 of {acl} is no longer the one that was made here")
    with pytest.raises(Refused):
        mine.inverse().apply()


def test_an_entry_of_the_other_way_or_number_is_another(net: Network, acl: str) -> None:
    entry(net, acl, 9, egress=True)
    entry(net, acl, 8)
    mine = AddEntry(*HERE, acl, 9, False, V4, 22, 22)
    refuses(mine.inverse(), "is no longer the one")
    mine.check()  # it is made by it here: this stand-in ignores a dry run
    done = len(mutating(net))
    mine.apply()
    assert len(mutating(net)) == done
    mine.inverse().apply()
    assert mine.standing() is None


@pytest.mark.parametrize("egress", [False, True])
def test_an_entry_of_ipv6_is_made_and_taken_back(net: Network, acl: str, egress: bool) -> None:
    mine = AddEntry(*HERE, acl, 9, egress, V6, 1024, 65535)
    back = (mine.inverse(),)
    mine.apply()
    row = dict(mine.standing() or {})
    assert (row["Ipv6CidrBlock"], row["Egress"], row["PortRange"]) == (V6, egress, {"From": 1024, "To": 65535})
    effects.apply_all(back)
    assert mine.standing() is None


def test_a_route_that_leads_elsewhere_now_is_left_alone(net: Network) -> None:
    mine = AddRoute(*HERE, net.routes, V4, net.gateway)
    effects.apply_all((mine,))
    assert (mine.standing()["GatewayId"], mine.standing()["DestinationCidrBlock"]) == (net.gateway, V4)
    refuses(mine, "has a route to")
    other = AddRoute(*HERE, net.routes, V4, "igw-other").inverse()
    refuses(other, f"{net.routes} no longer leads to {V4} by igw-other")
    with pytest.raises(Refused):
        other.apply()
    mine.inverse().apply()
    assert not mine.standing()
