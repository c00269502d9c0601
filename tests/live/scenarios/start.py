"""Before anything is sent: the healthy worlds, names, and ports with nobody behind them."""

from __future__ import annotations

from ..ports import free_port, listening
from ..scenario import Scenario
from ..world import SshdWorld

NOT_FOUND = "dns.name-not-found | dns.lookup-failed | dns.temporary-failure | dns.resolver-unreachable"


def with_agent_only(world: SshdWorld) -> None:
    """The only key is in the agent."""
    world.no_key()
    world.agent("mine")
    world.config(identity="none")


def with_decoys(world: SshdWorld) -> None:
    """Much is wrong, and nothing of it is in use."""
    world.key("other", "id_old", mode=0o644)
    world.put("work.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n")
    world.known_hosts(f"gone.example {world.keys.bare('other')}", world.server.known_hosts_line())
    world.config(after="Host gone.example\n  Port 1\n  IdentityFile /nonexistent/key\n")


def port_nobody_has(world: SshdWorld) -> None:
    """The server is gone, and nothing that the client knows names another port of it."""
    world.server.stop()
    world.known_hosts(f"gone.example {world.keys.bare('other')}")


def moved(world: SshdWorld) -> None:
    """The config names a dead port; known_hosts still names the one where sshd is."""
    world.config(port=free_port())


START: list[Scenario[SshdWorld]] = [
    Scenario("healthy", outcome="healthy"),
    Scenario("healthy-agent-only", outcome="healthy", prepare=with_agent_only),
    Scenario("healthy-hashed", outcome="healthy", prepare=lambda w: w.known_hosts(hashed=True)),
    Scenario("healthy-decoys", outcome="healthy", prepare=with_decoys),
    Scenario(
        "name-not-found", NOT_FOUND, "dns", r"Could not resolve hostname nosuch\.invalid",
        args=lambda w: ["-F", str(w.config_file), "nosuch.invalid"],
    ),
    Scenario(
        "port-in-host-name", "target.malformed-name", "dns | config",
        r"Could not resolve hostname 127\.0\.0\.1:\d",
        args=lambda w: ["-F", str(w.config_file), f"127.0.0.1:{w.server.port}"],
    ),
    Scenario(
        "port-refused",
        # Where the machine has an sshd of its own on 22 or 2222, finding that is no mistake.
        "network.port-refused | server.sshd-not-running"
        + (" | target.wrong-port | config.wrong-port" if listening(22) or listening(2222) else ""),
        "refused", r"port \d+: Connection refused", port_nobody_has,
    ),
    Scenario(
        "port-moved-config", "config.wrong-port | target.wrong-port", "refused",
        r"port \d+: Connection refused", moved,
    ),
    Scenario(
        "port-moved-typed", "target.wrong-port", "refused", r"port \d+: Connection refused",
        args=lambda w: ["-p", str(free_port()), *w.target_args],
    ),
]  # fmt: skip
