"""Worlds where ssh gets in all the same, or waits: what is amiss is told, and nothing else."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .ports import free_port
from .process import Ran, run
from .scenario import read_report, report_digest
from .scenarios.login import slow_lookup
from .scenarios.session import login_script
from .sshd import stop_process, wait_until
from .world import SshdWorld

pytestmark = pytest.mark.requires("sshd")

GREETING = "Hi octo! You have keys"
GITHUB = "Hi octo! You've successfully authenticated, but GitHub does not provide shell access."


def judged(ran: Ran) -> tuple[str, list[tuple[str, str]]]:
    """Outcome, and each finding that is more than possible."""
    report = read_report(ran)
    found = [(row["cause"], row["confidence"]) for row in report["findings"] if row["confidence"] != "possible"]
    print(report_digest(report))
    return report["outcome"], found


@contextmanager
def master(world: SshdWorld, host: str) -> Iterator[int]:
    """A shared connection to `host`, by the client's own config; gives its process."""
    command = ["ssh", "-F", str(world.config_file), "-o", "ControlMaster=yes", "-N", host]
    holder = subprocess.Popen(command, env=world.env(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: any(place.is_socket() for place in world.sockets.iterdir()), "the master listens")
        yield holder.pid
    finally:
        holder.send_signal(signal.SIGCONT)
        stop_process(holder)


def shared(world: SshdWorld) -> str:
    return f"ControlPath {world.sockets}/%C"


def test_a_slow_look_up_of_keys_is_timed(world: SshdWorld) -> None:
    slow_lookup(world, 3)
    outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("degraded", [("server.slow-login", "certain")])


def test_a_slow_login_script_is_timed(world: SshdWorld) -> None:
    login_script(world, "sleep 6\n")
    outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("degraded", [("server.slow-login", "certain")])


def test_a_moment_s_wait_is_no_slow_login(world: SshdWorld) -> None:
    login_script(world, "sleep 2\n")
    assert judged(world.diagnose(world.target_args)) == ("healthy", [])


def test_a_login_script_that_hangs(world: SshdWorld) -> None:
    login_script(world, "sleep 100\n")
    assert run(["ssh", "-o", "BatchMode=yes", *world.target_args, "true"], world.env(), world.home, 2).late
    report = read_report(world.diagnose(world.target_args))
    assert report["outcome"] == "failed"
    assert report["findings"][0]["cause"] == "session.stalls-after-login"
    assert report["findings"][0]["confidence"] == "likely"
    assert report["findings"][1]["cause"] == "session.startup-file-exits"


def test_a_login_script_that_prints(world: SshdWorld) -> None:
    login_script(world, "echo Welcome\n")
    outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("degraded", [("session.startup-file-prints", "certain")])


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["ForceCommand sh -c \"$SSH_ORIGINAL_COMMAND\""], id="a forced command that lets ours through"),
        pytest.param([f"ForceCommand echo \"{GITHUB}\"; exit 1"], id="a Git service"),
        pytest.param(["AllowTcpForwarding no"], id="no forwarding, and a local forward"),
        pytest.param(["X11Forwarding no", "AllowAgentForwarding no"], id="no agent, no X11"),
    ],
)  # fmt: skip
def test_nothing_is_wrong_here(world: SshdWorld, lines: list[str]) -> None:
    world.server.start(*lines)
    world.config("ForwardAgent yes", "ForwardX11 yes", f"LocalForward {free_port()} localhost:9")
    assert judged(world.diagnose(world.target_args)) == ("healthy", [])


def test_a_greeting_that_is_not_a_git_service_s(world: SshdWorld) -> None:
    world.server.start(f"ForceCommand echo '{GREETING}'; exit 1")
    outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("failed", [("session.exits-at-once", "likely")])


def test_a_frozen_master(world: SshdWorld) -> None:
    world.config("ControlMaster auto", shared(world))
    with master(world, "box") as process:
        os.kill(process, signal.SIGSTOP)
        outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("failed", [("config.control-socket-stale", "certain")])


def test_a_frozen_master_of_a_jump_host(world: SshdWorld) -> None:
    world.through_jump()
    hop = f"Host hop\n  ControlMaster auto\n  {shared(world)}\n"
    world.config_file.write_text(hop + world.config_file.read_text())
    with master(world, "hop") as process:
        os.kill(process, signal.SIGSTOP)
        outcome, found = judged(world.diagnose(world.target_args))
    assert (outcome, found) == ("failed", [("config.control-socket-stale", "certain")])


def test_a_master_that_takes_no_more(world: SshdWorld) -> None:
    world.server.start("MaxSessions 1")
    world.config("ControlMaster auto", shared(world))
    command = ["ssh", "-F", str(world.config_file), "-tt", "box", "sleep 60"]
    holder = subprocess.Popen(command, env=world.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        wait_until(lambda: "Starting session" in world.server.log(), "its session runs")
        ran = world.plain_ssh(world.target_args)
        assert ran.code == 0
        assert re.search(r"Session open refused by peer", ran.text)
        outcome, found = judged(world.diagnose(world.target_args))
    finally:
        stop_process(holder)
    assert (outcome, found) == ("degraded", [("session.max-sessions", "certain")])


def test_a_leftover_socket_is_passed_over(world: SshdWorld) -> None:
    world.config("ControlMaster auto", f"ControlPath {world.sockets}/left")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(world.sockets / "left"))
    assert judged(world.diagnose(world.target_args)) == ("healthy", [])
    assert (world.sockets / "left").is_socket()


def test_an_agent_that_hangs(world: SshdWorld) -> None:
    world.agent("other")
    holder = world._agents[-1]
    holder.send_signal(signal.SIGSTOP)
    try:
        ran = world.diagnose(world.target_args)
    finally:
        holder.send_signal(signal.SIGCONT)
    assert judged(ran) == ("failed", [("agent.unreachable", "certain")])
    assert ran.seconds < 8
