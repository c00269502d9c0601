"""Real calls to an embedded AWS: who it is, the waves of calls, and what happens when a call is refused or hangs."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from cloud import Network, client

from aws.asking import ADDRESS, inquiry, public
from sshwizard.cloud.aws import parts
from sshwizard.cloud.aws.clues import Wish
from sshwizard.cloud.unseen import Unseen
from sshwizard.lab.aws import Aws

pytestmark = pytest.mark.requires("moto")


async def test_an_address_is_an_instance_after_one_wave_of_calls(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    public(net, web)
    before = len(aws.calls())
    async with inquiry(ADDRESS) as asked:
        who = await asked.identity()
        assert (who.who, who.id, who.region, who.account) == ("instance", web, "eu-west-1", "123456789012")
        world = await asked.world()
    assert not world.unseen
    assert set(world.rows) == {
        "Instances", "Subnets", "Vpcs", "RouteTables", "NetworkAcls", "SecurityGroups", "InternetGateways",
        "InstanceConnectEndpoints", "VpcEndpoints", "PrefixLists", "Bpa",
    }  # fmt: skip
    assert json.loads(json.dumps(world.rows)) == world.rows
    made = aws.calls()[before:]
    assert len(made) <= 21
    assert not [one for one in made if one["mutating"]]
    assert not aws.gaps()


async def test_every_part_has_an_answer(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    async with inquiry(web) as asked:
        for name in parts.PARTS:
            assert not isinstance(await asked.part(name), Unseen), name
    assert not aws.gaps()


async def test_a_prefix_list_is_read_with_its_entries(aws: Aws) -> None:
    net = Network(aws)
    made = net.ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "203.0.113.0/24"}]
    )["PrefixList"]["PrefixListId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": made}]}
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[rule])
    async with inquiry(net.launch("web-1")) as asked:
        assert (await asked.world()).rows["PrefixLists"] == {made: ["203.0.113.0/24"]}


async def test_who_holds_an_address(aws: Aws) -> None:
    net = Network(aws)
    one, two = net.launch("web-1"), net.launch("web-2")
    free = net.ec2.allocate_address(Domain="vpc", Address="54.229.17.99")
    public(net, two)
    async with inquiry("54.229.17.99") as asked:
        who = await asked.identity()
        assert (who.who, who.address["AllocationId"]) == ("free-address", free["AllocationId"])
    async with inquiry("54.229.17.98") as asked:
        assert (await asked.identity()).who == "nobody"
    async with inquiry("web-1", ADDRESS) as asked:
        who = await asked.identity()
        assert (who.id, [row["InstanceId"] for row in who.namesakes]) == (two, [one])
    async with inquiry("web-2", ADDRESS) as asked:
        assert not (await asked.identity()).namesakes


async def test_a_nat_gateway_has_an_address_and_is_no_instance(aws: Aws) -> None:
    net = Network(aws)
    address = net.ec2.allocate_address(Domain="vpc", Address="54.229.17.50")["AllocationId"]
    net.ec2.create_nat_gateway(SubnetId=net.public, AllocationId=address)
    async with inquiry("54.229.17.50") as asked:
        assert (await asked.identity()).who in {"nat-gateway", "interface"}


async def test_a_name_of_ec2_tells_the_region_and_a_private_one_the_instance(aws: Aws) -> None:
    net = Network(aws)
    db = net.launch("db-1", public=False)
    inside = net.instance(db)["PrivateIpAddress"]
    async with inquiry(f"ip-{inside.replace('.', '-')}.eu-west-1.compute.internal") as asked:
        assert (await asked.identity()).id == db
    async with inquiry(f"{db}.eu-west-1.compute.internal") as asked:
        assert (await asked.identity()).id == db


async def test_an_instance_in_another_region_is_found_there(aws: Aws) -> None:
    ec2 = client(aws, "ec2", "us-east-2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.run_instances(ImageId="ami-0a10000000000a123", MinCount=1, MaxCount=1, SubnetId=subnet)
    id_ = made["Instances"][0]["InstanceId"]
    async with inquiry(id_) as asked:
        who = await asked.identity()
    assert (who.who, who.id, who.region, who.elsewhere) == ("instance", id_, "us-east-2", "eu-west-1")
    assert len(who.searched) > 5


async def test_a_terminated_instance_names_what_stands_in_its_place(aws: Aws) -> None:
    net = Network(aws)
    old, new = net.launch("web-1"), net.launch("web-1")
    net.ec2.terminate_instances(InstanceIds=[old])
    async with inquiry(old) as asked:
        who = await asked.identity()
    assert (who.who, [row["InstanceId"] for row in who.others]) == ("terminated", [new])


async def test_a_name_tag_is_asked_for_only_when_the_person_names_an_account(aws: Aws) -> None:
    net = Network(aws)
    first = net.launch("web-1")
    async with inquiry("web-1") as asked:
        assert (await asked.identity()).who == "not-asked"
    assert not [one for one in aws.calls() if one["action"] == "DescribeInstances" and one["error"]]
    async with inquiry("web-1", wish=Wish(region="eu-west-1")) as asked:
        assert (await asked.identity()).id == first
    net.launch("web-1")
    async with inquiry("web-1", wish=Wish(region="eu-west-1")) as asked:
        who = await asked.identity()
        assert (who.who, len(who.others)) == ("several", 2)


async def test_a_plain_host_makes_no_call_at_all(aws: Aws) -> None:
    before = len(aws.calls())
    for host in ("example.org", "192.168.1.5", "8.8.8.8", "10.0.1.20", "web"):
        async with inquiry(host) as asked:
            who = await asked.identity()
            assert (who.who, who.unseen[0].kind) == ("not-asked", "plain")
            assert (await asked.world()).rows == {}
    assert len(aws.calls()) == before


async def test_nothing_is_asked_when_the_person_forbids_it(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSHWIZARD_NO_CLOUD", "1")
    before = len(aws.calls())
    async with inquiry("i-0123456789abcdef0") as asked:
        assert (await asked.identity()).unseen[0].kind == "off"
    assert len(aws.calls()) == before


CALLS = (
    "DescribeInstanceStatus", "DescribeSecurityGroups", "DescribeNetworkAcls", "DescribeRouteTables", "DescribeVpcs",
    "DescribeSubnets", "DescribeInternetGateways", "DescribeVpcBlockPublicAccessOptions", "GetConsoleOutput",
    "DescribeInstanceConnectEndpoints", "DescribeVpcEndpoints", "DescribeImages",
)  # fmt: skip


async def test_each_call_that_is_denied_is_unseen_and_stops_no_other(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    for action in CALLS:
        aws.deny(f"ec2:{action}")
        async with inquiry(web) as asked:
            answers = {name: await asked.part(name) for name in parts.FIRST}
        unseen = [one for one in answers.values() if isinstance(one, Unseen)]
        assert [(one.call, one.kind, one.unblock) for one in unseen] == [
            (f"ec2:{action}", "denied", f"allow ec2:{action}")
        ]


async def test_a_denied_list_is_absent_from_the_world(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.deny("ec2:DescribeSecurityGroups")
    async with inquiry(web) as asked:
        world = await asked.world()
    assert "SecurityGroups" not in world.rows
    assert [one.call for one in world.unseen] == ["ec2:DescribeSecurityGroups"]


async def test_a_denied_list_that_would_pass_for_empty_is_none(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.deny("ec2:DescribeVpcBlockPublicAccessOptions", "ec2:DescribeVpcEndpoints")
    async with inquiry(web) as asked:
        world = await asked.world()
    assert (world.rows["Bpa"], world.rows["VpcEndpoints"]) == (None, None)
    assert len(world.unseen) == 2


async def test_throttled_calls_are_made_again_until_there_is_no_patience(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.throttle("ec2:Describe*", 4)
    async with inquiry(web) as asked:
        assert not (await asked.world()).unseen
    aws.throttle("ec2:DescribeNetworkAcls", 50)
    async with inquiry(web) as asked:
        world = await asked.world()
    assert [(one.call, one.kind) for one in world.unseen] == [("ec2:DescribeNetworkAcls", "throttled")]


async def test_a_call_that_hangs_is_unseen_and_holds_nobody_up(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.hang("ec2:DescribeRouteTables")
    began = time.monotonic()
    async with inquiry(web) as asked:
        world = await asked.world(2)
        assert [(one.call, one.kind) for one in world.unseen] == [("ec2:DescribeRouteTables", "slow")]
        assert time.monotonic() - began < 6
        assert not isinstance(await asked.part("console"), Unseen)
    assert time.monotonic() - began < 7


async def test_who_does_not_wait_any_longer_leaves_at_once(aws: Aws) -> None:
    aws.hang("ec2:*")
    began = time.monotonic()
    async with inquiry("i-0123456789abcdef0") as asked:
        waiting = asyncio.create_task(asked.world())
        await asyncio.sleep(0.5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert time.monotonic() - began < 3


async def test_expired_credentials_are_one_obstacle_and_not_many(aws: Aws) -> None:
    aws.expire()
    async with inquiry("i-0123456789abcdef0") as asked:
        who = await asked.identity()
    assert (who.who, who.unseen[0].kind) == ("unseen", "expired")
    assert "AWS_SESSION_TOKEN" in who.unseen[0].unblock
    assert not [one for one in aws.calls() if one["action"] == "DescribeRegions"]
