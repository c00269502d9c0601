"""A door of AWS as the person's own ssh walks through it: a ProxyCommand that opens a tunnel or a session.

`aws ec2-instance-connect open-tunnel`, `aws ssm start-session`, session-manager-plugin, a script around them, or ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from sshwizard import clean
from sshwizard.cloud.aws.ids import is_instance_id
from sshwizard.model import Fact, unknown
from sshwizard.probes import awslines
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Probe, Scene
from sshwizard.probes.sshlog import Log
from sshwizard.probes.stages import by_program

Kind = Literal["endpoint", "session", "push"]

TOOL = re.compile(r"(?:^|[\s/'\"])aws\s|\bssm\b|session-manager|instance-connect|\beice?\b", re.I)
"""What stands in a ProxyCommand that leads through AWS; such a program wants the instance id, not an address."""
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("endpoint", re.compile(r"ec2-instance-connect\b.{0,200}?\bopen-tunnel|\beice\b|SSHWIZARD_TUNNEL|doors/relay\.py")),
    ("session", re.compile(r"\bssm\b.{0,200}?\bstart-session|session-manager-plugin|\bssm\b", re.I)),
)
_PUSH = re.compile(r"send-ssh-public-key|send-serial-console-ssh-public-key")
_ID = re.compile(r"\bi-[0-9a-f]{8,17}\b")
_SERIAL = re.compile(
    r"serial-console\.ec2-instance-connect\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.(?:aws|amazonaws\.com)"
)
_PORT = re.compile(r"(?P<id>i-[0-9a-f]{8,17})\.port\d")

_ASKS: dict[str, str] = {
    "eic.endpoint-missing": "no-endpoint",
    "eic.endpoint-blocked": "unreached",
    "ssm.not-managed": "not-connected",
    "network.port-refused": "port-refused",
}
"""Causes that the words only point to, and that the account's own answers decide."""
_CODES = tuple(dict.fromkeys(code for code, _, _ in awslines.MEANS if code not in _ASKS))
_PROVED = {code for code, weight, _ in awslines.MEANS if weight > 1 and code not in _ASKS}
OUTCOMES = (*(f"{code}?" for code in _CODES), *sorted(_PROVED), *_ASKS.values(), "endpoint-silent", "session-silent")


def kind(command: str) -> Kind | None:
    """Which door a ProxyCommand opens; None for any other program."""
    return next((name for name, pattern in _KINDS if pattern.search(command)), None)


def pushes(command: str) -> bool:
    """True where the ProxyCommand itself puts a temporary key on the instance."""
    return _PUSH.search(command) is not None


def serial(leg: Leg) -> tuple[str, str]:
    """The instance and the region where the host is the serial console's own server; empty where it is none."""
    server = _SERIAL.fullmatch(leg.host.lower()) or _SERIAL.fullmatch(leg.name.lower())
    found = _PORT.match(leg.user)
    return (found["id"] if found else "", server["region"]) if server else ("", "")


def meant(leg: Leg) -> str:
    """The instance that a ProxyCommand names by its id; empty where it names none."""
    found = _ID.search(leg.value("proxycommand")) if by_program(leg) else None
    return found[0] if found and is_instance_id(found[0]) else ""


def read_words(rows: Sequence[str]) -> tuple[str, int, str] | None:
    """The cause that a door's program named, its weight, and the line."""
    found = [(*hit, clean.line(row, 200)) for row in rows if (hit := awslines.read(row))]
    return max(found, key=lambda one: one[1], default=None)


def said(run: Run, log: Log) -> list[str]:
    """What the programs around ssh said: in a live run, or as a text has it."""
    return [*(hit.text for hit in log.words), *(word.text for word in run.named)]


async def _look(scene: Scene) -> Fact[str]:
    log = scene.run.logs[min(max(scene.index, 0), len(scene.run.logs) - 1)]
    ran = log.first("proxy.exec_debug")
    command = ran["command"] if ran else scene.leg.value("proxycommand") if scene.legs else ""
    return read(said(scene.run, log), command)


def read(rows: Sequence[str], command: str) -> Fact[str]:
    """What the door's program said, or that it said nothing."""
    shown = clean.line(command, 300)
    data = {"command": shown}
    if told := read_words(rows):
        code, weight, row = told
        outcome = _ASKS.get(code) or (code if weight > 1 else f"{code}?")
        return Fact(outcome, f"the program of the ProxyCommand says: {row}", (row,), shown, data)
    lines = tuple(clean.line(row, 200) for row in rows[:3])
    if (which := kind(command)) == "endpoint":
        return Fact("endpoint-silent", "the tunnel of the ProxyCommand brought no connection", lines, shown, data)
    if which == "session":
        return Fact("session-silent", "the session of the ProxyCommand brought no connection", lines, shown, data)
    return unknown("the log does not say what the program of the ProxyCommand met")


door: Probe[str] = Probe("proxy.door", OUTCOMES, _look, reads_log=True)
