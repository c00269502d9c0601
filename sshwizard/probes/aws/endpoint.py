"""Is there an Instance Connect Endpoint, a door that needs no public address, and does it open?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.looks import Endpoint
from sshwizard.probes.aws.source import asked_about
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws import Query, World, evaluate


def read(rows: Mapping[str, Any], instance: str, source: str, port: int,
         unseen: tuple[Unseen, ...] = ()) -> Fact[Endpoint]:  # fmt: skip
    """What the endpoints of the VPC and their rules say."""
    command = "aws ec2 describe-instance-connect-endpoints"
    if "InstanceConnectEndpoints" not in rows:
        return blind(*unseen) if unseen else Fact("unknown", "the endpoints were not read", why="they were not read")
    way = evaluate(World(rows), Query(instance, source or "203.0.113.1", port, "nat", "eice")).best
    codes = [one.code for one in way.blockers]
    row: Row = next((one for one in rows["InstanceConnectEndpoints"]
                if one.get("InstanceConnectEndpointId") == way.endpoint), {})  # fmt: skip
    state = clean.line(str(row.get("State", "")), 60)
    data = {"endpoint": way.endpoint or "", "dns": clean.line(str(row.get("DnsName", "")), 200), "state": state,
            "keeps_address": bool(row.get("PreserveClientIp")), "blockers": codes, **missing(unseen)}  # fmt: skip
    lines = (f"{way.endpoint}  {state}",) if way.endpoint else ()
    if "eice.none_in_vpc" in codes:
        return Fact("none", "the VPC has no EC2 Instance Connect Endpoint", lines, command, data)
    if any(code.startswith("eice.") and code != "eice.sg_egress_denied" for code in codes):
        return Fact("not-ready", f"the Instance Connect Endpoint {way.endpoint} cannot be used now ({state})", lines,
                    command, data)  # fmt: skip
    if codes and row.get("PreserveClientIp") and not source:
        why = "the endpoint keeps our address, and that is not known"
        return Fact("unknown", why, lines, command, data, why=why)
    if codes:
        return Fact("blocked", f"rules stop the way through the Instance Connect Endpoint {way.endpoint}",
                    (*lines, *codes), command, data)  # fmt: skip
    if way.unknown:
        why = f"AWS's answers leave open whether {way.endpoint} gets through: {way.unknown[0].code}"
        return Fact("unknown", why, lines, command, data, why=why)
    return Fact("usable", f"the Instance Connect Endpoint {way.endpoint} reaches the instance", lines, command, data)


async def look(scene: Scene) -> Fact[Endpoint]:
    told = await asked_about(scene)
    if isinstance(told, Fact):
        return told
    asked, who, source = told
    world = await asked.world()
    return read(world.rows, who.id, next(iter(source.addresses), ""), scene.leg.port, world.unseen)
