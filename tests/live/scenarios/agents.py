"""Faults of the agent: where ssh is pointed to, and what answers there."""

from __future__ import annotations

import socket
import struct
import subprocess

from ..keys import PASSPHRASE
from ..scenario import Scenario
from ..world import SshdWorld

DENIED = r"Permission denied \("
SSH_AGENTC_LOCK, SSH_AGENT_SUCCESS = 22, 6


def agent_only(world: SshdWorld) -> None:
    """Healthy: the only key is in the agent."""
    world.no_key()
    world.agent("mine")
    world.config(identity="none")


def locked_key_in_agent(world: SshdWorld) -> None:
    """Healthy: the key file has a passphrase, and the agent holds the key."""
    world.server.authorize("locked")
    world.key("locked")
    world.agent()
    key = world.keys.path("locked")
    askpass = world.home / "askpass"
    askpass.write_text(f"#!/bin/sh\necho {PASSPHRASE}\n")
    askpass.chmod(0o700)
    env = {**world.env(), "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", str(key)], check=True, env=env, stdin=subprocess.DEVNULL, timeout=20)


def socket_gone(world: SshdWorld) -> None:
    """The terminal session outlived the login whose agent it remembers."""
    world.extra_env["SSH_AUTH_SOCK"] = str(world.sockets / "gone")


def not_a_socket(world: SshdWorld) -> None:
    file = world.sockets / "file"
    file.write_text("SSH_AUTH_SOCK=/tmp/ssh-x/agent.1; export SSH_AUTH_SOCK;\n")
    world.extra_env["SSH_AUTH_SOCK"] = str(file)


def locked(world: SshdWorld) -> None:
    """What `ssh-add -x` asks of the agent (PROTOCOL.agent, SSH_AGENTC_LOCK)."""
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(world.extra_env["SSH_AUTH_SOCK"])
        body = bytes([SSH_AGENTC_LOCK]) + struct.pack("!I", 3) + b"pin"
        agent.sendall(struct.pack("!I", len(body)) + body)
        assert agent.recv(100)[4] == SSH_AGENT_SUCCESS


AGENTS: list[Scenario[SshdWorld]] = [
    Scenario("agent-socket-gone", "agent.unreachable", "denied", DENIED, socket_gone, locked_key_in_agent),
    Scenario("agent-not-a-socket", "agent.unreachable", "denied", DENIED, not_a_socket, agent_only),
    Scenario(
        "agent-elsewhere-by-config", "agent.unreachable", "denied", DENIED,
        lambda w: w.config(f"IdentityAgent {w.sockets}/other", identity="none"), agent_only,
    ),
    Scenario(
        "agent-off-by-config", "key.passphrase-required", "denied", DENIED,
        lambda w: w.config("IdentityAgent none"), locked_key_in_agent,
    ),
    Scenario("agent-locked", "agent.locked", "denied", DENIED, locked, agent_only),
]  # fmt: skip
