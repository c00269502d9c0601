"""The root disk of an instance on a helper, or another disk in its place (EC2 User Guide, Use a rescue instance; EBS
User Guide, Replace a volume using a snapshot).

Every step is made only where it is missing: whatever ends the work in the middle, what stands there tells how far it
came, and the same steps put the root disk back and start the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.effects.aws.place import asked, tried
from sshwizard.effects.aws.volumes import Disk
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import patient
from sshwizard.effects.spelling import Spelling, spelled

SPARE = "/dev/sdf"
"""The name for the disk on the helper (EC2 User Guide, device names: sdf to sdp are recommended for data)."""


@dataclass(frozen=True, slots=True)
class Root(Disk):
    """The disk that an instance boots from."""

    device: str
    """Under which the instance boots from it."""

    def there(self) -> None:
        """Raise Refused unless the instance has its root disk."""
        if self.holder() != self.instance:
            raise Refused(f"{self.volume} is not at {self.instance}")

    def rest(self) -> None:
        """Stop it, where it runs."""
        if self.rested() != "stopped":
            self.become("stopped")

    def put_back(self) -> None:
        """The root disk at its place, and a server that runs."""
        if self.holder() != self.instance:
            self.rest()
            self.detach(self.volume)
            self.attach(self.volume, self.instance, self.device)
        if self.rested() == "stopped":
            self.become("running")

    def helped(self, helper: str) -> None:
        """Raise Refused unless the helper can take a disk of this volume's zone."""
        found = asked(self, "describe_instances", InstanceIds=[helper]).get("Reservations", ())
        row: Mapping[str, Any] = next((one for place in found for one in place["Instances"]), {})
        if (now := str((row.get("State") or {}).get("Name", "gone"))) != "running":
            raise Refused(f"the helper {helper} is {now}, not running")
        here, zone = self.disk().get("AvailabilityZone"), (row.get("Placement") or {}).get("AvailabilityZone")
        if zone != here:
            raise Refused(f"the helper {helper} is in {zone}, and the disk in {here}: no volume leaves its zone")
        if any(one.get("DeviceName") == SPARE for one in row.get("BlockDeviceMappings", ())):
            raise Refused(f"the helper {helper} has a disk at {SPARE} already")


@dataclass(frozen=True, slots=True)
class _Lent(Root):
    helper: str


@dataclass(frozen=True, slots=True)
class LendRoot(_Lent):
    """Stop the instance and give its root disk to a helper, where it is mended; undo puts it back and starts."""

    cautions: tuple[str, ...] = ()
    alone: bool = True
    """The person mends it there; else the steps behind this one do."""

    @property
    def words(self) -> str:
        return f"stop {self.instance}, and move its root disk {self.volume} to {self.helper}, as {SPARE}"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        back = "undo brings the disk back and starts the server: unmount it on the helper before that"
        there = "how it is mounted there: sshwizard doors TARGET, the disk on a rescue instance"
        first = "make a snapshot before it (snapshot-root-volume): what is mended there has no other way back"
        rows = (*((back, there, first) if self.alone else ()), *self.cautions)
        return (self.words, *(clean.line(f"# {one}", 300) for one in rows))

    def by_hand(self) -> str:
        stop = ("--instance-ids", self.instance)
        return "\n".join((
            self.command("stop-instances", *stop), self.command("wait", "instance-stopped", *stop),
            self.command("detach-volume", "--volume-id", self.volume),
            self.command("wait", "volume-available", "--volume-ids", self.volume),
            self.command("attach-volume", "--volume-id", self.volume, "--instance-id", self.helper, "--device", SPARE),
        ))  # fmt: skip

    def check(self) -> None:
        self.there()
        self.helped(self.helper)
        tried(self, "stop_instances", InstanceIds=[self.instance])
        tried(self, "detach_volume", VolumeId=self.volume)
        tried(self, "attach_volume", VolumeId=self.volume, InstanceId=self.helper, Device=SPARE)
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return ReturnRoot(self.profile, self.region, self.instance, self.volume, self.device, self.helper)

    def apply(self) -> None:
        try:
            self.rest()
            self.detach(self.volume)
            self.attach(self.volume, self.helper, SPARE)
        except Refused:
            with patient():
                self.put_back()
            raise


@dataclass(frozen=True, slots=True)
class ReturnRoot(_Lent):
    """Put the root disk back into its place, and start the server."""

    @property
    def words(self) -> str:
        return f"move {self.volume} back to {self.instance}, as {self.device}, and start it"

    def by_hand(self) -> str:
        return "\n".join((
            self.command("detach-volume", "--volume-id", self.volume),
            self.command("wait", "volume-available", "--volume-ids", self.volume),
            self.command("attach-volume", "--volume-id", self.volume, "--instance-id", self.instance, "--device",
                         self.device),
            self.command("start-instances", "--instance-ids", self.instance),
        ))  # fmt: skip

    def check(self) -> None:
        if self.holder() == self.instance and self.state() == "running":
            raise Refused(f"{self.instance} runs with its root disk")

    def inverse(self) -> Effect:
        return LendRoot(self.profile, self.region, self.instance, self.volume, self.device, self.helper)

    def apply(self) -> None:
        self.put_back()


