"""Was a key that this connection offers pushed to the instance lately, and when: as CloudTrail has it, minutes late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.clues import Question
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.aws.trail import keys_lately
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes import doorways
from sshwizard.probes.aws import visits
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.looks import Pushed
from sshwizard.probes.aws.serial import behind
from sshwizard.probes.aws.state import seconds_since
from sshwizard.probes.blind import blind
from sshwizard.probes.login import offers
from sshwizard.probes.scene import Scene
from sshwizard.probes.sshlog import Log

SECONDS = 60
"""How long a pushed key opens the door (API Reference, SendSSHPublicKey)."""
LIMIT = 3.0
"""Seconds: it decides seldom, and CloudTrail is slow."""
_EVENTS = ("SendSSHPublicKey", "SendSerialConsoleSSHPublicKey")


def read(answer: Answer, instance: Row, offered: Collection[str], serial: bool = False,
         now: datetime | None = None) -> Fact[Pushed]:  # fmt: skip
    """`offered`: the SHA256 fingerprints that this connection offers; one of them has to be the key that was pushed."""
    if isinstance(answer, Unseen):
        return blind(answer)
    now = now or datetime.now(UTC)
    fact = visits.read(answer, instance, days=1, now=now)
    ours = [one for one in fact.data["visits"] if one["event"] == _EVENTS[serial] and one["key"] in offered]
    if not ours:
        return Fact("none", "CloudTrail knows of no key of this connection that was pushed; it may be minutes late")
    newest = ours[0]
    seconds = seconds_since(newest["at"], now)
    data: dict[str, Any] = {"seconds": seconds or 0, "pushed_for": newest["user"], "key": newest["key"]}
    lines = (visits.line(newest),)
    if newest["refused"]:
        return Fact("refused", f"{newest['who']} {newest['did']}, and AWS refused it ({newest['refused']})", lines,
                    fact.command, data)  # fmt: skip
    says = f"{newest['who']} {newest['did']} {newest['ago']} ago ({newest['key']})"
    late = seconds is not None and seconds > SECONDS
    return Fact("expired" if late else "fresh", says, lines, fact.command, data)


def by_command(rows: Sequence[str], command: str) -> Fact[Pushed] | None:
    """Where the ProxyCommand itself pushes the key: right before the login, or it says why it could not."""
    if not doorways.pushes(command):
        return None
    shown = clean.line(command, 300)
    heard = doorways.read_words(rows)
    if heard and heard[0] in {"eic.permission-missing", "serial.access-denied"}:
        return Fact("refused", f"the push of the ProxyCommand was refused: {heard[2]}", (heard[2],), shown)
    return Fact("fresh", "the ProxyCommand pushes a key right before the login", (shown,), shown)


async def look(scene: Scene) -> Fact[Pushed]:
    logs = scene.run.logs
    log = logs[min(scene.index, len(logs) - 1)] if logs else Log()
    if found := by_command(doorways.said(scene.run, log), scene.leg.value("proxycommand")):
        return found
    serial = bool(doorways.serial(scene.leg)[1])
    asked = behind(scene) if serial else await inquiry(scene)
    if asked is None:
        asked = scene.cloud.aws.about(max(scene.index, 0), Question(scene.leg.name, scene.leg.host))
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("none", "it is no instance of this account")
    offered = {one["fingerprint"] for one in offers(log)}
    if not offered:
        return Fact("none", "this connection offers no key that could have been pushed")
    answer = await asked.ask("pushed", keys_lately(), LIMIT)
    return read(answer, who.instance, offered, serial)
