"""Has the VM any breath left: processor, memory and disk of the last quarter of an hour (Cloud Monitoring).

The processor's load is measured from outside; memory and disk are there where the Ops Agent runs in the VM.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.asked import inquiry
from sshwizard.probes.gcp.looks import Strain
from sshwizard.probes.scene import Scene

BUSY, FULL = 0.95, 98.0
"""A share of the processor; percents of memory and disk."""
SHARED = frozenset({"e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"})
"""Machine types with a part of a processor, which may burst for a while (Compute Engine, Shared-core machine types)."""
LAST = 3
"""Newest values that must agree."""
_NO_DISK = ("/dev/loop", "tmpfs", "udev", "overlay", "none")


def read(
    cpu: Answer, memory: Answer = Unseen("", "off", ""), disk: Answer = Unseen("", "off", ""), machine: str = ""
) -> Fact[Strain]:
    """What is short; a disk that is full first, because it stays so. `machine`: the machine type."""
    if isinstance(cpu, Unseen):
        return blind(cpu)
    load = next((values for _, values in _series(cpu)), [])
    used = next((values for labels, values in _series(memory) if labels.get("state", "used") == "used"), [])
    disks = {str(labels.get("device", "")): values for labels, values in _series(disk) if _is_used(labels)}
    full = [device for device, values in disks.items() if values and values[0] >= FULL]
    lines = (
        *((f"processor {', '.join(f'{100 * one:.0f} %' for one in load[:LAST])} (newest first)",) if load else ()),
        *((f"memory {used[0]:.0f} % used",) if used else ()),
        *(clean.line(f"disk {device} {values[0]:.0f} % used", 120) for device, values in disks.items() if values),
    )
    data: dict[str, Any] = {"load": load[:LAST], "memory": used[:1], "device": clean.line(full[0], 60) if full else ""}
    if full:
        return Fact("disk-full", f"{full[0]} is full, as the Ops Agent in the VM measured", lines, data=data)
    if load and min(load[:LAST]) >= BUSY:
        says = f"its processor has been at {100 * load[0]:.0f} % for minutes"
        if machine in SHARED:  # above 100 % it bursts; when that is used up, it is held at its part
            says += f"; a {machine} has a part of a processor, and what it may burst is used up"
        return Fact("busy", says, lines, data={**data, "machine": machine})
    if used and min(used[:LAST]) >= FULL:
        return Fact("no-memory", f"{used[0]:.0f} % of its memory is used", lines, data=data)
    if not lines:
        return Fact("no-data", "Cloud Monitoring has no values of the last quarter of an hour", data=data)
    return Fact("fine", "processor, memory and disk have room, as far as they are measured", lines, data=data)


def _series(answer: Answer) -> Iterator[tuple[Mapping[str, Any], list[float]]]:
    """The labels and the values of each series, the newest first (projects.timeSeries.list)."""
    for row in () if isinstance(answer, Unseen) else answer.get("timeSeries") or ():
        labels = (row.get("metric") or {}).get("labels") or {}
        values = [point.get("value") or {} for point in row.get("points") or ()]
        yield labels, [float(one.get("doubleValue", one.get("int64Value", 0))) for one in values]


def _is_used(labels: Mapping[str, Any]) -> bool:
    """The used part of a disk, and not of an image that is mounted read-only and always full."""
    return labels.get("state", "used") == "used" and not str(labels.get("device", "")).startswith(_NO_DISK)


async def look(scene: Scene) -> Fact[Strain]:
    asked = await inquiry(scene)
    cpu, memory, disk = await asyncio.gather(*(asked.part(one) for one in ("cpu", "memory", "disk-used")))
    return read(cpu, memory, disk, last(str((await asked.identity()).instance.get("machineType", ""))))
