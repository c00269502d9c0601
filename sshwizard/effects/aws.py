"""Changes in an AWS account: each names exactly what it touches, is tried dry first, and finds its way back.

A rule or entry is found again by what it says and not by an id: so it can be taken back after a crash, too.
EC2 API Reference: AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, CreateNetworkAclEntry,
DeleteNetworkAclEntry, StartInstances, StopInstances.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import LOCKED_OUT, Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled

_ACCESS: dict[str, Access] = {}
_DRY = "DryRunOperation"
"""EC2's error code for: it would have succeeded."""


def asked(place: Place, operation: str, **params: Any) -> Mapping[str, Any]:
    """What EC2 answers. Raises Refused with the reason in words."""
    found = _answer(place, operation, params)
    if isinstance(found, Unseen):
        raise Refused(f"{found.why}{f'; {found.unblock}' if found.unblock else ''}")
    return found


def tried(place: Place, operation: str, **params: Any) -> None:
    """Ask whether it would succeed, without doing it. Raises Refused when it would not."""
    found = _answer(place, operation, {**params, "DryRun": True})
    if isinstance(found, Unseen) and found.code != _DRY:
        raise Refused(f"{found.why}{f'; {found.unblock}' if found.unblock else ''}")


def _answer(place: Place, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any] | Unseen:
    if place.profile not in _ACCESS:
        _ACCESS[place.profile] = Access(place.profile, Pool("aws-change", 1), Pool("aws-change", 1))
    found = _ACCESS[place.profile].now(Call("ec2", operation, params), place.region)
    if isinstance(found, Unseen) and found.kind in LOCKED_OUT:  # boto3 keeps credentials that have expired
        del _ACCESS[place.profile]
    return found


@dataclass(frozen=True, slots=True)
class Place(Effect):
    """The account's profile and the region; what is changed there stands in the effects below."""

    profile: str
    """Empty: the one that the environment chooses."""
    region: str

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless(self.preview()[-1:])

    def command(self, operation: str, *words: str) -> str:
        """The same change as a command of the AWS CLI."""
        option = ("--profile", self.profile) if self.profile else ()
        return clean.line(shlex.join(("aws", "ec2", operation, *words, "--region", self.region, *option)), 500)


@dataclass(frozen=True, slots=True)
class _Rule(Place):
    group: str
    port: int
    source: str
    """One address with its full length (/32, /128), or the id of a security group."""
    note: str
    """The rule's description, by which it is found again."""

    @property
    def permission(self) -> dict[str, Any]:
        """As EC2 takes it."""
        row: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port}
        if self.source.startswith("sg-"):
            row["UserIdGroupPairs"] = [{"GroupId": self.source, "Description": self.note}]
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
            and self.source in {row.get("CidrIpv4"), row.get("CidrIpv6"),
                                (row.get("ReferencedGroupInfo") or {}).get("GroupId")}
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AllowSource(_Rule):
    """One inbound rule of a security group."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"+ {self.words}", self.command("authorize-security-group-ingress", *self.options))

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

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (f"- {self.words}", self.command("revoke-security-group-ingress", *self.options))

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


@dataclass(frozen=True, slots=True)
class _Entry(Place):
    acl: str
    number: int
    egress: bool
    block: str
    """The addresses: the source of an inbound entry, the destination of an outbound one."""
    low: int
    high: int

    @property
    def words(self) -> str:
        """The entry in a line."""
        way = "to" if self.egress else "from"
        ports = str(self.low) if self.low == self.high else f"{self.low}-{self.high}"
        return f"{self.acl} rule {self.number}: allow tcp {ports} {way} {self.block}"

    @property
    def params(self) -> dict[str, Any]:
        """As EC2 takes it."""
        family = "Ipv6CidrBlock" if ":" in self.block else "CidrBlock"
        ports = {"From": self.low, "To": self.high}
        return {**self.key, "Protocol": "6", "RuleAction": "allow", family: self.block, "PortRange": ports}

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
    """One allowing entry of a network ACL, under a number that is free."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        words = ("--network-acl-id", self.acl, "--rule-number", str(self.number), "--protocol", "tcp",
                 "--egress" if self.egress else "--ingress", "--rule-action", "allow",
                 "--cidr-block", self.block, "--port-range", f"From={self.low},To={self.high}")  # fmt: skip
        return (f"+ {self.words}", self.command("create-network-acl-entry", *words))

    def check(self) -> None:
        if self.standing():
            raise Refused(f"{self.acl} has a rule {self.number} already")
        tried(self, "create_network_acl_entry", **self.params)

    def inverse(self) -> Effect:
        return RemoveEntry(
            self.profile, self.region, self.acl, self.number, self.egress, self.block, self.low, self.high
        )

    def apply(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):  # some stand-ins for AWS ignore DryRun
            asked(self, "create_network_acl_entry", **self.params)


@dataclass(frozen=True, slots=True)
class RemoveEntry(_Entry):
    """Take one entry away, if it still says what we wrote."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        words = ("--network-acl-id", self.acl, "--rule-number", str(self.number))
        side = "--egress" if self.egress else "--ingress"
        return (f"- {self.words}", self.command("delete-network-acl-entry", *words, side))

    def check(self) -> None:
        row = self.standing()
        if row is None or not self.is_mine(row):
            raise Refused(f"rule {self.number} of {self.acl} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return AddEntry(self.profile, self.region, self.acl, self.number, self.egress, self.block, self.low, self.high)

    def apply(self) -> None:
        self.check()
        asked(self, "delete_network_acl_entry", **self.key)


@dataclass(frozen=True, slots=True)
class _Power(Place):
    instance: str

    def state(self) -> str:
        """What it is now: running, stopped, ..."""
        found = asked(self, "describe_instances", InstanceIds=[self.instance]).get("Reservations", ())
        return next((str(one["State"]["Name"]) for row in found for one in row["Instances"]), "gone")


@dataclass(frozen=True, slots=True)
class StartInstance(_Power):
    """Start a stopped instance."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (self.command("start-instances", "--instance-ids", self.instance),)

    def check(self) -> None:
        if (now := self.state()) != "stopped":
            raise Refused(f"{self.instance} is {now}, not stopped")
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return StopInstance(self.profile, self.region, self.instance)

    def apply(self) -> None:
        asked(self, "start_instances", InstanceIds=[self.instance])


@dataclass(frozen=True, slots=True)
class StopInstance(_Power):
    """Stop a running instance: the way back from a start."""

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (self.command("stop-instances", "--instance-ids", self.instance),)

    def check(self) -> None:
        if (now := self.state()) not in {"running", "pending"}:
            raise Refused(f"{self.instance} is {now}, not running")
        tried(self, "stop_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return StartInstance(self.profile, self.region, self.instance)

    def apply(self) -> None:
        asked(self, "stop_instances", InstanceIds=[self.instance])


KINDS = (AllowSource, RevokeSource, AddEntry, RemoveEntry, StartInstance, StopInstance)
