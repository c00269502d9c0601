"""What the guarded run leaves out: shared connections, terminals, forwards, detours."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean, paths
from sshwizard.model import Fact, unknown
from sshwizard.paths import short
from sshwizard.probes import process, sshlog
from sshwizard.probes.process import within
from sshwizard.probes.run import build, guards, without_jump
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
            f"ControlPath lies in {short(place.parent)}, which does not exist ({leg.place('controlpath')})",
            leg.shown("controlpath"),
            f"ls -ld {short(place.parent)}",
            data,
        )
    if not os.access(place.parent, os.W_OK):
        return Fact(
            "path-unusable",
            f"ControlPath lies in {short(place.parent)}, where you may not write",
            leg.shown("controlpath"),
            f"ls -ld {short(place.parent)}",
            data,
        )
    if len(os.fsencode(str(place))) > 90:
        return Fact(
            "path-unusable",
            f"ControlPath is {len(os.fsencode(str(place)))} bytes long; a socket name may have about 100",
            leg.shown("controlpath"),
            data=data,
        )
    if not _is_socket(place):
        return Fact("unused", "no shared connection is open")
    args = without_jump(scene.target.ssh_args)
    over = ("ssh", *_only_over(scene, place))
    alive, used = await asyncio.gather(
        process.run((*over, "-O", "check", *args), 2), process.run((*over, *args[:-1], "--", args[-1], "true"), 3)
    )
    shown, command = clean.lines(alive.err, 3), process.spell(("ssh", "-O", "check", *scene.target.ssh_args))
    if used.timed_out or alive.timed_out:
        says = f"the shared connection {short(place)} is there and carries nothing: a session over it hangs"
        return Fact("stale", says, shown, command, data)
    if alive.code == 0 and used.code == 0:
        return Fact("ok", "the shared connection works", shown, command, data)
    if alive.code == 0:
        return unknown("the shared connection answers, and a session over it failed", command)
    return Fact("unused", "a leftover socket that ssh passes over", shown, command, data)


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
    """One more guarded run, with the terminal that the config insists on."""
    if scene.leg.value("requesttty", "auto") not in {"yes", "force", "true"}:
        return Fact("not-wanted", "no terminal is forced by the config")
    token = "sshwizard-terminal"
    with tempfile.TemporaryDirectory(prefix="sshwizard-") as place:
        logs = [Path(place, f"log{number}") for number in range(len(scene.legs))]
        target = replace(scene.target, overrides=("-o", "RequestTTY=force", *scene.target.overrides))
        command = build(target, scene.legs, logs, Path(place, "known_hosts"), token, ours_first=True)
        result = await process.run(command, 10)
        log = sshlog.read(logs[-1].read_bytes() if logs[-1].exists() else b"")
    return read_terminal(log, opened=token in result.out, command=process.spell(("ssh", "-tt", *scene.target.ssh_args)))


def read_terminal(log: Log, *, opened: bool, command: str) -> Fact[Terminal]:
    """Did the server open a terminal? A run that failed for another reason does not tell."""
    refused = next((hit for hit in log.all("se.request") if hit["req"].startswith("PTY")), None)
    if refused:
        says = "the server opened no terminal, and the config asks for one"
        return Fact("refused", says, sshlog.quote((refused,)), command)
    if opened:
        return Fact("ok", "a terminal opens", command=command)
    return unknown("a session with a terminal did not come through", command)


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
