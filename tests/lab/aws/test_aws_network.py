"""Groups, ACLs, routes, prefix lists, Block Public Access: as AWS lists them, through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloud import Network, client

from sshwizard.lab.aws import REGION, Aws

pytestmark = pytest.mark.requires("moto")


def test_a_group_takes_a_thousand_rules(aws: Aws) -> None:
    net = Network(aws)
    net.allow(net.group, *(f"198.51.{100 + n // 250}.{n % 250}/32" for n in range(1000)))
    (group,) = net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"]
    assert len(group["IpPermissions"][0]["IpRanges"]) == 1000


def test_a_rule_twice_is_refused_and_a_rule_is_revoked_by_its_id(aws: Aws) -> None:
    net = Network(aws)
    net.allow(net.group, "198.51.100.7/32")
    with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
        net.allow(net.group, "198.51.100.7/32")
    rules = net.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [net.group]}])
    (rule,) = [one for one in rules["SecurityGroupRules"] if not one["IsEgress"]]
    net.ec2.revoke_security_group_ingress(GroupId=net.group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert net.ec2.describe_security_groups(GroupIds=[net.group])["SecurityGroups"][0]["IpPermissions"] == []


def denies(acl: dict[str, Any]) -> set[tuple[bool, int]]:
    return {(one["Egress"], one["RuleNumber"]) for one in acl["Entries"] if one["RuleAction"] == "deny"}


def test_no_acl_is_without_its_last_deny(aws: Aws) -> None:
    net = Network(aws)
    net.ec2.create_network_acl(VpcId=net.vpc)
    for acl in net.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [net.vpc]}])["NetworkAcls"]:
        assert denies(acl) == {(True, 32767), (False, 32767)}
    v6 = net.ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (acl,) = net.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [v6]}])["NetworkAcls"]
    assert denies(acl) == {(True, 32767), (False, 32767), (True, 32768), (False, 32768)}
    assert {one["RuleNumber"] for one in acl["Entries"] if one.get("Ipv6CidrBlock")} == {101, 32768}


def test_a_route_to_what_is_gone_is_a_blackhole(aws: Aws) -> None:
    net = Network(aws)
    elastic = net.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = net.ec2.create_nat_gateway(SubnetId=net.public, AllocationId=elastic)["NatGateway"]["NatGatewayId"]
    private = net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    net.ec2.create_route(RouteTableId=private, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)

    def state(table: str) -> str:
        (found,) = net.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return str(next(one["State"] for one in found["Routes"] if one["DestinationCidrBlock"] == "0.0.0.0/0"))

    assert (state(net.routes), state(private)) == ("active", "active")
    net.ec2.delete_nat_gateway(NatGatewayId=nat)
    net.ec2.detach_internet_gateway(InternetGatewayId=net.gateway, VpcId=net.vpc)
    assert (state(net.routes), state(private)) == ("blackhole", "blackhole")
    gone = [{"Name": "route.state", "Values": ["blackhole"]}]
    found = net.ec2.describe_route_tables(Filters=gone)["RouteTables"]
    assert {one["RouteTableId"] for one in found} == {net.routes, private}


def test_instance_connect_has_its_prefix_lists(aws: Aws) -> None:
    ec2 = client(aws, "ec2")
    name = f"com.amazonaws.{REGION}.ec2-instance-connect"
    (listed,) = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])[
        "PrefixLists"
    ]
    assert (listed["OwnerId"], listed["AddressFamily"]) == ("AWS", "IPv4")
    assert ec2.describe_managed_prefix_lists(PrefixListIds=[listed["PrefixListId"]])["PrefixLists"] == [listed]
    (entry,) = ec2.get_managed_prefix_list_entries(PrefixListId=listed["PrefixListId"])["Entries"]
    assert entry["Cidr"].endswith("/29")
    own = ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "198.51.100.0/24"}]
    )["PrefixList"]["PrefixListId"]
    assert ec2.get_managed_prefix_list_entries(PrefixListId=own)["Entries"][0]["Cidr"] == "198.51.100.0/24"


def test_block_public_access_and_what_it_leaves_out(aws: Aws) -> None:
    net = Network(aws)
    options = net.ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert options["InternetGatewayBlockMode"] == "off"
    net.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-ingress")
    options = net.ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert options["InternetGatewayBlockMode"] == "block-ingress"
    made = net.ec2.create_vpc_block_public_access_exclusion(
        SubnetId=net.public, InternetGatewayExclusionMode="allow-bidirectional"
    )["VpcBlockPublicAccessExclusion"]
    (shown,) = net.ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"]
    assert shown["ResourceArn"].endswith(f":subnet/{net.public}")
    assert shown["State"] == "create-complete"
    net.ec2.delete_vpc_block_public_access_exclusion(ExclusionId=made["ExclusionId"])
    assert net.ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []
    assert aws.gaps() == {}


def test_endpoints_of_instance_connect_come_and_go(aws: Aws) -> None:
    net = Network(aws)
    made = net.ec2.create_instance_connect_endpoint(SubnetId=net.private, SecurityGroupIds=[net.group])
    id_ = made["InstanceConnectEndpoint"]["InstanceConnectEndpointId"]
    there = [{"Name": "vpc-id", "Values": [net.vpc]}]
    (shown,) = net.ec2.describe_instance_connect_endpoints(Filters=there)["InstanceConnectEndpoints"]
    assert (shown["State"], shown["SubnetId"], shown["SecurityGroupIds"]) == (
        "create-complete",
        net.private,
        [net.group],
    )
    net.ec2.delete_instance_connect_endpoint(InstanceConnectEndpointId=id_)
    assert net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"] == []
    with pytest.raises(ClientError, match=r"InvalidInstanceConnectEndpointId\.NotFound"):
        net.ec2.describe_instance_connect_endpoints(InstanceConnectEndpointIds=[id_])
