"""A repair on a machine that nobody can log in to: a script in its user data, run at the next boot, and the old user
data put back (EC2 API: ModifyInstanceAttribute; EC2 User Guide, Run commands when you launch an instance).

Down is the server from the first stop to the last start. Whatever goes wrong on the way, the old user data is put
back to the byte and the server is started; what a crash left is found by the launch time and the user data.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.aws import bootdata
from sshwizard.effects.aws.place import answer, asked, tried
from sshwizard.effects.aws.power import Power
from sshwizard.effects.content import keep
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient

BOOT = 900.0
"""Seconds for a boot whose script tells its end. The console text of an older type comes minutes late."""
ANSWERS = 420.0
"""Seconds for AWS's checks after the last start."""


@dataclass(frozen=True, slots=True)
class _Rescue(Power):
    mark: str
    do: str
    """The repair, as sh."""
    undo: str
    """Its way back; in both $D is where the old state is kept on the machine. Empty: there is none."""
    before: str
    """SHA-256 of the user data that the preview saw."""
    launched: str
    """When the instance was started, as the preview saw it."""

    @property
    def undoable(self) -> bool:
        return bool(self.undo)

    def held(self) -> bytes:
        """The user data now."""
        found = asked(self, "describe_instance_attribute", InstanceId=self.instance, Attribute="userData")
        return base64.b64decode(str((found.get("UserData") or {}).get("Value", "")))

    def put(self, content: bytes) -> None:
        """Replace the user data of the stopped instance."""
        asked(self, "modify_instance_attribute", InstanceId=self.instance, UserData={"Value": content})
        follow("user data", lambda: (self.held() == content, f"{len(content)} bytes"), 60)

    def boot(self, text: str, sign: str, old: bytes) -> None:
        """Stop, swap, start, wait for `sign` on the console, stop, put back, start. Raises Refused, with the old user
        data back and the server running."""
        try:
            fresh = bootdata.data(text, old)
        except (bootdata.Unclear, ValueError) as error:
            raise Refused(str(error)) from None
        try:
            self.become("stopped")
            self.put(fresh)
            self.become("running")
            self.watch(sign)
        finally:
            with patient():
                self.restore(old)

    def watch(self, sign: str) -> None:
        """Until the script tells its end on the console. Raises Refused when it failed."""

        def look() -> tuple[bool, str]:
            line = next((row for row in reversed(self.console()) if sign in row), "")
            said = clean.line(line.partition(sign)[2].strip(), 240)
            if said.startswith("failed"):
                raise Refused(f"the script was run, and took back what it had begun: {said}")
            return bool(said), f"the script says: {said}" if said else "it boots, and the script has not reported yet"

        follow("console", look, BOOT)

    def console(self) -> list[str]:
        """Its lines. The newest ones exist only for Nitro types (GetConsoleOutput, Latest)."""
        found = answer(self, "get_console_output", {"InstanceId": self.instance, "Latest": True})
        if isinstance(found, Unseen):
            found = asked(self, "get_console_output", InstanceId=self.instance)
        return str(found.get("Output", "")).splitlines()

    def restore(self, old: bytes) -> None:
        """The old user data, and a server that runs. Each step only where it is missing."""
        now = self.rested()
        if self.held() != old:
            if now != "stopped":
                self.become("stopped")
            self.put(old)
        if self.rested() == "stopped":
            self.become("running")
        self.settle()

    def settle(self) -> None:
        """Wait for AWS's checks of it, but not for ever: ssh itself is the proof."""

        def look() -> tuple[bool, str]:
            found = answer(self, "describe_instance_status", {"InstanceIds": [self.instance]})
            if isinstance(found, Unseen):
                return True, "not told"
            row: Mapping[str, Any] = next(iter(found.get("InstanceStatuses", ())), {})
            now = str((row.get("InstanceStatus") or {}).get("Status", "initializing"))
            return now != "initializing", now

        try:
            follow("AWS's checks", look, ANSWERS)
        except Refused:
            return


