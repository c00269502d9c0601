"""A startup script for one boot, and that boot: the old script waits in the metadata until it is put back
(instances.setMetadata, instances.reset, getSerialPortOutput)."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.gcp.metadata import Spot
from sshwizard.effects.gcp.place import Place, asked, done
from sshwizard.effects.spelling import Spelling, spelled

KEPT = "sshwizard-kept-startup-script"
"""Where the old script waits: it never leaves Google, for it may hold secrets."""
_OLD, _NEW = "sshwizard-startup-script.old", "sshwizard-startup-script"
"""Files of who does it by hand."""
PATIENCE = 300.0
"""Seconds for a boot and the script; a check of a large disk takes longer, which is said."""
EVERY = 4.0


@dataclass(frozen=True, slots=True)
class _Script(Spot):
    script: str

    @property
    def undoable(self) -> bool:
        return isinstance(self, RescueScript)

    def check(self) -> None:
        self.changed(self.now()[0])


@dataclass(frozen=True, slots=True)
class RescueScript(_Script):
    """Another startup script; the old one is kept beside it."""

    @property
    def words(self) -> str:
        return f"{self.spot}: {len(self.script.splitlines())} lines (the old one is kept as {KEPT})"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        lines = (f"+ {self.words}", *(f"    {line}" for line in self.script.splitlines()))
        return tuple(clean.line(line, 300) for line in lines)

    def by_hand(self) -> str:
        rows = " ".join(shlex.quote(line) for line in self.script.splitlines())
        steps = (f"{self.printed()} > {_OLD}", f"printf '%s\\n' {rows} > {_NEW}", self.put(_NEW))
        return " && ".join(steps)

    def inverse(self) -> Effect:
        return PutScriptBack(self.project, self.zone, self.vm, self.key, self.script)

    def changed(self, values: dict[str, str]) -> dict[str, str]:
        if KEPT in values:
            raise Refused(f"{self.vm} still keeps an older script as {KEPT}: a rescue was not finished")
        kept = {KEPT: values[self.key]} if self.key in values else {}
        return {**values, **kept, self.key: self.script}


@dataclass(frozen=True, slots=True)
class PutScriptBack(_Script):
    """The script that was there before, or none."""

    @property
    def words(self) -> str:
        return f"{self.spot}: the old one again"

    def by_hand(self) -> str:
        gone = self.gcloud("remove-metadata", f"--keys={self.key}")
        return f"if grep -q . {_OLD}; then {self.put(_OLD)}; else {gone}; fi; rm {_OLD} {_NEW}"

    def inverse(self) -> Effect | None:
        return None

    def changed(self, values: dict[str, str]) -> dict[str, str]:
        if values.get(self.key) != self.script:
            raise Refused(f"{clean.line(self.spot, 120)} is not the rescue any more")
        kept = {self.key: values[KEPT]} if KEPT in values else {}
        return {**{key: value for key, value in values.items() if key not in {self.key, KEPT}}, **kept}


@dataclass(frozen=True, slots=True)
class ResetAndWatch(Place):
    """A reset is like a power cut. What the script wrote is in the evidence of the next look."""

    zone: str
    vm: str
    sentinel: str
    """The words with which the script ends."""

    @property
    def words(self) -> str:
        return f"reset {self.vm} (like a power cut: running work is lost), and wait for “{self.sentinel}”"

    @property
    def undoable(self) -> bool:
        return False

    def by_hand(self) -> str:
        where = (self.vm, "--zone", self.zone)
        reset = self.command("compute", "instances", "reset", *where)
        said = self.command("compute", "instances", "get-serial-port-output", *where)
        return f"{reset} && until {said} | grep -qF {shlex.quote(self.sentinel)}; do sleep 5; done"

    def check(self) -> None:
        status = asked(Call("compute", self._path(), "compute.instances.get")).get("status")
        if status != "RUNNING":
            raise Refused(f"{self.vm} is {status}, not RUNNING")

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        start = str(self._serial("0").get("next", "0"))
        done(Call("compute", self._path("reset"), "compute.instances.reset", body={}), self.project)
        until = time.monotonic() + PATIENCE
        while self.sentinel not in str(self._serial(start).get("contents", "")):
            if time.monotonic() > until:
                raise Refused(f"the startup script did not say that it is through within {PATIENCE:.0f} s")
            time.sleep(EVERY)

    def _serial(self, start: str) -> Any:
        call = Call("compute", self._path("serialPort"), "compute.instances.getSerialPortOutput",
                    {"port": "1", "start": start})  # fmt: skip
        return asked(call)

    def _path(self, *more: str) -> str:
        return path("projects", self.project, "zones", self.zone, "instances", self.vm, *more)
