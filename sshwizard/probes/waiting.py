"""What is amiss with a connection that works: addresses that do not answer, a slow server, a chatty login script."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact
from sshwizard.probes import process
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log, Pause
from sshwizard.probes.stages import proxied

Detour = Literal["none", "family-lost", "others-failed", "gssapi", "greeting", "login", "session", "chatty"]

_ASKED = re.compile(r"send packet: type \d|we sent a \S+ packet, wait for reply")
"""ssh's last word when it is the server's turn."""

SLOW = 5.0
"""Seconds of silence that make a login slow; a normal one takes less than one."""


async def _detour(scene: Scene) -> Fact[Detour]:
    """The gravest first: what every connection waits for, then what it prints."""
    fact = scene.facts.get("tcp")
    failed = fact.data.get("failed", []) if fact else []
    works = fact.data.get("addr", "") if fact else ""
    lost = [row["addr"] for row in failed if "timed out" in row["err"].lower()]
    if lost and ":" in lost[0] and ":" not in works:
        return Fact(
            "family-lost",
            f"{lost[0]} (IPv6) stays silent, and {works} answers: every connection waits first",
            fact.lines if fact else (),
            data={"works": works, "family": "inet"},
        )
    for number, log in enumerate(scene.run.logs[: scene.index + 1]):
        through = number > 0 or proxied(replace(scene, index=number), log)
        if slow := read_pauses(log, scene.legs[number].name, through=through):
            return slow
    if lost:
        return Fact(
            "others-failed",
            f"{', '.join(lost)} stays silent, and {works} answers",
            fact.lines if fact else (),
        )
    session = scene.facts.get("session")
    if session and (printed := session.data.get("printed")):
        says = f"a command that prints one word printed this too: {printed[0]}"
        return Fact("chatty", says, tuple(printed), process.spell(("ssh", *scene.target.ssh_args, "true")))
    return Fact("none", "ssh did not have to wait, and nothing came in between")


def read_pauses(log: Log, name: str, *, through: bool = False) -> Fact[Detour] | None:
    """Where the host `name` let us wait for `SLOW` seconds or more, in all pauses of one kind. A greeting that comes
    `through` another program may have waited for that one."""
    waits: dict[Detour, list[Pause]] = {}
    for pause in log.pauses:
        if (kind := _kind(log, pause)) and not (through and kind == "greeting"):
            waits.setdefault(kind, []).append(pause)
    sums = {kind: sum(pause.seconds for pause in pauses) for kind, pauses in waits.items()}
    longest = max(sums, key=lambda kind: sums[kind], default=None)
    if longest is None or sums[longest] < SLOW:
        return None
    seconds = f"{sums[longest]:.0f}"
    shown = tuple(f"{one.number}: {clean.line(one.after)} ({one.seconds:.1f} s of silence)" for one in waits[longest])
    says = {
        "gssapi": f"ssh waited {seconds} s for its GSSAPI libraries",
        "greeting": f"{name} greeted after {seconds} s",
        "login": f"during the login {name} was silent for {seconds} s",
        "session": f"after the login {name} was silent for {seconds} s",
    }
    return Fact(longest, says[longest], shown[:4], "ssh -vvv", {"seconds": seconds, "slow": name})


def _kind(log: Log, pause: Pause) -> Detour | None:
    """Whom a silence is to be blamed on; None when it was ssh itself: a passphrase, an agent, a touch."""
    if pause.stage is Stage.BANNER:
        return "greeting"
    if pause.stage is Stage.SESSION:
        return "session"
    if pause.stage is not Stage.LOGIN:
        return None
    method = next((hit["method"] for hit in reversed(log.all("auth.next")) if hit.number <= pause.number), "")
    if method.startswith("gssapi"):
        return "gssapi"
    return "login" if _ASKED.search(pause.after) else None


detour: Probe[Detour] = Probe("run.detour", get_args(Detour), _detour, reads_log=True)
