"""A copy of the root disk on a helper, made by a snapshot while the server goes on (EC2 API: CreateSnapshot,
CreateVolume, AttachVolume). Both have the name of this change as a tag, by which they are found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import tried
from sshwizard.effects.aws.rootdisk import SPARE, Root
from sshwizard.effects.aws.volumes import PRICE
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import patient
from sshwizard.effects.spelling import Spelling, spelled


@dataclass(frozen=True, slots=True)
class _Copy(Root):
    mark: str
    note: str
    helper: str
    zone: str
    volume_type: str


@dataclass(frozen=True, slots=True)
class LendCopy(_Copy):
    """A copy of the root disk on a helper, to be read there: it is never booted, so it meets no network."""

    sign: ClassVar[str] = "+"

    @property
    def words(self) -> str:
        return f"a copy of {self.volume} at {self.helper}, as {SPARE}, by a snapshot ({self.note})"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        notes = (f"{self.instance} goes on meanwhile; the copy is never booted, so that it meets no network",
                 f"{PRICE}; for the copy by the GB and the month", "undo deletes both")  # fmt: skip
        return (clean.line(f"+ {self.words}", 300), *(clean.line(f"# {one}", 300) for one in notes))

    def by_hand(self) -> str:
        made = self.command("create-snapshot", "--volume-id", self.volume, "--description", self.note, "--query",
                            "SnapshotId", "--output", "text")  # fmt: skip
        copy = self.command("create-volume", "--availability-zone", self.zone, "--volume-type", self.volume_type,
                            "--query", "VolumeId", "--output", "text")  # fmt: skip
        put = self.command("attach-volume", "--instance-id", self.helper, "--device", SPARE)
        return "\n".join((
            f"snapshot=$({made})", f'{self.command("wait", "snapshot-completed")} --snapshot-ids "$snapshot"',
            f'volume=$({copy} --snapshot-id "$snapshot")',
            f'{self.command("wait", "volume-available")} --volume-ids "$volume"', f'{put} --volume-id "$volume"',
        ))  # fmt: skip

    def check(self) -> None:
        if self.snapshot(self.mark):
            raise Refused("the snapshot was made already")
        self.helped(self.helper)
        tried(self, "create_snapshot", VolumeId=self.volume)

    def inverse(self) -> Effect:
        return DropCopy(self.profile, self.region, self.instance, self.volume, self.device, self.mark, self.note,
                        self.helper, self.zone, self.volume_type)  # fmt: skip

    def apply(self) -> None:
        try:
            made = self.shoot(self.mark, self.note)
            self.attach(self.fill(made, self.mark, self.zone, self.volume_type), self.helper, SPARE)
        except Refused:
            with patient():
                self.drop(self.mark)
            raise


@dataclass(frozen=True, slots=True)
class DropCopy(_Copy):
    """Take the copy from the helper, and delete it and its snapshot."""

    sign: ClassVar[str] = "-"

    @property
    def words(self) -> str:
        return f"the copy of {self.volume} at {self.helper}, and its snapshot: unmount it there first"

    def by_hand(self) -> str:
        return "\n".join((
            f"volume=$({self.find('describe-volumes', 'Volumes[0].VolumeId', self.mark)})",
            f'{self.command("detach-volume")} --volume-id "$volume"',
            f'{self.command("wait", "volume-available")} --volume-ids "$volume"',
            f'{self.command("delete-volume")} --volume-id "$volume"',
            f"snapshot=$({self.find('describe-snapshots', 'Snapshots[0].SnapshotId', self.mark)})",
            f'{self.command("delete-snapshot")} --snapshot-id "$snapshot"',
        ))  # fmt: skip

    def check(self) -> None:
        if not self.snapshot(self.mark):
            raise Refused("the copy is not there any more")

    def inverse(self) -> Effect:
        return LendCopy(self.profile, self.region, self.instance, self.volume, self.device, self.mark, self.note,
                        self.helper, self.zone, self.volume_type)  # fmt: skip

    def apply(self) -> None:
        self.check()
        self.drop(self.mark)
