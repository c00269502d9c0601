"""A startup script for one boot, and that boot: the old script waits in the metadata until it is put back
(instances.setMetadata, instances.reset, getSerialPortOutput)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient, tell
from sshwizard.effects.gcp.metadata import Spot
from sshwizard.effects.gcp.place import OnVm, asked, done, may
from sshwizard.effects.spelling import Spelling, harmless, spelled

KEPT = "sshwizard-kept-startup-script"
"""Where the old script waits: it never leaves Google, for it may hold secrets."""
_OLD, _NEW = "sshwizard-startup-script.old", "sshwizard-startup-script"
"""Files of who does it by hand."""
PATIENCE = 600.0
"""Seconds for a boot and the script: one that installs packages takes some minutes."""
EVERY = 1.0
"""Seconds between two looks at the serial port, at first; they grow to six times as much."""
MOST_LINES = 60
"""Lines of the script that are told."""


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
class ResetAndWatch(OnVm):
    """A reset is like a power cut. What the script wrote is in the evidence of the next look."""

    sentinel: str
    """The words with which the script ends."""
    slow: ClassVar[bool] = True

    @property
    def words(self) -> str:
        return f"reset {self.vm} (like a power cut: running work is lost), and wait for “{self.sentinel}”"

    @property
    def undoable(self) -> bool:
        return False

    def by_hand(self) -> str:
        said = self.on_vm("get-serial-port-output")
        return f"{self.on_vm('reset')} && until {said} | grep -qF {shlex.quote(self.sentinel)}; do sleep 5; done"

    def check(self) -> None:
        if (status := self.status()) != "RUNNING":
            raise Refused(f"{self.vm} is {status}, not RUNNING")
        may(self.project, "compute.instances.reset", "compute.instances.getSerialPortOutput", vm=(self.zone, self.vm))

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        start = str(serial(self, "0").get("next", "0"))
        done(Call("compute", self.path("reset"), "compute.instances.reset", body={}), self.project)
        text = ""

        def look() -> tuple[bool, str]:
            nonlocal text
            text = str(serial(self, start).get("contents", ""))
            last = clean.line(next((one for one in reversed(said(text)) if one), ""), 160)
            return self.sentinel in text, f"the script says: {last}" if last else "it boots; the script has not begun"

        try:
            follow(self.vm, look, PATIENCE, EVERY)
        except Refused as why:
            raise Refused(f"the startup script did not say that it is through: {why}") from None
        rows = said(text)
        for row in rows[:MOST_LINES]:
            tell(clean.line(row, 300))
        if len(rows) > MOST_LINES:
            more, shows = len(rows) - MOST_LINES, self.on_vm("get-serial-port-output")
            tell(f"{more} more lines are on the serial port: {shows}")
        if failed := next((row for row in rows if f"{self.sentinel} failed" in row), ""):
            ended = clean.line(failed.partition(self.sentinel)[2], 200)
            raise Refused(f"the script took back what it had begun: {ended}")


def serial(at: OnVm, start: str) -> Mapping[str, Any]:
    """The text of the first serial port from a place on."""
    call = Call("compute", at.path("serialPort"), "compute.instances.getSerialPortOutput",
                {"port": "1", "start": start})  # fmt: skip
    return asked(call)


_OURS = re.compile(r"(?:startup-script(?:-url)?|windows-startup-script-\w+): (.*)")


def said(text: str) -> list[str]:
    """What startup scripts wrote, as the guest sends it to the serial port (Compute Engine, Startup scripts)."""
    return [found[1].strip() for row in text.splitlines() if (found := _OURS.search(row))]


@dataclass(frozen=True, slots=True)
class _Boot(OnVm):
    """One boot with a script of ours. The old one waits in the VM's own metadata, and is put back whatever happens."""

    key: str
    """startup-script, or a key of Windows."""
    script: str
    sentinel: str
    undo: str = ""
    """A script that takes the repair back; empty: there is none."""
    nonce: str = ""
    """Begins each line of what a look from inside answers, where the script is one."""
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return bool(self.undo)

    def put(self, script: str) -> RescueScript:
        return RescueScript(self.project, self.zone, self.vm, self.key, script)

    def put_back(self, script: str) -> PutScriptBack:
        return PutScriptBack(self.project, self.zone, self.vm, self.key, script)

    def watched(self, sentinel: str = "") -> ResetAndWatch:
        return ResetAndWatch(self.project, self.zone, self.vm, sentinel or self.sentinel)

    def boot(self, script: str, sentinel: str = "") -> None:
        """Put it there, reset, watch, and put the old one back. Raises Refused."""
        tell("the startup script of the VM is another one for one boot; the old one waits in its metadata")
        self.put(script).apply()
        try:
            self.watched(sentinel).apply()
        finally:
            with patient():
                self.put_back(script).apply()

    def holds(self, script: str) -> bool:
        """Whether the VM has this script now."""
        return self.put(script).now()[0].get(self.key) == script


@dataclass(frozen=True, slots=True)
class BootScript(_Boot):
    """Set it, reset the VM, read the serial port until it is through, put the old one back."""

    cautions: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"one boot of {self.vm} in {self.zone} with another {self.key}"

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        steps = (
            f"{self.vm}: keep its {self.key} as {KEPT} in its metadata, and put the script below in its place",
            self.watched().words,
            f"{self.vm}: put the old {self.key} back, or take it away where there was none",
        )  # fmt: skip
        shown = () if self.nonce else tuple(f"    {row}" for row in self.script.splitlines())
        rows = (*steps, *(f"# {one}" for one in self.cautions), *shown)
        return tuple(clean.line(row, 300) for row in rows)

    def by_hand(self) -> str:
        steps = (self.put(self.script), self.watched(), self.put_back(self.script))
        return "\n".join(one.by_hand() for one in steps)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless(self.by_hand().splitlines())

    def check(self) -> None:
        self.put(self.script).check()
        self.watched().check()
        may(self.project, "compute.instances.setMetadata", vm=(self.zone, self.vm))

    def inverse(self) -> Effect:
        return EndBootScript(self.project, self.zone, self.vm, self.key, self.script, self.sentinel, self.undo)

    def apply(self) -> None:
        self.boot(self.script)


@dataclass(frozen=True, slots=True)
class EndBootScript(_Boot):
    """Take a repair back by one more boot; after a crash also the script that it left."""

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        if self.undo:
            return f"one more boot of {self.vm}, with a script that takes the repair back; its {self.key} as it was"
        return f"{self.vm}: its {self.key} as it was"

    def by_hand(self) -> str:
        return ""

    def check(self) -> None:
        if not self.holds(self.script) and not self._made():
            raise Refused(f"the serial port of {self.vm} does not show that the repair was made since its last start")

    def _made(self) -> bool:
        return bool(self.undo) and f"{self.sentinel} done" in str(serial(self, "0").get("contents", ""))

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        if self.holds(self.script):
            self.put_back(self.script).apply()
        if self._made():
            self.boot(self.undo, f"{self.sentinel.removesuffix(':')} undo:")
