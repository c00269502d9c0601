"""How an instance stands in its account: what a change there must know before it is planned."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.identify import AUTO_SCALING, Identity, Row, state, tag
from sshwizard.cloud.aws.inquiry import Inquiry
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.looks import Standing
from sshwizard.probes.aws.source import source_of
from sshwizard.probes.blind import blind
from sshwizard.probes.keyfile import public_line
from sshwizard.probes.scene import Leg, Scene
from sshwizard.reach.aws import Query, World, evaluate

NEW = "eice-new"
"""Stands for an endpoint that is not there yet, in the question whether the rules would let it through."""


_MORE = ("user-data", "shutdown", "type", "serial", "gateways", "agent", "volume", "snapshots", "neighbours", "scaling",
         "inventory")  # fmt: skip
SERVERS = ("apache2", "docker", "elasticsearch", "haproxy", "httpd", "kubelet", "mariadb-server", "mongodb-org-server",
           "mysql-server", "nginx", "postfix", "postgresql", "rabbitmq-server", "redis", "redis-server",
           "tomcat")  # fmt: skip
"""Package names that tell of a server which others may be using."""


async def look(scene: Scene) -> Fact[Standing]:
    """A dozen calls beside those of the diagnosis, all at once: what a change would touch, destroy or cost."""
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("none", "it is no instance of this account")
    source = await source_of(scene, who)
    data = await _asked(asked, who, scene.leg.port)
    data |= {"source": next(iter(source.addresses), ""), "port": scene.leg.port, "login": scene.leg.user}
    data |= {"publics": publics(scene.leg), "mark": secrets.token_hex(6)}
    return Fact("known", f"{who.id} in {who.region} is {state(who.instance)}", data=data)


async def _asked(asked: Inquiry, who: Identity, port: int) -> dict[str, Any]:
    world = await asked.world()
    answers = await asyncio.gather(*(asked.part(name) for name in _MORE))
    more = dict(zip(_MORE, answers, strict=True))
    told = read(who.instance, more)
    told |= blast(world.rows, more["neighbours"], who.instance)
    told |= {"region": who.region, "profile": who.profile, "partition": _partition(who.region)}
    told |= {"browser": await _browser(asked, who)}
    told |= through_endpoint(world.rows, who.instance, port)
    told["unseen_parts"] = [clean.line(one.why, 200) for one in more.values() if isinstance(one, Unseen)]
    return told


async def _browser(asked: Inquiry, who: Identity) -> str:
    """The prefix list of where EC2 Instance Connect in the browser comes from; empty where none is told."""
    name = f"com.amazonaws.{who.region}.ec2-instance-connect"
    filters = [{"Name": "prefix-list-name", "Values": [name]}]
    lists = await asked.ask("eic-list", Call("ec2", "describe_managed_prefix_lists", {"Filters": filters}))
    rows = () if isinstance(lists, Unseen) else lists.get("PrefixLists", ())
    return next((str(one["PrefixListId"]) for one in rows if one.get("PrefixListName") == name), "")


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def read(row: Row, more: Mapping[str, Answer]) -> dict[str, Any]:
    """What the instance itself, and a few calls about it, say; a value that nobody told is None. Pure."""
    root = str(row.get("RootDeviceName", ""))
    disks = {str(one.get("DeviceName", "")): str((one.get("Ebs") or {}).get("VolumeId", ""))
             for one in row.get("BlockDeviceMappings", ())}  # fmt: skip
    faces = sorted(
        row.get("NetworkInterfaces", ()), key=lambda one: (one.get("Attachment") or {}).get("DeviceIndex", 0)
    )
    face: Row = faces[0] if faces else {}
    gateway, agent = _first(more, "gateways", "InternetGateways"), _first(more, "agent", "InstanceInformationList")
    metadata: Row = row.get("MetadataOptions") or {}
    kind = _first(more, "type", "InstanceTypes")
    owner = str((face.get("Association") or {}).get("IpOwnerId", ""))
    return {
        "instance": str(row.get("InstanceId", "")), "state": state(row), "launched": str(row.get("LaunchTime", "")),
        "zone": str((row.get("Placement") or {}).get("AvailabilityZone", "")),
        "subnet": str(row.get("SubnetId", "")), "vpc": str(row.get("VpcId", "")),
        "groups": [str(one.get("GroupId", "")) for one in row.get("SecurityGroups", ())],
        "public": str(row.get("PublicIpAddress", "")),
        "elastic": bool(owner) and not owner.startswith("amazon"),
        "scaling": tag(row, AUTO_SCALING), "standby": _standby(more),
        "programs": _programs(more), **_disk(more), "spot": row.get("InstanceLifecycle") == "spot",
        "windows": str(row.get("Platform", "")).lower() == "windows",
        "root": root, "volume": disks.get(root, ""), "disks": sorted(disks),
        "root_type": str(row.get("RootDeviceType", "")), "type": str(row.get("InstanceType", "")),
        "profile_arn": str((row.get("IamInstanceProfile") or {}).get("Arn", "")),
        "metadata": str(metadata.get("HttpEndpoint", "")),
        "metadata_tokens": str(metadata.get("HttpTokens", "")),
        "nitro": str(kind.get("Hypervisor", "")) == "nitro" if kind else None,
        "stores": bool(kind.get("InstanceStorageSupported")) if kind else None,
        "shutdown": str((_of(more, "shutdown").get("InstanceInitiatedShutdownBehavior") or {}).get("Value", "")),
        "serial": _of(more, "serial").get("SerialConsoleAccessEnabled"),
        "gateway": str(gateway.get("InternetGatewayId", "")), "agent": str(agent.get("PingStatus", "")),
        **_user_data(more.get("user-data")),
    }  # fmt: skip


def _of(more: Mapping[str, Answer], name: str) -> Row:
    found = more.get(name, {})
    return {} if isinstance(found, Unseen) else found


def _first(more: Mapping[str, Answer], name: str, key: str) -> Row:
    found: Row = next(iter(_of(more, name).get(key, ())), {})
    return found


def _disk(more: Mapping[str, Answer]) -> dict[str, Any]:
    """The root volume, and the newest snapshot of it that is complete."""
    volume = _first(more, "volume", "Volumes")
    shots = [one for one in _of(more, "snapshots").get("Snapshots", ()) if one.get("State") == "completed"]
    newest: Row = max(shots, key=lambda one: str(one.get("StartTime", "")), default={})
    return {
        "size": volume.get("Size"), "kind": str(volume.get("VolumeType", "")),
        "snapshots": [str(one.get("SnapshotId", "")) for one in shots],
        "snapshot": str(newest.get("SnapshotId", "")), "snapshot_at": str(newest.get("StartTime", ""))[:16],
    }  # fmt: skip


def _standby(more: Mapping[str, Answer]) -> bool:
    return _first(more, "scaling", "AutoScalingInstances").get("LifecycleState") == "Standby"


def _programs(more: Mapping[str, Answer]) -> list[str] | None:
    """The servers among the programs in Systems Manager's inventory; None where nothing is collected."""
    entries = _of(more, "inventory").get("Entries") or ()
    names = {str(one.get("Name", "")) for one in entries}
    return sorted(names & set(SERVERS)) if entries else None


