"""What the words that were typed say about Amazon EC2, before anybody is asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

from sshwizard.cloud.aws import ranges
from sshwizard.cloud.aws.ids import is_instance_id

_REGION = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
_PUBLIC = re.compile(
    rf"ec2-(?P<v4>\d+-\d+-\d+-\d+)\.(?:compute-1|{_REGION}\.compute)\.amazonaws\.com(?:\.cn)?", re.ASCII
)
_PRIVATE = re.compile(
    rf"(?:ip-(?P<v4>\d+-\d+-\d+-\d+)|(?P<id>i-[0-9a-f]{{8,17}}))\.(?:ec2|{_REGION}\.compute)\.internal", re.ASCII
)

Ground = Literal["id", "name", "range", "reverse-name", "hop", "wish"]
"""Why the cloud may be asked: an instance id, an EC2 name, the table of ranges, the name that DNS gives for the
address, the hop before being an instance of ours, or the person's own word."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person said about the cloud."""

    profiles: tuple[str, ...] = ()
    """Given by name; empty: the one that the environment chooses."""
    region: str = ""
    off: bool = False
    """True when no cloud may be asked at all."""

    @property
    def explicit(self) -> bool:
        """True when the person named a profile or a region for this diagnosis: then a plain host is asked for, too."""
        return bool(self.profiles or self.region)


@dataclass(frozen=True, slots=True)
class Question:
    """Who is meant: everything that is known of one hop before the cloud is asked."""

    typed: str
    """The name as it was typed, or as the config calls the hop."""
    host: str
    """HostName: what ssh dials."""
    addresses: tuple[str, ...] = ()
    """What the name stands for."""
    reverse: tuple[str, ...] = ()
    """The names that DNS gives for those addresses (PTR)."""
    hop_region: str = ""
    """The region of the hop before, when that one is an instance of ours: a private address is then its neighbour."""
    hop_vpc: str = ""

    @property
    def alias(self) -> str:
        """The person's own name for the machine; empty when they typed what ssh dials."""
        return "" if self.typed == self.host or literal(self.typed) else self.typed


@dataclass(frozen=True, slots=True)
class Clue:
    """What to look for, and on which ground."""

    ground: Ground
    id: str = ""
    addresses: tuple[str, ...] = ()
    tag: str = ""
    """A Name tag to look for."""
    region: str = ""
    """Where, when the clue itself says so."""


def clue(question: Question, wish: Wish) -> Clue | None:
    """On what ground the cloud is asked about this host; None for a plain host, which concerns no cloud."""
    words = tuple(dict.fromkeys((question.host.lower().rstrip("."), question.typed.lower().rstrip("."))))
    for word in words:
        if is_instance_id(word):
            return Clue("id", id=word)
        if found := read_name(word):
            return found
    literals = tuple(word for word in words if literal(word))
    addresses = tuple(dict.fromkeys((*literals[:1], *question.addresses)))
    for address in addresses:
        if region := ranges.region_of(address):
            return Clue("range", addresses=addresses, region=region)
    for name in question.reverse:
        if found := read_name(name.lower().rstrip(".")):
            return Clue("reverse-name", addresses=addresses, region=found.region)
    if question.hop_region and addresses:
        return Clue("hop", addresses=addresses, region=question.hop_region)
    if wish.explicit and addresses:
        return Clue("wish", addresses=addresses)
    return Clue("wish", tag=question.typed) if wish.explicit else None


def read_name(name: str) -> Clue | None:
    """The address or id, and the region, that a DNS name of EC2 holds (EC2 User Guide, instance hostnames)."""
    if found := _PUBLIC.fullmatch(name):
        address = found["v4"].replace("-", ".")
        return Clue("name", addresses=(address,), region=found["region"] or "us-east-1") if literal(address) else None
    if found := _PRIVATE.fullmatch(name):
        region = found["region"] or "us-east-1"
        if found["id"]:
            return Clue("name", id=found["id"], region=region) if is_instance_id(found["id"]) else None
        address = found["v4"].replace("-", ".")
        return Clue("name", addresses=(address,), region=region) if literal(address) else None
    return None


def literal(word: str) -> bool:
    """True for an address."""
    try:
        ipaddress.ip_address(word.partition("%")[0])
    except ValueError:
        return False
    return True


def is_private(address: str) -> bool:
    """True for an address that the internet does not route, as machines have inside their network.

    No machine has one of loopback there: where a cloud names one, a practice account gave it as a public address.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    return not found.is_global and not found.is_loopback
