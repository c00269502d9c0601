"""The ssh agent: is it there, and what does it hold?"""

from __future__ import annotations

import os
from typing import Any, Literal, get_args

from sshwizard import clean
from sshwizard.model import Fact, unknown
from sshwizard.probes import process
from sshwizard.probes.scene import Leg, Probe, Scene

LIMIT = 2.0
"""Seconds: an agent may hang for ever."""

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
    """The agent's socket that ssh would use (ssh_config(5), IdentityAgent)."""
    chosen = leg.value("identityagent")
    if chosen == "none":
        return ""
    if not chosen or chosen == "SSH_AUTH_SOCK":
        return os.environ.get("SSH_AUTH_SOCK", "")
    return os.path.expandvars(chosen)


async def ask(leg: Leg, locked: bool = False) -> Fact[Agent]:
    """Ask the agent for its list with `ssh-add -l`; nothing is signed."""
    sock = socket_of(leg)
    command = "ssh-add -l"
    if not sock and leg.value("identityagent") != "none" and os.environ.get("SSH_CONNECTION"):
        says = "this computer was itself reached by ssh, and no agent was passed on to it: SSH_AUTH_SOCK is not set"
        return Fact("not-forwarded", says, command=command)
    if not sock:
        return Fact("none", "no agent is set up: SSH_AUTH_SOCK is not set", command=command)
    result = await process.run(("env", f"SSH_AUTH_SOCK={sock}", "ssh-add", "-l"), LIMIT)
    if result.missing:
        return unknown("there is no ssh-add program", command)
    shown = clean.lines(result.out + result.err, 8)
    data: dict[str, Any] = {"socket": sock}
    if result.timed_out:
        return Fact("hung", f"the agent at {sock} gave no answer in {LIMIT:g} s", shown, command, data)
    if result.code == 2:
        return Fact("unreachable", f"no agent answers at {sock}", shown, command, data)
    if result.code == 1:
        says = "the agent is locked and shows no keys" if locked else "the agent runs and holds no keys"
        return Fact("locked" if locked else "empty", says, shown, command, data)
    return Fact("has-keys", f"the agent holds {len(shown)} key{'s' * (len(shown) != 1)}", shown, command, data)


async def held(leg: Leg) -> tuple[str, ...]:
    """The public keys in the agent, as lines of `ssh-add -L`; empty when there is none."""
    sock = socket_of(leg)
    if not sock:
        return ()
    result = await process.run(("env", f"SSH_AUTH_SOCK={sock}", "ssh-add", "-L"), LIMIT)
    return tuple(row for row in result.out.splitlines() if row.count(" ") >= 1) if result.code == 0 else ()


agent: Probe[Agent] = Probe(
    "agent.list",
    get_args(Agent),
    _look,
    reads_log=True,
    waits="the ssh agent (gives up in 2 s)",
)
