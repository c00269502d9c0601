"""`sshwizard doctor --export-config`: the hosts of this config, or of an account, as a file for the team."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.advice import Blind, Machine, sharing
from sshwizard.commands import doctor
from sshwizard.exits import Exit, UsageError
from sshwizard.language import say
from sshwizard.model import Fact
from sshwizard.probes import client
from sshwizard.probes.aliases import MOST, hosts_from_config
from sshwizard.probes.scene import Leg

AT_ONCE = 8
"""How many `ssh -G` run beside each other."""


async def export(given: argparse.Namespace) -> Exit:
    """Write the file. What could not be read is said, and the exit code tells."""
    folder = Path(given.dir).absolute() if given.dir else paths.ssh_dir()
    told: list[str] = []
    machines = await tagged(given, told) if given.tag is not None or given.only in {"aws", "gcp"} else ()
    legs = [] if given.only in {"aws", "gcp"} else await _legs(folder, bool(given.dir), told)
    told += [f"{name} is left out: its name cannot stand in a Host line" for name in sharing.unnamed(machines)]
    for line in told:
        print(say(clean.line(line)), file=sys.stderr)
    if not legs and not machines:
        print(say("There is no host to write."), file=sys.stderr)
        return Exit.CANNOT_TELL
    me = {paths.me(), paths.home().name, socket.gethostname().partition(".")[0]} - {"root", "home", ""}
    keep = [name.strip() for name in (given.keep_user or "").split(",") if name.strip()]
    doctor.write(sharing.text(legs, machines, me, keep).rstrip("\n"), given.output)
    return Exit.CANNOT_TELL if told else Exit.WORKS


async def tagged(given: argparse.Namespace, told: list[str]) -> tuple[Machine, ...]:
    """The machines of the account with the tag, of both clouds or of the one that --only names."""
    name, equals, value = (given.tag or "").partition("=")
    if given.tag is not None and not (equals and name):
        raise UsageError(f"--tag takes KEY=VALUE, not {clean.line(given.tag, 60)!r}")
    found: list[Machine] = []
    reasons: list[str] = []
    from sshwizard.advice import aws, gcp

    for cloud, ask in (("aws", aws.machines), ("gcp", gcp.machines)):
        if given.only in {None, cloud}:
            try:
                found += await ask((name, value) if equals else None)
            except Blind as blind:
                reasons.append(str(blind))
    if not found or given.only:
        told += reasons
    return tuple(found)


async def _legs(folder: Path, elsewhere: bool, told: list[str]) -> list[Leg]:
    """Every plain name of the config, as `ssh -G` understands it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Leg | str:
        options = ("-F", str(folder / "config")) if elsewhere else ()
        async with gate:
            answer = await client.answer_of((*options, "--", name))
        return f"{name} is left out: {answer.says}" if isinstance(answer, Fact) else Leg(name, *answer)

    names = hosts_from_config(folder / "config")
    if len(names) == MOST:
        told.append(f"only the first {MOST} names of the config are written")
    found = await asyncio.gather(*(one(name) for name in names))
    told += [said for said in found if isinstance(said, str)]
    return [leg for leg in found if isinstance(leg, Leg)]
