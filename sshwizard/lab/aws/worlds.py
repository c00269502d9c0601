"""The accounts of the exercises: a small healthy one, and the functions that break it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sshwizard.lab.aws.instances import public_name
from sshwizard.lab.aws.machines import Ask, Machine, Machines
from sshwizard.lab.aws.state import ACCOUNT, Lab

AMAZON, UBUNTU = "ami-0a10000000000a123", "ami-0b20000000000b224"
USERS = {AMAZON: "ec2-user", UBUNTU: "ubuntu"}
"""The login user of an image (EC2 user guide, "Default user names")."""
_OLD_ADDRESS = "192.88.99.113/32"
"""Where Dana was when she wrote the rule: a neighbour of where the client seems to be now."""

_CONSOLE = """\
[    0.000000] Linux version 6.1.155-176.282.amzn2023.x86_64
[    2.114205] systemd[1]: Detected virtualization amazon.
ci-info: +++++++Authorized keys from /home/{user}/.ssh/authorized_keys for user {user}+++++++
<14>cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----
<14>cloud-init: 256 {fingerprint} root@lab-web (ED25519)
<14>cloud-init: -----END SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
{host_key} root@lab-web
-----END SSH HOST KEY KEYS-----
{sshd}

lab-web login: """
_UP = "[  OK  ] Started sshd.service - OpenSSH server daemon."
_DOWN = "[FAILED] Failed to start sshd.service - OpenSSH server daemon."


@dataclass(frozen=True)
class Plan:
    """What the person's side of a world is made of."""

    key: str
    """The public key that the instance was launched with."""
    host_key: str
    fingerprint: str
    server: int
    """The port of the practice SSH server on 127.0.0.1."""
    region: str
    image: str = AMAZON


@dataclass(frozen=True)
class Account:
    """A healthy account with one web server, as a fault finds it."""

    call: Callable[..., dict[str, Any]]
    """A call in the region of the account: the operation as boto3 spells it, and its parameters."""
    plan: Plan
    port: int
    """Where the SSH servers of this account listen."""
    home: str
    """The address of the person, as a /32."""
    vpc: str
    subnet: str
    gateway: str
    routes: str
    group: str
    web: str
    machines: Machines
    consoles: dict[str, str]

    def boot(self, sshd: str) -> None:
        """Post what a boot writes to the console of the web server."""
        plan = self.plan
        self.consoles[self.web] = _CONSOLE.format(
            user=USERS[plan.image], fingerprint=plan.fingerprint, host_key=plan.host_key, sshd=sshd
        )

    def ssh_rule(self, source: str, description: str) -> dict[str, Any]:
        ranges = [{"CidrIp": source, "Description": description}]
        return {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port, "IpRanges": ranges}


Fault = Callable[[Account], None]


def build(plan: Plan, lab: Lab, ask: Ask, machines: Machines, port: int) -> tuple[Account, dict[str, Any]]:
    """Make the healthy account. Returns it, and the instance, its address, its DNS name and its user."""

    def call(operation: str, **asked: Any) -> dict[str, Any]:
        return ask(plan.region, operation, **asked)

    account = _healthy(call, plan, lab, machines, port)
    described = call("describe_instances", InstanceIds=[account.web])["Reservations"][0]["Instances"][0]
    address = described["PublicIpAddress"]
    account.boot(_UP)
    machines.follow()
    return account, {
        "instance": account.web,
        "address": address,
        "name": public_name(address, plan.region),
        "port": port,
        "user": USERS[plan.image],
    }


def set_(account: Account, lab: Lab, machines: Machines, name: str, value: str) -> None:
    """Set one thing in the account as the vocabulary names it, broken or whole. Raises KeyError."""
    fault, author = FAULTS[name][value]
    lab.author = f"arn:aws:iam::{ACCOUNT}:user/{author}" if author else ""
    try:
        fault(account)
    finally:
        lab.author = ""
    machines.follow()