@dataclass(frozen=True, slots=True)
class _Swapped(Root):
    snapshot_id: str
    mark: str
    zone: str
    volume_type: str
    """The type of the volume, as gp3."""


@dataclass(frozen=True, slots=True)
class SwapRoot(_Swapped):
    """A volume made of a snapshot takes the place of the root disk, which stays, detached."""

    cautions: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"stop {self.instance}, put a volume made of {self.snapshot_id} in the place of {self.volume}, start it"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        lost = f"what was written since the snapshot is on {self.volume} alone, which stays, detached, and is charged"
        return (self.words, *(clean.line(f"# {one}", 300) for one in (lost, *self.cautions)))

    def by_hand(self) -> str:
        one, new = ("--instance-ids", self.instance), '"$volume"'
        made = self.command("create-volume", "--snapshot-id", self.snapshot_id, "--availability-zone", self.zone,
                            "--volume-type", self.volume_type, "--query", "VolumeId", "--output", "text")  # fmt: skip
        put = self.command("attach-volume", "--instance-id", self.instance, "--device", self.device)
        return "\n".join((
            f"volume=$({made})", f"{self.command('wait', 'volume-available')} --volume-ids {new}",
            self.command("stop-instances", *one), self.command("wait", "instance-stopped", *one),
            self.command("detach-volume", "--volume-id", self.volume),
            self.command("wait", "volume-available", "--volume-ids", self.volume),
            f"{put} --volume-id {new}", self.command("start-instances", *one),
        ))  # fmt: skip

    def check(self) -> None:
        self.there()
        if self.copy(self.mark):
            raise Refused("the volume was made already")
        tried(
            self, "create_volume", SnapshotId=self.snapshot_id, AvailabilityZone=self.zone, VolumeType=self.volume_type
        )
        tried(self, "stop_instances", InstanceIds=[self.instance])
        tried(self, "detach_volume", VolumeId=self.volume)
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        return SwapBack(self.profile, self.region, self.instance, self.volume, self.device, self.snapshot_id,
                        self.mark, self.zone, self.volume_type)  # fmt: skip

    def apply(self) -> None:
        try:
            fresh = self.fill(self.snapshot_id, self.mark, self.zone, self.volume_type)
            self.rest()
            self.detach(self.volume)
            self.attach(fresh, self.instance, self.device)
            with patient():  # a server that was stopped is not left so
                self.become("running")
        except Refused:
            with patient():
                self.back()
            raise

    def back(self) -> None:
        """As it was."""
        SwapBack(self.profile, self.region, self.instance, self.volume, self.device, self.snapshot_id, self.mark,
                 self.zone, self.volume_type).apply()  # fmt: skip


@dataclass(frozen=True, slots=True)
class SwapBack(_Swapped):
    """The old root disk again; what was written to the other one is deleted with it."""

    @property
    def words(self) -> str:
        return f"stop {self.instance}, put {self.volume} back, start it, and delete the volume made of the snapshot"

    def by_hand(self) -> str:
        one, new = ("--instance-ids", self.instance), '"$volume"'
        stop, free = self.command("stop-instances", *one), self.command("wait", "volume-available")
        return "\n".join((
            f"volume=$({self.find('describe-volumes', 'Volumes[0].VolumeId', self.mark)})", stop,
            self.command("wait", "instance-stopped", *one), f"{self.command('detach-volume')} --volume-id {new}",
            f"{free} --volume-ids {new}",
            self.command("attach-volume", "--volume-id", self.volume, "--instance-id", self.instance, "--device",
                         self.device),
            self.command("start-instances", *one), f"{self.command('delete-volume')} --volume-id {new}",
        ))  # fmt: skip

    def check(self) -> None:
        if not self.copy(self.mark):
            raise Refused("the volume of this change is not there any more")
        if self.holder() not in {"", self.instance}:
            raise Refused(f"{self.volume} belongs to {self.holder()} now")

    def inverse(self) -> Effect:
        return SwapRoot(self.profile, self.region, self.instance, self.volume, self.device, self.snapshot_id,
                        self.mark, self.zone, self.volume_type)  # fmt: skip

    def apply(self) -> None:
        fresh = str(self.copy(self.mark).get("VolumeId", ""))
        if fresh and self.holder(fresh):
            self.rest()
            self.detach(fresh)
        self.put_back()
        if fresh:
            asked(self, "delete_volume", VolumeId=fresh)
