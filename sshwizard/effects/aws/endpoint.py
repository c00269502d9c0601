"""An EC2 Instance Connect Endpoint with a security group of its own, and the one rule that lets it through (EC2 API:
CreateInstanceConnectEndpoint; EC2 User Guide, Security groups for EC2 Instance Connect Endpoint).

The group has the name of this change, so that all three are found again by it after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.aws.place import Place, answer, asked, tried
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient

LIMIT = 900.0
"""Seconds. AWS makes one within minutes."""
_MADE = "create-complete"


@dataclass(frozen=True, slots=True)
class _Endpoint(Place):
    vpc: str
    subnet: str
    group: str
    """The security group of the instance that the rule is added to; empty: it admits the endpoint already."""
    port: int
    mark: str
    """The name of the endpoint's own group."""
    note: str
    """What stands in the descriptions: who, with what, when."""
    slow: ClassVar[bool] = True

    def own_group(self) -> str:
        """The id of the group of this change; empty when there is none."""
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "group-name", "Values": [self.mark]}]
        rows = asked(self, "describe_security_groups", Filters=filters).get("SecurityGroups", ())
        return next((str(row["GroupId"]) for row in rows), "")

    def mine(self, own: str) -> Mapping[str, Any]:
        """The endpoint that is in the group of this change, and not gone."""
        return next((row for row in self.there() if own and own in row.get("SecurityGroupIds", ())), {})

    def there(self) -> list[Mapping[str, Any]]:
        """The endpoints of the VPC."""
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}]
        rows = asked(self, "describe_instance_connect_endpoints", Filters=filters).get("InstanceConnectEndpoints", ())
        return [row for row in rows if row.get("State") != "delete-complete"]

    def permission(self, own: str) -> dict[str, Any]:
        """The rule: exactly this port, from exactly the endpoint's group."""
        source = [{"GroupId": own, "Description": self.note}]
        return {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port, "UserIdGroupPairs": source}

    def admitted(self, own: str) -> bool:
        """Whether the instance's group has the rule."""
        rows = asked(self, "describe_security_groups", GroupIds=[self.group]).get("SecurityGroups", ())
        return any(
            pair.get("GroupId") == own
            for row in rows for rule in row.get("IpPermissions", ()) for pair in rule.get("UserIdGroupPairs", ())
        )  # fmt: skip

    def take_away(self) -> None:
        """All that was made of it, in the other order."""
        own = self.own_group()
        if not own:
            return
        if self.group and self.admitted(own):
            asked(self, "revoke_security_group_ingress", GroupId=self.group, IpPermissions=[self.permission(own)])
        if id_ := str(self.mine(own).get("InstanceConnectEndpointId", "")):
            if "delet" not in str(self.mine(own).get("State", "")):
                asked(self, "delete_instance_connect_endpoint", InstanceConnectEndpointId=id_)
            follow(id_, lambda: (not (row := self.mine(own)), str(row.get("State", "gone"))), LIMIT)
        follow(own, lambda: self._without(own), LIMIT)

    def _without(self, own: str) -> tuple[bool, str]:
        """The group goes once the endpoint's interface is gone, a while after the endpoint."""
        gone = answer(self, "delete_security_group", {"GroupId": own})
        if isinstance(gone, Unseen):
            if gone.code == "DependencyViolation":
                return False, "its interface is still there"
            if gone.kind != "missing":
                raise Refused(gone.why)
        return True, "gone"


