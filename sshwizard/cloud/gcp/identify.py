"""Whose VM it is: found by its name with one call, by its address or number with the list of the project."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.clues import Clue
from sshwizard.cloud.gcp.names import NOWHERE, Place, last
from sshwizard.cloud.gcp.parts import BY_PLACE, Row
from sshwizard.cloud.unseen import Answer, Unseen

Who = Literal["instance", "several", "load-balancer", "free-address", "namesake", "nobody", "unseen", "not-asked"]
"""free-address: a reserved address of this project that leads to nothing; nobody: nothing in the project has it;
namesake: so it is, and exactly one VM has the name that was typed."""
Ask = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Identity:
    """Who the host is in Google Cloud."""

    who: Who
    clue: Clue | None = None
    place: Place = NOWHERE
    instance: Row = field(default_factory=dict)
    others: tuple[Row, ...] = ()
    """All that match, for `several`."""
    address: Row = field(default_factory=dict)
    """The reserved address, where it is one."""
    projects: tuple[str, ...] = ()
    """The projects that were searched."""
    unseen: tuple[Unseen, ...] = ()

    @property
    def status(self) -> str:
        """RUNNING, TERMINATED, ... (instances.get, status)."""
        return str(self.instance.get("status", ""))


def nics(row: Row) -> list[Row]:
    """The network interfaces."""
    return [one for one in row.get("networkInterfaces") or () if isinstance(one, dict)]


def external(row: Row) -> str:
    """The external IPv4 address, else the external IPv6 address; empty without."""
    four = [str(one.get("natIP") or "") for nic in nics(row) for one in nic.get("accessConfigs") or ()]
    six = [str(one.get("externalIpv6") or "") for nic in nics(row) for one in nic.get("ipv6AccessConfigs") or ()]
    return next((one for one in (*four, *six) if one), "")


def internal(row: Row) -> str:
    """The address inside its network."""
    return next((str(nic.get("networkIP")) for nic in nics(row) if nic.get("networkIP")), "")


def addresses(row: Row) -> set[str]:
    """Every address of a VM."""
    found = {external(row), internal(row)}
    for nic in nics(row):
        found |= {str(nic.get("networkIP", "")), str(nic.get("ipv6Address", ""))}
        found |= {str(one.get("natIP", "")) for one in nic.get("accessConfigs") or ()}
        found |= {str(one.get("externalIpv6", "")) for one in nic.get("ipv6AccessConfigs") or ()}
    return found - {""}


def nic_of(row: Row, wanted: Sequence[str]) -> str:
    """The interface that has one of these addresses; nic0 when none has."""
    for nic in nics(row):
        if addresses({"networkInterfaces": [nic]}) & set(wanted):
            return str(nic.get("name", "nic0"))
    return "nic0"


async def identify(ask: Ask, clue: Clue, projects: Sequence[str], name: str = "") -> Identity:
    """Who it is. `projects`: those to search when the clue names none; `name`: what was typed for the host."""
    place = clue.place
    if not place.project and len(projects) == 1:
        place = replace(place, project=projects[0])
    if place.full:
        return await by_name(ask, clue, place)
    if not place.project and not projects:
        why = Unseen("", "no-region", "no Google Cloud project is named", "--project PROJECT")
        return Identity("unseen", clue, place, unseen=(why,))
    searched = (place.project,) if place.project else tuple(projects)
    answers = await asyncio.gather(*(_listed(ask, project, place) for project in searched))
    unseen = tuple(one for one in answers if isinstance(one, Unseen))
    rows = [row for answer in answers if not isinstance(answer, Unseen) for row in _rows(answer)]
    fitting = [row for row in rows if _fits(row, place, clue.addresses)]
    known = Identity("nobody", clue, place, projects=searched, unseen=unseen)
    if len(fitting) > 1:
        return replace(known, who="several", others=tuple(fitting))
    if fitting:
        found = _place(fitting[0], clue.addresses)
        return replace(known, who="instance", place=found, instance=fitting[0])
    if unseen and len(unseen) == len(searched):
        return replace(known, who="unseen")
    if not clue.addresses:
        return known
    without = await _without(ask, known)
    return _namesake(without, rows, clue.addresses, name) if without.who == "nobody" else without


def _namesake(known: Identity, rows: Sequence[Row], wanted: Sequence[str], name: str) -> Identity:
    """An address of the internet that no VM has, typed as the name of one: by all that is known its old address."""
    same = [row for row in rows if name and row.get("name") == name]
    if len(same) != 1 or not all(is_public(one) for one in wanted):
        return known
    return replace(known, who="namesake", place=_place(same[0], ()), instance=same[0])


def is_public(address: str) -> bool:
    """True for an address of the internet: only such a one can be an old address of a VM."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


