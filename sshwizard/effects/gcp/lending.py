"""The boot disk of a VM on a helper, and back (Compute Engine API, instances.detachDisk, attachDisk; Compute Engine,
Troubleshooting VM startup: attach the disk to another VM).

Every step is made only where it is missing: whatever ends the work in the middle, the same steps put the disk back and
start the VM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.following import ended, patient
from sshwizard.effects.gcp.place import OnVm, asked, may, watch
from sshwizard.effects.gcp.power import FROM, PowerVm


@dataclass(frozen=True, slots=True)
class _Disk(OnVm):
    disk: str
    device: str
    """By which the VM knows it (deviceName)."""
    goes: bool
    """It is deleted with the VM (autoDelete)."""
    helper: str
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    def holder(self) -> str:
        """The VM that has the disk; empty while none has."""
        where = path("projects", self.project, "zones", self.zone, "disks", self.disk)
        users = asked(Call("compute", where, "compute.disks.get")).get("users") or ()
        return last(str(users[0])) if users else ""

    def take(self, vm: str, row: Mapping[str, Any]) -> None:
        """Take the disk from a VM. Raises Refused."""
        for one in row.get("disks") or ():
            if last(str(one.get("source", ""))) == self.disk:
                self._move(vm, "detachDisk", f"{self.disk} is taken from {vm}", {"deviceName": str(one["deviceName"])})

    def put(self, vm: str, device: str, *, boot: bool) -> None:
        """Put the disk on a VM. Raises Refused."""
        source = f"projects/{self.project}/zones/{self.zone}/disks/{self.disk}"
        body = {"source": source, "deviceName": device, "boot": boot, "autoDelete": self.goes and boot}
        self._move(vm, "attachDisk", f"{self.disk} is put on {vm}", body=body)

    def _move(self, vm: str, verb: str, says: str, query: Mapping[str, str] | None = None,
              body: Mapping[str, Any] | None = None) -> None:  # fmt: skip
        where = path("projects", self.project, "zones", self.zone, "instances", vm, verb)
        call = Call("compute", where, f"compute.instances.{verb}", dict(query or {}), method="POST", body=body)
        with patient():  # Google goes on with it, so its end is awaited
            watch(asked(call), self.project, says)
        if ended():
            raise Refused(f"you ended the waiting while {says}")

    def rest(self) -> None:
        """Stop the VM, where it runs."""
        stop = PowerVm(self.project, self.zone, self.vm, "stop")
        if stop.rested() in FROM["stop"]:
            stop.apply()

    def put_back(self) -> None:
        """The disk at its place, and a VM that runs."""
        if (holder := self.holder()) != self.vm:
            if holder:
                self.take(holder, self.other(holder).row())
            self.rest()
            self.put(self.vm, self.device, boot=True)
        start = PowerVm(self.project, self.zone, self.vm, "start")
        if start.rested() in FROM["start"]:
            start.apply()

    def other(self, vm: str) -> PowerVm:
        """Another VM of the same zone."""
        return PowerVm(self.project, self.zone, vm, "start")

    def moved(self, vm: str, to: str, *more: str) -> str:
        """The disk from one VM to another, as commands of gcloud."""
        one, other = (PowerVm(self.project, self.zone, name, "start") for name in (vm, to))
        off = one.on_vm("detach-disk", f"--disk={self.disk}")
        return f"{off} && {other.on_vm('attach-disk', f'--disk={self.disk}', *more)}"

    def back(self, kind: type[_Disk]) -> Effect:
        """The other way round."""
        return kind(self.project, self.zone, self.vm, self.disk, self.device, self.goes, self.helper)


@dataclass(frozen=True, slots=True)
class LendDisk(_Disk):
    """Stop the VM and give its boot disk to a helper; undo puts it back and starts."""

    @property
    def words(self) -> str:
        return f"stop {self.vm}, and move its boot disk {self.disk} to {self.helper}"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        stop = PowerVm(self.project, self.zone, self.vm, "stop").by_hand()
        return f"{stop} && {self.moved(self.vm, self.helper, f'--device-name={self.disk}')}"

    def check(self) -> None:
        if self.holder() != self.vm:
            raise Refused(f"the disk {self.disk} is not on {self.vm}")
        if (now := self.other(self.helper).status()) != "RUNNING":
            raise Refused(f"the helper {self.helper} in {self.zone} is {now}, not RUNNING")
        stop = ("compute.instances.stop", "compute.instances.start") if self.status() == "RUNNING" else ()
        rights = ("compute.instances.detachDisk", "compute.instances.attachDisk")
        may(self.project, *stop, *rights, vm=(self.zone, self.vm))
        may(self.project, *rights, vm=(self.zone, self.helper))

    def inverse(self) -> Effect:
        return self.back(ReturnDisk)

    def apply(self) -> None:
        try:
            self.rest()
            self.take(self.vm, self.row())
            self.put(self.helper, self.disk, boot=False)
        except Refused:
            with patient():
                self.put_back()
            raise


@dataclass(frozen=True, slots=True)
class ReturnDisk(_Disk):
    """Put the boot disk back into its place, and start the VM."""

    @property
    def words(self) -> str:
        return f"move the disk {self.disk} back to {self.vm}, and start it"

    def by_hand(self) -> str:
        start = PowerVm(self.project, self.zone, self.vm, "start").by_hand()
        back = self.moved(self.helper, self.vm, f"--device-name={self.device}", "--boot")
        return f"{back} && {start}"

    def check(self) -> None:
        if self.holder() == self.vm and self.status() == "RUNNING":
            raise Refused(f"{self.vm} runs with its boot disk")

    def inverse(self) -> Effect:
        return self.back(LendDisk)

    def apply(self) -> None:
        self.put_back()
