"""A target that is given as gce:PROJECT/ZONE/NAME: the address that ssh needs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.clues import Question
from sshwizard.cloud.gcp.identify import external, internal
from sshwizard.cloud.gcp.names import typed
from sshwizard.cloud.gcp.parts import Row
from sshwizard.model import Fact
from sshwizard.paths import expand
from sshwizard.probes.found import GOOGLE_HOSTS, USUAL
from sshwizard.probes.gcp import identity, looks
from sshwizard.probes.gcp.asked import NAMED
from sshwizard.probes.gcp.looks import Named
from sshwizard.probes.gcp.state import MUTE
from sshwizard.probes.scene import Scene


async def look(scene: Scene) -> Fact[Named]:
    word = scene.target.args[-1].rpartition("@")[2]
    if typed(word) is None:
        return Fact("malformed", f"{clean.line(word, 120)} names no VM: it is gce:PROJECT/ZONE/NAME, or gce:NAME")
    asked = scene.cloud.gcp.about(NAMED, Question(word, word))
    who = await asked.identity()
    fact = read(identity.read(who), who.instance)
    return replace(fact, data={**fact.data, **await asyncio.to_thread(_of_gcloud, fact.data)})


def _of_gcloud(data: Mapping[str, Any]) -> dict[str, Any]:
    """What `gcloud compute ssh` would use here: its own key, and its own file of host keys where that knows this VM."""
    home = Path("~/.ssh").expanduser()
    alias = f"compute.{data.get('number', '')}"
    try:
        known = any(alias in row.split(maxsplit=1)[:1] for row in expand(GOOGLE_HOSTS).read_text("utf-8").splitlines())
    except (OSError, ValueError):
        known = False
    here = [name for name in USUAL if (home / name).is_file()]
    return {"google_hosts": known, "google_key": (home / "google_compute_engine").is_file(), "keys_here": here}


def read(who: Fact[looks.Who], row: Row) -> Fact[Named]:
    """Where it can be reached, or why it cannot."""
    outcome: Named
    if who.outcome == "instance":
        outcome = "stopped" if row.get("status") in MUTE else "found"
    elif who.outcome in {"nobody", "locked-out", "denied"}:
        outcome = who.outcome
    else:
        return replace(who, outcome="unknown", why=who.why or who.says)  # type: ignore[return-value]
    address = external(row) or internal(row)
    says = f"{who.says}; it is reached at {address}" if outcome == "found" else who.says
    status = clean.line(str(row.get("status", "")), 40)
    return Fact(outcome, says, who.lines, who.command, {**who.data, "dial": address, "status": status})
