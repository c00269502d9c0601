"""Instances as AWS describes them: what moto lacks, row by row, through boto3."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloud import AMAZON, Network, client

from sshwizard.lab.aws import Aws

pytestmark = pytest.mark.requires("moto")


def named(answer: dict[str, Any]) -> set[str]:
    return {
        tag["Value"]
        for one in answer["Reservations"]
        for instance in one["Instances"]
        for tag in instance["Tags"]
        if tag["Key"] == "Name"
    }


def test_instances_are_found_by_every_filter_a_search_needs(aws: Aws) -> None:
    net = Network(aws)
    net.ec2.import_key_pair(KeyName="web-key", PublicKeyMaterial=ED25519.encode())
    web = net.launch("web-1", KeyName="web-key")
    net.launch("db-1", public=False)
    shown = net.instance(web)
    interface = shown["NetworkInterfaces"][0]
    address = shown["PublicIpAddress"]
    filters = {
        "network-interface.addresses.association.public-ip": address,
        "network-interface.association.public-ip": address,
        "network-interface.addresses.private-ip-address": shown["PrivateIpAddress"],
        "network-interface.network-interface-id": interface["NetworkInterfaceId"],
        "network-interface.subnet-id": net.public,
        "ip-address": address,
        "private-ip-address": shown["PrivateIpAddress"],
        "dns-name": shown["PublicDnsName"],
        "private-dns-name": shown["PrivateDnsName"],
        "tag:Name": "web*",
        "key-name": "web-key",
        "subnet-id": net.public,
    }
    for name, value in filters.items():
        found = net.ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])
        assert named(found) == {"web-1"}, name
    for name in ("network-interface.group-id", "instance.group-id"):
        assert named(net.ec2.describe_instances(Filters=[{"Name": name, "Values": [net.group]}])) == {"web-1", "db-1"}
    both = [{"Name": "vpc-id", "Values": [net.vpc]}, {"Name": "platform", "Values": ["windows"]}]
    assert net.ec2.describe_instances(Filters=both)["Reservations"] == []
    assert aws.gaps() == {}


def test_interfaces_are_found_by_their_public_address(aws: Aws) -> None:
    net = Network(aws)
    address = net.instance(net.launch("web-1"))["PublicIpAddress"]
    net.launch("db-1", public=False)
    for name in ("association.public-ip", "addresses.association.public-ip"):
        found = net.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [address]}])
        (interface,) = found["NetworkInterfaces"]
        assert interface["Association"]["PublicIp"] == address
    bare = [one for one in net.ec2.describe_network_interfaces()["NetworkInterfaces"] if "Association" not in one]
    assert len(bare) == 1


def test_an_ipv6_address_is_told_and_found(aws: Aws) -> None:
    ec2 = client(aws, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.9.1.0/24", Ipv6CidrBlock=block)["Subnet"]["SubnetId"]
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Ipv6AddressCount": 1}
    ec2.run_instances(ImageId=AMAZON, MinCount=1, MaxCount=1, InstanceType="t3.small", NetworkInterfaces=[interface])
    (shown,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    (address,) = shown["NetworkInterfaces"][0]["Ipv6Addresses"]
    assert shown["Ipv6Address"] == address["Ipv6Address"]
    for name in ("ipv6-address", "network-interface.ipv6-addresses.ipv6-address"):
        found = ec2.describe_instances(Filters=[{"Name": name, "Values": [address["Ipv6Address"]]}])
        assert len(found["Reservations"]) == 1, name
    assert ec2.describe_instances(Filters=[{"Name": "ipv6-address", "Values": ["2001:db8::1"]}])["Reservations"] == []
    wanted = [{"Name": "ipv6-addresses.ipv6-address", "Values": [address["Ipv6Address"]]}]
    assert len(ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"]) == 1


def test_an_instance_is_described_as_aws_does(aws: Aws) -> None:
    net = Network(aws)
    shown = net.instance(net.launch("web-1"))
    dashed = shown["PublicIpAddress"].replace(".", "-")
    assert shown["PublicDnsName"] == f"ec2-{dashed}.eu-west-1.compute.amazonaws.com"
    assert shown["NetworkInterfaces"][0]["Association"]["IpOwnerId"] == "amazon"
    assert shown["PlatformDetails"] == "Linux/UNIX"
    assert "StateReason" not in shown
    hidden = net.instance(net.launch("db-1", public=False))
    assert "Association" not in hidden["NetworkInterfaces"][0]
    assert not hidden["PublicDnsName"]
    assert "PublicIpAddress" not in hidden


@pytest.mark.parametrize(
    ("id_", "code"), [("web-1", "InvalidInstanceID.Malformed"), ("i-0123456789abcdef0", "InvalidInstanceID.NotFound")]
)
def test_an_id_that_is_none_and_an_id_of_nothing_differ(aws: Aws, id_: str, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        client(aws, "ec2").describe_instances(InstanceIds=[id_])


def test_pages_count_instances_and_give_each_once(aws: Aws) -> None:
    net = Network(aws)
    net.ec2.run_instances(ImageId=AMAZON, MinCount=12, MaxCount=12, InstanceType="t3.small", SubnetId=net.private)
    pages = list(net.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    ids = [instance["InstanceId"] for page in pages for one in page["Reservations"] for instance in one["Instances"]]
    assert (len(pages), len(ids), len(set(ids))) == (3, 12, 12)
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        net.ec2.describe_instances(InstanceIds=ids[:1], MaxResults=5)
    status = net.ec2.get_paginator("describe_instance_status").paginate(PaginationConfig={"PageSize": 5})
    assert sum(len(page["InstanceStatuses"]) for page in status) == 12


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("describe_security_groups", "SecurityGroups"),
        ("describe_network_interfaces", "NetworkInterfaces"),
        ("describe_route_tables", "RouteTables"),
        ("describe_network_acls", "NetworkAcls"),
        ("describe_subnets", "Subnets"),
    ],
)
def test_the_other_lists_page_too(aws: Aws, operation: str, key: str) -> None:
    net = Network(aws)
    for number in range(6):
        subnet = net.subnet(f"10.0.{10 + number}.0/24", "a")
        net.new_group(f"group-{number}")
        net.ec2.create_route_table(VpcId=net.vpc)
        net.ec2.create_network_acl(VpcId=net.vpc)
        net.ec2.create_network_interface(SubnetId=subnet)
    ids = [str(one) for one in getattr(net.ec2, operation)()[key]]
    pages = list(net.ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}))
    assert len(ids) > 5
    assert [len(page[key]) for page in pages[:-1]] == [5] * (len(pages) - 1)
    assert [str(one) for page in pages for one in page[key]] == ids


def test_status_checks_are_told_with_since_when(aws: Aws) -> None:
    net = Network(aws)
    web, other = net.launch("web-1"), net.launch("web-2")
    since = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    event = {"Code": "instance-reboot", "Description": "scheduled reboot", "NotBefore": "2026-03-09T12:00:00Z"}
    aws.health(web, instance_check="impaired", since=since, events=[event])
    (shown,) = net.ec2.describe_instance_status(InstanceIds=[web])["InstanceStatuses"]
    detail = {"Name": "reachability", "Status": "failed", "ImpairedSince": since}
    assert shown["InstanceStatus"] == {"Status": "impaired", "Details": [detail]}
    assert shown["SystemStatus"]["Status"] == shown["AttachedEbsStatus"]["Status"] == "ok"
    told = {**event, "NotBefore": datetime(2026, 3, 9, 12, tzinfo=UTC)}
    assert shown["Events"] == [told]
    sick = [{"Name": "instance-status.status", "Values": ["impaired"]}]
    assert [one["InstanceId"] for one in net.ec2.describe_instance_status(Filters=sick)["InstanceStatuses"]] == [web]
    net.ec2.stop_instances(InstanceIds=[other])
    assert [one["InstanceId"] for one in net.ec2.describe_instance_status()["InstanceStatuses"]] == [web]
    everything = net.ec2.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]
    assert [one["InstanceStatus"]["Status"] for one in everything] == ["impaired", "not-applicable"]


def test_the_console_is_each_instances_own_and_absent_at_first(aws: Aws) -> None:
    net = Network(aws)
    web, other = net.launch("web-1"), net.launch("web-2")
    assert "Output" not in net.ec2.get_console_output(InstanceId=web)
    aws.console(web, "x" * 70_000 + "login: ")
    text = net.ec2.get_console_output(InstanceId=web, Latest=True)["Output"]
    assert (len(text), text[-7:]) == (65536, "login: ")
    assert "Output" not in net.ec2.get_console_output(InstanceId=other)


def test_stop_and_start_change_what_they_change_on_aws(aws: Aws) -> None:
    net = Network(aws)
    web, kept = net.launch("web-1"), net.launch("web-2")
    elastic = net.ec2.allocate_address(Domain="vpc")
    net.ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=kept)
    before = net.instance(web)
    with pytest.raises(ClientError, match="DryRunOperation"):
        net.ec2.stop_instances(InstanceIds=[web], DryRun=True)
    net.ec2.stop_instances(InstanceIds=[web, kept])
    assert "PublicIpAddress" not in net.instance(web)
    assert net.instance(kept)["PublicIpAddress"] == elastic["PublicIp"]
    assert net.instance(web)["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    net.ec2.start_instances(InstanceIds=[web])
    after = net.instance(web)
    assert after["PublicIpAddress"] != before["PublicIpAddress"]
    assert after["LaunchTime"] >= before["LaunchTime"]
    aws.hold(web, "stopping")
    assert net.instance(web)["State"] == {"Name": "stopping", "Code": 64}


def test_user_data_changes_only_while_stopped(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1", UserData="#!/bin/sh\necho old\n")
    told = net.ec2.describe_instance_attribute(InstanceId=web, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"#!/bin/sh\necho old\n"
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        net.ec2.modify_instance_attribute(InstanceId=web, UserData={"Value": b"#!/bin/sh\necho new\n"})
    net.ec2.stop_instances(InstanceIds=[web])
    net.ec2.modify_instance_attribute(InstanceId=web, UserData={"Value": b"#!/bin/sh\necho new\n"})
    told = net.ec2.describe_instance_attribute(InstanceId=web, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(told) == b"#!/bin/sh\necho new\n"


def test_the_images_are_few_and_found_at_once(aws: Aws) -> None:
    ec2 = client(aws, "ec2")
    assert len(ec2.describe_images()["Images"]) == 6
    (image,) = ec2.describe_images(Filters=[{"Name": "image-id", "Values": [AMAZON]}])["Images"]
    assert image["Name"].startswith("al2023-ami-")
    gone = [{"Name": "image-id", "Values": ["ami-0123456789abcdef0"]}]
    assert ec2.describe_images(Filters=gone)["Images"] == []


ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE8rn1vT0n0r8v5b2iXgYhYV9h3eJm2o1bqf5d1s9LfA dana"
