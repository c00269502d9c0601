"""What a startup script of ours read inside the VM, and wrote on its serial port: judged like any look from inside.

A row comes in pieces, because a line of the serial port has its limit: `NONCE-PIECE` … `NONCE.PIECE` (fixes/gcp/boots).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from sshwizard import clean
from sshwizard.cloud.gcp.parts import BY_PLACE
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import offered
from sshwizard.probes.inside.look import fact
from sshwizard.probes.inside.protocol import read
from sshwizard.probes.inside.ruling import Outside, stage_of
from sshwizard.probes.scene import Scene


def rows(text: str, nonce: str) -> Iterator[str]:
    """The rows of the look, whole ones only."""
    held = ""
    for found in re.finditer(rf"{re.escape(nonce)}([-.])([\x20-\x7e]*)", text):
        held += found[2]
        if found[1] == ".":
            yield held
            held = ""


async def look(scene: Scene, nonce: str, finding: str, *, sure: bool) -> Fact[str]:
    """The newest text of the serial port, whatever was read of it before. `finding`: the cause that is on the table."""
    asked = await inquiry(scene)
    who = await asked.identity()
    answer = await asked.ask(f"collected-{nonce}", BY_PLACE["serial"](who.place))
    if isinstance(answer, Unseen):
        return blind(answer)
    told = read("\n".join(rows(str(answer.get("contents", "")), nonce)).encode(), nonce)
    if not told.begun:
        return unknown("the startup script wrote nothing that can be read on the serial port")
    login = scene.leg.user
    keys = tuple((await offered(scene)).prints)
    outside = Outside(finding, stage_of(finding, scene.facts), login, scene.leg.port, keys, int(time.time()), sure)
    found = fact(told, outside)
    return Fact(found.outcome, clean.line(f"read at a boot by a startup script: {found.says}"), found.lines,
                of(who.place, "instances", "get-serial-port-output"), found.data)  # fmt: skip
