"""One inbound rule of a security group, found again by its description (EC2 API: AuthorizeSecurityGroupIngress,
DescribeSecurityGroupRules, RevokeSecurityGroupIngress)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused


@dataclass(frozen=True, slots=True)
class _Rule(Place):
    group: str
    port: int
    source: str
    """One address with its full length (/32, /128), or the id of a security group or a prefix list."""
    note: str
    """The rule's description, by which it is found again."""

    @property
    def permission(self) -> dict[str, Any]:
        """As EC2 takes it."""
        row: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port}
        if self.source.startswith("sg-"):
            row["UserIdGroupPairs"] = [{"GroupId": self.source, "Description": self.note}]
        elif self.source.startswith("pl-"):
            row["PrefixListIds"] = [{"PrefixListId": self.source, "Description": self.note}]
        elif ":" in self.source:
            row["Ipv6Ranges"] = [{"CidrIpv6": self.source, "Description": self.note}]
        else:
            row["IpRanges"] = [{"CidrIp": self.source, "Description": self.note}]
        return row

    @property
    def options(self) -> tuple[str, ...]:
        """As the AWS CLI takes it."""
        permissions = json.dumps([self.permission], separators=(",", ":"))
        return ("--group-id", self.group, "--ip-permissions", permissions)

    @property
    def words(self) -> str:
        """The rule in a line."""
        return clean.line(f"{self.group}: tcp {self.port} from {self.source} ({self.note})", 200)

    def standing(self) -> list[Mapping[str, Any]]:
        """Inbound rules of the group for this source and port, whoever made them."""
        filters = [{"Name": "group-id", "Values": [self.group]}]
        rows = asked(self, "describe_security_group_rules", Filters=filters).get("SecurityGroupRules", ())
        return [
            row
            for row in rows
            if not row.get("IsEgress")
            and (row.get("IpProtocol"), row.get("FromPort"), row.get("ToPort")) == ("tcp", self.port, self.port)
            and self.source in {row.get("CidrIpv4"), row.get("CidrIpv6"), row.get("PrefixListId"),
                                (row.get("ReferencedGroupInfo") or {}).get("GroupId")}
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AllowSource(_Rule):
    """One inbound rule of a security group."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        return self.command("authorize-security-group-ingress", *self.options)

    def check(self) -> None:
        if self.standing():
            raise Refused(f"{self.group} has such a rule already")
        tried(self, "authorize_security_group_ingress", **self._params)

    def inverse(self) -> Effect:
        return RevokeSource(self.profile, self.region, self.group, self.port, self.source, self.note)

    def apply(self) -> None:
        asked(self, "authorize_security_group_ingress", **self._params)

    @property
    def _params(self) -> dict[str, Any]:
        return {"GroupId": self.group, "IpPermissions": [self.permission]}


@dataclass(frozen=True, slots=True)
class RevokeSource(_Rule):
    """Take one inbound rule away: the one with this very description."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("revoke-security-group-ingress", *self.options)

    def check(self) -> None:
        if not self._mine():
            raise Refused(f"{self.group} no longer has the rule “{self.note}”")

    def inverse(self) -> Effect:
        return AllowSource(self.profile, self.region, self.group, self.port, self.source, self.note)

    def apply(self) -> None:
        mine = self._mine()
        if not mine:
            raise Refused(f"{self.group} no longer has the rule “{self.note}”")
        asked(self, "revoke_security_group_ingress", GroupId=self.group, SecurityGroupRuleIds=mine)

    def _mine(self) -> list[str]:
        return [str(row["SecurityGroupRuleId"]) for row in self.standing() if row.get("Description") == self.note]
