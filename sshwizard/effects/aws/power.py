"""Start and stop an instance (EC2 API: StartInstances, StopInstances)."""

from __future__ import annotations

from dataclasses import dataclass

from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused


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

    @property
    def words(self) -> str:
        return f"start {self.instance}"

    def by_hand(self) -> str:
        return self.command("start-instances", "--instance-ids", self.instance)

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

    @property
    def words(self) -> str:
        return f"stop {self.instance}"

    def by_hand(self) -> str:
        return self.command("stop-instances", "--instance-ids", self.instance)

    def check(self) -> None:
        if (now := self.state()) not in {"running", "pending"}:
            raise Refused(f"{self.instance} is {now}, not running")
        tried(self, "stop_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return StartInstance(self.profile, self.region, self.instance)

    def apply(self) -> None:
        asked(self, "stop_instances", InstanceIds=[self.instance])
