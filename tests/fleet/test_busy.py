"""A computer that is busy itself blames no server without a second look."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sshwizard.fleet import hosts
from sshwizard.fleet.sweeping import Limits, Sweep

PAUSE = 1.6
BURN = "import time\nend = time.monotonic() + 20\nwhile time.monotonic() < end: pass"


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """Takes each connection on all addresses of loopback, and hangs up after a while without a word."""
    with socket.create_server(("0.0.0.0", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Timer(PAUSE, server.accept()[0].close).start()

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Two programs that want one and the same processor, behind everybody else's, for a moment."""
    made = [subprocess.Popen((sys.executable, "-c", BURN)) for _ in range(2)]
    for one in made:
        os.sched_setaffinity(one.pid, {min(os.sched_getaffinity(0))})
        os.setpriority(os.PRIO_PROCESS, one.pid, 19)
    try:
        yield
    finally:
        for one in made:
            one.kill()
            one.wait(5)


@pytest.mark.skipif(not Path("/proc/pressure/cpu").exists(), reason="the system tells no pressure")
async def test_what_time_decided_on_a_busy_computer_is_looked_at_once_more() -> None:
    names = ("127.0.0.2", "127.0.0.3")
    with silent_server() as port, busy():
        began = time.monotonic()
        sweep = Sweep(hosts.targets(names, ("-F", "none", "-p", str(port))), None, Limits(busy=8))
        rows = [one async for one in sweep.rows()]
    assert sorted(one.host for one in rows) == sorted(names)  # each is told once
    assert all(not one.works and one.cause for one in rows)
    assert sorted(sweep.twice) == sorted(names)
    assert time.monotonic() - began < 40
