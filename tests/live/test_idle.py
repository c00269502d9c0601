"""A session that a box on the way forgot: what ssh said, how long it was idle, and the keepalive that helps."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import struct
import subprocess
import threading
from dataclasses import replace
from unittest import mock

import pytest

from sshwizard.fronts import ownssh
from sshwizard.fronts.ownssh import Ended, Quiet, lost
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store
from sshwizard.verdict import Verdict

from .ports import LOOPBACK, Peer
from .world import SshdWorld


def forgets(port: int, over: threading.Event) -> object:
    """Passes everything on to `port`; once `over` is set, what comes meets a reset, as from a NAT that forgot."""

    def talk(peer: Peer, client: socket.socket) -> None:
        with socket.create_connection((LOOPBACK, port)) as server:
            while not over.is_set():
                ready, _, _ = select.select((client, server), (), (), 0.05)
                for source in ready:
                    (server if source is client else client).sendall(source.recv(65536))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(client.detach())

    return talk


@pytest.mark.requires("sshd", "ssh")
def test_a_session_that_broke_is_a_finding_and_keepalive_is_written(world: SshdWorld) -> None:
    over = threading.Event()
    port = world.meet(forgets(world.server.port, over))  # type: ignore[arg-type]
    true = world.server.known_hosts_line()
    world.known_hosts(true, f"[{LOOPBACK}]:{port} {true.split(' ', 1)[1]}")
    world.config(port=port)
    with mock.patch.dict(os.environ, world.env(), clear=True):
        threading.Timer(2, over.set).start()
        ended = ownssh.run(("ssh", *world.target_args, "sleep 15"))
        assert ended.code == ownssh.FAILED, ended
        broke = lost(ended)
        assert broke is not None, ended
        assert (broke.outcome, "reset" in broke.says or "Broken pipe" in broke.says) == ("lost", True), broke
        world.config()
        idle = lost(replace(ended, idle=720))
        assert idle is not None
        found, written = asyncio.run(asyncio.wait_for(_mended(world, idle), 60))
    assert (found.outcome, found.root and (found.root.cause, found.root.confidence)) == (
        "degraded", ("session.idle-timeout", "likely"))  # fmt: skip
    assert found.root
    assert found.root.title == "Your session was idle for 12 min, and then its connection was gone"
    assert found.root.remedies[0].id == "add-keepalive"
    assert "serveraliveinterval 60" in written


async def _mended(world: SshdWorld, idle: object) -> tuple[Verdict, str]:
    runner = Runner.live(typed.parse(world.target_args), store=Store.create("idle"))
    try:
        assert (await runner.walk()).outcome == "healthy"
        runner.broke(idle)  # type: ignore[arg-type]
        found = await runner.walk()
        await runner.apply("add-keepalive")
        assert (await runner.walk()).outcome == "healthy"
        change = runner.state.changes[0]
        assert (change.proved, change.helped) == (False, None)  # only time can tell
        told = await asyncio.create_subprocess_exec("ssh", "-G", *world.target_args, stdout=subprocess.PIPE)
        out, _ = await asyncio.wait_for(told.communicate(), 10)
        return found, out.decode()
    finally:
        await runner.close()


def test_how_long_it_was_idle() -> None:
    """The key that met the dead connection ended the pause; a chatty session never had one."""
    quiet = Quiet(1000.0)
    for at in (1010.0, 1018.0, 1738.0, 1738.0):
        quiet.see(at)
    assert quiet.longest(1740.0) == 720.0
    for at in (1746.0, 1754.0, 1762.0):
        quiet.see(at)
    assert quiet.longest(1763.0) == 8.0


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        (Ended(0, 900, "Connection to box closed.\n"), None),
        (Ended(255, 900, "dana@box: Permission denied (publickey).\n"), None),
        (Ended(255, 900, "client_loop: send disconnect: Broken pipe\n"), "dropped-idle"),
        (Ended(255, 4, "client_loop: send disconnect: Broken pipe\n"), "lost"),
        (Ended(255, 90, "Read from remote host box: Connection reset by peer\n"), "dropped-idle"),
        (Ended(255, 300, "Timeout, server box not responding.\n"), "dropped-idle"),
    ],
    ids=["exit", "refused", "broken-pipe", "busy", "reset", "no-answer"],
)
def test_what_an_end_tells(ended: Ended, outcome: str | None) -> None:
    fact = lost(ended)
    assert (fact.outcome if fact else None) == outcome
    assert json.dumps(fact.data if fact else {}) is not None