def blast(rows: Mapping[str, Any], found: Answer, row: Row) -> dict[str, Any]:
    """Who else would be reached from the internet by a default route of this subnet's route table: the instances with a
    public address in the subnets that use it, and whether their groups admit everybody somewhere. Pure."""
    tables: Sequence[Row] = rows.get("RouteTables") or ()
    own = _table(tables, str(row.get("SubnetId", "")))
    if isinstance(found, Unseen) or not own or not rows.get("SecurityGroups"):
        return {"table": str(own.get("RouteTableId", "")), "reached": None}
    wide = {str(group.get("GroupId", "")) for group in rows["SecurityGroups"] if _admits_all(group)}
    reached = []
    for one in (one for place in found.get("Reservations", ()) for one in place.get("Instances", ())):
        public = str(one.get("PublicIpAddress", ""))
        if public and _table(tables, str(one.get("SubnetId", ""))) is own and state(one) != "terminated":
            open_ = any(str(group.get("GroupId", "")) in wide for group in one.get("SecurityGroups", ()))
            reached.append([str(one.get("InstanceId", "")), clean.line(tag(one, "Name"), 60), public, open_])
    return {"table": str(own.get("RouteTableId", "")), "reached": sorted(reached)}


def _table(tables: Sequence[Row], subnet: str) -> Row:
    """The route table of a subnet: its own, else the main one of the VPC."""
    links = [(table, one) for table in tables for one in table.get("Associations", ())]
    own = next((table for table, one in links if one.get("SubnetId") == subnet), None)
    return own or next((table for table, one in links if one.get("Main")), {})


def _admits_all(group: Row) -> bool:
    """Whether a rule lets the whole internet in somewhere."""
    return any(
        one.get("CidrIp") == "0.0.0.0/0" or one.get("CidrIpv6") == "::/0"
        for rule in group.get("IpPermissions", ())
        for one in (*rule.get("IpRanges", ()), *rule.get("Ipv6Ranges", ()))
    )


def _user_data(found: Answer | None) -> dict[str, Any]:
    """Its size and SHA-256 only: user data often holds secrets, and a session is kept."""
    if found is None or isinstance(found, Unseen):
        return {"data_size": None, "data_digest": None}
    raw = base64.b64decode(str((found.get("UserData") or {}).get("Value", "")))
    return {"data_size": len(raw), "data_digest": hashlib.sha256(raw).hexdigest()}


def through_endpoint(rows: Mapping[str, Any], row: Row, port: int) -> dict[str, Any]:
    """The endpoints that there are, and what would stop a new one in the instance's subnet, its own group apart."""
    there = [str(one.get("InstanceConnectEndpointId", "")) for one in rows.get("InstanceConnectEndpoints") or ()
             if one.get("VpcId") == row.get("VpcId")]  # fmt: skip
    groups = {str(one.get("InstanceConnectEndpointId", "")): list(one.get("SecurityGroupIds", ()))
              for one in rows.get("InstanceConnectEndpoints") or ()}  # fmt: skip
    fresh: Row = {"InstanceConnectEndpointId": NEW, "State": "create-complete", "VpcId": row.get("VpcId"),
             "SubnetId": row.get("SubnetId"), "SecurityGroupIds": [], "NetworkInterfaceIds": []}  # fmt: skip
    query = Query(str(row.get("InstanceId", "")), "203.0.113.1", port, "nat", "eice")
    way = evaluate(World({**rows, "InstanceConnectEndpoints": [fresh]}), query).best
    codes = [one.code for one in way.blockers]
    needs = any(one.code == "sg.no_rule_for_eice" for one in (*way.blockers, *way.unknown)) or way.admitted_by is None
    return {"endpoints": there, "endpoint_groups": groups, "endpoint_stops": codes, "endpoint_needs_rule": needs}


def publics(leg: Leg) -> list[str]:
    """The public halves that lie beside the identity files of this connection."""
    found = []
    for name in leg.values("identityfile"):
        file = Path(f"{Path(name).expanduser()}.pub")
        try:
            line = clean.line(file.read_text("utf-8", "replace").strip(), 20_000)
        except OSError:
            continue
        if public_line(line) is not None:
            found.append(line)
    return found
