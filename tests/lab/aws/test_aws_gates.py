"""Packets follow the account: an address times out, refuses or answers exactly as the API says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cloud import Network

from sshwizard.lab.aws import Aws

pytestmark = [
    pytest.mark.requires("moto"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.77.0.0/16 exists on Linux only"),
]

HERE = "192.88.99.7/32"


@pytest.fixture
def server() -> Iterator[int]:
    """Something that greets like an SSH server on a port of 127.0.0.1."""
    listener = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.sendall(b"SSH-2.0-practice\r\n")

    threading.Thread(target=greet, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def knock(address: str, port: int) -> str:
    """What a client meets: open, reset, refused, silent."""
    try:
        with socket.create_connection((address, port), timeout=0.4) as client:
            client.settimeout(10)
            return "open" if client.recv(64) else "reset"
    except TimeoutError:
        return "silent"
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"


class Site:
    """One web server whose group lets this computer in."""

    def __init__(self, aws: Aws, server: int) -> None:
        self.aws, self.net, self.port = aws, Network(aws), aws.port
        self.net.allow(self.net.group, HERE, port=self.port)
        self.web = self.net.launch("web-1")
        aws.machine(self.web, server)
        self.address = self.net.instance(self.web)["PublicIpAddress"]

    def knock(self) -> str:
        return knock(self.address, self.port)

    def rule(self, source: str) -> dict[str, Any]:
        ranges = [{"CidrIp": source}]
        return {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port, "IpRanges": ranges}


@pytest.fixture
def site(aws: Aws, server: int) -> Site:
    return Site(aws, server)


def test_the_rule_opens_and_closes_the_port(site: Site) -> None:
    assert site.address.startswith("127.77.")
    assert site.knock() == "open"
    site.net.ec2.revoke_security_group_ingress(GroupId=site.net.group, IpPermissions=[site.rule(HERE)])
    assert site.knock() == "silent"
    site.net.allow(site.net.group, "198.51.100.7/32", port=site.port)
    assert site.knock() == "silent"
    site.net.allow(site.net.group, HERE, port=site.port)
    assert site.knock() == "open"


def test_whether_it_is_me_depends_on_where_i_seem_to_be(site: Site) -> None:
    site.aws.come_from("192.88.99.99")
    assert site.knock() == "silent"
    site.aws.come_from("192.88.99.7")
    assert site.knock() == "open"


def test_a_dry_run_and_a_refused_call_open_nothing(site: Site) -> None:
    site.net.ec2.revoke_security_group_ingress(GroupId=site.net.group, IpPermissions=[site.rule(HERE)])
    for broken in ({"DryRun": True}, {"GroupId": "sg-0123456789abcdef0"}):
        asked = {"GroupId": site.net.group, "IpPermissions": [site.rule(HERE)], **broken}
        with pytest.raises(site.net.ec2.exceptions.ClientError):
            site.net.ec2.authorize_security_group_ingress(**asked)
    assert site.knock() == "silent"


def test_a_route_an_acl_and_block_public_access_close_it_too(site: Site) -> None:
    ec2 = site.net.ec2
    ec2.delete_route(RouteTableId=site.net.routes, DestinationCidrBlock="0.0.0.0/0")
    assert site.knock() == "silent"
    ec2.create_route(RouteTableId=site.net.routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=site.net.gateway)
    assert site.knock() == "open"
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [site.net.vpc]}])["NetworkAcls"]
    place = {"NetworkAclId": acls[0]["NetworkAclId"], "RuleNumber": 50, "Egress": False}
    ec2.create_network_acl_entry(**place, Protocol="-1", RuleAction="deny", CidrBlock="0.0.0.0/0")
    assert site.knock() == "silent"
    ec2.delete_network_acl_entry(**place)
    assert site.knock() == "open"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert site.knock() == "silent"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
    assert site.knock() == "open"


def test_a_stopped_instance_is_silent_and_comes_back_elsewhere(site: Site) -> None:
    site.net.ec2.stop_instances(InstanceIds=[site.web])
    assert site.knock() == "silent"
    site.net.ec2.start_instances(InstanceIds=[site.web])
    assert site.knock() == "silent"
    site.address = site.net.instance(site.web)["PublicIpAddress"]
    assert site.knock() == "open"


def test_an_elastic_address_moves_from_one_machine_to_another(site: Site, server: int) -> None:
    ec2 = site.net.ec2
    elastic = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=site.web)
    assert knock(elastic["PublicIp"], site.port) == "open"
    other = site.net.launch("web-2")
    site.aws.machine(other, None)
    ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=other, AllowReassociation=True)
    assert knock(elastic["PublicIp"], site.port) == "refused"
    assert site.net.instance(site.web).get("PublicIpAddress") != elastic["PublicIp"]
    ec2.disassociate_address(AssociationId=ec2.describe_addresses()["Addresses"][0]["AssociationId"])
    assert knock(elastic["PublicIp"], site.port) == "silent"


def test_what_the_machine_does_is_its_own_matter(site: Site) -> None:
    site.aws.machine(site.web, None)
    assert site.knock() == "refused"
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    site.aws.machine(site.web, port)
    assert site.knock() == "reset"
    site.aws.machine(site.web, None, dead=True)
    assert site.knock() == "silent"


def test_a_reset_takes_the_gates_away(site: Site) -> None:
    site.net.ec2.stop_instances(InstanceIds=[site.web])
    assert site.knock() == "silent"
    site.aws.reset()
    assert site.aws.gates() == {}
    assert site.knock() == "refused"


def test_many_silent_addresses(aws: Aws) -> None:
    net = Network(aws)
    for number in range(8):
        aws.machine(net.launch(f"web-{number}"), None)
    gates = aws.gates()
    assert set(gates.values()) == {"silent"}
    assert len(gates) == 8
    assert {knock(address, aws.port) for address in list(gates)[::3]} == {"silent"}
