"""Accounts in which ssh reaches no server, or another one: rules and routes, the machine itself, whose address it is.

One row for each leaf cause that AWS can tell of.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cloud import AMAZON, client

from aws.case import Case
from aws.stage import ALIAS, ME, NEIGHBOUR, Stage

BEGUN = datetime.now(UTC) - timedelta(hours=3)
RETIRES = {
    "Code": "instance-retirement",
    "Description": "degraded hardware",
    "NotBefore": BEGUN.isoformat(),
    "NotAfter": (BEGUN + timedelta(days=7)).isoformat(),
}


# ------------------------------------------------------------------ the account's rules


def no_rule(at: Stage) -> None:
    at.revoke()


def the_office(at: Stage) -> None:
    at.revoke()
    at.net.allow(at.net.group, NEIGHBOUR, port=at.port)


def port_2022(at: Stage) -> None:
    at.revoke()
    at.net.allow(at.net.group, f"{ME}/32", port=2022)


def acl_in(at: Stage) -> None:
    at.acl((50, "deny", False, at.port, at.port), (100, "allow", False, 0, 65535), (100, "allow", True, 0, 65535))


def acl_out(at: Stage) -> None:
    at.acl((100, "allow", False, 0, 65535), (100, "allow", True, 443, 443))


def no_route(at: Stage) -> None:
    at.ec2.delete_route(RouteTableId=at.net.routes, DestinationCidrBlock="0.0.0.0/0")


def no_gateway(at: Stage) -> None:
    at.ec2.detach_internet_gateway(InternetGatewayId=at.net.gateway, VpcId=at.net.vpc)


def another_way_back(at: Stage) -> None:
    gateway = at.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    at.ec2.create_route(RouteTableId=at.net.routes, DestinationCidrBlock="192.88.99.0/24", TransitGatewayId=gateway)


def forbidden(at: Stage) -> None:
    at.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")


# ------------------------------------------------------------------ the machine


def stopped(at: Stage) -> None:
    at.ec2.stop_instances(InstanceIds=[at.web])


def stopped_behind_an_elastic_address(at: Stage) -> str:
    address, _ = at.elastic()
    at.ec2.stop_instances(InstanceIds=[at.web])
    at.config(address)
    return ALIAS


def pending(at: Stage) -> None:
    at.aws.hold(at.web, "pending")


def terminated(at: Stage) -> None:
    at.ec2.create_tags(Resources=[at.web], Tags=[{"Key": "Name", "Value": "old"}])
    at.ec2.terminate_instances(InstanceIds=[at.web])


def replaced(at: Stage) -> None:
    at.launch(ALIAS)
    at.ec2.terminate_instances(InstanceIds=[at.web])


def dead_hardware(at: Stage) -> None:
    at.aws.health(at.web, system_check="impaired", instance_check="impaired", since=BEGUN)
    at.aws.machine(at.web, at.sshd.port, dead=True)


def mute_system(at: Stage) -> None:
    at.aws.health(at.web, instance_check="impaired", since=BEGUN)
    at.aws.machine(at.web, at.sshd.port, dead=True)


def announced_work(at: Stage) -> None:
    at.aws.health(at.web, events=[RETIRES])
    at.aws.machine(at.web, at.sshd.port, dead=True)


def first_minutes(at: Stage) -> None:
    at.aws.health(at.web, instance_check="initializing", system_check="initializing")
    at.aws.machine(at.web, at.sshd.port, dead=True)


def first_minutes_refusing(at: Stage) -> None:
    at.aws.health(at.web, instance_check="initializing", system_check="initializing")
    at.aws.machine(at.web, None)


def dead_hardware_refusing(at: Stage) -> None:
    at.aws.health(at.web, system_check="impaired", since=BEGUN)
    at.aws.machine(at.web, None)


def announced_work_refusing(at: Stage) -> None:
    at.aws.health(at.web, events=[RETIRES])
    at.aws.machine(at.web, None)


def its_own_firewall(at: Stage) -> None:
    at.aws.machine(at.web, at.sshd.port, dead=True)


# ------------------------------------------------------------------ whose address it is


def free_address(at: Stage) -> str:
    address, bound = at.elastic()
    at.ec2.disassociate_address(AssociationId=bound)
    at.config(address)
    at.ec2.create_tags(Resources=[at.web], Tags=[{"Key": "Name", "Value": "shop"}])
    return ALIAS


def moved(at: Stage) -> str:
    old = at.address
    at.elastic()
    at.config(old)
    return ALIAS


def another_instance(at: Stage) -> str:
    other = at.launch("db-1", dead=True)
    at.config(at.net.instance(other)["PublicIpAddress"])
    return ALIAS


def another_instance_refusing(at: Stage) -> str:
    other = at.launch("db-1")
    at.aws.machine(other, None)
    at.config(at.net.instance(other)["PublicIpAddress"])
    return ALIAS


def nat_gateway(at: Stage) -> str:
    made = at.ec2.allocate_address(Domain="vpc")
    at.ec2.create_nat_gateway(SubnetId=at.net.public, AllocationId=made["AllocationId"])
    at.config(made["PublicIp"])
    return ALIAS


def _interface(at: Stage, words: str) -> str:
    made = at.ec2.create_network_interface(SubnetId=at.net.public, Description=words)["NetworkInterface"]
    address = at.ec2.allocate_address(Domain="vpc")
    at.ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=made["NetworkInterfaceId"])
    at.config(address["PublicIp"])
    return ALIAS


def load_balancer(at: Stage) -> str:
    return _interface(at, "ELB app/shop/0a1b2c3d4e5f6071")


def unused_interface(at: Stage) -> str:
    return _interface(at, "spare")


# ------------------------------------------------------------------ what the account can tell


def no_such_instance(_: Stage) -> str:
    return "i-0123456789abcdef0"


def expired(at: Stage) -> None:
    at.aws.expire()


def denied(at: Stage) -> None:
    at.aws.deny("ec2:DescribeInstances")


def in_ohio(at: Stage) -> str:
    ec2 = client(at.aws, "ec2", "us-east-2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.run_instances(ImageId=AMAZON, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
    at.aws.machine(made, at.sshd.port, region="us-east-2")
    return str(made)


# ------------------------------------------------------------------ what must be said

SILENT = "timed out"
CASES = (
    Case("aws.security-group-blocks", no_rule, r"no rule of the security group sg-\w+ covers port 2222", ssh=SILENT),
    Case("aws.security-group-other-source", the_office, rf"not for {ME}[\s\S]*{NEIGHBOUR}", ssh=SILENT),
    Case("aws.security-group-other-port", port_2022, rf"lets {ME} in to other ports[\s\S]*tcp 2022", ssh=SILENT),
    Case("aws.network-acl-inbound-blocks", acl_in, r"denies port 2222[\s\S]*rule 50: deny", ssh=SILENT),
    Case("aws.network-acl-outbound-blocks", acl_out, r"denies the replies", ssh=SILENT),
    Case("aws.no-internet-route", no_route, r"no way back", ssh=SILENT),
    Case("aws.no-internet-gateway", no_gateway, r"no internet gateway", ssh=SILENT),
    Case("aws.transit-path-blocks", another_way_back, r"tgw-\w+", ssh=SILENT),
    Case("aws.vpc-block-public-access", forbidden, r"Block Public Access", ssh=SILENT),
    Case("aws.instance-stopped", stopped, r"stopped", by="aws.machine", ssh=SILENT),
    Case("aws.instance-stopped", stopped_behind_an_elastic_address, r"stopped", by="aws.state", ssh=SILENT),
    Case("server.booting", pending, r"pending", "likely", "aws.state", SILENT),
    Case("aws.instance-terminated", terminated, r"terminated", by="aws.machine"),
    Case("aws.instance-terminated", replaced, r"stands in its place", by="aws.machine"),
    Case("aws.system-status-failed", dead_hardware, r"host under[\s\S]*system status check: impaired since",
         by="aws.status", ssh=SILENT),
    Case("aws.instance-status-failed", mute_system, r"not written anything", by="aws.console", ssh=SILENT),
    Case("aws.system-status-failed", announced_work, r"degraded hardware", "likely", "aws.status", SILENT),
    Case("server.booting", first_minutes, r"just started", "likely", "aws.status", SILENT),
    Case("server.booting", first_minutes_refusing, r"just started", "likely", "aws.status", "refused"),
    Case("aws.system-status-failed", dead_hardware_refusing, r"host under", by="aws.status", ssh="refused"),
    Case("aws.system-status-failed", announced_work_refusing, r"degraded", "likely", "aws.status", "refused"),
    Case("server.host-firewall-blocks", its_own_firewall, r"", "likely", "", SILENT),
    Case("target.stale-address", free_address, r"leads to no machine", by="aws.identity", ssh=SILENT),
    Case("target.stale-address", moved, r"nothing has .* \(web-1\) has 127\.77", by="aws.identity", ssh=SILENT),
    Case("target.stale-address", another_instance, r"\(db-1\); the instance named", by="aws.identity", ssh=SILENT),
    Case("target.stale-address", another_instance_refusing, r"\(db-1\)", by="aws.identity", ssh="refused"),
    Case("target.wrong-address", nat_gateway, r"NAT gateway", by="aws.identity", ssh="refused"),
    Case("target.wrong-address", load_balancer, r"load balancer", by="aws.identity", ssh="refused"),
    Case("target.wrong-address", unused_interface, r"without an instance", by="aws.identity", ssh="refused"),
    Case("iam.wrong-account-or-region", no_such_instance, r"regions searched", "likely", "aws.machine"),
    Case("iam.credentials-missing", expired, r"expired", by="aws.machine"),
    Case("iam.read-denied", denied, r"DescribeInstances", by="aws.machine"),
    Case("aws.no-internet-gateway", in_ohio, r"no internet gateway"),
)  # fmt: skip
