"""An earlier block of the ssh config wins: would the value of the host's own block have worked?

ssh keeps the first value that it meets (ssh_config(5)), so a general block that stands first overrules a
narrower one. Only a value that a narrower block would have set, and that a look finds working, is a cause.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sshwizard import clean
from sshwizard.probes import sockets
from sshwizard.probes.scene import Leg, Setting

MOST = 3
"""Other places tried; each is one TCP connection that reads the greeting."""


def data_of(leg: Leg, loser: Setting) -> dict[str, Any]:
    """What a sentence about the two lines needs."""
    winner = leg.setting(loser.keyword) or loser
    return {
        "keyword": _SPELLED.get(loser.keyword, loser.keyword),
        "winner": winner.block or f"the top of {winner.place}",
        "winner_value": winner.value,
        "winner_place": winner.place,
        "loser": loser.block,
        "loser_value": loser.value,
        "loser_place": loser.place,
    }


_SPELLED = {"port": "Port", "hostname": "HostName", "user": "User"}


async def place(leg: Leg) -> tuple[str, tuple[str, ...], dict[str, Any]] | None:
    """Does an SSH server answer at the HostName or Port that lost? Sentence, evidence and data, or None."""
    losers = [*leg.overruled("hostname"), *leg.overruled("port")][:MOST]
    tried = [(one, *_dialled(leg, one)) for one in losers]
    greetings = await asyncio.gather(*(sockets.greeting(host, port) for _, host, port in tried if port))
    for (loser, host, port), said in zip([row for row in tried if row[2]], greetings, strict=True):
        if said.startswith("SSH-"):
            winner = leg.setting(loser.keyword) or loser
            found: dict[str, Any] = {"port_found": port} if loser.keyword == "port" else {"host_found": host}
            return (
                f"{winner.place} wins over {loser.place}; at {host} port {port} an SSH server answers",
                (winner.shown, loser.shown, f"{host} port {port}: {clean.line(said, 80)}"),
                {**data_of(leg, loser), **found},
            )
    return None


def _dialled(leg: Leg, loser: Setting) -> tuple[str, int]:
    """Host and port with this one value in force; port 0 when it cannot be told."""
    if loser.keyword == "port":
        return leg.host, int(loser.value) if loser.value.isdigit() and 0 < int(loser.value) < 65536 else 0
    host = loser.value.replace("%h", leg.name)
    return host, 0 if "%" in host or host.startswith("-") else leg.port