async def by_name(ask: Ask, clue: Clue, place: Place) -> Identity:
    """One call."""
    answer = await ask(BY_PLACE["instance"](place))
    if not isinstance(answer, Unseen):
        nic = place.nic or "nic0"
        return Identity("instance", clue, replace(place, nic=nic), answer, projects=(place.project,))
    who: Who = "nobody" if answer.kind == "missing" else "unseen"
    return Identity(who, clue, place, projects=(place.project,), unseen=(answer,))


async def _without(ask: Ask, known: Identity) -> Identity:
    """No VM has the address: a reserved one, or the front of a load balancer?"""
    place = known.projects[0]
    calls = [
        Call("compute", path("projects", place, "aggregated", kind), f"compute.{kind}.list", pages="items")
        for kind in ("addresses", "forwardingRules")
    ]
    reserved, fronts = await asyncio.gather(*(ask(call) for call in calls))
    wanted = set(known.clue.addresses) if known.clue else set()
    for row in _rows(fronts, "forwardingRules"):
        if row.get("IPAddress") in wanted:
            return replace(known, who="load-balancer", address=row)
    for row in _rows(reserved, "addresses"):
        if row.get("address") in wanted and row.get("status") != "IN_USE":
            return replace(known, who="free-address", address=row)
    return known


async def _listed(ask: Ask, project: str, place: Place) -> Answer:
    """The VMs of a project, of one name or number where that is known."""
    query = {"maxResults": "500", "returnPartialSuccess": "true"}
    if place.name or place.id:
        query["filter"] = f"name = {place.name}" if place.name else f"id = {place.id}"
    where = path("projects", project, "aggregated", "instances")
    return await ask(Call("compute", where, "compute.instances.list", query, pages="items"))


def _rows(answer: Answer, key: str = "instances") -> Iterator[Row]:
    items = {} if isinstance(answer, Unseen) else answer.get("items") or {}
    for scope in items.values() if isinstance(items, dict) else ():
        yield from scope.get(key) or ()


def _fits(row: Row, place: Place, wanted: Sequence[str]) -> bool:
    if place.name or place.id:
        zone = not place.zone or last(str(row.get("zone", ""))) == place.zone
        return zone and (row.get("name") == place.name if place.name else str(row.get("id")) == place.id)
    return bool(addresses(row) & set(wanted))


def _place(row: Row, wanted: Sequence[str]) -> Place:
    """Where a row of a list is: its own link says it."""
    link = str(row.get("selfLink", ""))
    project = link.partition("/projects/")[2].partition("/")[0]
    return Place(str(row.get("name", "")), last(str(row.get("zone", ""))), project, str(row.get("id", "")),
                 nic_of(row, wanted))  # fmt: skip


def brief(row: Row) -> dict[str, Any]:
    """What tells a VM apart, as facts carry it."""
    return {
        "name": str(row.get("name", "")),
        "zone": last(str(row.get("zone", ""))),
        "status": str(row.get("status", "")),
        "address": external(row),
    }
