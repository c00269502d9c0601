"""Whose machine it is: the instance, or what else holds the address, found with as few calls as can be.

The interface outranks the instance's own address: an interface also knows secondary addresses, load balancers and NAT
gateways (EC2 API, DescribeNetworkInterfaces).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.aws.clues import Clue, Question, is_private
from sshwizard.cloud.unseen import LOCKED_OUT, Answer, Unseen

Who = Literal[
    "instance", "terminated", "several", "load-balancer", "nat-gateway", "interface", "free-address", "nobody",
    "unseen", "not-asked",
]  # fmt: skip
"""`free-address`: an Elastic IP of this account that leads to nothing; `nobody`: nothing in this account has it."""

Row = Mapping[str, Any]
Ask = Callable[[Call, str, str], Awaitable[Answer]]
"""A call, the profile, the region."""


@dataclass(frozen=True)
class Identity:
    """Who the host is in the cloud."""

    who: Who
    clue: Clue | None = None
    profile: str = ""
    region: str = ""
    account: str = ""
    instance: Row = field(default_factory=dict)
    interface: Row = field(default_factory=dict)
    address: Row = field(default_factory=dict)
    """The row of the Elastic IP, where it is one."""
    others: tuple[Row, ...] = ()
    """All that match, for `several`; what stands in its place, for `terminated` and `nobody`."""
    namesakes: tuple[Row, ...] = ()
    """Other instances whose Name tag is the person's own name for the host."""
    elsewhere: str = ""
    """The region that the person's settings name, when the instance is in another one."""
    searched: tuple[tuple[str, str], ...] = ()
    """The profiles and regions that were searched."""
    profiles: tuple[str, ...] = ()
    """Other profiles that were not searched."""
    unseen: tuple[Unseen, ...] = ()

    @property
    def id(self) -> str:
        """The instance id."""
        return str(self.instance.get("InstanceId", ""))

    @property
    def clue_is_id(self) -> bool:
        """True when an instance id was looked for."""
        return bool(self.clue and self.clue.id)


AUTO_SCALING = "aws:autoscaling:groupName"
"""The tag that an Auto Scaling group gives to its instances."""


def name_of(row: Row) -> str:
    """The Name tag of anything that has tags."""
    return tag(row, "Name")


def tag(row: Row, key: str) -> str:
    """The value of one tag; empty when it has none."""
    return next((str(one.get("Value", "")) for one in row.get("Tags", ()) if one.get("Key") == key), "")


def state(row: Row) -> str:
    """The state of an instance: running, stopped, ..."""
    return str((row.get("State") or {}).get("Name", ""))


def _where(**filters: str | Sequence[str]) -> dict[str, Any]:
    """EC2's Filters, written briefly: `__` stands for a dot and `_` for a dash."""
    rows = []
    for key, value in filters.items():
        name = key.replace("__", ".").replace("_", "-")
        rows.append({"Name": name, "Values": [value] if isinstance(value, str) else list(value)})
    return {"Filters": rows}


def _named(name: str) -> Call:
    """The instances whose Name tag is exactly `name`."""
    exact = "".join("\\" + letter if letter in "*?\\" else letter for letter in name)
    return Call("ec2", "describe_instances", {"Filters": [{"Name": "tag:Name", "Values": [exact]}]})


def questions(clue: Clue, alias: str) -> dict[str, Call]:
    """The calls of the first wave, all of which can be made at once."""
    asked: dict[str, Call] = {}
    if clue.id:
        asked["instances"] = Call("ec2", "describe_instances", _where(instance_id=clue.id))
    elif clue.tag:
        asked["instances"] = _named(clue.tag)
    elif any(":" in one for one in clue.addresses):
        six = [one for one in clue.addresses if ":" in one]
        asked["interfaces"] = Call("ec2", "describe_network_interfaces", _where(ipv6_addresses__ipv6_address=six))
    four = [one for one in clue.addresses if ":" not in one]
    own, public = [one for one in four if is_private(one)], [one for one in four if not is_private(one)]
    if public:
        asked["instances"] = Call("ec2", "describe_instances", _where(ip_address=public))
        asked["interfaces"] = Call("ec2", "describe_network_interfaces", _where(association__public_ip=public))
        asked["addresses"] = Call("ec2", "describe_addresses", _where(public_ip=public))
    elif own:
        asked["instances"] = Call("ec2", "describe_instances", _where(private_ip_address=own))
        asked["interfaces"] = Call("ec2", "describe_network_interfaces", _where(addresses__private_ip_address=own))
    if alias and not clue.tag:
        asked["namesakes"] = _named(alias)
    return asked


