"""A fixed public address for an instance (EC2 API: AllocateAddress, AssociateAddress, DisassociateAddress,
ReleaseAddress). It has the name of this change as a tag, by which it is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused

TAG = "sshwizard"
PRICE = "AWS charges 0.005 US dollars an hour for each public IPv4 address, about 3.60 a month, until it is released"
"""aws.amazon.com/vpc/pricing, "Public IPv4 addresses": the list price since 2024-02-01, in use or idle, in every
commercial region; a bill may be in another currency, with taxes."""


@dataclass(frozen=True, slots=True)
class _Elastic(Place):
    instance: str
    mark: str
    was: str
    """The public address that the instance has now, which is lost; empty for none."""

    def mine(self) -> Mapping[str, Any]:
        """The address that this change allocated."""
        filters = [{"Name": f"tag:{TAG}", "Values": [self.mark]}]
        return next(iter(asked(self, "describe_addresses", Filters=filters).get("Addresses", ())), {})


@dataclass(frozen=True, slots=True)
class GiveAddress(_Elastic):
    """Allocate one and give it to the instance."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"an Elastic IP address for {self.instance}"

    def preview(self, *_: object) -> tuple[str, ...]:
        lost = f"# {self.was}, its address now, is lost for good" if self.was else "# it has no public address now"
        return (f"+ {self.words}", lost, f"# {PRICE}")

    def by_hand(self) -> str:
        made = self.command("allocate-address", "--domain", "vpc", "--query", "AllocationId", "--output", "text")
        give = self.command("associate-address", "--instance-id", self.instance)
        return f'{give} --allocation-id "$({made})"'

    def check(self) -> None:
        if self.mine():
            raise Refused("it has been allocated already")
        tried(self, "allocate_address", Domain="vpc")

    def inverse(self) -> Effect:
        return TakeAddress(self.profile, self.region, self.instance, self.mark, self.was)

    def apply(self) -> None:
        tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": TAG, "Value": self.mark}]}]
        made = asked(self, "allocate_address", Domain="vpc", TagSpecifications=tags)["AllocationId"]
        try:
            asked(self, "associate_address", AllocationId=made, InstanceId=self.instance)
        except Refused:
            asked(self, "release_address", AllocationId=made)
            raise


@dataclass(frozen=True, slots=True)
class TakeAddress(_Elastic):
    """Take it away and release it: the address is gone for good, and so is its price."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"the Elastic IP address of {self.instance}, which is released"

    def by_hand(self) -> str:
        find = ("describe-addresses", "--filters", f"Name=tag:{TAG},Values={self.mark}", "--output", "text", "--query")
        off, gone = self.command("disassociate-address"), self.command("release-address")
        id_ = self.command(*find, "Addresses[0].AllocationId")
        return "\n".join((
            f'{off} --association-id "$({self.command(*find, "Addresses[0].AssociationId")})"',
            f'{gone} --allocation-id "$({id_})"',
        ))  # fmt: skip

    def check(self) -> None:
        found = self.mine()
        if not found:
            raise Refused("the address was released already")
        if found.get("InstanceId") not in {None, "", self.instance}:
            raise Refused(f"{found.get('PublicIp')} belongs to {found.get('InstanceId')} now")

    def inverse(self) -> Effect:
        return GiveAddress(self.profile, self.region, self.instance, self.mark, self.was)

    def apply(self) -> None:
        found = self.mine()
        if found.get("AssociationId"):
            asked(self, "disassociate_address", AssociationId=found["AssociationId"])
        asked(self, "release_address", AllocationId=found["AllocationId"])
