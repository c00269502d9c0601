"""Start, resume, stop and reset a VM, and stop and start it so that it moves to other hardware (Compute Engine API,
instances; of a VM of a managed instance group instanceGroupManagers.stopInstances and startInstances, so that the group
neither heals nor replaces it meanwhile)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.effects.effect import Effect, Refused, cautioned
from sshwizard.effects.following import follow, patient
from sshwizard.effects.gcp import place
from sshwizard.effects.gcp.place import OnVm, asked, may, watch

Verb = Literal["start", "resume", "stop", "suspend", "reset"]
FROM: dict[Verb, tuple[str, ...]] = {
    "start": ("TERMINATED", "STOPPED"), "resume": ("SUSPENDED",), "stop": ("RUNNING",), "suspend": ("RUNNING",),
    "reset": ("RUNNING",),
}  # fmt: skip
"""In which states each may be asked for (VM instance lifecycle)."""
_BACK: dict[Verb, Verb] = {"start": "stop", "resume": "suspend", "stop": "start", "suspend": "resume"}
_ENDS: dict[Verb, str] = {"start": "RUNNING", "resume": "RUNNING", "stop": "TERMINATED", "suspend": "SUSPENDED",
                          "reset": "RUNNING"}  # fmt: skip
LIMIT = 900.0
"""Seconds for a stop or a start: a guest that does not shut down is cut off after 90 s, or what the VM sets."""


@dataclass(frozen=True, slots=True)
class PowerVm(OnVm):
    """One of the verbs, on one VM."""

    verb: Verb
    group: str = ""
    """The managed instance group that it is of; then the group itself starts and stops it."""
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return self.verb in _BACK

    @property
    def words(self) -> str:
        more = ": like a power cut, what is in its memory is lost" if self.verb == "reset" else ""
        return f"{self.verb} {self.vm} in {self.zone}{more}"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        if self.group:
            group = ("compute", "instance-groups", "managed", f"{self.verb}-instances", self.group)
            return self.command(*group, f"--instances={self.vm}", "--zone", self.zone)
        return self.on_vm(self.verb)

    def check(self) -> None:
        if (now := self.rested()) not in FROM[self.verb]:
            raise Refused(f"{self.vm} is {now}, not {' or '.join(FROM[self.verb])}")
        if not self.group:
            may(self.project, f"compute.instances.{self.verb}", vm=(self.zone, self.vm))

    def rested(self) -> str:
        """Its state once it is on the way nowhere: a crash may have come while it was stopping."""
        passing = {"STOPPING", "SUSPENDING", "STAGING", "PROVISIONING", "PENDING_STOP"}
        if (now := self.status()) in passing:
            follow(self.vm, lambda: ((seen := self.status()) not in passing, seen), LIMIT, place.PAUSE)
            now = self.status()
        return now

    def inverse(self) -> Effect | None:
        back = _BACK.get(self.verb)
        return PowerVm(self.project, self.zone, self.vm, back, self.group) if back else None

    def apply(self) -> None:
        what, ends = f"{self.verb} {self.vm}", _ENDS[self.verb]
        try:
            watch(asked(self._call()), self.project, what, LIMIT)
            if self.group:  # its operation ends before the VM does
                follow(self.vm, lambda: ((now := self.status()) == ends, now), LIMIT, place.PAUSE)
        except Refused as why:
            now, shows = self.status(), self.on_vm("describe", "--format=value(status)")
            raise Refused(f"{why}. Now {self.vm} is {now}; what Google goes on with, this shows: {shows}") from None

    def _call(self) -> Call:
        if not self.group:
            return Call("compute", self.path(self.verb), f"compute.instances.{self.verb}", method="POST")
        where = path("projects", self.project, "zones", self.zone, "instanceGroupManagers", self.group,
                     f"{self.verb}Instances")  # fmt: skip
        return Call("compute", where, "compute.instanceGroupManagers.update",
                    body={"instances": [f"zones/{self.zone}/instances/{self.vm}"]})  # fmt: skip


@dataclass(frozen=True, slots=True)
class StopStartVm(OnVm):
    """Stop it and start it again. After a crash between the two it is started."""

    group: str = ""
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        of = f" by its group {self.group}, which does not replace it meanwhile" if self.group else ""
        return f"stop {self.vm} in {self.zone}{of}, wait until it is stopped, and start it again"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def _one(self, verb: Verb) -> PowerVm:
        return PowerVm(self.project, self.zone, self.vm, verb, self.group)

    def by_hand(self) -> str:
        return f"{self._one('stop').by_hand()} && {self._one('start').by_hand()}"

    def check(self) -> None:
        self._one("stop").check()
        if not self.group:
            may(self.project, "compute.instances.start", vm=(self.zone, self.vm))

    def inverse(self) -> Effect:
        return self._one("start")

    def apply(self) -> None:
        try:
            self._one("stop").apply()
        finally:
            with patient():  # a server that was stopped is not left so
                if self._one("start").rested() in FROM["start"]:
                    self._one("start").apply()
