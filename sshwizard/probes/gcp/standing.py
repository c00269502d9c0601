"""How a VM stands in its project: what a change there must know before it is planned."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.access import Call, path
from sshwizard.cloud.gcp.identify import Identity, external, internal, nics
from sshwizard.cloud.gcp.metadata import items
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.looks import Standing
from sshwizard.probes.gcp.offered import is_windows, offered
from sshwizard.probes.gcp.source import source_of
from sshwizard.probes.keyfile import key_type
from sshwizard.probes.scene import Scene

_GROUP = re.compile(r"zones/(?P<zone>[a-z0-9-]+)/instanceGroupManagers/(?P<name>[a-z0-9-]+)$", re.ASCII)
"""In the metadata value `created-by` of a VM that a managed instance group made."""


def read(who: Identity, disk: Answer, snapshots: Answer, addresses: Answer) -> dict[str, Any]:
    """What the VM itself and three lists say; a value that nobody told is None. Pure."""
    row = who.instance
    boot: Row = next((one for one in row.get("disks") or () if one.get("boot")), {})
    name, size = last(str(boot.get("source", ""))), _number(boot.get("diskSizeGb"))
    if not isinstance(disk, Unseen):
        size = _number(disk.get("sizeGb")) or size
    made_by = _GROUP.search(items(row.get("metadata")).get("created-by", ""))
    regional = "/regions/" in items(row.get("metadata")).get("created-by", "")
    scheduling: Row = row.get("scheduling") or {}
    nic: Row = next(iter(nics(row)), {})
    newest = _newest(snapshots, name)
    told: dict[str, Any] = {
        "vm": who.place.name, "zone": who.place.zone, "project": who.place.project, "number": str(row.get("id", "")),
        "status": who.status, "disk": name, "device": str(boot.get("deviceName", "")), "disk_gb": size,
        "disk_type": last(str(disk.get("type", ""))) if not isinstance(disk, Unseen) else "",
        "going": [str(one.get("deviceName", "")) for one in row.get("disks") or () if one.get("autoDelete")],
        "scratch": sum(one.get("type") == "SCRATCH" for one in row.get("disks") or ()),
        "group": made_by["name"] if made_by else "", "regional": regional,
        "spot": bool(scheduling.get("preemptible")) or scheduling.get("provisioningModel") == "SPOT",
        "protected": bool(row.get("deletionProtection")), "public": external(row), "internal": internal(row),
        "reserved": _reserved(addresses, external(row)), "machine": last(str(row.get("machineType", ""))),
        "network": str(nic.get("network", "")), "windows": is_windows(who),
        "windows_ssh": items(row.get("metadata")).get("enable-windows-ssh", ""),
        "snapshot": str(newest.get("name", "")) if newest is not None else None,
        "snapshot_at": str(newest.get("creationTimestamp", "")) if newest is not None else "",
    }  # fmt: skip
    return {key: clean.line(value, 200) if isinstance(value, str) else value for key, value in told.items()}


def _number(text: object) -> int | None:
    return int(str(text)) if str(text).isascii() and str(text).isdigit() else None


def _newest(answer: Answer, disk: str) -> Mapping[str, Any] | None:
    """The newest whole snapshot of a disk; {} where there is none, None where nobody told."""
    if isinstance(answer, Unseen):
        return None
    rows = [row for row in answer.get("items") or ()
            if last(str(row.get("sourceDisk", ""))) == disk and row.get("status") == "READY"]  # fmt: skip
    return max(rows, key=lambda row: str(row.get("creationTimestamp", "")), default={})


def _reserved(answer: Answer, address: str) -> bool | None:
    """Whether its external address is its own, and stays with a stop."""
    if not address:
        return False
    if isinstance(answer, Unseen):
        return None
    scopes = (answer.get("items") or {}).values()
    return any(row.get("address") == address for scope in scopes for row in scope.get("addresses") or ())


def calls(who: Identity) -> dict[str, Call]:
    """Beside those of the diagnosis."""
    project = who.place.project
    where = path("projects", project, "aggregated", "addresses")
    return {
        "snapshots": Call("compute", path("projects", project, "global", "snapshots"), "compute.snapshots.list",
                          pages="items"),
        "addresses": Call("compute", where, "compute.addresses.list", pages="items"),
    }  # fmt: skip


async def look(scene: Scene) -> Fact[Standing]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("none", "it is no VM of this project")
    wanted = calls(who)
    told = asked.part("disk"), *(asked.ask(name, call) for name, call in wanted.items())
    disk, snapshots, addresses = await asyncio.gather(*told)
    source = await source_of(scene, asked, who)
    data = read(who, disk, snapshots, addresses)
    data |= {"source": next(iter(source.addresses), ""), "port": scene.leg.port, "login": scene.leg.user}
    data |= {"publics": await _publics(scene), "mark": secrets.token_hex(8)}
    says = f"{who.place.name} in {who.place.zone} is {clean.line(who.status, 40)}"
    return Fact("known", says, command=of(who.place, "instances", "describe"), data=data)


async def _publics(scene: Scene) -> list[str]:
    """The public halves of the keys of this connection; where it did not come to the login, of this computer's."""
    keys = await offered(scene)
    mine = (f"{key_type(one.blob)} {base64.b64encode(one.blob).decode()}" for one in keys.others)
    return list(keys.publics or mine)[:8]
