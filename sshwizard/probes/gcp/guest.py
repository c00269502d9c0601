"""What the VM wrote on its serial port about keys and logins: why one that should be let in is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.names import last
from sshwizard.cloud.gcp.parts import Row
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes import pasted
from sshwizard.probes.blind import blind
from sshwizard.probes.gcp.admission import Guest
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import named
from sshwizard.probes.scene import Scene
from sshwizard.probes.serverlog import Word

_OF: dict[str, Guest] = {
    "gcp.guest-agent-down": "agent-down",
    "server.disk-full": "disk-full",
    "server.filesystem-corrupt": "read-only",
    "auth.authorized-keys-permissions": "modes",
    "auth.user-not-allowed": "not-allowed",
    "auth.account-locked": "locked",
    "auth.root-login-disabled": "root-refused",
    "gcp.login-role-missing": "role-denied",
}
_BOOT = re.compile(r"Command line: BOOT_IMAGE=|Linux version \d|BdsDxe: starting|SeaBIOS \(version")
_UPDATING = re.compile(r"Error updating SSH keys for (?P<user>[^\s:]+): (?P<why>.*)")
_UNWRITTEN = ("Error updating SSH keys for ", "Error creating user")
"""The guest agent's own words when it could not do what the metadata say."""
_AGENT = ("Failed to start", "Failed with result", "CRITICAL", "Start request repeated", "panic:")


def read(answer: Answer, user: str, data: dict[str, Any], command: str = "") -> Fact[Guest]:
    """What it says since its last boot, about this login or about the agent that writes keys."""
    if isinstance(answer, Unseen):
        return blind(answer)
    text = str(answer.get("contents", "") or "")
    if not text.strip():
        return Fact("fine", "the VM has not written anything on its serial port yet", command=command)
    if found := _unwritten(text, user):
        outcome, line = found
        return Fact(outcome, f"the serial port says: {line}", (line,), command, {**data, "user": user})
    words = pasted.read(text.encode("utf-8", "replace")).server.words()
    return judge(words, user, data, command)


def _unwritten(text: str, user: str) -> tuple[Guest, str] | None:
    """The agent's own words that it could not write this user's keys, since the last boot."""
    found = None
    for row in text.splitlines():
        if _BOOT.search(row):
            found = None
        elif (said := _UPDATING.search(row)) and said["user"] == user:
            found = said
    if found is None:
        return None
    why = found["why"].lower()
    outcome: Guest = (
        "disk-full" if "no space left" in why or "quota exceeded" in why
        else "read-only" if "read-only file system" in why else "accounts-fail"
    )  # fmt: skip
    return outcome, clean.line(found.string.strip(), 200)


def judge(words: Sequence[Word], user: str, data: dict[str, Any], command: str = "") -> Fact[Guest]:
    """The weightiest word about keys and logins; one about another user's login says nothing about this one."""
    fitting = [one for one in words if one.code in _OF and _concerns(one, user)]
    fitting.sort(key=lambda one: not _named(one, user))
    if not fitting:
        return Fact("fine", "the serial port shows no trouble with keys and logins", command=command)
    first = fitting[0]
    outcome = _OF[first.code]
    if any(word in first.text for word in _UNWRITTEN) and outcome == "agent-down":
        outcome = "accounts-fail"
    sure = outcome in {"accounts-fail", "read-only"} or _named(first, user)
    if outcome in {"agent-down", "disk-full", "modes"} and not sure:
        outcome = {"agent-down": "agent-down?", "disk-full": "disk-full?", "modes": "modes?"}[outcome]  # type: ignore[assignment]
    lines = tuple(dict.fromkeys(clean.line(one.text, 200) for one in fitting))[:4]
    return Fact(outcome, f"the serial port says: {clean.line(first.text, 200)}", lines, command, {**data, "user": user})


def _named(word: Word, user: str) -> bool:
    """Does the line speak of this login, or of the agent itself?"""
    if word.code == "gcp.guest-agent-down":
        return any(one in word.text for one in _AGENT)
    spoken = word.text.replace("/", " ").replace(":", " ").replace(",", " ").replace("'", " ").split()
    return user in spoken or word.user == user


def _concerns(word: Word, user: str) -> bool:
    return not word.code.startswith("auth.") or word.user in {"", user} or _named(word, user)


async def look(scene: Scene) -> Fact[Guest]:
    asked = await inquiry(scene)
    who = await asked.identity()
    command = of(who.place, "instances", "get-serial-port-output")
    return read(await asked.part("serial"), scene.leg.user, {**named(who), **_disk(who)}, command)


def _disk(who: Identity) -> dict[str, Any]:
    """The boot disk, for who has to make it larger."""
    boot: Row = next((one for one in who.instance.get("disks") or () if one.get("boot")), {})
    size = str(boot.get("diskSizeGb", ""))
    named_ = {"disk": clean.line(last(str(boot.get("source", ""))), 80)}
    return {**named_, "disk_gb": int(size)} if size.isdigit() else named_
