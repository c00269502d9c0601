"""The embedded AWS for tests, and what a plain account of it is made of. `tests/conftest.py` gives the fixtures to all.

@pytest.mark.requires("moto")
def test_it(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sshwizard.lab.aws import REGION, Aws, open_aws
from sshwizard.lab.aws.embedded import HIDDEN

AMAZON = "ami-0a10000000000a123"
UBUNTU = "ami-0b20000000000b224"
DEBIAN = "ami-0c30000000000c312"
OWN = "ami-0e50000000000e501"
"""An image of the account's own, whose name tells no login user."""


@pytest.fixture(scope="session")
def aws_process() -> Iterator[Aws]:
    """One embedded AWS for the whole run of this worker: two seconds, when the first test asks."""
    with pytest.MonkeyPatch.context() as patch, open_aws() as aws:
        _read_once(patch)
        yield aws


def _read_once(patch: pytest.MonkeyPatch) -> None:
    """Every session of boto3 reads the same large files of botocore, half a second each; here it is done once."""
    from botocore.loaders import JSONFileLoader

    read = functools.cache(JSONFileLoader().load_file)
    patch.setattr(JSONFileLoader, "load_file", lambda _, path: read(path))


@pytest.fixture
def aws(aws_process: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An empty account, which programs and boto3 find in their environment."""
    aws_process.reset()
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)
    for name, value in aws_process.environment.items():
        monkeypatch.setenv(name, value)
    yield aws_process
    aws_process.heal()


def client(aws: Aws, service: str, region: str = REGION) -> Any:
    """A boto3 client of the embedded AWS. It gives up after 20 s, and does not try again."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 1})
    return boto3.client(service, **{**aws.client_options, "region_name": region}, config=patience)


@dataclass
class Network:
    """A VPC with a public and a private subnet, a way to the internet, and a group that lets ssh in from one place."""

    aws: Aws
    ec2: Any = field(init=False)
    vpc: str = field(init=False)
    gateway: str = field(init=False)
    public: str = field(init=False)
    private: str = field(init=False)
    routes: str = field(init=False)
    group: str = field(init=False)

    def __post_init__(self) -> None:
        ec2 = self.ec2 = client(self.aws, "ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.public = self.subnet("10.0.1.0/24", "a")
        self.private = self.subnet("10.0.2.0/24", "b")
        self.routes = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=self.routes, SubnetId=self.public)
        ec2.create_route(RouteTableId=self.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        self.group = self.new_group("web")

    def subnet(self, block: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
        return str(made["Subnet"]["SubnetId"])

    def new_group(self, name: str, *sources: str, port: int = 22) -> str:
        """A security group that lets these IPv4 ranges in to one port."""
        made = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        if sources:
            self.allow(made, *sources, port=port)
        return str(made)

    def allow(self, group: str, *sources: str, port: int = 22) -> None:
        ranges = [{"CidrIp": one} for one in sources]
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    def launch(self, name: str, *, public: bool = True, image: str = AMAZON, **more: Any) -> str:
        """Run an instance in the public subnet, or without a public address in the private one."""
        interface = {
            "DeviceIndex": 0,
            "SubnetId": self.public if public else self.private,
            "Groups": [self.group],
            "AssociatePublicIpAddress": public,
        }
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        made = self.ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.small",
            NetworkInterfaces=[interface],
            TagSpecifications=tags,
            **more,
        )
        return str(made["Instances"][0]["InstanceId"])

    def instance(self, id_: str) -> dict[str, Any]:
        """As described now."""
        found: dict[str, Any] = self.ec2.describe_instances(InstanceIds=[id_])["Reservations"][0]["Instances"][0]
        return found
