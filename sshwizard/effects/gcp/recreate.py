"""A VM made again from its disks: the same name, type, network and metadata, on a machine of its own making (Compute
Engine API, instances.delete, instances.insert).

What it was is kept in the backups directory, for its metadata may hold secrets; the journal has only the file's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.effects.content import keep
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.following import patient
from sshwizard.effects.gcp.place import OnVm, asked, may, watch

Row = Mapping[str, Any]

TAKEN = (
    "name", "description", "machineType", "canIpForward", "scheduling", "labels", "minCpuPlatform", "guestAccelerators",
    "shieldedInstanceConfig", "confidentialInstanceConfig", "deletionProtection", "hostname", "resourcePolicies",
    "reservationAffinity", "displayDevice", "advancedMachineFeatures", "serviceAccounts", "keyRevocationActionType",
)  # fmt: skip
"""Fields of instances.get that instances.insert takes as they are."""
_NIC = ("network", "subnetwork", "networkIP", "aliasIpRanges", "stackType", "nicType", "queueCount")
_DISK = ("source", "boot", "autoDelete", "deviceName", "mode", "interface", "type")


def body(row: Row, reserved: bool) -> dict[str, Any]:
    """instances.get's answer as instances.insert takes it. `reserved`: its external address is its own. Pure."""
    made: dict[str, Any] = {key: row[key] for key in TAKEN if key in row}
    for key in ("tags", "metadata"):
        if (row.get(key) or {}).get("items"):
            made[key] = {"items": row[key]["items"]}
    made["networkInterfaces"] = [_nic(one, reserved) for one in row.get("networkInterfaces") or ()]
    made["disks"] = [{key: one[key] for key in _DISK if key in one} for one in row.get("disks") or ()]
    return made


def _nic(row: Row, reserved: bool) -> dict[str, Any]:
    told: dict[str, Any] = {key: row[key] for key in _NIC if key in row}
    wanted = ("type", "name", "networkTier", *(("natIP",) if reserved else ()))
    if configs := row.get("accessConfigs"):
        told["accessConfigs"] = [{key: one[key] for key in wanted if key in one} for one in configs]
    return told


@dataclass(frozen=True, slots=True)
class RecreateVm(OnVm):
    """Delete the VM and make it again with the disks that it had: only where each of them stays."""

    number: str
    """Its id, as the preview saw it."""
    reserved: bool
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"delete {self.vm} in {self.zone}, and make it again with the disks, the network and the metadata it has"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        """The new one has the disks; type, network, tags and metadata are added from what was kept."""
        kept = clean.line(f"was-{self.vm}.yaml", 80)
        name = f"--disk=name=$(grep -m1 /disks/ {kept} | sed 's,.*/,,'),boot=yes"
        seen, gone = self.on_vm("describe"), self.on_vm("delete", "--keep-disks=all", "--quiet")
        return f'{seen} > {kept} && {gone} && {self.on_vm("create")} "{name}"'

    def check(self) -> None:
        row = self.row()
        if str(row.get("id", "")) != self.number:
            raise Refused(f"{self.vm} is no longer the VM that was looked at")
        for one in row.get("disks") or ():
            if one.get("type") == "SCRATCH":
                raise Refused(f"what is on the local SSD {one.get('deviceName')} would be lost")
            if one.get("autoDelete"):
                raise Refused(f"the disk {one.get('deviceName')} would be deleted with the VM")
        if row.get("deletionProtection"):
            raise Refused(f"{self.vm} is protected from deletion (deletionProtection)")
        may(self.project, "compute.instances.create", "compute.instances.delete", "compute.disks.use")

    def inverse(self) -> Effect:
        kept = keep(Path(f"vm-{self.vm}"), json.dumps(body(self.row(), self.reserved)).encode())
        return MakeAgain(self.project, self.zone, self.vm, kept)

    def apply(self) -> None:
        self.check()
        wanted = body(self.row(), self.reserved)
        gone = asked(Call("compute", self.path(), "compute.instances.delete", method="DELETE"))
        with patient():  # a VM that is going is made again, whoever ended the waiting
            watch(gone, self.project, f"deleting {self.vm}")
            insert(self, wanted)


def insert(at: OnVm, wanted: Row) -> None:
    """Make the VM, and once more where Google had no room for it. Raises Refused."""
    for last_try in (False, True):
        call = Call("compute", path("projects", at.project, "zones", at.zone, "instances"), "compute.instances.create",
                    body=wanted)  # fmt: skip
        try:
            watch(asked(call), at.project, f"making {at.vm}")
            return
        except Refused as why:
            if last_try or at.row():
                kept = "its disks are kept, and so is what it was (the backups directory)"
                raise Refused(f"{at.vm} was deleted and not made again: {why}; {kept}") from None


@dataclass(frozen=True, slots=True)
class MakeAgain(OnVm):
    """Make the VM that a crash left deleted."""

    copy: str
    """The file that keeps what it was."""
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"make {self.vm} in {self.zone} again, with its disks"

    def by_hand(self) -> str:
        return ""

    def check(self) -> None:
        if self.row():
            raise Refused(f"there is a VM {self.vm}")

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        self.check()
        try:
            wanted = json.loads(Path(self.copy).read_bytes())
        except ValueError:
            raise Refused(f"{self.copy} is no longer what was kept") from None
        insert(self, wanted)
