"""One switch each: the serial console of an account, the metadata service and the role of an instance (EC2 API:
EnableSerialConsoleAccess, ModifyInstanceMetadataOptions, AssociateIamInstanceProfile)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.aws.power import Power
from sshwizard.effects.effect import Effect, Refused


@dataclass(frozen=True, slots=True)
class SerialConsole(Place):
    """The serial console of a whole account in a region, on or off."""

    on: bool

    @property
    def words(self) -> str:
        return f"the serial console of the whole account in {self.region}: {'on' if self.on else 'off'}"

    def by_hand(self) -> str:
        return self.command(f"{'enable' if self.on else 'disable'}-serial-console-access")

    def check(self) -> None:
        if bool(asked(self, "get_serial_console_access_status").get("SerialConsoleAccessEnabled")) is self.on:
            raise Refused(f"the serial console is {'on' if self.on else 'off'} already")
        tried(self, self._operation)

    def inverse(self) -> Effect:
        return SerialConsole(self.profile, self.region, not self.on)

    def apply(self) -> None:
        asked(self, self._operation)

    @property
    def _operation(self) -> str:
        return f"{'enable' if self.on else 'disable'}_serial_console_access"


@dataclass(frozen=True, slots=True)
class Metadata(Power):
    """The metadata service of an instance: on with tokens required, or as it was."""

    endpoint: str
    """enabled or disabled."""
    tokens: str
    """required or optional."""
    was_endpoint: str
    was_tokens: str
    slow: ClassVar[bool] = False

    @property
    def words(self) -> str:
        return f"the metadata service of {self.instance}: {self.endpoint}, tokens {self.tokens}"

    def by_hand(self) -> str:
        return self.command("modify-instance-metadata-options", "--instance-id", self.instance, "--http-endpoint",
                            self.endpoint, "--http-tokens", self.tokens)  # fmt: skip

    def check(self) -> None:
        now: Mapping[str, Any] = self.row().get("MetadataOptions") or {}
        if (now.get("HttpEndpoint"), now.get("HttpTokens")) != (self.was_endpoint, self.was_tokens):
            raise Refused(f"the metadata service of {self.instance} is {now.get('HttpEndpoint')} now, "
                          f"tokens {now.get('HttpTokens')}")  # fmt: skip
        tried(self, "modify_instance_metadata_options", **self._params)

    def inverse(self) -> Effect:
        return Metadata(self.profile, self.region, self.instance, self.was_endpoint, self.was_tokens,
                        self.endpoint, self.tokens)  # fmt: skip

    def apply(self) -> None:
        asked(self, "modify_instance_metadata_options", **self._params)

    @property
    def _params(self) -> dict[str, str]:
        return {"InstanceId": self.instance, "HttpEndpoint": self.endpoint, "HttpTokens": self.tokens}


@dataclass(frozen=True, slots=True)
class _Role(Power):
    role: str
    """The name of the instance profile."""
    slow: ClassVar[bool] = False

    def attached(self) -> Mapping[str, Any]:
        """The association that the instance has."""
        filters = [{"Name": "instance-id", "Values": [self.instance]}]
        rows = asked(self, "describe_iam_instance_profile_associations", Filters=filters)
        live = (row for row in rows.get("IamInstanceProfileAssociations", ()) if "disassociat" not in row["State"])
        return next(live, {})

    def name(self) -> str:
        """The attached profile's name; empty for none."""
        return str((self.attached().get("IamInstanceProfile") or {}).get("Arn", "")).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class AttachRole(_Role):
    """An instance profile for an instance that has none; one that it has is never replaced (EC2 has no dry run)."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"{self.instance} gets the instance profile {self.role}, and what that is allowed"

    def by_hand(self) -> str:
        return self.command("associate-iam-instance-profile", "--instance-id", self.instance,
                            "--iam-instance-profile", f"Name={self.role}")  # fmt: skip

    def check(self) -> None:
        if has := self.name():
            raise Refused(f"{self.instance} has the instance profile {has}, which is not replaced")

    def inverse(self) -> Effect:
        return DetachRole(self.profile, self.region, self.instance, self.role)

    def apply(self) -> None:
        asked(self, "associate_iam_instance_profile", **self._params)

    @property
    def _params(self) -> dict[str, Any]:
        return {"InstanceId": self.instance, "IamInstanceProfile": {"Name": self.role}}


@dataclass(frozen=True, slots=True)
class DetachRole(_Role):
    """Take it away again, if it is still this one."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"{self.instance} loses the instance profile {self.role}"

    def by_hand(self) -> str:
        find = self.command("describe-iam-instance-profile-associations", "--filters",
                            f"Name=instance-id,Values={self.instance}", "--query",
                            "IamInstanceProfileAssociations[0].AssociationId", "--output", "text")  # fmt: skip
        return f'{self.command("disassociate-iam-instance-profile")} --association-id "$({find})"'

    def check(self) -> None:
        if self.name() != self.role:
            raise Refused(f"{self.instance} no longer has the instance profile {self.role}")

    def inverse(self) -> Effect:
        return AttachRole(self.profile, self.region, self.instance, self.role)

    def apply(self) -> None:
        asked(self, "disassociate_iam_instance_profile", AssociationId=self.attached()["AssociationId"])
