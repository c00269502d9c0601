"""Where in Google Cloud something is changed, how Google is asked to, and how it is followed to its end."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Access, Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import LOCKED_OUT, Answer, Unseen
from sshwizard.effects.effect import Refused
from sshwizard.effects.online import Online, refused
from sshwizard.effects.spelling import harmless

_ACCESS: list[Access] = []
LIMIT = 120.0
"""Seconds until an operation that does not end is told as such."""
PAUSE = 0.3
"""Seconds between two looks at an operation, at first; they grow to six times as much."""


def answer(call: Call) -> Answer:
    """What Google answers, or why it does not."""
    if not _ACCESS:
        _ACCESS.append(Access(Pool("gcp-change", 1), Pool("gcp-change", 1)))
    found = _ACCESS[0].now(call)
    if isinstance(found, Unseen) and found.kind in LOCKED_OUT:  # the next try begins with a new login
        _ACCESS.clear()
    return found


def asked(call: Call) -> Mapping[str, Any]:
    """What Google answers. Raises Refused with the reason in words."""
    found = answer(call)
    if isinstance(found, Unseen):
        raise refused(found)
    return found


def done(call: Call, project: str) -> None:
    """Make a change, and wait until its operation has ended. Raises Refused when it was not made."""
    follow(asked(call), project)


def follow(operation: Mapping[str, Any], project: str) -> None:
    """Wait for an operation of Compute Engine (zoneOperations.get, globalOperations.get). Raises Refused when it
    failed. One that may not be watched counts as begun: what comes of it is seen by the next look."""
    name, until, pause = str(operation.get("name", "")), time.monotonic() + LIMIT, PAUSE
    scope = ("zones", last(str(operation["zone"]))) if operation.get("zone") else ("global",)
    watched = Call("compute", path("projects", project, *scope, "operations", name), "compute.zoneOperations.get")
    while name and operation.get("status") != "DONE":
        if time.monotonic() > until:
            raise Refused(f"Google has not finished it within {LIMIT:.0f} s: operation {clean.line(name, 80)}")
        time.sleep(pause)
        pause = min(pause * 1.5, 6 * PAUSE)
        seen = answer(watched)
        if isinstance(seen, Unseen):
            if seen.kind in {"denied", "missing"}:
                return
            raise refused(seen)
        operation = seen
    errors = (operation.get("error") or {}).get("errors") or ()
    if errors:
        raise Refused(clean.line(str(errors[0].get("message") or errors[0].get("code")), 240))


@dataclass(frozen=True, slots=True)
class Place(Online):
    """The project; what is changed there stands in the effects below."""

    project: str

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        line = self.by_hand()  # one command; a value of several lines in it is no line to copy
        return harmless((line,)) if line else ()

    def command(self, *words: str) -> str:
        """A gcloud command in this project."""
        return shlex.join(("gcloud", *words, "--project", self.project))