def _healthy(call: Callable[..., dict[str, Any]], plan: Plan, lab: Lab, machines: Machines, port: int) -> Account:
    vpc = call("create_vpc", CidrBlock="10.0.0.0/16", TagSpecifications=_named("vpc", "shop"))["Vpc"]["VpcId"]
    gateway = call("create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
    call("attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
    zone = f"{plan.region}a"
    subnet = call("create_subnet", VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    routes = call("create_route_table", VpcId=vpc)["RouteTable"]["RouteTableId"]
    call("associate_route_table", RouteTableId=routes, SubnetId=subnet)
    call("create_route", RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    group = call("create_security_group", GroupName="web", Description="web servers", VpcId=vpc)["GroupId"]
    call("import_key_pair", KeyName="dana", PublicKeyMaterial=plan.key.encode())
    web = _launch(call, "lab-web", subnet, group, plan.image)
    consoles = lab.regions[ACCOUNT, plan.region].console
    home = f"{lab.client_address}/32"
    account = Account(call, plan, port, home, vpc, subnet, gateway, routes, group, web, machines, consoles)
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    rules = [https, account.ssh_rule(account.home, "Dana")]
    call("authorize_security_group_ingress", GroupId=group, IpPermissions=rules)
    elastic = call("allocate_address", Domain="vpc")["AllocationId"]
    call("associate_address", AllocationId=elastic, InstanceId=web)
    machines.add(Machine(web, plan.region, plan.server))
    return account


def _launch(call: Callable[..., dict[str, Any]], name: str, subnet: str, group: str, image: str) -> str:
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": True}
    made = call(
        "run_instances",
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.small",
        KeyName="dana",
        NetworkInterfaces=[interface],
        TagSpecifications=_named("instance", name),
    )
    return str(made["Instances"][0]["InstanceId"])


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


# ---------------------------------------------------------------- what is broken, and made whole again


def _nothing(_: Account) -> None:
    """As it is made."""


def _group(*sources: tuple[str, str], port: int = 0) -> Fault:
    """The security group lets in exactly these sources, each with its description."""

    def set_(account: Account) -> None:
        rules = account.call("describe_security_groups", GroupIds=[account.group])["SecurityGroups"][0]["IpPermissions"]
        old = [one for one in rules if one.get("FromPort") not in (None, 443)]
        if old:
            account.call("revoke_security_group_ingress", GroupId=account.group, IpPermissions=old)
        new = [account.ssh_rule(source or account.home, says) for source, says in sources]
        new = [{**one, "FromPort": port, "ToPort": port} if port else one for one in new]
        if new:
            account.call("authorize_security_group_ingress", GroupId=account.group, IpPermissions=new)

    return set_


def _stop(account: Account) -> None:
    account.call("stop_instances", InstanceIds=[account.web])


def _start(account: Account) -> None:
    account.call("start_instances", InstanceIds=[account.web])


def _acl_of(account: Account) -> str:
    found = account.call("describe_network_acls", Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])
    return str(found["NetworkAcls"][0]["NetworkAclId"])


def _denies(*, egress: bool) -> Fault:
    """A rule before the one that allows everything."""

    def set_(account: Account) -> None:
        ports = {"From": 1024, "To": 65535} if egress else {"From": account.port, "To": account.port}
        account.call(
            "create_network_acl_entry",
            NetworkAclId=_acl_of(account),
            RuleNumber=50,
            Protocol="6",
            RuleAction="deny",
            Egress=egress,
            CidrBlock="192.88.99.0/24",
            PortRange=ports,
        )

    return set_


def _allows(account: Account) -> None:
    for egress in (False, True):
        with contextlib.suppress(Exception):  # only one of the two was made
            account.call("delete_network_acl_entry", NetworkAclId=_acl_of(account), RuleNumber=50, Egress=egress)


def _no_route(account: Account) -> None:
    account.call("delete_route", RouteTableId=account.routes, DestinationCidrBlock="0.0.0.0/0")


def _route(account: Account) -> None:
    account.call(
        "create_route", RouteTableId=account.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=account.gateway
    )


def _down(account: Account) -> None:
    account.machines.add(Machine(account.web, account.plan.region, None))
    account.boot(_DOWN)


def _up(account: Account) -> None:
    account.machines.add(Machine(account.web, account.plan.region, account.plan.server))
    account.boot(_UP)


def _endpoint(account: Account) -> None:
    account.call("create_instance_connect_endpoint", SubnetId=account.subnet)


FAULTS: Mapping[str, Mapping[str, tuple[Fault, str]]] = MappingProxyType(
    {
        "aws.security_group": {
            "mine": (_group(("", "Dana")), ""),
            "other-source": (_group((_OLD_ADDRESS, "Dana, home office")), ""),
            "other-port": (_group(("", "Dana"), port=22), ""),
            "endpoint": (_group(("10.0.0.0/16", "endpoint")), "robin"),
            "empty": (_group(), "robin"),
        },
        "aws.instance": {"running": (_start, ""), "stopped": (_stop, "night-saver")},
        "aws.network_acl": {
            "allows": (_allows, ""),
            "denies-in": (_denies(egress=False), "robin"),
            "denies-out": (_denies(egress=True), "robin"),
        },
        "aws.route": {"internet": (_route, ""), "none": (_no_route, "robin")},
        "aws.endpoint": {"none": (_nothing, ""), "there": (_endpoint, "")},
        "aws.sshd": {"up": (_up, ""), "down": (_down, "")},
    }
)
"""By the name and value of the vocabulary (lab/faults.py): what sets the account so, and who did it, for CloudTrail;
nobody where it is older than the account remembers. The first value of each is the healthy one."""
