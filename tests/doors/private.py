"""A private instance with a real SSH server behind it, which only an endpoint or the agent reaches."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cloud import OWN, Network, client
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.cloud.aws.access import Access
from sshwizard.cloud.aws.account import Aws as Account
from sshwizard.doors.endpoint_tunnel import Tunnel, choose, place
from sshwizard.doors.session_manager import Sessions
from sshwizard.doors.way import Way
from sshwizard.lab.aws import REGION, Aws

LIMIT = 40.0
"""Seconds for one ssh; the machine may be busy."""


@dataclass(frozen=True)
class Ran:
    """What an ssh did."""

    code: int
    out: bytes
    err: str
    seconds: float


@dataclass
class Private:
    """An account, an instance in a private subnet, an endpoint beside it, an agent on it, and a client's home."""

    aws: Aws
    world: SshdWorld
    net: Network
    group: str
    """The endpoint's security group."""
    instance: str
    account: Account

    @property
    def access(self) -> Access:
        return self.account.access("")

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.access, self.instance, REGION)

    def to(self) -> Tunnel:
        endpoints = self.net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
        row = self.net.instance(self.instance)
        chosen = choose(endpoints, row)
        assert chosen is not None
        return place(chosen, row, 22, REGION)

    async def begin(self, way: Way, *words: str, typed: bytes | None = b"") -> asyncio.subprocess.Process:
        """ssh through the way; with `typed` None its input stays open."""
        command = ("ssh", "-F", str(self.world.config_file), "-o", "BatchMode=yes", *way.options, *words)
        source = asyncio.subprocess.DEVNULL if typed == b"" else asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **way.env}, stdin=source, stdout=-1, stderr=-1, cwd="/"
        )  # fmt: skip

    async def ssh(self, way: Way, *words: str, typed: bytes = b"", limit: float = LIMIT) -> Ran:
        begun = time.monotonic()
        process = await self.begin(way, *words, typed=typed)
        try:
            async with asyncio.timeout(limit):
                out, err = await process.communicate(typed or None)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        assert process.returncode is not None
        return Ran(process.returncode, out, err.decode(errors="replace"), time.monotonic() - begun)


def made(aws: Aws, world: SshdWorld) -> Private:
    """The account, in which the endpoint may reach the instance."""
    net = Network(aws)
    group = net.new_group("endpoint")
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": group}]}
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[rule])
    net.ec2.create_instance_connect_endpoint(SubnetId=net.private, SecurityGroupIds=[group])
    instance = net.launch("db-1", public=False, image=OWN)
    aws.agent(instance)
    aws.machine(instance, world.server.port)
    return Private(aws, world, net, group, instance, Account())


@pytest.fixture
def private(aws: Aws, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    world = SshdWorld(tmp_path, KeyRing(tmp_path_factory.mktemp("keys")))
    try:
        yield made(aws, world)
    finally:
        aws.misbehave()
        world.close()


async def killed(process: asyncio.subprocess.Process) -> None:
    process.kill()
    async with asyncio.timeout(10):
        await process.communicate()


def command_lines() -> str:
    """What every process of this computer shows to everybody."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(found)


def active(private: Private) -> list[str]:
    """Sessions that AWS still counts."""
    ssm = client(private.aws, "ssm")
    return [one["SessionId"] for one in ssm.describe_sessions(State="Active")["Sessions"]]
