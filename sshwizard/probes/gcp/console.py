"""What a VM wrote on its serial console, which Google keeps: the newest megabyte, over a reboot, without delay
(Compute Engine API, instances.getSerialPortOutput)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.names import NOWHERE, Place
from sshwizard.cloud.gcp.parts import is_windows
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind
from sshwizard.probes.console import Console, outcome, read_text
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.scene import Scene
from sshwizard.probes.serverlog import Word

BAN = "server.address-banned"
BOOTS = 150
"""Seconds in which a VM may still be on its way up."""


def text_of(*answers: Answer) -> str:
    """The text of the ports that were read, one behind the other."""
    return "\n".join(str(one.get("contents", "") or "") for one in answers if not isinstance(one, Unseen))


def read(
    answers: Collection[Answer],
    place: Place = NOWHERE,
    port: int = 22,
    mine: Collection[str] = (),
    up: int | None = None,
) -> Fact[str]:
    """The cause that the console proves; with a question mark one that it only speaks for.

    `port`: the one that ssh dials; `mine`: our own public addresses, as far as somebody asked for them;
    `up`: seconds since the VM was started.
    """
    if unseen := [one for one in answers if isinstance(one, Unseen)]:
        return blind(*unseen)
    text = text_of(*answers)
    command = of(place, "instances", "get-serial-port-output")
    if not text.strip():
        return Fact("empty", "the VM has not written anything on its serial console yet", command=command)
    found = read_text(text)
    data: dict[str, Any] = {"login": found.login > 0, "ports": list(found.ports), "host_keys": list(found.host_keys)}
    words = _about_us(found, mine)
    if words and outcome(words[0]) == words[0].code:
        return _trouble(words, command, data)
    if found.ports and port not in found.ports:
        where = " and ".join(map(str, found.ports))
        says = f"sshd wrote on the serial console that it listens on port {where}, and ssh dials {port}"
        return Fact("other-port", says, _lines(text, "Server listening on"), command,
                    {**data, "port_found": found.ports[0], "configured": port})  # fmt: skip
    if words:
        return _trouble(words, command, data)
    if up is not None and up < BOOTS and not found.login:
        return Fact(
            "server.booting?", f"the VM was started {up} s ago, and shows no login prompt yet", (), command, data
        )
    says = "the serial console shows a login prompt" if found.login else "the serial console shows no known trouble"
    return Fact("nothing", says, clean.lines("\n".join(text.splitlines()[-3:])), command, data)


def _about_us(found: Console, mine: Collection[str]) -> list[Word]:
    """Its words. A ban counts where it is ours, or where nobody knows our address."""
    banned = next((one for one in mine if one in found.banned), "")
    words = [one for one in found.troubles if not mine or one.code != BAN]
    if banned:
        words.insert(0, Word(BAN, 2, 0, f"your address {banned} is banned", "ban"))
    return words


def _trouble(words: Collection[Word], command: str, data: dict[str, Any]) -> Fact[str]:
    first, *_ = words
    lines = tuple(dict.fromkeys(word.text for word in words))[:4]
    return Fact(outcome(first), f"the serial console says: {first.says}", lines, command, data)


def _lines(text: str, part: str) -> tuple[str, ...]:
    return tuple(clean.line(row) for row in text.splitlines() if part in row)[-2:]


async def look(scene: Scene) -> Fact[str]:
    asked = await inquiry(scene)
    who = await asked.identity()
    ports = ("serial", "serial-windows") if is_windows(who.instance) else ("serial",)
    answers = await asyncio.gather(*(asked.part(one) for one in ports))
    way = scene.facts.get("google-path")
    mine = [str(one) for one in way.data.get("sources", ())] if way else []
    return read(answers, who.place, scene.leg.port, mine, _up(str(who.instance.get("lastStartTimestamp", ""))))


def _up(stamp: str) -> int | None:
    """Seconds since an RFC 3339 time; None when there is none, or when it lies ahead."""
    try:
        seconds = int((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds())
    except (ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None
