"""Faults of the login: what the server takes, and what the agent has to offer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..scenario import Scenario
from ..sshd import me
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


def came_by_ssh(world: SshdWorld) -> None:
    """This computer is itself the far end of a connection, with neither keys nor a forwarded agent."""
    world.no_key()
    world.config(identity="none")
    world.extra_env["SSH_CONNECTION"] = "192.0.2.7 50022 192.0.2.8 22"


def passwords_only_here(world: SshdWorld) -> None:
    """The client wants to give a password, and the server takes none."""
    world.server.start("PasswordAuthentication no")
    world.config("PreferredAuthentications password")


def banner_names_user(world: SshdWorld) -> None:
    """A banner that says whom to log in as."""
    banner = world.server.directory / "banner"
    banner.write_text('Please login as the user "dana" rather than the user "ubuntu".\n')
    world.server.start(f"Banner {banner}")


def two_keys(world: SshdWorld) -> None:
    """A foreign key stands before the right one."""
    world.key("other", "id_other")
    world.config(f"IdentityFile {world.ssh_dir}/id_other")


def slow_lookup(world: SshdWorld, seconds: int, *lines: str) -> None:
    """sshd waits that long for each question about a key."""
    command = f"sleep {seconds}; cat {world.server.directory}/authorized_keys"
    world.server.start(
        *lines, "AuthorizedKeysFile none", f"AuthorizedKeysCommandUser {me()}",
        f'AuthorizedKeysCommand {Path("/bin/sh").resolve()} -c "{command}"',
    )  # fmt: skip


def as_user(name: str) -> Callable[[SshdWorld], list[str]]:
    return lambda world: ["-l", name, *world.target_args]


LOGIN: list[Scenario[SshdWorld]] = [
    Scenario(
        "key-not-authorised", "auth.key-rejected", "denied", DENIED, lambda w: w.server.authorize("other")
    ),
    Scenario(
        "image-name-refused", "auth.key-rejected", "denied", DENIED, args=as_user("ec2-user"),
    ),
    Scenario(
        "banner-names-user", "auth.wrong-user", "denied", DENIED, banner_names_user, args=as_user("ubuntu"),
    ),
    Scenario(
        "came-by-ssh-without-agent", "agent.not-forwarded", "denied", DENIED, came_by_ssh,
    ),
    Scenario(
        "password-wanted-none-taken", "auth.password-off", "denied", r"Permission denied \(publickey\)",
        passwords_only_here,
    ),
    Scenario(
        "too-few-tries", "auth.too-many-keys", "denied | closed", r"Too many authentication failures",
        lambda w: w.server.start("MaxAuthTries 1"), two_keys,
    ),
    Scenario(
        "login-too-long", "server.login-grace-timeout", "closed", r"Connection (closed|reset) by",
        lambda w: slow_lookup(w, 9, "LoginGraceTime 3"),
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
