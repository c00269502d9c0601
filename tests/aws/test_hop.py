"""A private instance behind a bastion that is an instance, too."""

from __future__ import annotations

from typing import Any

import pytest
from cloud import Network

from aws.asking import ADDRESS, public
from sshwizard.cloud.cloud import Cloud
from sshwizard.fixes import FIXES, Situation
from sshwizard.lab.aws import Aws
from sshwizard.model import Fact, Target
from sshwizard.probes.aws.looks import hop, identity
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene

pytestmark = pytest.mark.requires("moto")


async def behind(probe: Probe[Any], bastion: str, inner: str, index: int = 1) -> Fact[Any]:
    legs = (
        Leg("bastion", {"hostname": (bastion,), "port": ("22",)}, final=False),
        Leg("db", {"hostname": (inner,), "port": ("22",)}),
    )
    cloud = Cloud()
    try:
        return await probe.look(Scene(Target("db", ("-J", "bastion", "db")), legs, index, {}, Run(), cloud=cloud))
    finally:
        await cloud.close()


async def test_the_targets_group_must_admit_the_bastion(aws: Aws) -> None:
    net = Network(aws)
    public(net, net.launch("bastion"))
    bastion_group = net.group
    net.group = net.new_group("db")
    inside = net.instance(net.launch("db-1", public=False))
    inner = inside["PrivateIpAddress"]
    who = await behind(identity, ADDRESS, inner)
    assert (who.outcome, who.data["instance"]) == ("instance", inside["InstanceId"])
    fact = await behind(hop, ADDRESS, inner, 0)
    assert (fact.outcome, fact.data["group"]) == ("group-blocks", net.group)
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": bastion_group}]}
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[rule])
    assert (await behind(hop, ADDRESS, inner, 0)).outcome == "admits"


async def test_a_bastion_outside_the_account_is_judged_by_its_address(aws: Aws) -> None:
    """What stands behind it has a public address, and a rule for somebody else; the fix is for the bastion's alone."""
    net = Network(aws)
    web = net.launch("web-1")
    public(net, web)
    net.allow(net.group, "198.20.30.0/24")
    fact = await behind(hop, "192.88.99.9", ADDRESS, 0)
    assert (fact.outcome, fact.data["source"], fact.data["group"]) == ("address-blocks", "192.88.99.9", net.group)
    leg = Leg("bastion", {"hostname": ("192.88.99.9",)}, final=False)
    plan = FIXES["allow-jump-host-in-security-group"].plan(Situation(Target("db", ("db",)), leg, {}, fact))
    assert isinstance(plan, tuple)
    assert plan[0].preview()[0].startswith(f"+ {net.group}: tcp 22 from 192.88.99.9/32")
    net.allow(net.group, "192.88.99.9/32")
    assert (await behind(hop, "192.88.99.9", ADDRESS, 0)).outcome == "admits"
    assert (await behind(hop, "10.9.9.9", ADDRESS, 0)).outcome == "unknown"


async def test_behind_a_plain_bastion_nobody_is_asked(aws: Aws) -> None:
    before = len(aws.calls())
    assert (await behind(hop, "192.168.7.7", "10.0.2.30", 0)).outcome == "no-hop"
    assert (await behind(identity, "192.168.7.7", "10.0.2.30")).outcome == "not-asked"
    assert len(aws.calls()) == before
