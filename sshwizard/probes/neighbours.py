"""The machines of this network, by the kernel's own table."""

from __future__ import annotations

import json
from typing import Literal

from sshwizard import clean
from sshwizard.probes import process

Neighbour = Literal["alive", "dead", "elsewhere", "unknown"]

TABLE = "ip neigh show to "


async def neighbour_of(address: str) -> tuple[Neighbour, str]:
    """What the neighbour table says about an address of this network, and its row (ip-neighbour(8))."""
    result = await process.run(("ip", "-j", "neigh", "show", "to", address), 2)
    if result.code != 0:
        return "unknown", ""
    return read_neighbour(result.out)


def read_neighbour(text: str) -> tuple[Neighbour, str]:
    """REACHABLE: the machine has answered in the last half minute; FAILED and INCOMPLETE: nobody does."""
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return "unknown", ""
    for row in rows:
        states = set(row.get("state", ()))
        shown = clean.line(f"{row.get('dst')} dev {row.get('dev')} {row.get('lladdr', '')} {' '.join(sorted(states))}")
        if states & {"FAILED", "INCOMPLETE"}:
            return "dead", shown
        if "REACHABLE" in states:
            return "alive", shown
    return "elsewhere", ""
