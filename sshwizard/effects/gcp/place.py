"""Where in Google Cloud something is changed, how Google is asked to, and how it is followed to its end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Access, Call, path
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import LOCKED_OUT, Answer, Unseen
from sshwizard.effects import following
from sshwizard.effects.effect import Refused
from sshwizard.effects.online import Online, refused
from sshwizard.effects.spelling import harmless

_ACCESS: list[Access] = []
LIMIT = 120.0
"""Seconds until an operation that does not end is told as such."""
LONG = 1800.0
"""The same for one that moves data, such as the snapshot of a large disk."""
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
    """Make a change of seconds, and wait until its operation has ended. Raises Refused when it was not made."""
    follow(asked(call), project)


def follow(operation: Mapping[str, Any], project: str) -> None:
    """Wait for an operation, without a word: nobody ends what lasts seconds. Raises Refused when it failed."""
    with following.patient(), following.quiet():
        watch(operation, project, "Google", LIMIT)


def watch(operation: Mapping[str, Any], project: str, what: str, limit: float = LONG) -> None:
    """Follow an operation of Compute Engine to its end, and tell how far it is (zoneOperations.get and its like).
    Raises Refused when it failed, or when the person ended the waiting: then Google goes on with it. One that may not
    be watched counts as begun: what comes of it is seen by the next look."""
    name, now = str(operation.get("name", "")), operation
    scope = next(((f"{kind}s", last(str(now[kind]))) for kind in ("zone", "region") if now.get(kind)), ("global",))
    watched = Call("compute", path("projects", project, *scope, "operations", name), f"compute.{scope[0]}.get")

    def look() -> tuple[bool, str]:
        nonlocal now
        if name and now.get("status") != "DONE":
            seen = _seen(watched)
            if seen is None:
                return True, "begun; it may not be watched"
            now = seen
        if not name or now.get("status") == "DONE":
            return True, "done"
        return False, f"{clean.line(str(now.get('status', '')), 20).lower()}, {int(now.get('progress') or 0)} %"

    following.follow(what, look, limit, PAUSE)
    errors = (now.get("error") or {}).get("errors") or ()
    if errors:
        raise Refused(clean.line(str(errors[0].get("message") or errors[0].get("code")), 240))


def _seen(call: Call) -> Mapping[str, Any] | None:
    """The operation as it is now; None where it may not be watched."""
    found = answer(call)
    if isinstance(found, Unseen):
        if found.kind in {"denied", "missing"}:
            return None
        raise refused(found)
    return found


def may(project: str, *permissions: str, vm: tuple[str, str] | None = None) -> None:
    """Google has no dry run, so the rights are asked (testIamPermissions, which everybody may). `vm`: zone and name;
    a right that is given on the VM alone counts for it. Raises Refused, and names what is missing."""
    if vm:
        where = f"{path('projects', project, 'zones', vm[0], 'instances', vm[1])}/testIamPermissions"
        told = asked(Call("compute", where, body={"permissions": list(permissions)}))
    else:
        where = f"v3/{path('projects', project)}:testIamPermissions"
        found = answer(Call("cloudresourcemanager", where, body={"permissions": list(permissions)}))
        if isinstance(found, Unseen):
            if found.kind in {"denied", "missing"}:  # that API is off: then only the change itself shows it
                return
            raise refused(found)
        told = found
    if lacking := [one for one in permissions if one not in (told.get("permissions") or ())]:
        raise Refused(f"you lack the right to do this in {project}: {' and '.join(lacking)}")


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


@dataclass(frozen=True, slots=True)
class OnVm(Place):
    """One VM."""

    zone: str
    vm: str

    def path(self, *more: str) -> str:
        """Of the VM, and of what is under it."""
        return path("projects", self.project, "zones", self.zone, "instances", self.vm, *more)

    def row(self) -> Mapping[str, Any]:
        """As instances.get gives it now; empty when it is gone. Raises Refused."""
        found = answer(Call("compute", self.path(), "compute.instances.get"))
        if isinstance(found, Unseen):
            if found.kind == "missing":
                return {}
            raise refused(found)
        return found

    def status(self) -> str:
        """RUNNING, TERMINATED, ... (VM instance lifecycle); GONE when there is no such VM."""
        return clean.line(str(self.row().get("status", "GONE")), 40)

    def on_vm(self, *words: str) -> str:
        """A gcloud command about this VM: the words, its name, its zone."""
        return self.command("compute", "instances", *words[:1], self.vm, *words[1:], "--zone", self.zone)
