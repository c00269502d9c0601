"""An internet gateway for a VPC that has none (EC2 API: CreateInternetGateway, AttachInternetGateway). It has the name
of this change as a tag, by which it is found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.effects.aws.addresses import TAG
from sshwizard.effects.aws.place import Place, answer, asked, tried
from sshwizard.effects.aws.volumes import tags
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, spelled


@dataclass(frozen=True, slots=True)
class _Gateway(Place):
    vpc: str
    mark: str

    def found(self, name: str, value: str) -> Mapping[str, Any]:
        """The gateway that a filter finds."""
        filters = [{"Name": name, "Values": [value]}]
        return next(iter(asked(self, "describe_internet_gateways", Filters=filters).get("InternetGateways", ())), {})

    def mine(self) -> str:
        """The id of the gateway that this change made."""
        return str(self.found(f"tag:{TAG}", self.mark).get("InternetGatewayId", ""))


@dataclass(frozen=True, slots=True)
class OpenGateway(_Gateway):
    """Make one and attach it. It lets nobody in by itself: a route has to lead to it, and a rule to admit."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"an internet gateway for {self.vpc}"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        alone = "# no packet takes it until a route leads to it (add-internet-route); AWS charges nothing for it"
        return (f"+ {self.words}", alone)

    def by_hand(self) -> str:
        made = self.command("create-internet-gateway", "--query", "InternetGateway.InternetGatewayId", "--output",
                            "text")  # fmt: skip
        return f'{self.command("attach-internet-gateway", "--vpc-id", self.vpc)} --internet-gateway-id "$({made})"'

    def check(self) -> None:
        if there := self.found("attachment.vpc-id", self.vpc):
            raise Refused(f"{self.vpc} has the internet gateway {there.get('InternetGatewayId')} already")
        tried(self, "create_internet_gateway")

    def inverse(self) -> Effect:
        return CloseGateway(self.profile, self.region, self.vpc, self.mark)

    def apply(self) -> None:
        made = asked(self, "create_internet_gateway", TagSpecifications=tags("internet-gateway", self.mark))
        id_ = str(made["InternetGateway"]["InternetGatewayId"])
        try:
            asked(self, "attach_internet_gateway", InternetGatewayId=id_, VpcId=self.vpc)
        except Refused:
            answer(self, "delete_internet_gateway", {"InternetGatewayId": id_})
            raise


@dataclass(frozen=True, slots=True)
class CloseGateway(_Gateway):
    """Detach and delete it. EC2 refuses while an address of the VPC is mapped to the internet."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"the internet gateway of {self.vpc}, which is detached and deleted"

    def by_hand(self) -> str:
        find = self.command("describe-internet-gateways", "--filters", f"Name=tag:{TAG},Values={self.mark}", "--query",
                            "InternetGateways[0].InternetGatewayId", "--output", "text")  # fmt: skip
        return "\n".join((
            f"gateway=$({find})",
            f'{self.command("detach-internet-gateway", "--vpc-id", self.vpc)} --internet-gateway-id "$gateway"',
            f'{self.command("delete-internet-gateway")} --internet-gateway-id "$gateway"',
        ))  # fmt: skip

    def check(self) -> None:
        if not self.mine():
            raise Refused("the internet gateway of this change is not there any more")

    def inverse(self) -> Effect:
        return OpenGateway(self.profile, self.region, self.vpc, self.mark)

    def apply(self) -> None:
        if not (id_ := self.mine()):
            raise Refused("the internet gateway of this change is not there any more")
        if self.found(f"tag:{TAG}", self.mark).get("Attachments"):
            asked(self, "detach_internet_gateway", InternetGatewayId=id_, VpcId=self.vpc)
        asked(self, "delete_internet_gateway", InternetGatewayId=id_)
