"""The looks after a login that works, which run ssh once more, are as careful as the first run."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from .test_harmless import snapshot
from .world import SshdWorld

EAGER = (
    "StrictHostKeyChecking accept-new",
    "PermitLocalCommand yes",
    "RequestTTY force",
)


@pytest.mark.requires("sshd")
def test_a_forced_terminal_leaves_known_hosts_alone(world: SshdWorld) -> None:
    """accept-new lets ssh write a new host's key; a diagnosis must not, in none of its runs."""
    world.known_hosts("# nobody")
    world.config(*EAGER)
    before, since = snapshot(world.ssh_dir), world.server.mark()
    ran = world.diagnose(world.target_args)
    assert json.loads(ran.out)["outcome"] == "healthy", ran.out
    assert snapshot(world.ssh_dir) == before
    assert world.server.connections(since) <= 2


@pytest.mark.requires("sshd")
def test_a_terminal_that_is_refused_is_found(world: SshdWorld) -> None:
    """The config insists on a terminal, and the key may have none."""
    world.config("RequestTTY force")
    world.server.authorize("mine", options="no-pty")
    report = json.loads(world.diagnose(world.target_args).out)
    assert report["findings"][0]["cause"] == "session.terminal-not-permitted"


@pytest.mark.requires("sshd")
def test_a_dead_shared_connection_brings_no_third_knock(world: SshdWorld) -> None:
    """Where the socket refuses, ssh would connect anew and run the person's LocalCommand: not for a look."""
    ran_file = world.sockets / "ran"
    path = world.sockets / "cm"
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(path))
        leftover.listen()
        threading.Thread(target=_hang_up, args=(leftover,), daemon=True).start()
        world.config(
            "ControlMaster auto", f"ControlPath {path}", "PermitLocalCommand yes", f"LocalCommand touch {ran_file}"
        )
        before, since = snapshot(world.ssh_dir), world.server.mark()
        world.diagnose(world.target_args)
    assert not ran_file.exists()
    assert snapshot(world.ssh_dir) == before
    assert world.server.connections(since) == 1


def _hang_up(listener: socket.socket) -> None:
    while True:
        try:
            listener.accept()[0].close()
        except OSError:
            return
