"""Amazon's and Google's programs around ssh: which of them a ProxyCommand needs, and whether they are up to it.

A program is asked for its version, and nothing else; the net is not asked what is current.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import process
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.stages import by_program

Tools = Literal["fine", "none", "missing", "broken", "old"]
"""none: the ProxyCommand starts no program of a cloud."""

LIMIT = 5.0
"""Seconds that a program has to tell its version."""

ASKED: Mapping[str, tuple[str, ...]] = {
    "ssh": ("-V",),
    "aws": ("--version",),
    "session-manager-plugin": ("--version",),
    "gcloud": ("version",),
}
"""What each says of itself, without asking the net."""
_VERSION = re.compile(r"(?:OpenSSH_(?:for_Windows_)?|aws-cli/|Google Cloud SDK )?(\d+(?:\.\d+)+)")


@dataclass(frozen=True, slots=True)
class Program:
    """A program as it tells its version."""

    name: str
    path: str = ""
    """Empty where PATH has none."""
    says: str = ""
    version: tuple[int, ...] = ()
    broken: bool = False
    """True where it ends with an error in place of its version."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a ProxyCommand must have."""

    name: str
    least: tuple[int, ...] = ()
    why: str = ""


NEEDS: tuple[tuple[re.Pattern[str], tuple[Need, ...]], ...] = (
    (re.compile(r"\baws\b.{0,200}?\bec2-instance-connect\b.{0,200}?\bopen-tunnel\b"),
     (Need("aws", (2, 12), "it cannot open a tunnel of an Instance Connect Endpoint"),)),
    (re.compile(r"\baws\b.{0,200}?\bssm\b.{0,200}?\bstart-session\b"),
     (Need("aws", (1, 16, 12), "it cannot start a session for ssh"),
      Need("session-manager-plugin", (1, 1, 23), "ssh over Session Manager needs that version"))),
    (re.compile(r"\bgcloud\b.{0,200}?\bstart-iap-tunnel\b"), (Need("gcloud"),)),
    (re.compile(r"(?:^|[\s/])aws\s"), (Need("aws"),)),
    (re.compile(r"(?:^|[\s/])gcloud\s"), (Need("gcloud"),)),
)  # fmt: skip
"""The versions stand in the manuals: EC2 User Guide, EC2 Instance Connect Endpoint; Systems Manager User Guide,
ssh connections through Session Manager."""


async def version(name: str, path: str = "") -> Program:
    """Ask a program for its version; `path` where it is started by a path of its own."""
    found = shutil.which(path or name)
    if found is None:
        return Program(name)
    ran = await process.run((found, *ASKED[name]), LIMIT)
    says = next(iter(clean.lines(f"{ran.out}\n{ran.err}", 1)), "")
    told = _VERSION.search(says)
    number = tuple(int(part) for part in told[1].split(".")) if told else ()
    return Program(name, found, says, number, broken=not number and ran.code not in {0, None})


def needs(command: str) -> tuple[Need, ...]:
    """The programs of a cloud that a ProxyCommand starts."""
    return next((needed for pattern, needed in NEEDS if pattern.search(command)), ())


async def _look(scene: Scene) -> Fact[Tools]:
    if not by_program(scene.leg):
        return Fact("none", "no program of a cloud carries this connection")
    command = scene.leg.value("proxycommand")
    wanted = needs(command)
    asked = await asyncio.gather(*(version(need.name, _path(need.name, command)) for need in wanted))
    return read(dict(zip(wanted, asked, strict=True)))


def _path(name: str, command: str) -> str:
    """The path by which the command starts it; empty where PATH decides."""
    found = re.search(rf"(?:^|\s)(/\S*/{re.escape(name)})(?=\s)", command)
    return found[1] if found else ""


def read(asked: Mapping[Need, Program]) -> Fact[Tools]:
    """The first of the programs that is not up to it."""
    if not asked:
        return Fact("none", "the ProxyCommand starts no program of Amazon's or Google's")
    lines = tuple(f"{one.name}: {one.says or one.path or 'not on PATH'}" for one in asked.values())
    typed = "; ".join(f"{one.name} {' '.join(ASKED[one.name])}" for one in asked.values())
    for need, one in asked.items():
        data = {"program": one.name, "least": ".".join(map(str, need.least)), "has": ".".join(map(str, one.version))}
        if not one.path:
            return Fact("missing", f"{one.name} is not on PATH, and the ProxyCommand needs it", lines, typed, data)
        if one.broken:
            return Fact("broken", f"{one.name} does not run: {one.says or 'it ends with an error'}", lines, typed, data)
        if one.version and one.version < need.least:
            says = f"{one.name} is of version {data['has']}, older than {data['least']}: {need.why}"
            return Fact("old", says, lines, typed, data)
    if silent := [one.name for one in asked.values() if not one.version]:
        return unknown(f"{silent[0]} does not tell its version", typed)
    return Fact("fine", "the programs of the ProxyCommand are there, and new enough", lines, typed)


tools: Probe[Tools] = Probe(
    "client.tools", get_args(Tools), _look, waits=f"the versions of the programs (at most {LIMIT:g} s)"
)
