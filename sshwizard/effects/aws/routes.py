"""One route to the internet gateway, for exactly one address or for everybody (EC2 API: CreateRoute, DeleteRoute)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.spelling import Spelling, spelled


@dataclass(frozen=True, slots=True)
class _Route(Place):
    table: str
    block: str
    """The destination: one address with its full length (/32, /128), or 0.0.0.0/0 where a person typed it."""
    gateway: str

    @property
    def words(self) -> str:
        return f"{self.table}: to {self.block} by {self.gateway}"

    @property
    def key(self) -> dict[str, str]:
        """Which route it is."""
        name = "DestinationIpv6CidrBlock" if ":" in self.block else "DestinationCidrBlock"
        return {"RouteTableId": self.table, name: self.block}

    @property
    def options(self) -> tuple[str, ...]:
        """The same for the AWS CLI."""
        name = "--destination-ipv6-cidr-block" if ":" in self.block else "--destination-cidr-block"
        return ("--route-table-id", self.table, name, self.block)

    def standing(self) -> Mapping[str, Any]:
        """The route to this destination."""
        tables = asked(self, "describe_route_tables", RouteTableIds=[self.table]).get("RouteTables", ())
        rows = (row for table in tables for row in table.get("Routes", ()))
        return next((row for row in rows if self.block in (row.get("DestinationCidrBlock"),
                                                           row.get("DestinationIpv6CidrBlock"))), {})  # fmt: skip


@dataclass(frozen=True, slots=True)
class AddRoute(_Route):
    """The replies to one address leave by the internet gateway; every other route stays as it is."""

    cautions: tuple[str, ...] = ()
    """Who else is reached by it, where it is for everybody."""
    sign: ClassVar[str] = "+"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return cautioned(f"+ {self.words}", self.cautions)

    def by_hand(self) -> str:
        return self.command("create-route", *self.options, "--gateway-id", self.gateway)

    def check(self) -> None:
        if self.standing():
            raise Refused(f"{self.table} has a route to {self.block} already")
        tried(self, "create_route", **self.key, GatewayId=self.gateway)

    def inverse(self) -> Effect:
        return RemoveRoute(self.profile, self.region, self.table, self.block, self.gateway)

    def apply(self) -> None:
        asked(self, "create_route", **self.key, GatewayId=self.gateway)


@dataclass(frozen=True, slots=True)
class RemoveRoute(_Route):
    """Take it away, if it still leads to that gateway."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("delete-route", *self.options)

    def check(self) -> None:
        if self.standing().get("GatewayId") != self.gateway:
            raise Refused(f"{self.table} no longer leads to {self.block} by {self.gateway}")

    def inverse(self) -> Effect:
        return AddRoute(self.profile, self.region, self.table, self.block, self.gateway)

    def apply(self) -> None:
        self.check()
        asked(self, "delete_route", **self.key)
