"""How the tests ask: an inquiry about a host, and the look of a scene, against the embedded AWS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cloud import Network

from sshwizard.cloud.aws.clues import Question, Wish
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.cloud import Cloud
from sshwizard.model import Fact, Target
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene

ADDRESS = "54.229.17.20"
"""Of a range of eu-west-1."""


def public(net: Network, instance: str, address: str = ADDRESS) -> str:
    """Give an instance an Elastic IP of the region's own range; the allocation id."""
    id_ = str(net.ec2.allocate_address(Domain="vpc", Address=address)["AllocationId"])
    net.ec2.associate_address(AllocationId=id_, InstanceId=instance)
    return id_


@asynccontextmanager
async def inquiry(typed: str, host: str = "", wish: Wish | None = None, **more: Any) -> AsyncIterator[Inquiry]:
    """An inquiry that has begun."""
    cloud = Cloud(wish)
    try:
        yield cloud.aws.about(0, Question(typed, host or typed, **more))
    finally:
        await cloud.close()


async def look(probe: Probe[Any], typed: str, host: str = "", user: str = "ec2-user", port: int = 22,
               facts: dict[str, Fact[Any]] | None = None) -> Fact[Any]:  # fmt: skip
    """What a look sees of a host, as the runner would have it look."""
    settings = {"hostname": (host or typed,), "user": (user,), "port": (str(port),)}
    cloud = Cloud()
    try:
        scene = Scene(Target(typed, (typed,)), (Leg(typed, settings),), 0, facts or {}, Run(), cloud=cloud)
        return await probe.look(scene)
    finally:
        await cloud.close()
