"""The disks of a VM: one that grows, one that stays when the VM goes, another one to boot from (Compute Engine API,
disks.resize, instances.setDiskAutoDelete, detachDisk, attachDisk)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import patient
from sshwizard.effects.gcp.place import OnVm, Place, asked, done, may, watch


@dataclass(frozen=True, slots=True)
class GrowDisk(Place):
    """More room on a disk. It cannot be made smaller again."""

    zone: str
    disk: str
    was: int
    """GB, as the preview saw it."""
    size: int
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"disk {self.disk}: {self.size} GB (it has {self.was}); it costs more, and it cannot be shrunk again"

    def by_hand(self) -> str:
        return self.command("compute", "disks", "resize", self.disk, f"--size={self.size}GB", "--quiet", "--zone",
                            self.zone)  # fmt: skip

    def _path(self, *more: str) -> str:
        return path("projects", self.project, "zones", self.zone, "disks", self.disk, *more)

    def check(self) -> None:
        now = int(asked(Call("compute", self._path(), "compute.disks.get")).get("sizeGb", 0))
        if now != self.was:
            raise Refused(f"the disk {self.disk} has {now} GB by now, not {self.was}")
        may(self.project, "compute.disks.resize")

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        call = Call("compute", self._path("resize"), "compute.disks.resize", body={"sizeGb": str(self.size)})
        watch(asked(call), self.project, f"{self.disk} grows")


@dataclass(frozen=True, slots=True)
class KeepDisk(OnVm):
    """Whether a disk stays when its VM is deleted."""

    device: str
    """By which the VM knows it (deviceName)."""
    kept: bool

    @property
    def words(self) -> str:
        what = "stays when the VM is deleted" if self.kept else "is deleted with the VM"
        return f"{self.vm}: its disk {self.device} {what}"

    def by_hand(self) -> str:
        switch = "--no-auto-delete" if self.kept else "--auto-delete"
        return self.on_vm("set-disk-auto-delete", f"--device-name={self.device}", switch)

    def check(self) -> None:
        row = disk_of(self.row(), self.device)
        if bool(row.get("autoDelete")) is not self.kept:
            raise Refused(f"{self.words}: that is so already")

    def inverse(self) -> Effect:
        return KeepDisk(self.project, self.zone, self.vm, self.device, not self.kept)

    def apply(self) -> None:
        query = {"autoDelete": "false" if self.kept else "true", "deviceName": self.device}
        done(Call("compute", self.path("setDiskAutoDelete"), "compute.instances.setDiskAutoDelete", query,
                  method="POST"), self.project)  # fmt: skip


def disk_of(row: Mapping[str, Any], device: str) -> Mapping[str, Any]:
    """The disk of a VM by its device name. Raises Refused."""
    for one in row.get("disks") or ():
        if one.get("deviceName") == device:
            return dict(one)
    raise Refused(f"the VM has no disk {device} any more")


@dataclass(frozen=True, slots=True)
class BootFrom(OnVm):
    """Another boot disk in the place of the one that a stopped VM has."""

    old: str
    new: str
    slow: ClassVar[bool] = True

    @property
    def words(self) -> str:
        return f"{self.vm}: boot from the disk {self.new} in place of {self.old}, which stays as it is"

    def by_hand(self) -> str:
        off = self.on_vm("detach-disk", f"--disk={self.old}")
        return f"{off} && {self.on_vm('attach-disk', f'--disk={self.new}', '--boot')}"

    def check(self) -> None:
        row = self.row()
        if row.get("status") not in {"TERMINATED", "STOPPED"}:
            raise Refused(f"{self.vm} is {row.get('status', 'GONE')}, not TERMINATED")
        boot = _boot(row)
        if boot and last(str(boot.get("source", ""))) != self.old:
            raise Refused(f"{self.vm} does not boot from {self.old} any more")

    def inverse(self) -> Effect:
        return BootFrom(self.project, self.zone, self.vm, self.new, self.old)

    def apply(self) -> None:
        boot = _boot(self.row())
        with patient():  # a VM without a disk is not left so
            if boot:
                self._detach(str(boot["deviceName"]))
            try:
                self._attach(self.new, bool(boot.get("autoDelete")))
            except Refused:
                with suppress(Refused):
                    self._attach(self.old, bool(boot.get("autoDelete")))
                raise

    def _detach(self, device: str) -> None:
        call = Call("compute", self.path("detachDisk"), "compute.instances.detachDisk", {"deviceName": device},
                    method="POST")  # fmt: skip
        watch(asked(call), self.project, f"{self.old} is taken from {self.vm}")

    def _attach(self, disk: str, goes: bool) -> None:
        body = {"source": f"projects/{self.project}/zones/{self.zone}/disks/{disk}", "boot": True, "autoDelete": goes}
        call = Call("compute", self.path("attachDisk"), "compute.instances.attachDisk", body=body)
        watch(asked(call), self.project, f"{disk} is put on {self.vm}")


def _boot(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((one for one in row.get("disks") or () if one.get("boot")), {})
