"""What stands beside the server of a world: an agent, jump hosts on the way, a gate in front of its port."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sshwizard.lab import child
from sshwizard.lab.bench import (
    LOOPBACK,
    PASSPHRASE,
    Account,
    Hop,
    LabError,
    Missing,
    make_key,
    read_public,
    write_accounts,
    write_manner,
    write_spec,
)
from sshwizard.lab.gate import Gate

if TYPE_CHECKING:
    from sshwizard.lab.stage import Stage

    Value = str | tuple[str, ...]

HOPS = ("healthy", "other-user", "refuses", "forwards-nothing", "leads-nowhere", "other-host-key")
"""How a jump host may be."""
_AGENT_SECONDS = 10
_MANY = 7
"""Keys in a full agent: more than MaxAuthTries' 6 (sshd_config(5))."""


# ---------------------------------------------------------------- the agent


def agent(stage: Stage, value: Value) -> None:
    """`many`: more keys than a server lets one try, and none of them fits."""
    bench = stage.bench
    # Short: a socket's path has at most 108 bytes (unix(7)), and the world's directory may be deep.
    socket = bench.root / "agent"
    if value == "none":
        bench.config(agent="none", only=True)
        return
    if value != "gone" and not socket.exists():
        _start_agent(stage, socket)
    if value == "key":
        _add(socket, bench.key)
    for number in range(_MANY if value == "many" else 0):
        key = bench.root / "server" / f"agent_{number}"
        make_key(key)
        _add(socket, key)
    bench.config(agent=f'"{socket}"', only=value != "many")


def _start_agent(stage: Stage, socket: Path) -> None:
    program = shutil.which("ssh-agent")
    if program is None:
        raise Missing("ssh-agent was not found: this exercise needs it")
    running = subprocess.Popen(
        [program, "-D", "-a", str(socket)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    def stop() -> None:
        running.terminate()
        running.wait(_AGENT_SECONDS)

    stage.bench.keep.callback(stop)
    until = time.monotonic() + _AGENT_SECONDS
    while not socket.exists():
        if running.poll() is not None or time.monotonic() > until:
            raise LabError("The agent of this exercise did not start")
        time.sleep(0.01)


def _add(socket: Path, key: Path) -> None:
    """Give a key to the agent; one with a passphrase gets it from a program, as ssh-add(1) asks."""
    answer = socket.parent / "server" / "answer"
    answer.write_text(f"#!/bin/sh\necho '{PASSPHRASE}'\n", encoding="ascii")
    answer.chmod(0o700)
    env = {**os.environ, "SSH_AUTH_SOCK": str(socket), "SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(
        ["ssh-add", "-q", str(key)], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=_AGENT_SECONDS,
        check=False,
    )  # fmt: skip


# ---------------------------------------------------------------- the way


def hops(stage: Stage, value: Value) -> None:
    """Jump hosts in front of the server, one for each word."""
    bench = stage.bench
    if stage.aws or stage.google:
        raise LabError("hops cannot be combined with a cloud: the server is met at its own address")
    if not bench.draft.hops:
        bench.draft.hops = tuple(_hop(stage, f"lab-jump-{number}") for number in range(1, len(value) + 1))
    ports = [*(hop.port for hop in bench.draft.hops), bench.port][1:]
    made = []
    for hop, after, how in zip(bench.draft.hops, ports, value, strict=True):
        home = bench.root / hop.name
        user = "admin" if how == "other-user" else "dana"
        key = read_public(home / "former") if how == "other-host-key" else read_public(home / "host_key")
        forwards = None if how == "forwards-nothing" else [] if how == "leads-nowhere" else [after]
        write_manner(home, {"forwards": forwards})
        known = {} if how == "refuses" else {"dana": Account((bench.public_key(),))}
        write_accounts(bench.root, known, hop.name)
        made.append(Hop(hop.name, user, hop.port, key))
    bench.config(hops=tuple(made))
    bench.known_hosts(bench.host_key)


def _hop(stage: Stage, name: str) -> Hop:
    bench = stage.bench
    home = bench.root / name
    home.mkdir(mode=0o700)
    make_key(home / "host_key")
    make_key(home / "former")
    write_accounts(bench.root, {}, name)
    spec = write_spec(home, name)
    told = child.start(f"The jump host {name}", "sshwizard.lab.server", (str(spec),), home / "errors.txt", bench.keep)
    return Hop(name, "dana", int(told["port"]), str(told["host_key"]))


def server_port(stage: Stage, value: Value) -> None:
    """The server moves behind a gate of its own, so that its port can refuse, or say nothing."""
    bench = stage.bench
    if stage.aws or stage.google:
        raise LabError("server.port cannot be combined with a cloud, whose rules say what a packet meets")
    if not stage.gates:
        gate, real = _gate(stage), bench.port

        def become(mood: str) -> None:
            gate.become(real if mood == "open" else "silent" if mood == "silent" else "refusing")

        stage.gates["server"] = become
        stage.bench = bench = replace(bench, port=gate.place[1])
        bench.config()
        bench.known_hosts(bench.host_key)
    stage.gates["server"](str(value))


def _gate(stage: Stage) -> Gate:
    # Lower than the ports that clients are given (ip_local_port_range), so that it stays ours between two moods.
    for port in random.sample(range(20_000, 30_000), 50):
        gate = Gate(LOOPBACK, port)
        try:
            gate.become("refusing")
        except OSError:
            continue
        stage.bench.keep.callback(gate.close)
        return gate
    raise LabError("No port was free for this exercise")
