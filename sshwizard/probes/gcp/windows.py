"""SSH on a Windows VM: is it switched on, and is Google's package there? (Compute Engine, Enable SSH for Windows)"""

from __future__ import annotations

import re

from sshwizard import clean
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.metadata import Metadata
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.model import Fact
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.gcp.admission import Package, Windows
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.offered import is_windows, metadata, named
from sshwizard.probes.scene import Scene

_SAID: tuple[tuple[Package, re.Pattern[str]], ...] = (
    ("too-old", re.compile(r".*detected OpenSSH version may be incompatible with enable[_-]windows[_-]ssh.*")),
    ("missing", re.compile(
        r".*(?:enable-windows-ssh|sshd).*(?:not installed|not found|cannot find the file|does not exist as an installed"
        r" service).*", re.I)),
    ("down", re.compile(r".*enable-windows-ssh.*sshd does not appear to be running.*")),
)  # fmt: skip
"""What the guest agent writes on serial port 1 and 2 when it is to start sshd (google-guest-agent, sshd on Windows)."""


def read(who: Identity, known: Metadata, unseen: tuple[Unseen, ...]) -> Fact[Windows]:
    """Is enable-windows-ssh in force?"""
    if not who.instance:
        return blind(*who.unseen) if who.unseen else Fact("not-windows", "it is no VM of this project")
    if not is_windows(who):
        return Fact("not-windows", f"{who.place.name} does not run Windows")
    switch = known.switch("enable-windows-ssh")
    own = known.instance.get("enable-windows-ssh", "")
    data = {**named(who), "windows_ssh": clean.line(own, 40), **missing(unseen)}
    command = of(who.place, "instances", "describe")
    if switch.on is None:
        return blind(*unseen)
    value = f"enable-windows-ssh={switch.text} ({switch.place})" if switch.place else "enable-windows-ssh is not set"
    lines = tuple(clean.line(one, 120) for one in (value, switch.split) if one)
    if switch.on:
        return Fact("on", f"SSH for Windows is switched on: {value}", lines, command, data)
    return Fact("off", f"{who.place.name} runs Windows, and {value}", lines, command, data)


def read_package(first: Answer, second: Answer, data: dict[str, str], command: str = "") -> Fact[Package]:
    """What the serial ports say about Google's SSH package. The newest line counts."""
    unseen = tuple(one for one in (first, second) if isinstance(one, Unseen))
    if isinstance(first, Unseen) and isinstance(second, Unseen):
        return blind(*unseen)
    texts = [str(one.get("contents", "")) for one in (first, second) if not isinstance(one, Unseen)]
    rows = [row for text in texts for row in text.splitlines()]
    for row in reversed(rows):
        for outcome, pattern in _SAID:
            if found := pattern.match(row):
                line = clean.line(found.group(), 200)
                return Fact(outcome, f"the serial port says: {line}", (line,), command, data)
    return Fact("unclear", "the serial port says nothing about SSH", (), command, {**data, **missing(unseen)})


async def look(scene: Scene) -> Fact[Windows]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance or not is_windows(who):
        return read(who, Metadata(), ())
    return read(who, *await metadata(asked, who))


async def look_at_package(scene: Scene) -> Fact[Package]:
    asked = await inquiry(scene)
    who = await asked.identity()
    command = of(who.place, "instances", "get-serial-port-output")
    return read_package(await asked.part("serial"), await asked.part("serial-windows"), named(who), command)
