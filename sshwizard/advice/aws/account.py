"""What an account of AWS says in one region: every list with one call, in two waves, each of which may fail alone."""

from __future__ import annotations

import asyncio
import datetime
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sshwizard import clean
from sshwizard.cloud.asking import Asking
from sshwizard.cloud.aws import parts
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.aws.identify import Row, name_of, state
from sshwizard.cloud.patience import Made
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.reach.aws import World

_ALIVE = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
AUTH_WORDS = ("secure", "auth", "sshd")
"""What the name of a log group of authentication logs holds (/var/log/secure, auth.log, the unit sshd)."""
_MOST_STREAMS = 5
_IMAGES = 200
"""Values that one filter takes (EC2 API, Filter)."""

CALLS: Mapping[str, tuple[Call, str]] = {
    "instances": (Call("ec2", "describe_instances", {"Filters": [_ALIVE]}), "Reservations"),
    "groups": (Call("ec2", "describe_security_groups"), "SecurityGroups"),
    "interfaces": (Call("ec2", "describe_network_interfaces"), "NetworkInterfaces"),
    "pairs": (Call("ec2", "describe_key_pairs"), "KeyPairs"),
    "routes": (Call("ec2", "describe_route_tables"), "RouteTables"),
    "acls": (Call("ec2", "describe_network_acls"), "NetworkAcls"),
    "subnets": (Call("ec2", "describe_subnets"), "Subnets"),
    "vpcs": (Call("ec2", "describe_vpcs"), "Vpcs"),
    "gateways": (Call("ec2", "describe_internet_gateways"), "InternetGateways"),
    "bpa": (Call("ec2", "describe_vpc_block_public_access_options"), "VpcBlockPublicAccessOptions"),
    "endpoints": (Call("ec2", "describe_instance_connect_endpoints"), "InstanceConnectEndpoints"),
    "rules": (Call("ec2", "describe_security_group_rules"), "SecurityGroupRules"),
    "agents": (Call("ssm", "describe_instance_information"), "InstanceInformationList"),
    "alarms": (Call("cloudwatch", "describe_alarms", {"AlarmTypes": ["MetricAlarm"]}), "MetricAlarms"),
    "filters": (Call("logs", "describe_metric_filters"), "metricFilters"),
    "logs": (Call("logs", "describe_log_groups"), "logGroups"),
}
"""Each list, its call, and the key of its rows. None needs another's answer, so all are made at once."""

_WORLD = {
    "groups": "SecurityGroups", "interfaces": "NetworkInterfaces", "routes": "RouteTables", "acls": "NetworkAcls",
    "subnets": "Subnets", "vpcs": "Vpcs", "gateways": "InternetGateways", "endpoints": "InstanceConnectEndpoints",
}  # fmt: skip


@dataclass(frozen=True)
class Account:
    """What was said. Judges are pure functions of it."""

    profile: str
    region: str
    lists: Mapping[str, Sequence[Row]]
    """The rows of each list that was read; one that was not is missing."""
    unseen: Mapping[str, Unseen] = field(default_factory=dict)
    """Why the others were not."""
    sources: tuple[str, ...] = ()
    """The addresses from which AWS sees us, where they were asked."""
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def rows(self, name: str) -> Sequence[Row]:
        """A list; empty where it was not read, so a judge names what it needs."""
        return self.lists.get(name, ())

    @cached_property
    def world(self) -> World:
        """The same for the judgement of packets; what was not read is missing there, too."""
        found: dict[str, Any] = {key: list(self.lists[name]) for name, key in _WORLD.items() if name in self.lists}
        if "instances" in self.lists:
            found["Instances"] = list(self.rows("instances"))
        found["PrefixLists"] = {str(row["id"]): row["cidrs"] for row in self.rows("prefixes")}
        mode = str(self.rows("bpa")[0].get("InternetGatewayBlockMode", "off")) if self.rows("bpa") else ""
        found["Bpa"] = {"mode": mode, "exclusions": list(self.rows("exclusions"))} if mode else None
        return World(found)

    @cached_property
    def running(self) -> tuple[Row, ...]:
        """The instances that run."""
        return tuple(row for row in self.rows("instances") if state(row) == "running")

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The instances on whose interfaces each security group is."""
        found: dict[str, dict[str, None]] = {}
        for row in self.rows("instances"):
            for interface in self.world.interfaces(row):
                for group in interface.groups or ():
                    found.setdefault(group, {})[str(row["InstanceId"])] = None
        return {group: tuple(ids) for group, ids in found.items()}

    @property
    def place(self) -> tuple[tuple[str, str], ...]:
        """Where it is, for a fix."""
        return (("profile", self.profile), ("region", self.region))

    def aws(self, *words: str) -> str:
        """A command of the AWS CLI, to copy."""
        option = ("--profile", self.profile) if self.profile else ()
        return shlex.join(("aws", *words, "--region", self.region, *option))

    def called(self, id_: str) -> str:
        """An instance or a security group by its name and id."""
        group = self.world.groups.get(id_, {})
        row: Row = group or self.world.instances.get(id_, {})
        name = clean.line(str(group.get("GroupName", "")) or name_of(row), 60)
        return f"{name} ({id_})" if name else id_


def instances(answer: Mapping[str, Any]) -> list[Row]:
    """The instances of DescribeInstances, each with the account that owns it."""
    return [
        {**row, "OwnerId": one.get("OwnerId", "")}
        for one in answer.get("Reservations", ())
        for row in one.get("Instances", ())
    ]


def rows_of(name: str, answer: Mapping[str, Any]) -> list[Row]:
    """The rows of one list's answer."""
    if name == "instances":
        return instances(answer)
    found = answer.get(CALLS[name][1]) or ()
    return [found] if isinstance(found, Mapping) else list(found)