@dataclass(frozen=True, slots=True)
class OpenEndpoint(_Endpoint):
    """Make the group, the endpoint in it and the rule, and wait until it can be used."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"an Instance Connect Endpoint in {self.subnet}, in a security group of its own ({self.mark})"

    def preview(self, *_: object) -> tuple[str, ...]:
        rule = f"+ {self.group}: tcp {self.port} from the group {self.mark} ({self.note})"
        note = "# AWS makes it within minutes, at no price of its own; one in a VPC, and five in a region"
        rows = (f"+ {self.words}", *((rule,) if self.group else ()), note)
        return tuple(clean.line(row, 300) for row in rows)

    def by_hand(self) -> str:
        group = self.command("create-security-group", "--group-name", self.mark, "--description", self.note,
                             "--vpc-id", self.vpc, "--query", "GroupId", "--output", "text")  # fmt: skip
        rows = [
            f"group=$({group})",
            f"{self.command('create-instance-connect-endpoint', '--subnet-id', self.subnet)} "
            '--security-group-ids "$group"',
        ]
        if self.group:
            rule = self.command("authorize-security-group-ingress", "--group-id", self.group, "--protocol", "tcp",
                                "--port", str(self.port))  # fmt: skip
            rows.append(f'{rule} --source-group "$group"')
        return "\n".join(rows)

    def check(self) -> None:
        if found := self.there():
            raise Refused(f"the VPC has an endpoint already: {found[0].get('InstanceConnectEndpointId')}")
        if self.own_group():
            raise Refused(f"there is a group named {self.mark} already")
        tried(self, "create_security_group", **self._group)
        tried(self, "create_instance_connect_endpoint", SubnetId=self.subnet)

    @property
    def _group(self) -> dict[str, Any]:
        return {"GroupName": self.mark, "Description": self.note, "VpcId": self.vpc}

    def inverse(self) -> Effect:
        return CloseEndpoint(self.profile, self.region, self.vpc, self.subnet, self.group, self.port, self.mark,
                             self.note)  # fmt: skip

    def apply(self) -> None:
        try:
            self._make()
        except Refused:
            with patient():
                self.take_away()
            raise

    def _make(self) -> None:
        own = str(asked(self, "create_security_group", **self._group)["GroupId"])
        params: dict[str, Any] = {"SubnetId": self.subnet, "SecurityGroupIds": [own], "ClientToken": self.mark}
        made = asked(self, "create_instance_connect_endpoint", **params)["InstanceConnectEndpoint"]
        if self.group:
            asked(self, "authorize_security_group_ingress", GroupId=self.group, IpPermissions=[self.permission(own)])

        def look() -> tuple[bool, str]:
            row = self.mine(own) or made
            now = str(row.get("State", ""))
            if "fail" in now or "delet" in now:
                raise Refused(f"the endpoint is {now}: {clean.line(str(row.get('StateMessage', '')), 200)}")
            return now == _MADE, now

        follow(str(made["InstanceConnectEndpointId"]), look, LIMIT)


@dataclass(frozen=True, slots=True)
class CloseEndpoint(_Endpoint):
    """Take the rule, the endpoint and its group away."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"the Instance Connect Endpoint in the group {self.mark}, that group, and the rule that names it"

    def by_hand(self) -> str:
        find = self.command("describe-security-groups", "--filters", f"Name=group-name,Values={self.mark}", "--query",
                            "SecurityGroups[0].GroupId", "--output", "text")  # fmt: skip
        query = "InstanceConnectEndpoints[?contains(SecurityGroupIds, '$group')].InstanceConnectEndpointId"
        seek = self.command("describe-instance-connect-endpoints", "--output", "text")
        rows = [f"group=$({find})"]
        if self.group:
            rule = self.command("revoke-security-group-ingress", "--group-id", self.group, "--protocol", "tcp",
                                "--port", str(self.port))  # fmt: skip
            rows.append(f'{rule} --source-group "$group"')
        rows.append(f'endpoint=$({seek} --query "{query}")')
        gone = self.command("delete-instance-connect-endpoint")
        rows.append(f'{gone} --instance-connect-endpoint-id "$endpoint"')
        rows.append(f'{self.command("delete-security-group")} --group-id "$group"')
        return "\n".join(rows)

    def check(self) -> None:
        if not self.own_group():
            raise Refused(f"there is no group named {self.mark} any more")

    def inverse(self) -> Effect:
        return OpenEndpoint(self.profile, self.region, self.vpc, self.subnet, self.group, self.port, self.mark,
                            self.note)  # fmt: skip

    def apply(self) -> None:
        self.take_away()
