"""Google's own checks: a connectivity test (Network Management API), and a program of the person's own, gcloud.

It runs as a child whose lines are told as they come. What either leaves in the project is deleted.
"""

from __future__ import annotations

import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.following import follow, patient, tell
from sshwizard.effects.gcp import place
from sshwizard.effects.gcp.place import Place, answer, asked
from sshwizard.effects.online import refused

LIMIT = 600.0
"""Seconds: gcloud's own troubleshooting asks half a dozen services."""
MOST_LINES = 120
"""Lines that are told; a width of 300 letters each."""
_TESTS = "networkmanagement.connectivityTests"


def tests(project: str, *more: str) -> str:
    """The path of the connectivity tests of a project, or of one."""
    return "v1/" + path("projects", project, "locations", "global", "connectivityTests", *more)


@dataclass(frozen=True, slots=True)
class _Test(Place):
    name: str
    body: str
    """As the API takes it, JSON."""
    slow: ClassVar[bool] = True

    def standing(self) -> Mapping[str, Any] | None:
        """The test as it is, or nothing. Raises Refused."""
        found = answer(Call("networkmanagement", tests(self.project, self.name), f"{_TESTS}.get"))
        if isinstance(found, Unseen):
            if found.kind == "missing":
                return None
            raise refused(found)
        return found

    def clear(self) -> None:
        """Delete it."""
        asked(Call("networkmanagement", tests(self.project, self.name), f"{_TESTS}.delete", method="DELETE"))


@dataclass(frozen=True, slots=True)
class TestConnectivity(_Test):
    """Let Google judge the way from an address to the VM by its configuration, tell what it says, delete the test."""

    __test__: ClassVar[bool] = False

    @property
    def words(self) -> str:
        wanted = json.loads(self.body)
        there, source = wanted["destination"], wanted["source"].get("ipAddress", "")
        return (
            f"Google's connectivity test from {source} to {last(there['instance'])}, tcp {there['port']}; deleted after"
        )

    def by_hand(self) -> str:
        wanted = json.loads(self.body)
        there, name = wanted["destination"], ("network-management", "connectivity-tests")
        made = self.command(*name, "create", self.name, f"--source-ip-address={wanted['source']['ipAddress']}",
                            f"--destination-instance={there['instance']}", f"--destination-port={there['port']}",
                            "--protocol=TCP")  # fmt: skip
        seen = self.command(*name, "describe", self.name)
        return f"{made} && {seen} && {self.command(*name, 'delete', self.name, '--quiet')}"

    def check(self) -> None:
        if self.standing() is not None:
            raise Refused(f"there is a connectivity test {self.name} already")

    def inverse(self) -> Effect:
        return RemoveTest(self.project, self.name, self.body)

    @property
    def undoable(self) -> bool:
        return True

    def apply(self) -> None:
        made = Call("networkmanagement", tests(self.project), f"{_TESTS}.create", {"testId": self.name},
                    json.loads(self.body))  # fmt: skip
        begun = asked(made)
        try:
            self._watch(begun)
            self._say(self.standing() or {})
        finally:
            with patient():
                self.clear()

    def _watch(self, begun: Mapping[str, Any]) -> None:
        now = begun

        def look() -> tuple[bool, str]:
            nonlocal now
            if not now.get("done"):
                now = asked(
                    Call("networkmanagement", f"v1/{begun.get('name', '')}", "networkmanagement.operations.get")
                )
            return bool(now.get("done")), "done" if now.get("done") else "it is judged"

        follow("the connectivity test", look, LIMIT, place.PAUSE)
        if error := now.get("error"):
            raise Refused(clean.line(str(error.get("message", "the test failed")), 240))

    def _say(self, row: Mapping[str, Any]) -> None:
        """The verdict, and each step of each trace as Google words it (ReachabilityDetails)."""
        details = row.get("reachabilityDetails") or {}
        tell(clean.line(f"Google's connectivity test says: {details.get('result', 'nothing')}", 200))
        steps = [step for trace in details.get("traces") or () for step in trace.get("steps") or ()]
        for step in steps[:MOST_LINES]:
            drop = step.get("drop") or step.get("abort") or {}
            why = f" ({drop.get('cause')})" if drop.get("cause") else ""
            tell(clean.line(f"  {step.get('state', '')}: {step.get('description', '')}{why}", 300))


@dataclass(frozen=True, slots=True)
class RemoveTest(_Test):
    """The test that a crash left; where it is gone, nothing."""

    @property
    def words(self) -> str:
        return f"the connectivity test {self.name}: deleted, where it is still there"

    def by_hand(self) -> str:
        return self.command("network-management", "connectivity-tests", "delete", self.name, "--quiet")

    def check(self) -> None:
        self.standing()

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        if self.standing() is not None:
            self.clear()


@dataclass(frozen=True, slots=True)
class RunTool(Place):
    """A program of Google's, without a terminal; its lines are told, harmless."""

    args: tuple[str, ...]
    slow: ClassVar[bool] = True

    @property
    def words(self) -> str:
        command = self.by_hand()
        return f"run {command}; what it leaves in the project is deleted"

    def by_hand(self) -> str:
        return shlex.join(self.args)

    def check(self) -> None:
        if not shutil.which(self.args[0]):
            raise Refused(f"there is no program named {self.args[0]}")

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        before = self._left()
        try:
            self._run()
        finally:
            with patient(), suppress(Refused):
                for name in sorted(self._left() - before):
                    asked(Call("networkmanagement", tests(self.project, name), f"{_TESTS}.delete", method="DELETE"))
                    tell(clean.line(f"its connectivity test {name} is deleted", 200))

    def _left(self) -> set[str]:
        """The connectivity tests that there are; none where that is not told."""
        found = answer(Call("networkmanagement", tests(self.project), f"{_TESTS}.list", pages="resources"))
        rows = () if isinstance(found, Unseen) else found.get("resources") or ()
        return {last(str(row.get("name", ""))) for row in rows}

    def _run(self) -> None:
        env = {**os.environ, "CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "NO_COLOR": "1", "TERM": "dumb"}
        try:
            child = subprocess.Popen(
                self.args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            program, why = self.args[0], error.strerror
            raise Refused(f"{program} does not start: {why}") from None
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(child, lines), daemon=True)
        reader.start()
        told = 0

        def look() -> tuple[bool, str]:
            nonlocal told
            over = child.poll() is not None
            if over:
                reader.join(2)
            with suppress(queue.Empty):
                while True:
                    line = lines.get_nowait()
                    told += 1
                    if told <= MOST_LINES:
                        tell(line)
            return over, f"ended with {child.returncode}" if over else "it runs"

        try:
            follow(self.args[0], look, LIMIT, place.PAUSE)
        finally:
            if child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(5)
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
                    child.wait(5)


def _read(child: subprocess.Popen[bytes], lines: queue.Queue[str]) -> None:
    """Each line of the child, harmless; a line without an end is cut."""
    assert child.stdout is not None
    with child.stdout:
        while row := child.stdout.readline(65536):
            for line in clean.lines(row.decode("utf-8", "replace")):
                if line.strip():
                    lines.put(clean.line(line, 300))