class Survey(Asking):
    """One region of one account, each part asked once."""

    first = tuple(CALLS)

    def __init__(self, access: Access, region: str, closed: Unseen | None = None) -> None:
        super().__init__()
        self.closed = closed
        self._access, self.region = access, region

    def permission(self, name: str) -> str:
        return CALLS[name][0].name

    async def read(self, names: Iterable[str] = CALLS) -> Account:
        """The lists of these names, and what their answers name."""
        wanted = tuple(names)
        answers = await asyncio.gather(*(self.part(name) for name in wanted))
        lists = {name: rows_of(name, one) for name, one in zip(wanted, answers, strict=True)
                 if not isinstance(one, Unseen)}  # fmt: skip
        unseen = {name: one for name, one in zip(wanted, answers, strict=True) if isinstance(one, Unseen)}
        region = self.region or self._access.region or "us-east-1"
        further = _further(lists)
        more = await asyncio.gather(*(self._once(key, self._making(call), call.name) for key, call in further.items()))
        for key, answer in zip(further, more, strict=True):
            name, _, about = key.partition(" ")
            if isinstance(answer, Unseen):
                unseen.setdefault(name, answer)
            else:
                lists.setdefault(name, []).extend(_read(name, about, answer))
        return Account(self._access.profile, region, lists, unseen)

    async def _identify(self) -> str:
        return self._access.profile

    async def _part(self, name: str) -> Answer:
        return await self._ask(CALLS[name][0])

    def _making(self, call: Call) -> Made:
        async def made() -> Answer:
            return await self._ask(call)

        return made

    async def _ask(self, call: Call) -> Answer:
        return await self._access.call(call, self.region)


def _further(lists: Mapping[str, Sequence[Row]]) -> dict[str, Call]:
    """The second wave: entries of prefix lists, images, exclusions, and who writes to the logs of logins."""
    asked = {
        f"prefixes {id_}": Call("ec2", "get_managed_prefix_list_entries", {"PrefixListId": id_})
        for id_ in parts.prefix_lists(
            {"SecurityGroups": lists.get("groups", ()), "RouteTables": lists.get("routes", ())}
        )
    }
    images = sorted({str(row["ImageId"]) for row in lists.get("instances", ()) if row.get("ImageId")})
    for at in range(0, len(images), _IMAGES):
        chosen = [{"Name": "image-id", "Values": images[at : at + _IMAGES]}]
        asked[f"images {at}"] = Call("ec2", "describe_images", {"Filters": chosen, "IncludeDeprecated": True})
    if any(row.get("InternetGatewayBlockMode", "off") != "off" for row in lists.get("bpa", ())):
        asked["exclusions all"] = Call("ec2", "describe_vpc_block_public_access_exclusions")
    for name in [str(row.get("logGroupName", "")) for row in lists.get("logs", ()) if of_logins(row)][:_MOST_STREAMS]:
        newest = {"logGroupName": name, "orderBy": "LastEventTime", "descending": True, "limit": 50}
        asked[f"streams {name}"] = Call("logs", "describe_log_streams", newest, most=50)
    return asked


def _read(name: str, about: str, answer: Mapping[str, Any]) -> list[Row]:
    if name == "prefixes":
        return [{"id": about, "cidrs": [str(row.get("Cidr", "")) for row in answer.get("Entries", ())]}]
    if name == "streams":
        names = [str(row.get("logStreamName", "")) for row in answer.get("logStreams", ())]
        return [{"log": about, "streams": names, "more": bool(answer.get("nextToken"))}]
    return list(answer.get({"images": "Images"}.get(name, "VpcBlockPublicAccessExclusions"), ()))


def of_logins(row: Row) -> bool:
    """True for a log group whose name says that it holds logins."""
    return any(word in str(row.get("logGroupName", "")).lower() for word in AUTH_WORDS)
