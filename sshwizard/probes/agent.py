"""The ssh agent: is it there, and what does it hold?"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.paths import short
from sshwizard.probes import process
from sshwizard.probes.scene import Leg, Probe, Scene

LIMIT = 2.0
"""Seconds: an agent may hang for ever."""

USUAL = ("ssh-agent.socket", "ssh-agent", "keyring/ssh", "gcr/ssh", "gnupg/S.gpg-agent.ssh", "openssh_agent")
"""Where desktops and systemd units put an agent's socket, below XDG_RUNTIME_DIR."""

Agent = Literal["none", "not-forwarded", "unreachable", "hung", "empty", "locked", "has-keys"]


async def _look(scene: Scene) -> Fact[Agent]:
    log = scene.run.logs[scene.index] if scene.run.logs else None
    locked = bool(log and log.has("agent.bind_refused"))
    if not scene.live:
        if log is None:
            return unknown("no log")
        if hit := log.first("agent.error"):
            return Fact(
                "none" if "No such file" not in hit["err"] else "unreachable",
                clean.line(hit.text),
                (clean.line(hit.text),),
            )
        if log.has("agent.none"):
            return Fact("locked" if locked else "empty", "the agent shows no keys")
        return unknown("the log says nothing about an agent")
    return await ask(scene.leg, locked)


def socket_of(leg: Leg) -> str:
    """The agent's socket that ssh would use; empty for none (ssh_config(5), IdentityAgent)."""
    chosen = leg.value("identityagent")
    if chosen == "none":
        return ""
    if not chosen or chosen == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK", "")
    if chosen.startswith("$") and not chosen.startswith("${"):
        return os.environ.get(chosen[1:], "")
    return os.path.expandvars(chosen)  # `ssh -G` has put in the home directory and every % token


async def ask(leg: Leg, locked: bool = False) -> Fact[Agent]:
    """Ask the agent for its list with `ssh-add -l`; nothing is signed."""
    sock, setting = socket_of(leg), leg.setting("identityagent")
    by = f"IdentityAgent ({setting.place})" if setting else "SSH_AUTH_SOCK"
    shown = (setting.shown,) if setting else ()
    command = "ssh-add -l"
    if not sock and leg.value("identityagent") != "none" and os.environ.get("SSH_CONNECTION"):
        says = "this computer was itself reached by ssh, and no agent was passed on to it: SSH_AUTH_SOCK is not set"
        return Fact("not-forwarded", says, command=command)
    if not sock:
        says = f"{by} turns the agent off" if setting else "no agent is set up: SSH_AUTH_SOCK is not set"
        return Fact("none", says, (*shown, *(() if setting else unused())), command)
    result = await process.run(("env", f"SSH_AUTH_SOCK={sock}", "ssh-add", "-l"), LIMIT)
    if result.missing:
        return unknown("there is no ssh-add program", command)
    listed = clean.lines(result.out + result.err, 8)
    data: dict[str, Any] = {"socket": sock}
    if result.timed_out:
        return Fact("hung", f"the agent at {sock} gave no answer in {LIMIT:g} s", (*shown, *listed), command, data)
    if result.code == 2:
        says = f"no agent answers: {by} names {short(sock)}, {_trouble(Path(sock))}"
        if setting is None:
            says += "; a terminal session that outlived its login keeps the old name"
        return Fact("unreachable", says, (*shown, *listed, *await _beside(leg, sock)), command, data)
    if result.code == 1:
        says = "the agent is locked and shows no keys" if locked else "the agent runs and holds no keys"
        lines = (*shown, *listed, *await _beside(leg, sock))
        return Fact("locked" if locked else "empty", says, lines, command, data)
    return Fact("has-keys", f"the agent holds {len(listed)} key{'s' * (len(listed) != 1)}", listed, command, data)


def _trouble(sock: Path) -> str:
    """What is wrong with a socket that nobody answers on."""
    try:
        info = sock.stat()
    except FileNotFoundError:
        return "which does not exist"
    except OSError:
        return "which you may not reach"
    if not stat.S_ISSOCK(info.st_mode):
        return "which is not a socket"
    if not os.access(sock, os.W_OK):
        return f"which belongs to uid {info.st_uid} and is closed to you"
    return "whose agent has ended"


def unused() -> tuple[str, ...]:
    """Sockets of agents at the usual places, which nothing points ssh to. Only these names are looked at."""
    place = os.environ.get("XDG_RUNTIME_DIR", "")
    found = [Path(place, name) for name in USUAL] if place else []
    return tuple(f"an agent's socket is at {one}, and nothing points ssh to it" for one in found if one.is_socket())


async def _beside(leg: Leg, sock: str) -> tuple[str, ...]:
    """What the agent of SSH_AUTH_SOCK holds, where IdentityAgent points ssh to another one."""
    usual = os.environ.get("SSH_AUTH_SOCK", "")
    if not usual or usual == sock or leg.setting("identityagent") is None:
        return ()
    count = len(await _keys_at(usual))
    return (f"the agent of SSH_AUTH_SOCK holds {count} key{'s' * (count != 1)}, and ssh does not ask it",) * (count > 0)


async def held(leg: Leg) -> tuple[str, ...]:
    """The public keys in the agent, as lines of `ssh-add -L`; empty when there is none."""
    sock = socket_of(leg)
    return await _keys_at(sock) if sock else ()


async def _keys_at(sock: str) -> tuple[str, ...]:
    result = await process.run(("env", f"SSH_AUTH_SOCK={sock}", "ssh-add", "-L"), LIMIT)
    return tuple(row for row in result.out.splitlines() if row.count(" ") >= 1) if result.code == 0 else ()


agent: Probe[Agent] = Probe(
    "agent.list",
    get_args(Agent),
    _look,
    reads_log=True,
    waits="the ssh agent (gives up in 2 s)",
)
