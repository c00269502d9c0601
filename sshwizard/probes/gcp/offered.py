"""The keys of this connection, and the metadata that they are held against."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.metadata import Metadata, items
from sshwizard.cloud.gcp.sshkeys import Entry
from sshwizard.cloud.unseen import Unseen
from sshwizard.probes import agent
from sshwizard.probes.keyfile import fingerprint, key_type, public_line
from sshwizard.probes.localkeys import LocalKey, local_keys
from sshwizard.probes.login import offers
from sshwizard.probes.scene import Scene


@dataclass(frozen=True)
class Offered:
    """What ssh offered, and what else lies on this computer."""

    prints: frozenset[str] = frozenset()
    """SHA256 fingerprints of what was offered."""
    publics: tuple[str, ...] = ()
    """`TYPE BLOB` of those whose public half is at hand, as they were offered."""
    others: tuple[LocalKey, ...] = ()
    """Keys of this computer that were not offered."""


async def offered(scene: Scene) -> Offered:
    """The keys that this very connection offers, by its own log."""
    logs = scene.run.logs
    rows = offers(logs[min(scene.index, len(logs) - 1)]) if logs else []
    shown = {one["fingerprint"] for one in rows if one["fingerprint"]}
    local = local_keys(scene.leg)
    held = [blob for line in await agent.held(scene.leg) if (blob := public_line(line))]
    return match(shown, [*(one.blob for one in local), *held], local)


def match(shown: Collection[str], blobs: Iterable[bytes], local: Iterable[LocalKey]) -> Offered:
    """Which of the public keys at hand are those that a log shows; it may show MD5 (FingerprintHash md5)."""
    found = {fingerprint(blob): blob for blob in blobs if {fingerprint(blob), _md5(blob)} & set(shown)}
    prints = frozenset({*found, *(one for one in shown if one.startswith("SHA256:"))})
    publics = tuple(f"{key_type(blob)} {base64.b64encode(blob).decode()}" for blob in found.values())
    return Offered(prints, publics, tuple(one for one in local if fingerprint(one.blob) not in prints))


def _md5(blob: bytes) -> str:
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return "MD5:" + ":".join(digest[at : at + 2] for at in range(0, 32, 2))


async def metadata(asked: Inquiry, who: Identity) -> tuple[Metadata, tuple[Unseen, ...]]:
    """Everything that decides about keys, and what of it could not be read."""
    project, zone = await asked.part("project"), await asked.part("settings")
    unseen = tuple(one for one in (project, zone) if isinstance(one, Unseen) and one.kind != "missing")
    shared = None if isinstance(project, Unseen) else items(project.get("commonInstanceMetadata"))
    zonal = {} if isinstance(zone, Unseen) else items(zone.get("metadata"))
    return Metadata(items(who.instance.get("metadata")), shared, zonal), unseen


def named(who: Identity) -> dict[str, Any]:
    """How a fix finds the VM again."""
    return {"vm": who.place.name, "zone": who.place.zone, "project": who.place.project}


def shown(entry: Entry) -> str:
    """An entry as a line of evidence: where it stands, whose it is, its fingerprint and its end."""
    ends = f"expireOn {entry.expires.isoformat()}" if entry.expires else ""
    words = (entry.where, entry.name, f"{entry.user}:{entry.type}", entry.print, ends)
    return clean.line("  ".join(word for word in words if word), 200)


def is_windows(who: Identity) -> bool:
    """Does it run Windows? (instances.get, disks[].guestOsFeatures and licenses)"""
    for disk in who.instance.get("disks") or ():
        features = {str(one.get("type")) for one in disk.get("guestOsFeatures") or ()}
        if "WINDOWS" in features or any("/windows-" in str(one) for one in disk.get("licenses") or ()):
            return True
    return False
