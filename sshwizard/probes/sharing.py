"""What the guarded run leaves out: shared connections, terminals, forwards, detours."""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.paths import short
from sshwizard.probes import process, sshlog
from sshwizard.probes.process import within
from sshwizard.probes.scene import Probe, Scene
from sshwizard.probes.sshlines import Stage
from sshwizard.probes.sshlog import Log

Shared = Literal["unused", "ok", "stale", "path-unusable"]


async def _shared(scene: Scene) -> Fact[Shared]:
    """The ControlMaster socket that the person's own ssh would use (ssh_config(5), ControlPath)."""
    leg = scene.leg
    if not scene.live:
        log = scene.run.logs[scene.index]
        return read_shared_from_log(log)
    pattern = leg.value("controlpath", "none")
    if pattern in {"none", ""} or (
        leg.value("controlmaster", "false") in {"", "no", "false"} and not Path(pattern).exists()
    ):
        return Fact("unused", "no shared connection is set up")
    place = paths.expand(pattern)
    data = {"path": str(place), "directory": str(place.parent)}
    if not place.parent.is_dir():
        return Fact(
            "path-unusable",
            f"ControlPath lies in {short(place.parent)}, which does not exist",
            (f"controlpath {pattern}",),
            f"ls -ld {short(place.parent)}",
            data,
        )
    if not os.access(place.parent, os.W_OK):
        return Fact(
            "path-unusable",
            f"ControlPath lies in {short(place.parent)}, where you may not write",
            (f"controlpath {pattern}",),
            f"ls -ld {short(place.parent)}",
            data,
        )
    if len(os.fsencode(str(place))) > 90:
        return Fact(
            "path-unusable",
            f"ControlPath is {len(os.fsencode(str(place)))} bytes long; a socket name may have about 100",
            (pattern,),
            data=data,
        )
    if not _is_socket(place):
        return Fact("unused", "no shared connection is open")
    check = ("ssh", "-O", "check", *scene.target.ssh_args)
    through = (
        "ssh",
        "-o",
        "BatchMode=yes",
        "-o",
        "ControlMaster=no",
        "-o",
        f"ControlPath={place}",
        "-o",
        "RequestTTY=no",
        "-o",
        "RemoteCommand=none",
        *scene.target.ssh_args,
        "true",
    )
    alive, used = await asyncio.gather(process.run(check, 2), process.run(through, 3))
    if used.timed_out or alive.timed_out:
        return Fact(
            "stale",
            f"the shared connection {short(place)} is there and carries nothing: a session over it hangs",
            clean.lines(alive.err, 3),
            process.spell(check),
            data,
        )
    if alive.code == 0:
        return Fact("ok", "the shared connection works", clean.lines(alive.err, 2), process.spell(check), data)
    return Fact(
        "unused",
        "a leftover socket that ssh passes over",
        clean.lines(alive.err, 2),
        process.spell(check),
        data,
    )


def read_shared_from_log(log: Log) -> Fact[Shared]:
    """What a log says about a shared connection."""
    if hit := log.first("mx.listen"):
        return Fact("path-unusable", clean.line(hit.text, 140), sshlog.quote((hit,)))
    if log.has("mux.trying", "mux.client", "mx.hello") and log.stage < Stage.NAME and not log.has("mux.session"):
        return Fact("stale", "ssh waits for a shared connection that does not answer", sshlog.quote(log.last[-3:]))
    if hit := log.first("mx.hello"):
        return Fact("stale", clean.line(hit.text), sshlog.quote((hit,)))
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


Terminal = Literal["not-wanted", "ok", "refused"]


async def _terminal(scene: Scene) -> Fact[Terminal]:
    leg = scene.leg
    wants = leg.value("requesttty", "auto")
    if wants not in {"yes", "force", "true"}:
        return Fact("not-wanted", "no terminal is forced by the config")
    from sshwizard.probes.run import guards

    command = (
        "ssh",
        *guards(leg),
        "-tt",
        *scene.target.ssh_args[:-1],
        "--",
        scene.target.ssh_args[-1],
        "true",
    )
    result = await process.run(command, 10)
    shown = clean.lines(result.err, 4)
    if "PTY allocation request failed" in result.err:
        return Fact(
            "refused",
            "the server opened no terminal, and the config asks for one",
            shown,
            shlex.join(("ssh", "-tt", *scene.target.ssh_args)),
        )
    if result.code is None:
        return unknown("a session with a terminal did not end in time")
    return Fact("ok", "a terminal opens")


terminal: Probe[Terminal] = Probe(
    "config.terminal",
    get_args(Terminal),
    _terminal,
    waits="a terminal on the server (gives up in 10 s)",
)


Forwards = Literal["fine", "port-in-use"]


async def _forwards(scene: Scene) -> Fact[Forwards]:
    """Local forwards that ExitOnForwardFailure would make fatal: is their port free?"""
    leg = scene.leg
    if leg.value("exitonforwardfailure", "no") not in {"yes", "true"}:
        return Fact("fine", "no forward is required")
    for row in leg.values("localforward"):
        listen = row.split(" ")[0]
        host, _, port = listen.rpartition(":")
        if port.isdigit() and await _taken(host.strip("[]") or "127.0.0.1", int(port)):
            data: dict[str, Any] = {"port": port}
            return Fact(
                "port-in-use",
                f"port {port} for LocalForward {row} is in use on this computer",
                (row,),
                "ss -ltnp",
                data,
            )
    return Fact("fine", "the forwarded ports are free")


async def _taken(host: str, port: int) -> bool:
    try:
        _, writer = await within(1, asyncio.open_connection("127.0.0.1" if host in {"*", ""} else host, port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


forwards: Probe[Forwards] = Probe("config.forwards", get_args(Forwards), _forwards)


Detour = Literal["none", "family-lost", "others-failed"]


async def _detour(scene: Scene) -> Fact[Detour]:
    """Addresses that failed before one worked: every connection waits for them first."""
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
    if lost:
        return Fact(
            "others-failed",
            f"{', '.join(lost)} stays silent, and {works} answers",
            fact.lines if fact else (),
        )
    return Fact("none", "the first address worked")


detour: Probe[Detour] = Probe("run.detour", get_args(Detour), _detour, reads_log=True)
