"""Start, stop and restart an instance, and wait until it is done (EC2 API: StartInstances, StopInstances,
RebootInstances; EC2 User Guide, Instance state changes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked, tried
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.following import follow, patient

LIMIT = 600.0
"""Seconds for a stop or a start. A system that does not shut down is stopped by EC2 itself after some minutes."""
_PASSING = {"pending", "stopping", "shutting-down"}


@dataclass(frozen=True, slots=True)
class Power(Place):
    """What is known of an instance's power."""

    instance: str
    slow: ClassVar[bool] = True

    def row(self) -> Mapping[str, Any]:
        """As DescribeInstances gives it now."""
        found = asked(self, "describe_instances", InstanceIds=[self.instance]).get("Reservations", ())
        return next((one for row in found for one in row["Instances"]), {})

    def state(self) -> str:
        """What it is now: running, stopped, ..."""
        return str((self.row().get("State") or {}).get("Name", "gone"))

    def rested(self) -> str:
        """What it is once it is on the way nowhere: a crash may have come while it was stopping."""
        if (now := self.state()) in _PASSING:
            follow(self.instance, lambda: ((now := self.state()) not in _PASSING, now), LIMIT)
            now = self.state()
        return now

    def become(self, wanted: str) -> None:
        """Start or stop it, and wait. Raises Refused."""
        start = wanted == "running"
        asked(self, "start_instances" if start else "stop_instances", InstanceIds=[self.instance])
        self.wait(wanted)

    def wait(self, wanted: str) -> None:
        """Until it is `wanted`. Raises Refused where it will never be: a start that fails falls back to stopped."""
        seen = set()

        def look() -> tuple[bool, str]:
            row = self.row()
            now = str((row.get("State") or {}).get("Name", "gone"))
            seen.add(now)
            if now in {"gone", "terminated", "shutting-down"} or (now == "stopped" != wanted and "pending" in seen):
                why = clean.line(str((row.get("StateReason") or {}).get("Message", "")), 200)
                raise Refused(f"{self.instance} is {now}{f': {why}' if why else ''}")
            return now == wanted, now

        follow(self.instance, look, LIMIT)


@dataclass(frozen=True, slots=True)
class StartInstance(Power):
    """Start a stopped instance."""

    @property
    def words(self) -> str:
        return f"start {self.instance}"

    def by_hand(self) -> str:
        return self.command("start-instances", "--instance-ids", self.instance)

    def check(self) -> None:
        if (now := self.rested()) != "stopped":
            raise Refused(f"{self.instance} is {now}, not stopped")
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return StopInstance(self.profile, self.region, self.instance)

    def apply(self) -> None:
        self.become("running")


@dataclass(frozen=True, slots=True)
class StopInstance(Power):
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
        self.become("stopped")


@dataclass(frozen=True, slots=True)
class StopStartInstance(Power):
    """Stop it and start it again, so that it moves to other hardware. After a crash between the two it is started."""

    cautions: tuple[str, ...] = ()

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"stop {self.instance}, wait until it is stopped, and start it again"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        return "\n".join(
            self.command(*words, "--instance-ids", self.instance)
            for words in (("stop-instances",), ("wait", "instance-stopped"), ("start-instances",))
        )

    def check(self) -> None:
        if (now := self.rested()) != "running":
            raise Refused(f"{self.instance} is {now}, not running")
        tried(self, "stop_instances", InstanceIds=[self.instance])
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return StartInstance(self.profile, self.region, self.instance)

    def apply(self) -> None:
        self.become("stopped")
        with patient():  # a server that was stopped is not left so
            self.become("running")


@dataclass(frozen=True, slots=True)
class RebootInstance(Power):
    """Restart it where it is: addresses and disks stay (RebootInstances; forced after some minutes)."""

    slow: ClassVar[bool] = False

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"restart {self.instance}"

    def by_hand(self) -> str:
        return self.command("reboot-instances", "--instance-ids", self.instance)

    def check(self) -> None:
        if (now := self.state()) != "running":
            raise Refused(f"{self.instance} is {now}, not running")
        tried(self, "reboot_instances", InstanceIds=[self.instance])

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        asked(self, "reboot_instances", InstanceIds=[self.instance])
