"""Plain ssh: as it was seen to go, with another key or name that was seen to fit, or through a jump host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sshwizard import clean, paths
from sshwizard.doors.door import DoorFact
from sshwizard.doors.machine import reached
from sshwizard.doors.way import Shut, Way
from sshwizard.paths import short
from sshwizard.probes.aliases import jumps_from_config
from sshwizard.probes.process import spell
from sshwizard.probes.scene import Scene
from sshwizard.probes.typed import config_option


async def judge(scene: Scene) -> DoorFact:
    """What the guarded run saw."""
    how_far, says = reached(scene)
    typed = (clean.line(spell(("ssh", *scene.target.ssh_args)), 400),)
    if how_far == "in":
        return DoorFact("open", says, commands=typed)
    if how_far == "not-tried":
        return DoorFact("unknown", says, commands=typed)
    return DoorFact("shut", says)


@asynccontextmanager
async def walk(scene: Scene) -> AsyncIterator[Way]:
    """Nothing is needed."""
    yield Way("direct", says="ssh as it was typed")


# ------------------------------------------------------------------ another key, another name


def _other(scene: Scene) -> tuple[DoorFact, tuple[str, ...]]:
    """Only what a look has seen on its way: nothing is tried for this."""
    name = ""
    for fact in scene.facts.values():
        path = str(fact.data.get("path", ""))
        if fact.outcome == "file-key-fits" and path:
            options = ("-i", path, "-o", "IdentitiesOnly=yes")
            return DoorFact("open", f"the server accepts the key {short(path)}"), options
        if fact.outcome == "agent-key-hidden":
            return DoorFact("open", fact.says), ("-o", "IdentitiesOnly=no")
        name = name or str(fact.data.get("user_wanted", ""))
        if fact.outcome == "user-fits" and name:
            return DoorFact("open", fact.says), ("-o", f"User={name}")
    if name and name != scene.leg.user and clean.line(name) == name and not name.startswith("-"):
        return DoorFact("unknown", f"{name} may be the login name; it was not tried"), ("-o", f"User={name}")
    return DoorFact("shut", "no other key or login name was seen to fit"), ()


async def judge_other(scene: Scene) -> DoorFact:
    """From facts already seen."""
    fact, options = _other(scene)
    if not options:
        return fact
    typed = clean.line(spell(("ssh", *options, *scene.target.ssh_args)), 400)
    return DoorFact(fact.state, fact.why, commands=(typed,))


@asynccontextmanager
async def walk_other(scene: Scene) -> AsyncIterator[Way]:
    """With the key or name that fits. Raises Shut."""
    fact, options = _other(scene)
    if not options:
        raise Shut(fact.why)
    yield Way("other-login", options, says=fact.why)


# ------------------------------------------------------------------ a jump host


def _jumps(scene: Scene) -> list[str]:
    """Jump hosts of the ssh config that this connection does not use."""
    config = config_option(scene.target.args)
    if config and config[-1] == "none":
        return []
    file = paths.expand(config[-1]) if config else paths.ssh_dir() / "config"
    on_way = {leg.name for leg in scene.legs}
    return [name for name in jumps_from_config(Path(file)) if name.rpartition("@")[2].partition(":")[0] not in on_way]


async def judge_jump(scene: Scene) -> DoorFact:
    """From the config only."""
    if len(scene.legs) > 1:
        return DoorFact("shut", "this connection goes through a jump host already")
    names = _jumps(scene)
    if not names:
        return DoorFact("shut", "your ssh config names no jump host")
    rows = tuple(clean.line(spell(("ssh", "-J", name, *scene.target.ssh_args)), 400) for name in names[:3])
    one = f"{names[0]} is a jump host" if len(names) == 1 else f"{', '.join(names[:3])} are jump hosts"
    return DoorFact("unknown", f"{one} of your ssh config; it was not tried", commands=rows)


@asynccontextmanager
async def walk_jump(scene: Scene) -> AsyncIterator[Way]:
    """Through the first one. Raises Shut."""
    names = _jumps(scene)
    if len(scene.legs) > 1 or not names:
        raise Shut("your ssh config names no other jump host")
    yield Way("jump", ("-J", names[0]), says=f"through {names[0]}")