async def search(ask: Ask, clue: Clue, question: Question, profile: str, region: str) -> Identity:
    """Look in one region of one account."""
    asked = questions(clue, question.alias)
    answers = await asyncio.gather(*(ask(call, profile, region) for call in asked.values()))
    found = dict(zip(asked, answers, strict=True))
    known = Identity("nobody", clue, profile, region, unseen=tuple(a for a in answers if isinstance(a, Unseen)))
    instances = _instances(found.get("instances"))
    interfaces = _rows(found.get("interfaces"), "NetworkInterfaces")
    if question.hop_vpc and clue.ground == "hop":
        instances = [row for row in instances if row.get("VpcId") == question.hop_vpc]
        interfaces = [row for row in interfaces if row.get("VpcId") == question.hop_vpc]
    owners = dict.fromkeys(str(row["Attachment"]["InstanceId"]) for row in interfaces
                           if (row.get("Attachment") or {}).get("InstanceId"))  # fmt: skip
    if missing := [id_ for id_ in owners if id_ not in {row["InstanceId"] for row in instances}]:
        more = await ask(Call("ec2", "describe_instances", _where(instance_id=missing)), profile, region)
        instances += _instances(more)
        if isinstance(more, Unseen):
            known = replace(known, unseen=(*known.unseen, more))
    known = replace(known, interface=interfaces[0] if interfaces else {},
                    address=next(iter(_rows(found.get("addresses"), "Addresses")), {}),
                    namesakes=tuple(_instances(found.get("namesakes"))))  # fmt: skip
    return _told(known, instances, found)


def _told(known: Identity, instances: list[Row], found: Mapping[str, Answer]) -> Identity:
    """Put together what one region said."""
    present = [row for row in instances if state(row) != "terminated"]
    if len(present) > 1:
        return replace(known, who="several", others=tuple(present))
    if instances:
        row = (present or instances)[0]
        who: Who = "instance" if present else "terminated"
        namesakes = tuple(one for one in known.namesakes if one["InstanceId"] != row["InstanceId"])
        return replace(known, who=who, instance=row, account=str(row.get("OwnerId", "")), namesakes=namesakes)
    if known.interface:
        return replace(known, who=_holder(known.interface), account=str(known.interface.get("OwnerId", "")))
    if known.address and not known.address.get("AssociationId"):
        return replace(known, who="free-address")
    decides = "instances" if "interfaces" not in found else "interfaces"
    return replace(known, who="unseen" if isinstance(found.get(decides), Unseen) else "nobody")


def _holder(interface: Row) -> Who:
    """What an interface without an instance belongs to (DescribeNetworkInterfaces, InterfaceType and Description)."""
    kind, words = str(interface.get("InterfaceType", "")), str(interface.get("Description", ""))
    if "load_balancer" in kind or words.startswith("ELB ") or interface.get("RequesterId") == "amazon-elb":
        return "load-balancer"
    if kind == "nat_gateway" or words.startswith("Interface for NAT Gateway"):
        return "nat-gateway"
    return "interface"


def _rows(answer: Answer | None, key: str) -> list[Row]:
    return [] if answer is None or isinstance(answer, Unseen) else list(answer.get(key, ()))


def _instances(answer: Answer | None) -> list[Row]:
    """The instances of an answer, each with the account that owns it."""
    return [
        {**row, "OwnerId": reservation.get("OwnerId", "")}
        for reservation in _rows(answer, "Reservations")
        for row in reservation.get("Instances", ())
    ]


async def identify(ask: Ask, clue: Clue, question: Question, places: Sequence[tuple[str, str]]) -> Identity:
    """Who it is: first where the person's settings or the clue point, then in every region that the account uses."""
    home = await asyncio.gather(*(search(ask, clue, question, *place) for place in places))
    found = _best(home)
    if found.who in {"nobody", "unseen"} and not clue.region and not _locked(found):
        listed = await asyncio.gather(*(_regions(ask, profile, region) for profile, region in places))
        rest = [(profile, region) for (profile, at), regions in zip(places, listed, strict=True)
                for region in regions if region != at]  # fmt: skip
        more = await asyncio.gather(*(search(ask, clue, question, *place) for place in rest))
        if more and (better := _best(more)).who not in {"nobody", "unseen"}:
            looked = next((region for profile, region in places if profile == better.profile), "")
            found = replace(better, elsewhere=looked)
        found = replace(found, searched=(*places, *rest))
    else:
        found = replace(found, searched=tuple(places))
    return await _successors(ask, found, question)


def _best(found: Sequence[Identity]) -> Identity:
    order: tuple[Who, ...] = ("instance", "several", "load-balancer", "nat-gateway", "interface", "free-address",
                              "terminated", "unseen", "nobody")  # fmt: skip
    return min(found, key=lambda one: order.index(one.who))


def _locked(found: Identity) -> bool:
    return any(one.kind in LOCKED_OUT for one in found.unseen)


async def _regions(ask: Ask, profile: str, region: str) -> list[str]:
    answer = await ask(Call("ec2", "describe_regions"), profile, region)
    return [str(row["RegionName"]) for row in _rows(answer, "Regions")]


async def _successors(ask: Ask, found: Identity, question: Question) -> Identity:
    """What stands in the place of an instance that is gone: the same Auto Scaling group, else the same Name tag."""
    gone = found.instance
    group, name = tag(gone, "aws:autoscaling:groupName"), name_of(gone)
    if found.who == "nobody" and found.namesakes:
        return replace(found, others=found.namesakes)
    if found.who != "terminated" or not (group or name):
        return found
    key, value = ("aws:autoscaling:groupName", group) if group else ("Name", name)
    alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
    call = Call("ec2", "describe_instances", {"Filters": [{"Name": f"tag:{key}", "Values": [value]}, alive]})
    answer = await ask(call, found.profile, found.region)
    rows = sorted(_instances(answer), key=lambda row: str(row.get("LaunchTime", "")), reverse=True)
    return replace(found, others=tuple(rows))
