"""EBS snapshots and volumes: made, grown, moved between instances, and found again by a tag (EC2 API: CreateSnapshot,
CreateVolume, ModifyVolume, AttachVolume, DetachVolume; EBS User Guide, Amazon EBS snapshots, Elastic Volumes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.addresses import TAG
from sshwizard.effects.aws.place import answer, asked, tried
from sshwizard.effects.aws.power import Power
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient
from sshwizard.effects.spelling import Spelling, spelled

SNAPSHOT = 7200.0
"""Seconds. The first snapshot of a volume copies all that was ever written to it."""
MOVE = 600.0
"""Seconds for a volume to be made, attached or detached."""
GROWN = 3600.0
"""Seconds until a larger volume may be used; it is optimized for hours after that."""
PRICE = "AWS charges for a snapshot by the GB that it holds and the month, until it is deleted"
"""Amazon EBS pricing: snapshots; the figure depends on the region."""
_ROOM = "AWS charges for the larger volume by the GB and the month, and a volume cannot be made smaller"
"""Amazon EBS pricing; ModifyVolume, "you can't decrease the size"."""


@dataclass(frozen=True, slots=True)
class Disk(Power):
    """A volume of an instance, and what can be done with it in one step."""

    volume: str

    def disk(self, volume: str = "") -> Mapping[str, Any]:
        """The volume as DescribeVolumes gives it now; empty where there is none."""
        wanted = volume or self.volume
        filters = [{"Name": "volume-id", "Values": [wanted]}]  # a filter: what was deleted is then no error
        return next(iter(asked(self, "describe_volumes", Filters=filters).get("Volumes", ())), {})

    def holder(self, volume: str = "") -> str:
        """The instance that has the volume; empty while nobody has."""
        return next((str(one.get("InstanceId", "")) for one in self.disk(volume).get("Attachments", ())), "")

    def detach(self, volume: str) -> None:
        """Take it from whoever has it, and wait until it is free. Raises Refused."""
        if self.holder(volume):
            asked(self, "detach_volume", VolumeId=volume)
        self.until(volume, "available")

    def attach(self, volume: str, instance: str, device: str) -> None:
        """Give it to an instance, and wait until that has it. Raises Refused."""
        asked(self, "attach_volume", VolumeId=volume, InstanceId=instance, Device=device)
        self.until(volume, "in-use")

    def until(self, volume: str, wanted: str) -> None:
        """Wait for a state of the volume. Raises Refused where it will never come."""

        def look() -> tuple[bool, str]:
            now = str(self.disk(volume).get("State", "gone"))
            if now in {"gone", "deleting", "error"}:
                raise Refused(f"{volume} is {now}")
            return now == wanted, now

        follow(volume, look, MOVE)

    def snapshot(self, mark: str) -> Mapping[str, Any]:
        """The snapshot that a change with this mark made."""
        return self._tagged("describe_snapshots", "Snapshots", mark, OwnerIds=["self"])

    def copy(self, mark: str) -> Mapping[str, Any]:
        """The volume that a change with this mark made."""
        return self._tagged("describe_volumes", "Volumes", mark)

    def _tagged(self, operation: str, key: str, mark: str, **more: Any) -> Mapping[str, Any]:
        filters = [{"Name": f"tag:{TAG}", "Values": [mark]}]
        return next(iter(asked(self, operation, Filters=filters, **more).get(key, ())), {})

    def find(self, operation: str, query: str, mark: str) -> str:
        """A command that prints the id of what a change with this mark made."""
        return self.command(operation, "--filters", f"Name=tag:{TAG},Values={mark}", "--query", query, "--output",
                            "text")  # fmt: skip

    def shoot(self, mark: str, note: str) -> str:
        """Make a snapshot and wait until it is complete; its id. Raises Refused, with the snapshot deleted."""
        params: dict[str, Any] = {"VolumeId": self.volume, "Description": note,
                                  "TagSpecifications": tags("snapshot", mark)}  # fmt: skip
        id_ = str(asked(self, "create_snapshot", **params)["SnapshotId"])

        def look() -> tuple[bool, str]:
            row = self.snapshot(mark)
            now = str(row.get("State", "pending"))
            if now == "error":
                raise Refused(f"{id_} failed: {clean.line(str(row.get('StateMessage', '')), 200)}")
            return now == "completed", clean.line(f"{now} {row.get('Progress', '')}".strip(), 60)

        try:
            follow(id_, look, SNAPSHOT)
        except Refused:
            with patient():
                asked(self, "delete_snapshot", SnapshotId=id_)
            raise
        return id_

    def fill(self, snapshot: str, mark: str, zone: str, kind: str) -> str:
        """Make a volume of a snapshot and wait until it is there; its id. Raises Refused, with the volume deleted."""
        id_ = str(asked(self, "create_volume", SnapshotId=snapshot, AvailabilityZone=zone, VolumeType=kind,
                        TagSpecifications=tags("volume", mark))["VolumeId"])  # fmt: skip
        try:
            self.until(id_, "available")
        except Refused:
            with patient():
                answer(self, "delete_volume", {"VolumeId": id_})
            raise
        return id_

    def drop(self, mark: str) -> None:
        """The volume and the snapshot of this mark, as far as they are there."""
        if id_ := str(self.copy(mark).get("VolumeId", "")):
            self.detach(id_)
            asked(self, "delete_volume", VolumeId=id_)
        if id_ := str(self.snapshot(mark).get("SnapshotId", "")):
            asked(self, "delete_snapshot", SnapshotId=id_)


def tags(kind: str, mark: str) -> list[dict[str, Any]]:
    """The tag by which what was made is found again."""
    return [{"ResourceType": kind, "Tags": [{"Key": TAG, "Value": mark}]}]


@dataclass(frozen=True, slots=True)
class _Snapshot(Disk):
    mark: str
    note: str
    """What stands in its description: who, with what, when."""


@dataclass(frozen=True, slots=True)
class MakeSnapshot(_Snapshot):
    """A snapshot of the volume as it is now, followed until it is complete; the server goes on meanwhile."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"a snapshot of {self.volume} ({self.note})"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(f"+ {self.words}", 300), f"# {PRICE}")

    def by_hand(self) -> str:
        tag = f"ResourceType=snapshot,Tags=[{{Key={TAG},Value={self.mark}}}]"
        made = self.command("create-snapshot", "--volume-id", self.volume, "--description", self.note,
                            "--tag-specifications", tag, "--query", "SnapshotId", "--output", "text")  # fmt: skip
        return f'snapshot=$({made})\n{self.command("wait", "snapshot-completed")} --snapshot-ids "$snapshot"'

    def check(self) -> None:
        if self.snapshot(self.mark):
            raise Refused("the snapshot was made already")
        tried(self, "create_snapshot", VolumeId=self.volume)

    def inverse(self) -> Effect:
        return DropSnapshot(self.profile, self.region, self.instance, self.volume, self.mark, self.note)

    def apply(self) -> None:
        self.shoot(self.mark, self.note)