def digest(content: bytes) -> str:
    """SHA-256 of user data."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class RescueBoot(_Rescue):
    """One boot with the repair in the user data."""

    cautions: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"repair {self.instance} at a boot by its user data, which is put back"

    def preview(self, *_: object) -> tuple[str, ...]:
        steps = (
            f"stop {self.instance}", "keep its user data, and put the script below in its place",
            f"start {self.instance}, and wait until the script reports on the console",
            "stop it, put the old user data back to the byte, and start it again",
        )  # fmt: skip
        rows = (*steps, *(f"# {one}" for one in self.cautions), "", *self._script.splitlines())
        return tuple(clean.line(row, 2000) for row in rows)

    @property
    def _script(self) -> str:
        return bootdata.script(self.mark, self.do, self.undo)

    def by_hand(self) -> str:
        get = ("describe-instance-attribute", "--instance-id", self.instance, "--attribute", "userData", "--query",
               "UserData.Value", "--output", "text")  # fmt: skip
        stop = (self.command("stop-instances", "--instance-ids", self.instance),
                self.command("wait", "instance-stopped", "--instance-ids", self.instance))  # fmt: skip
        start = self.command("start-instances", "--instance-ids", self.instance)
        return "\n".join((
            f"{self.command(*get)} >before.b64",
            "cat >rescue.txt <<'SSHWIZARD'", *bootdata.data(self._script, b"").decode().splitlines(), "SSHWIZARD",
            "base64 <rescue.txt | tr -d '\\n' >rescue.b64",
            *stop, self._put("rescue.b64"), start,
            f"# until it says “{bootdata.sentinel(self.mark)} done”:",
            self.command("get-console-output", "--latest", "--output", "text", "--instance-id", self.instance),
            *stop, self._put("before.b64"), start,
        ))  # fmt: skip

    def _put(self, file: str) -> str:
        return self.command("modify-instance-attribute", "--instance-id", self.instance, "--attribute", "userData",
                            "--value", f"file://{file}")  # fmt: skip

    def check(self) -> None:
        row = self.row()
        now = self.rested()
        if now != "running" or str(row.get("LaunchTime", "")) != self.launched:
            raise Refused(f"{self.instance} is {now}, and was started anew since the preview")
        if digest(old := self.held()) != self.before:
            raise Refused(f"somebody changed the user data of {self.instance} since the preview")
        try:
            bootdata.data(self._script, old)
        except (bootdata.Unclear, ValueError) as error:
            raise Refused(str(error)) from None
        tried(self, "stop_instances", InstanceIds=[self.instance])
        tried(self, "modify_instance_attribute", InstanceId=self.instance, UserData={"Value": b""})
        tried(self, "start_instances", InstanceIds=[self.instance])

    def inverse(self) -> Effect:
        copy = keep(Path(f"user-data-{self.instance}"), self.held())
        return EndRescue(self.profile, self.region, self.instance, self.mark, self.do, self.undo, self.before,
                         self.launched, copy)  # fmt: skip

    def apply(self) -> None:
        old = self.held()
        if digest(old) != self.before:
            raise Refused(f"somebody changed the user data of {self.instance} since the preview")
        self.boot(self._script, bootdata.sentinel(self.mark), old)


@dataclass(frozen=True, slots=True)
class EndRescue(_Rescue):
    """Take the repair back by one more boot; after a crash also the user data that it left, and start the server."""

    copy: str
    """The file that keeps the old user data."""

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"stop and start {self.instance} with a script that takes the repair back, and the old user data after"

    def by_hand(self) -> str:
        return ""

    def check(self) -> None:
        if not self._begun():
            raise Refused(f"{self.instance} was not touched")

    def _begun(self) -> bool:
        """Whether it was stopped, started or given other user data since the preview."""
        now = self.rested()
        if digest(held := self.held()) != self.before and f"sshwizard {self.mark}".encode() not in held:
            raise Refused(f"somebody changed the user data of {self.instance} since; the old one is in {self.copy}")
        return now != "running" or digest(held) != self.before or str(self.row().get("LaunchTime", "")) != self.launched

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        old = Path(self.copy).read_bytes() if self.copy else b""
        if digest(old) != self.before:
            raise Refused(f"{self.copy} is no longer what was kept")
        if str(self.row().get("LaunchTime", "")) == self.launched:  # it never booted with the script
            self.restore(old)
        else:
            self.boot(bootdata.undoing(self.mark), bootdata.sentinel(self.mark, undo=True), old)
