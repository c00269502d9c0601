"""What a project of Google Cloud says: four lists at once, and then the firewall of each network that a VM is in."""

from __future__ import annotations

import asyncio
import datetime
import importlib.util
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sshwizard import clean
from sshwizard.advice import Blind
from sshwizard.cloud.asking import Asking
from sshwizard.cloud.cloud import Cloud
from sshwizard.cloud.gcp.access import NONE, Access, Call, path
from sshwizard.cloud.gcp.credentials import configured
from sshwizard.cloud.gcp.errors import LIBRARY
from sshwizard.cloud.gcp.inquiry import OFF
from sshwizard.cloud.gcp.metadata import Metadata, items
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row, network_of
from sshwizard.cloud.patience import Made
from sshwizard.cloud.unseen import LOCKED_OUT, Unseen
from sshwizard.cloud.unseen import Answer as Told
from sshwizard.reach.gcp import Answer, Request

_LISTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "project": ((), "compute.projects.get"),
    "firewalls": (("global", "firewalls"), "compute.firewalls.list"),
    "networks": (("global", "networks"), "compute.networks.list"),
    "instances": (("aggregated", "instances"), "compute.instances.list"),
}
"""Each list: its path in the project, and the permission that it needs (Compute Engine API, v1)."""


@dataclass(frozen=True)
class Project:
    """What was said. Judges are pure functions of it."""

    id: str
    lists: Mapping[str, Sequence[Row]]
    """The rows of each list that was read; one that was not is missing."""
    effective: Mapping[str, Row] = field(default_factory=dict)
    """networks.getEffectiveFirewalls, by the path of the network (projects/P/global/networks/N)."""
    unseen: Mapping[str, Unseen] = field(default_factory=dict)
    """Why the others were not."""
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def rows(self, name: str) -> Sequence[Row]:
        """A list; empty where it was not read, so a judge names what it needs."""
        return self.lists.get(name, ())

    @cached_property
    def memo(self) -> dict[Request, Answer]:
        """What the firewalls said so far."""
        return {}

    @cached_property
    def directed(self) -> frozenset[str]:
        """The networks of which some rule names a destination, so that each VM's own address matters."""
        networks = {network_path(row) for row in self.rows("instances")}
        rules = {name: str(self.effective.get(name, self.rows("firewalls"))) for name in networks}
        return frozenset(name for name, text in rules.items() if "destinationRanges" in text or "destIpRanges" in text)

    @cached_property
    def running(self) -> tuple[Row, ...]:
        """The VMs that run."""
        return tuple(row for row in self.rows("instances") if row.get("status") == "RUNNING")

    @cached_property
    def shared(self) -> Mapping[str, str]:
        """The metadata of the project."""
        row: Row = next(iter(self.rows("project")), {})
        return items(row.get("commonInstanceMetadata"))

    def metadata(self, row: Row) -> Metadata:
        """The metadata of a VM, with the project's."""
        return Metadata(items(row.get("metadata")), self.shared)

    def gcloud(self, *words: str) -> str:
        """A command to copy."""
        return shlex.join(("gcloud", *words, "--project", self.id))


def network_path(row: Row) -> str:
    """projects/P/global/networks/N of a VM's first interface."""
    link = network_of(row)
    return link[link.index("projects/") :] if "projects/" in link else ""


def called(row: Row) -> str:
    """A VM by its name and zone."""
    return clean.line(f"{row.get('name', '')} ({last(str(row.get('zone', '')))})", 120)


class Survey(Asking):
    """One project, each part asked once."""

    first = tuple(_LISTS)

    def __init__(self, access: Access, project: str) -> None:
        super().__init__()
        self.closed = None
        self._access, self._project = access, project

    def permission(self, name: str) -> str:
        return _LISTS[name][1]

    async def read(self) -> Project:
        """The lists, then what counts in each network that a VM is in."""
        answers = await asyncio.gather(*(self.part(name) for name in _LISTS))
        found = dict(zip(_LISTS, answers, strict=True))
        lists = {name: _rows(name, one) for name, one in found.items() if not isinstance(one, Unseen)}
        unseen = {name: one for name, one in found.items() if isinstance(one, Unseen)}
        networks = sorted({network_path(row) for row in lists.get("instances", ())} - {""})
        calls = [Call("compute", path(*network.split("/"), "getEffectiveFirewalls"),
                      "compute.networks.getEffectiveFirewalls") for network in networks]  # fmt: skip
        rules = await asyncio.gather(*(self._once(call.path, self._making(call), call.name) for call in calls))
        effective = {name: one for name, one in zip(networks, rules, strict=True) if not isinstance(one, Unseen)}
        for one in rules:
            if isinstance(one, Unseen):
                unseen["effective"] = one
        return Project(self._project, lists, effective, unseen)

    async def _identify(self) -> str:
        return self._project

    async def _part(self, name: str) -> Told:
        words, permission = _LISTS[name]
        query = {"maxResults": "500", "returnPartialSuccess": "true"} if name == "instances" else {}
        where = path("projects", self._project, *words)
        return await self._access.call(Call("compute", where, permission, query, pages="items" if words else ""))

    def _making(self, call: Call) -> Made:
        async def made() -> Told:
            return await self._access.call(call)

        return made


def _rows(name: str, answer: Mapping[str, object]) -> list[Row]:
    if name == "project":
        return [answer]
    found = answer.get("items") or ()
    if isinstance(found, Mapping):
        return [row for scope in found.values() if isinstance(scope, Mapping) for row in scope.get("instances") or ()]
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list | tuple) else []


async def projects(shared: Cloud | None = None) -> tuple[Project, ...]:
    """What each project says that the person named, else the one of the settings. Raises Blind where none does.
    `shared`: clouds that others go on asking, and close."""
    cloud = shared or Cloud()
    wish = cloud.gcp.wish
    surveys: list[Survey] = []
    try:
        if wish.off:
            raise _blind(OFF)
        if not configured():
            raise _blind(NONE)
        if importlib.util.find_spec("urllib3") is None:
            raise _blind(LIBRARY)
        access = cloud.gcp.access
        if why := await access.ready():
            raise _blind(why)
        wanted = wish.projects or ((access.project,) if access.project else ())
        if not wanted:
            raise Blind("no Google Cloud project is named; --project PROJECT")
        surveys += [Survey(access, one) for one in wanted]
        found = await asyncio.gather(*(one.read() for one in surveys))
    finally:
        for one in surveys:
            await one.close()
        if shared is None:
            await cloud.close()
    for project in found:
        locked = next((one for one in project.unseen.values() if one.kind in LOCKED_OUT), None)
        if locked and not project.lists:
            raise _blind(locked)
    return tuple(found)


def _blind(why: Unseen) -> Blind:
    return Blind(f"{why.why}; {why.unblock}" if why.unblock else why.why)