@dataclass(frozen=True, slots=True)
class DropSnapshot(_Snapshot):
    """Delete the snapshot; what it held is gone with it."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"the snapshot of {self.volume} ({self.note}), which is deleted"

    def by_hand(self) -> str:
        find = self.command("describe-snapshots", "--owner-ids", "self", "--filters",
                            f"Name=tag:{TAG},Values={self.mark}", "--query", "Snapshots[0].SnapshotId",
                            "--output", "text")  # fmt: skip
        return f'{self.command("delete-snapshot")} --snapshot-id "$({find})"'

    def check(self) -> None:
        if not self.snapshot(self.mark):
            raise Refused("the snapshot is not there any more")

    def inverse(self) -> Effect:
        return MakeSnapshot(self.profile, self.region, self.instance, self.volume, self.mark, self.note)

    def apply(self) -> None:
        self.check()
        self.drop(self.mark)


@dataclass(frozen=True, slots=True)
class GrowVolume(Disk):
    """Make the volume larger, and wait until the room may be used. There is no way back."""

    was: int
    """GiB, as the preview saw it."""
    size: int

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"{self.volume}: {self.size} GiB instead of {self.was} GiB"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        grows = "# most images grow the partition and the file system by themselves at the next boot (reboot-instance)"
        return (clean.line(self.words, 300), f"# {_ROOM}", grows)

    def by_hand(self) -> str:
        return self.command("modify-volume", "--volume-id", self.volume, "--size", str(self.size))

    def check(self) -> None:
        if (now := self.disk().get("Size")) != self.was:
            raise Refused(f"{self.volume} has {now} GiB now, not {self.was}")
        tried(self, "modify_volume", VolumeId=self.volume, Size=self.size)

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        asked(self, "modify_volume", VolumeId=self.volume, Size=self.size)

        def look() -> tuple[bool, str]:
            found = asked(self, "describe_volumes_modifications", VolumeIds=[self.volume])
            row: Mapping[str, Any] = max(found.get("VolumesModifications", ()), default={},
                                         key=lambda one: str(one.get("StartTime", "")))  # fmt: skip
            now = str(row.get("ModificationState", "modifying"))
            if now == "failed":
                raise Refused(f"{self.volume} did not grow: {clean.line(str(row.get('StatusMessage', '')), 200)}")
            return now in {"optimizing", "completed"}, f"{now}, {row.get('Progress', 0)} %"

        try:
            follow(self.volume, look, GROWN)
        except Refused as refused:
            see = self.command("describe-volumes-modifications", "--volume-ids", self.volume)
            raise Refused(f"{refused}. What AWS has begun it does not end; see: {see}") from None
