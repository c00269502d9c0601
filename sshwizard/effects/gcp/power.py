"""Start, resume, stop and reset a VM (Compute Engine API, instances)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.gcp.place import Place, asked, done

Verb = Literal["start", "resume", "stop", "suspend", "reset"]
FROM: dict[Verb, tuple[str, ...]] = {
    "start": ("TERMINATED", "STOPPED"), "resume": ("SUSPENDED",), "stop": ("RUNNING",), "suspend": ("RUNNING",),
    "reset": ("RUNNING",),
}  # fmt: skip
"""In which states each may be asked for (VM instance lifecycle)."""
_BACK: dict[Verb, Verb] = {"start": "stop", "resume": "suspend", "stop": "start", "suspend": "resume"}


@dataclass(frozen=True, slots=True)
class PowerVm(Place):
    """One of the verbs, on one VM."""

    zone: str
    vm: str
    verb: Verb

    @property
    def undoable(self) -> bool:
        return self.verb in _BACK

    @property
    def words(self) -> str:
        return f"{self.verb} {self.vm} in {self.zone}" + (
            ": what is in its memory is lost" if self.verb == "reset" else ""
        )

    def by_hand(self) -> str:
        return self.command("compute", "instances", self.verb, self.vm, "--zone", self.zone)

    @property
    def where(self) -> tuple[str, ...]:
        return ("projects", self.project, "zones", self.zone, "instances", self.vm)

    def check(self) -> None:
        now = str(asked(Call("compute", path(*self.where), "compute.instances.get")).get("status", "gone"))
        if now not in FROM[self.verb]:
            raise Refused(f"{self.vm} is {now}, not {' or '.join(FROM[self.verb])}")

    def inverse(self) -> Effect | None:
        back = _BACK.get(self.verb)
        return PowerVm(self.project, self.zone, self.vm, back) if back else None

    def apply(self) -> None:
        call = Call("compute", path(*self.where, self.verb), f"compute.instances.{self.verb}", method="POST")
        done(call, self.project)
