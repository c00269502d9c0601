"""One entry of a network ACL (EC2 API: CreateNetworkAclEntry, DeleteNetworkAclEntry)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused


@dataclass(frozen=True, slots=True)
class _Entry(Place):
    acl: str
    number: int
    egress: bool
    block: str
    """The addresses: the source of an inbound entry, the destination of an outbound one."""
    low: int
    high: int
    action: str = "allow"
    """allow, deny."""

    @property
    def words(self) -> str:
        """The entry in a line."""
        way = "to" if self.egress else "from"
        ports = str(self.low) if self.low == self.high else f"{self.low}-{self.high}"
        return f"{self.acl} rule {self.number}: {self.action} tcp {ports} {way} {self.block}"

    @property
    def params(self) -> dict[str, Any]:
        """As EC2 takes it."""
        family = "Ipv6CidrBlock" if ":" in self.block else "CidrBlock"
        ports = {"From": self.low, "To": self.high}
        return {**self.key, "Protocol": "6", "RuleAction": self.action, family: self.block, "PortRange": ports}

    @property
    def key(self) -> dict[str, Any]:
        """Which entry it is."""
        return {"NetworkAclId": self.acl, "RuleNumber": self.number, "Egress": self.egress}

    def standing(self) -> Mapping[str, Any] | None:
        """The entry of this number."""
        found = asked(self, "describe_network_acls", NetworkAclIds=[self.acl]).get("NetworkAcls", ())
        rows = [row for acl in found for row in acl.get("Entries", ())]
        return next((row for row in rows if (row["RuleNumber"], row["Egress"]) == (self.number, self.egress)), None)

    def is_mine(self, row: Mapping[str, Any]) -> bool:
        """True when the entry says what this one says."""
        given = {key: row.get(key) for key in self.params if key != "NetworkAclId"}
        return given == {key: value for key, value in self.params.items() if key != "NetworkAclId"}


@dataclass(frozen=True, slots=True)
class AddEntry(_Entry):
    """One more entry of a network ACL, under a number that is free."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        block = "--ipv6-cidr-block" if ":" in self.block else "--cidr-block"
        words = ("--network-acl-id", self.acl, "--rule-number", str(self.number), "--protocol", "tcp",
                 "--egress" if self.egress else "--ingress", "--rule-action", self.action,
                 block, self.block, "--port-range", f"From={self.low},To={self.high}")  # fmt: skip
        return self.command("create-network-acl-entry", *words)

    def check(self) -> None:
        if self.standing():
            raise Refused(f"{self.acl} has a rule {self.number} already")
        tried(self, "create_network_acl_entry", **self.params)

    def inverse(self) -> Effect:
        return RemoveEntry(self.profile, self.region, self.acl, self.number, self.egress, self.block, self.low,
                           self.high, self.action)  # fmt: skip

    def apply(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):  # some stand-ins for AWS ignore DryRun
            asked(self, "create_network_acl_entry", **self.params)


@dataclass(frozen=True, slots=True)
class RemoveEntry(_Entry):
    """Take one entry away, if it still says what we wrote."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        words = ("--network-acl-id", self.acl, "--rule-number", str(self.number))
        side = "--egress" if self.egress else "--ingress"
        return self.command("delete-network-acl-entry", *words, side)

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"rule {self.number} of {self.acl} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return AddEntry(self.profile, self.region, self.acl, self.number, self.egress, self.block, self.low,
                        self.high, self.action)  # fmt: skip

    def apply(self) -> None:
        self.check()
        asked(self, "delete_network_acl_entry", **self.key)
