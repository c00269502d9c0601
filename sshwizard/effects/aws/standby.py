"""An instance out of service in its Auto Scaling group, so that a stop is no failure to the group (EC2 Auto Scaling
API: EnterStandby, ExitStandby; it has no dry run)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient
from sshwizard.effects.spelling import Spelling, spelled

LIMIT = 900.0
"""Seconds. A load balancer drains its connections first, 300 s by itself."""
IN, OUT = "InService", "Standby"


@dataclass(frozen=True, slots=True)
class _Standby(Place):
    instance: str
    group: str
    slow: ClassVar[bool] = True

    def standing(self) -> str:
        """InService, Standby, ...; `gone` when the group has it no more."""
        rows = asked(self, "describe_auto_scaling_instances", of="autoscaling", InstanceIds=[self.instance])
        row: Mapping[str, Any] = next(iter(rows.get("AutoScalingInstances", ())), {})
        return str(row.get("LifecycleState", "gone")) if row.get("AutoScalingGroupName") == self.group else "gone"

    def become(self, wanted: str) -> None:
        """Ask for it, and wait until it is so. Raises Refused."""
        of: dict[str, Any] = {"InstanceIds": [self.instance], "AutoScalingGroupName": self.group}
        if wanted == OUT:
            asked(self, "enter_standby", of="autoscaling", ShouldDecrementDesiredCapacity=True, **of)
        else:
            asked(self, "exit_standby", of="autoscaling", **of)

        def look() -> tuple[bool, str]:
            now = self.standing()
            if now == "gone" or now.startswith("Terminat"):
                raise Refused(f"{self.instance} is {now} in {self.group}")
            return now == wanted, now

        follow(self.instance, look, LIMIT)

    def hand(self, operation: str, *more: str) -> str:
        """The call as a command."""
        return self.command(operation, "--instance-ids", self.instance, "--auto-scaling-group-name", self.group,
                            *more, of="autoscaling")  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnterStandby(_Standby):
    """Out of service, with the wanted number of the group one less: nothing is launched in its place."""

    @property
    def words(self) -> str:
        return f"{self.instance} in standby in {self.group}, whose desired capacity is one less meanwhile"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        notes = ("a load balancer sends it no more requests until undo brings it back into service",
                 "it may be stopped then (stop-start-instance, and each repair that stops it)")  # fmt: skip
        return (clean.line(self.words, 300), *(f"# {one}" for one in notes))

    def by_hand(self) -> str:
        return self.hand("enter-standby", "--should-decrement-desired-capacity")

    def check(self) -> None:
        if (now := self.standing()) != IN:
            raise Refused(f"{self.instance} is {now} in {self.group}, not {IN}")

    def inverse(self) -> Effect:
        return LeaveStandby(self.profile, self.region, self.instance, self.group)

    def apply(self) -> None:
        try:
            self.become(OUT)
        except Refused:
            with patient():
                if self.standing() == OUT:
                    self.become(IN)
            raise


@dataclass(frozen=True, slots=True)
class LeaveStandby(_Standby):
    """Back into service: it must run, or the group replaces it."""

    @property
    def words(self) -> str:
        return f"{self.instance} back into service in {self.group}"

    def by_hand(self) -> str:
        return self.hand("exit-standby")

    def check(self) -> None:
        if (now := self.standing()) != OUT:
            raise Refused(f"{self.instance} is {now} in {self.group}, not in standby")

    def inverse(self) -> Effect:
        return EnterStandby(self.profile, self.region, self.instance, self.group)

    def apply(self) -> None:
        self.become(IN)
