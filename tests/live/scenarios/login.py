"""Faults of the login: what the server takes, and what the agent has to offer."""

from __future__ import annotations

from ..scenario import Scenario
from ..world import SshdWorld

DENIED = r"Permission denied \("
FOREIGN = [f"foreign{number}" for number in range(7)]


def dead_agent_locked_key(world: SshdWorld) -> None:
    """The key has a passphrase, and the agent that would know it is dead."""
    world.key("locked")
    world.dead_agent()


def empty_agent_no_key(world: SshdWorld) -> None:
    world.no_key()
    world.agent()
    world.config(identity="none")


def too_many_keys(world: SshdWorld) -> None:
    """The agent offers foreign keys until the server has had enough; the right one would come last."""
    world.no_key()
    world.agent(*FOREIGN, "mine")
    world.config(identity="none")


LOGIN: list[Scenario[SshdWorld]] = [
    Scenario(
        "key-not-authorised", "auth.key-rejected", "denied", DENIED, lambda w: w.server.authorize("other")
    ),
    Scenario(
        "agent-dead", "agent.unreachable", "denied", DENIED, dead_agent_locked_key,
        lambda w: w.server.authorize("mine", "locked"),
    ),
    Scenario("agent-empty", "agent.empty | auth.no-key-offered", "denied", DENIED, empty_agent_no_key),
    Scenario(
        "agent-too-many-keys", "auth.too-many-keys", "closed | denied", r"Too many authentication failures",
        too_many_keys,
    ),
    Scenario(
        "server-password-only", "auth.public-key-off", "denied", r"Permission denied \(password\)",
        lambda w: w.server.start("AuthenticationMethods password"),
    ),
    Scenario(
        "server-public-key-off", "auth.public-key-off", "denied", DENIED,
        lambda w: w.server.start("PubkeyAuthentication no", "KbdInteractiveAuthentication yes"),
    ),
    Scenario(
        "server-wants-second-factor", "auth.mfa-required", "denied", r"with partial success",
        lambda w: w.server.start(
            "AuthenticationMethods publickey,keyboard-interactive", "KbdInteractiveAuthentication yes"
        ),
    ),
    Scenario(
        "server-wants-key-and-password", "auth.mfa-required", "denied", r"with partial success",
        lambda w: w.server.start("AuthenticationMethods publickey,password"),
    ),
]  # fmt: skip
