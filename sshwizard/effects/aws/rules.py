"""Any inbound rule of a security group, found again by what it says: added, taken away, described (EC2 API:
AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, UpdateSecurityGroupRuleDescriptionsIngress)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused


def permission(protocol: str, low: int, high: int, source: str, note: str) -> dict[str, Any]:
    """A rule as EC2 takes it (IpPermission); without a note it has no description."""
    kinds = {"sg-": ("UserIdGroupPairs", "GroupId"), "pl-": ("PrefixListIds", "PrefixListId")}
    usual = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    name, key = kinds.get(source[:3], usual)
    row: dict[str, Any] = {"IpProtocol": protocol}
    if protocol != "-1":
        row |= {"FromPort": low, "ToPort": high}
    return {**row, name: [{key: source, **({"Description": note} if note else {})}]}


@dataclass(frozen=True, slots=True)
class _Rule(Place):
    group: str
    protocol: str
    """tcp, udp, or -1 for every one."""
    low: int
    high: int
    """Ports, both included."""
    source: str
    """A block of addresses, or the id of a security group or of a prefix list."""
    note: str
    """The rule's description; empty for none."""

    @property
    def words(self) -> str:
        ports = f"{self.low}" if self.low == self.high else f"{self.low}-{self.high}"
        what = "every protocol" if self.protocol == "-1" else f"{self.protocol} {ports}"
        return clean.line(f"{self.group}: {what} from {self.source} ({self.note or 'no description'})", 300)

    @property
    def options(self) -> tuple[str, ...]:
        """As the AWS CLI takes it."""
        return ("--group-id", self.group, "--ip-permissions", json.dumps(self._rows, separators=(",", ":")))

    @property
    def _rows(self) -> list[dict[str, Any]]:
        return [permission(self.protocol, self.low, self.high, self.source, self.note)]

    def standing(self) -> Mapping[str, Any] | None:
        """The rule of the group for these ports and this source; there is one at most."""
        filters = [{"Name": "group-id", "Values": [self.group]}]
        rows = asked(self, "describe_security_group_rules", Filters=filters).get("SecurityGroupRules", ())
        ports = (-1, -1) if self.protocol == "-1" else (self.low, self.high)
        return next((row for row in rows if not row.get("IsEgress") and row.get("IpProtocol") == self.protocol
                     and (row.get("FromPort"), row.get("ToPort")) == ports
                     and self.source in {row.get("CidrIpv4"), row.get("CidrIpv6"), row.get("PrefixListId"),
                                         (row.get("ReferencedGroupInfo") or {}).get("GroupId")}), None)  # fmt: skip

    def stands(self) -> str:
        """The id of the rule with this very description. Raises Refused where it is another now."""
        row = self.standing()
        if row is None or str(row.get("Description") or "") != self.note:
            raise Refused(f"{self.group} no longer has the rule “{self.words}”")
        return str(row["SecurityGroupRuleId"])


@dataclass(frozen=True, slots=True)
class AddRule(_Rule):
    """One more inbound rule."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        return self.command("authorize-security-group-ingress", *self.options)

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"{self.group} has such a rule already")
        tried(self, "authorize_security_group_ingress", GroupId=self.group, IpPermissions=self._rows)

    def inverse(self) -> Effect:
        return RemoveRule(*self._same())

    def apply(self) -> None:
        asked(self, "authorize_security_group_ingress", GroupId=self.group, IpPermissions=self._rows)

    def _same(self) -> tuple[str, str, str, str, int, int, str, str]:
        return (self.profile, self.region, self.group, self.protocol, self.low, self.high, self.source, self.note)


@dataclass(frozen=True, slots=True)
class RemoveRule(_Rule):
    """Take one inbound rule away, if it still says what it said."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("revoke-security-group-ingress", *self.options)

    def check(self) -> None:
        params = {"GroupId": self.group, "SecurityGroupRuleIds": [self.stands()]}
        tried(self, "revoke_security_group_ingress", **params)

    def inverse(self) -> Effect:
        return AddRule(self.profile, self.region, self.group, self.protocol, self.low, self.high, self.source,
                       self.note)  # fmt: skip

    def apply(self) -> None:
        asked(self, "revoke_security_group_ingress", GroupId=self.group, SecurityGroupRuleIds=[self.stands()])


@dataclass(frozen=True, slots=True)
class DescribeRule(_Rule):
    """Say what a rule is for; whom it lets in stays as it is."""

    was: str
    """The description that it had; empty for none."""

    @property
    def words(self) -> str:
        ports = "all" if self.protocol == "-1" else f"{self.low}-{self.high}"
        what = f"{self.group}: {self.protocol} {ports} from {self.source}"
        return clean.line(f"{what}: “{self.was}” becomes “{self.note}”", 300)

    def by_hand(self) -> str:
        return self.command("update-security-group-rule-descriptions-ingress", *self.options)

    def check(self) -> None:
        row = self.standing()
        if row is None or str(row.get("Description") or "") != self.was:
            raise Refused(f"{self.group} no longer has the rule with the description “{self.was}”")
        tried(self, self._operation, GroupId=self.group, IpPermissions=self._rows)

    def inverse(self) -> Effect:
        return DescribeRule(self.profile, self.region, self.group, self.protocol, self.low, self.high, self.source,
                            self.was, self.note)  # fmt: skip

    def apply(self) -> None:
        asked(self, self._operation, GroupId=self.group, IpPermissions=self._rows)

    @property
    def _operation(self) -> str:
        return "update_security_group_rule_descriptions_ingress"
