"""Shared connections (ControlMaster in ssh_config(5)), which the guarded run leaves out."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.paths import short, spelled
from sshwizard.probes import process, sshlog
from sshwizard.probes.command import guards, without_jump
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log
from sshwizard.probes.typed import config_option

Shared = Literal["unused", "ok", "stale", "full", "path-unusable"]

LONGEST = 107 if sys.platform == "linux" else 103
"""Bytes in the name of a Unix socket (sun_path, without its final NUL; unix(7))."""
SUFFIX = 17
"""Bytes that a new master adds to the name while it sets the socket up (OpenSSH mux.c)."""


async def _shared(scene: Scene) -> Fact[Shared]:
    """The ControlMaster sockets that the person's own ssh would use (ssh_config(5), ControlPath): at every hop, for
    the ssh that ProxyJump starts reads the config too."""
    if not scene.live:
        return read_shared_from_log(scene.run.logs[scene.index])
    fact: Fact[Shared] = Fact("unused", "no shared connection is set up")
    for index in range(len(scene.legs)):
        fact = await _of_leg(replace(scene, index=index))
        if fact.outcome not in {"unused", "ok"}:
            break
    return fact


async def _of_leg(scene: Scene) -> Fact[Shared]:
    leg = scene.leg
    pattern = leg.value("controlpath", "none")
    if pattern in {"none", ""}:
        return Fact("unused", "no shared connection is set up")
    place = paths.expand(pattern)
    data = {"path": str(place), "directory": str(place.parent), "through": leg.name}
    master = leg.value("controlmaster", "false") not in {"", "no", "false"}
    length, most = len(os.fsencode(str(place))), LONGEST - (SUFFIX if master else 0)
    if length > most:
        says = f"ControlPath is {length} bytes long; {most} are possible here"
        return Fact("path-unusable", says, leg.shown("controlpath"), data=data)
    if not master and not place.exists():
        return Fact("unused", "no shared connection is set up")
    if not place.parent.is_dir():
        return Fact(
            "path-unusable",
            f"ControlPath for {leg.name} lies in {short(place.parent)}, which does not exist "
            f"({leg.place('controlpath')})",
            leg.shown("controlpath"),
            f"ls -ld {spelled(place.parent)}",
            data,
        )
    if not os.access(place.parent, os.W_OK):
        return Fact(
            "path-unusable",
            f"ControlPath lies in {short(place.parent)}, where you may not write",
            leg.shown("controlpath"),
            f"ls -ld {spelled(place.parent)}",
            data,
        )
    if not _is_socket(place):
        return Fact("unused", "no shared connection is open")
    args = _reaching(scene)
    over = ("ssh", *_only_over(scene, place))
    alive, used = await asyncio.gather(
        process.run((*over, "-O", "check", *args), 2), process.run((*over, *args[:-1], "--", args[-1], "true"), 3)
    )
    shown, command = clean.lines(alive.err, 3), process.spell(("ssh", "-O", "check", *args))
    if used.timed_out or alive.timed_out:
        says = f"the shared connection {short(place)} is there and carries nothing: a session over it hangs"
        return Fact("stale", says, shown, command, data)
    if alive.code == 0 and used.code == 0:
        return Fact("ok", "the shared connection works", shown, command, data)
    if alive.code == 0 and (refused := re.search(r"session request failed: .*|refused session request: .*", used.err)):
        says = f"the shared connection {short(place)} takes no more sessions, so ssh makes a new connection each time"
        return Fact("full", says, (clean.line(refused.group()), *shown), command, data)
    if alive.code == 0:
        return unknown("the shared connection answers, and a session over it failed", command)
    return Fact("unused", "a leftover socket that ssh passes over", shown, command, data)


def _reaching(scene: Scene) -> list[str]:
    """ssh's arguments for this leg alone."""
    leg = scene.leg
    if scene.index >= len(scene.legs) - 1:
        return without_jump(scene.target.ssh_args)
    return [*config_option(scene.target.args), "-p", str(leg.port), "-l", leg.user, leg.name]


def _only_over(scene: Scene, place: Path) -> tuple[str, ...]:
    """Options for a session over the socket and nothing else. Where the socket hangs up, ssh connects anew, even
    for `-O check`; hence the ProxyCommand that leads nowhere."""
    ours = ("-o", f"ControlPath={place}", "-o", "ProxyCommand=false", "-o", "RequestTTY=no")
    return (*ours, *guards(scene.leg, Path(os.devnull)))


def read_shared_from_log(log: Log) -> Fact[Shared]:
    """What a log says about a shared connection."""
    if hit := log.first("mx.listen"):
        return Fact("path-unusable", clean.line(hit.text, 140), sshlog.quote((hit,)))
    if log.has("mux.trying", "mux.client", "mx.hello") and log.stage < Stage.NAME and not log.has("mux.session"):
        says = "ssh waits for a shared connection that does not answer"
        return Fact("stale", says, sshlog.quote(log.last[-3:]), data={"through": "the server"})
    hit = log.first("mx.refused")
    if hit and "refused by peer" in hit.text:
        return Fact("full", clean.line(hit.text, 140), sshlog.quote((hit,)), data={"through": "the server"})
    gone = hit and ("read from master" in hit.text or "alive request" in hit.text)
    if hit and gone and not log.has("au.ok", "auth.succeeded"):  # else ssh made a connection of its own
        return Fact("stale", clean.line(hit.text, 140), sshlog.quote((hit,)), data={"through": "the server"})
    if hit := log.first("mx.hello"):
        return Fact("stale", clean.line(hit.text), sshlog.quote((hit,)), data={"through": "the server"})
    return Fact("unused", "the log shows no trouble with a shared connection", source="log")


def _is_socket(place: Path) -> bool:
    try:
        return stat.S_ISSOCK(place.stat().st_mode)
    except OSError:
        return False


shared: Probe[Shared] = Probe(
    "config.shared",
    get_args(Shared),
    _shared,
    reads_log=True,
    waits="the shared connection (gives up in 3 s)",
)
