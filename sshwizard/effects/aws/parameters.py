"""A parameter of Systems Manager that holds a configuration (SSM API: PutParameter, GetParameter, DeleteParameter)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.aws.place import Place, answer, asked
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.online import refused


@dataclass(frozen=True, slots=True)
class _Parameter(Place):
    name: str
    value: str

    @property
    def words(self) -> str:
        return clean.line(f"parameter {self.name}: {self.value}", 300)

    def standing(self) -> str | None:
        """Its value; None where there is none."""
        found = answer(self, "get_parameter", of="ssm", params={"Name": self.name})
        if isinstance(found, Unseen):
            if found.code == "ParameterNotFound":
                return None
            raise refused(found)
        return str(found["Parameter"]["Value"])


@dataclass(frozen=True, slots=True)
class PutParameter(_Parameter):
    """One more parameter."""

    sign: ClassVar[str] = "+"

    def by_hand(self) -> str:
        return self.command("put-parameter", "--name", self.name, "--type", "String", "--value", self.value, of="ssm")

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"there is a parameter {self.name} already, which is not replaced")

    def inverse(self) -> Effect:
        return DropParameter(self.profile, self.region, self.name, self.value)

    def apply(self) -> None:
        asked(self, "put_parameter", of="ssm", Name=self.name, Value=self.value, Type="String", Overwrite=False)


@dataclass(frozen=True, slots=True)
class DropParameter(_Parameter):
    """Take it away, if it still says what we wrote."""

    sign: ClassVar[str] = "-"

    def by_hand(self) -> str:
        return self.command("delete-parameter", "--name", self.name, of="ssm")

    def check(self) -> None:
        if self.standing() != self.value:
            raise Refused(f"the parameter {self.name} is no longer the one that was made here")

    def inverse(self) -> Effect:
        return PutParameter(self.profile, self.region, self.name, self.value)

    def apply(self) -> None:
        self.check()
        asked(self, "delete_parameter", of="ssm", Name=self.name)
