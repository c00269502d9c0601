"""What the account's rules say about the way from here to the instance: real calls, one fault after the other."""

from __future__ import annotations

from typing import Any

import pytest
from cloud import Network

from aws.asking import ADDRESS, look, public
from sshwizard.lab.aws import Aws
from sshwizard.model import Fact
from sshwizard.probes.aws.looks import path
from sshwizard.probes.aws.path import judge
from sshwizard.probes.aws.source import Source

pytestmark = pytest.mark.requires("moto")

MINE = "86.14.201.7"


@pytest.fixture
def net(aws: Aws) -> Network:
    """One instance with an address, and we come from MINE."""
    made = Network(aws)
    aws.come_from(MINE)
    public(made, made.launch("web-1"))
    return made


async def seen(host: str = ADDRESS, port: int = 22) -> Fact[Any]:
    return await look(path, host, port=port)


async def test_open(net: Network) -> None:
    net.allow(net.group, f"{MINE}/32")
    fact = await seen()
    assert (fact.outcome, fact.data["source"]) == ("open", MINE)
    assert fact.lines == (f"{net.group} web: tcp 22 from {MINE}/32",)


async def test_no_rule_for_ssh(net: Network) -> None:
    net.allow(net.group, "0.0.0.0/0", port=443)
    fact = await seen()
    assert fact.outcome == "sg-closed"
    assert fact.lines == (f"{net.group} web: tcp 443 from 0.0.0.0/0",)
    assert (fact.data["group"], fact.data["group_name"]) == (net.group, "web")
    assert fact.data["blockers"] == [{"code": "sg.no_rule_for_source", "ids": [net.group]}]
    assert net.group in fact.command


async def test_no_rule_at_all(net: Network) -> None:
    fact = await seen()
    assert (fact.outcome, fact.lines) == ("sg-closed", (f"{net.group} web: no inbound rule",))


async def test_a_rule_for_another_address(net: Network) -> None:
    net.allow(net.group, "86.14.77.90/32")
    fact = await seen()
    assert fact.outcome == "sg-other-source"
    assert fact.data["near"] == [f"{net.group} web: tcp 22 from 86.14.77.90/32"]


@pytest.mark.parametrize(("source", "port"), [(f"{MINE}/32", 443), ("0.0.0.0/0", 2222)])
async def test_a_rule_for_another_port(net: Network, source: str, port: int) -> None:
    net.allow(net.group, source, port=port)
    assert (await seen()).outcome == "sg-other-port"


def acl(net: Network, *entries: tuple[int, str, bool, int, int]) -> None:
    """A network ACL of the public subnet: number, allow or deny, outbound, ports."""
    made = net.ec2.create_network_acl(VpcId=net.vpc)["NetworkAcl"]["NetworkAclId"]
    for number, action, egress, low, high in entries:
        net.ec2.create_network_acl_entry(
            NetworkAclId=made, RuleNumber=number, RuleAction=action, Egress=egress, Protocol="6",
            CidrBlock="0.0.0.0/0", PortRange={"From": low, "To": high},
        )  # fmt: skip
    rows = net.ec2.describe_network_acls()["NetworkAcls"]
    old = next(one for row in rows for one in row["Associations"] if one["SubnetId"] == net.public)
    net.ec2.replace_network_acl_association(AssociationId=old["NetworkAclAssociationId"], NetworkAclId=made)


async def test_the_network_acl_denies_the_way_in(net: Network) -> None:
    net.allow(net.group, f"{MINE}/32")
    acl(net, (50, "deny", False, 22, 22), (100, "allow", False, 0, 65535), (100, "allow", True, 0, 65535))
    fact = await seen()
    assert (fact.outcome, fact.data["rule"]) == ("acl-inbound", 50)
    assert fact.lines[0].endswith("rule 50: deny tcp 22 in from 0.0.0.0/0")


async def test_the_network_acl_denies_the_replies(net: Network) -> None:
    net.allow(net.group, f"{MINE}/32")
    acl(net, (100, "allow", False, 0, 65535), (100, "allow", True, 443, 443))
    assert (await seen()).outcome == "acl-outbound"


async def test_the_network_acl_lets_some_of_the_replies_out(net: Network) -> None:
    net.allow(net.group, f"{MINE}/32")
    acl(net, (100, "allow", False, 0, 65535), (100, "allow", True, 32768, 65535))
    assert (await seen()).outcome == "partial"


async def test_no_way_back(net: Network) -> None:
    net.allow(net.group, f"{MINE}/32")
    net.ec2.delete_route(RouteTableId=net.routes, DestinationCidrBlock="0.0.0.0/0")
    fact = await seen()
    assert (fact.outcome, fact.data["table"]) == ("no-route", net.routes)


async def test_no_gateway_outranks_the_dead_route_that_it_leaves(net: Network) -> None:
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    fact = await seen()
    assert fact.outcome == "no-gateway"
    assert set(fact.data["also"]) == {"sg-closed", "transit"}


async def test_no_public_address(net: Network) -> None:
    inside = net.launch("db-1", public=False)
    assert (await seen(inside)).outcome == "no-public-address"


async def test_a_stopped_instance_comes_first(net: Network) -> None:
    web = net.ec2.describe_addresses()["Addresses"][0]["InstanceId"]
    net.ec2.stop_instances(InstanceIds=[web])
    fact = await seen()
    assert (fact.outcome, fact.data["also"]) == ("not-running", ["sg-closed"])


async def test_what_cannot_be_read_is_named_and_never_open(net: Network, aws: Aws) -> None:
    net.allow(net.group, f"{MINE}/32")
    aws.deny("ec2:DescribeSecurityGroups")
    fact = await seen()
    assert fact.outcome == "unknown"
    assert [one["call"] for one in fact.data["unseen"]] == ["ec2:DescribeSecurityGroups"]


async def test_without_our_address_only_what_stops_everybody_counts(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSHWIZARD_CHECKIP_URL", "http://127.0.0.1:1/")
    assert (await seen()).outcome == "sg-closed"
    net.allow(net.group, "86.14.77.90/32")
    fact = await seen()
    assert fact.outcome == "unknown"
    assert "from which address we come" in fact.why


async def test_a_network_that_leaves_by_several_addresses_gets_in_now_and_then(net: Network, aws: Aws) -> None:
    net.allow(net.group, f"{MINE}/32")
    from aws.asking import inquiry

    async with inquiry(ADDRESS) as asked:
        who, world = await asked.identity(), await asked.world()
    both = Source((MINE, "86.14.201.8"), dialled=(ADDRESS,))
    fact = judge(world.rows, who.id, both, 22)
    assert fact.outcome == "some-exits"
    assert "86.14.201.8 is not let in" in fact.says


async def test_a_plain_host_is_not_asked_about(aws: Aws) -> None:
    before = len(aws.calls())
    assert (await seen("192.168.7.7")).outcome == "unknown"
    assert len(aws.calls()) == before
