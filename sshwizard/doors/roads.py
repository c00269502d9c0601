"""Doors by which a script can be run on the server, for a look from inside and for repairs.

Each changes something at AWS: a key for a minute, a session, a command. So each is opened only once the person said so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from sshwizard.doors import instance_connect, walks
from sshwizard.doors.door import Walk
from sshwizard.doors.endpoint_tunnel import prepare
from sshwizard.doors.machine import administrator_of, wanted
from sshwizard.doors.marks import COMMAND
from sshwizard.doors.session_manager import Sessions
from sshwizard.doors.way import Way
from sshwizard.probes.scene import Scene


@dataclass(frozen=True, slots=True)
class Road:
    """One way for a script. No journal keeps what it needs: it is opened anew for each look and each change."""

    title: str
    does: str
    """What opening it does, for who has to consent."""
    walk: Walk


def _as_administrator(walk: Walk) -> Walk:
    """ssh through it as somebody who may become root."""

    @asynccontextmanager
    async def opened(scene: Scene) -> AsyncIterator[Way]:
        found = await wanted(scene)
        login = await administrator_of(scene, found)
        async with walk(replace(scene, login=login)) as way:
            yield replace(way, login=login, account=(found.who.profile, found.who.region))

    return opened


def _script(run: Callable[[Sessions, bytes, float], tuple[int, bytes]], door: str, says: str) -> Walk:
    """A way on which no ssh runs."""

    @asynccontextmanager
    async def opened(scene: Scene) -> AsyncIterator[Way]:
        found = await wanted(scene)
        sessions = Sessions(await walks.access_of(scene, found), found.id, found.who.region)
        prepare("a shell session")
        yield Way(door, says=says.format(instance=found.id), account=(found.who.profile, found.who.region),
                  runs=lambda script, seconds: run(sessions, script, seconds))  # fmt: skip

    return opened


def _in_a_shell(to: Sessions, script: bytes, seconds: float) -> tuple[int, bytes]:
    from sshwizard.doors.shellscript import run

    return run(to, script, seconds)


def _by_command(to: Sessions, script: bytes, seconds: float) -> tuple[int, bytes]:
    from sshwizard.doors.sendcommand import run

    return run(to.access, to.instance, to.region, script, seconds)


_KEY = "puts a temporary key on the instance for 60 s, and logs in with it"
ROADS: Mapping[str, Road] = {
    "eic": Road("EC2 Instance Connect", _KEY, _as_administrator(instance_connect.walk)),
    "eice": Road("EC2 Instance Connect Endpoint", f"opens a tunnel, {_KEY}", _as_administrator(walks.through_endpoint)),
    "ssm": Road("Session Manager", f"starts a session, {_KEY}", _as_administrator(walks.through_agent)),
    "ssm-shell": Road("A shell by Session Manager", "starts a session with a shell in it, without ssh",
                      _script(_in_a_shell, "ssm-shell", "a shell session on {instance}, without ssh")),
    COMMAND: Road("Run Command", "sends the script to the agent; AWS keeps it and what it writes",
                  _script(_by_command, COMMAND, "the agent on {instance} runs it as root")),
}  # fmt: skip
