"""Fixes that a person chooses: tries, what needs an answer, and what a try that worked is kept as."""

from __future__ import annotations

from ..byhand_row import ByHand
from ..networld import NAME, SERVER, NetWorld
from ..ports import LOOPBACK, free_port
from ..sshd import me
from ..world import SshdWorld
from .certificates import certify, trusting
from .config import hidden_agent_key, hides_nothing
from .login import FOREIGN
from .mending import known_among_others
from .network import other_family_refused
from .session import forced_terminal

BEHIND = "10.77.0.30"
NOBODY = "192.0.2.77"


def accepts_new(world: SshdWorld) -> None:
    world.config("StrictHostKeyChecking accept-new")
    known_among_others(world, "other")


def expired(world: SshdWorld) -> None:
    trusting(world)
    certify(world, "-V", "-2h:-1h")


def renewal(world: SshdWorld) -> str:
    """A command that signs anew, as an authority's own program does."""
    signed = f"-s {world.keys.path('ca')} -I mine -n {me()} -V -1h:+1h"
    return f"ssh-keygen -q {signed} {world.ssh_dir}/id_ed25519.pub"


def _X(world: SshdWorld) -> None:
    """The config names a key that the server does not know; the right one lies beside it."""
    world.key("other", "id_work")
    world.config(identity="id_work")


def renamed(world: NetWorld) -> None:
    """The host's name leads to it, and the config has an address of long ago."""
    world.dns(server_example=[SERVER])
    world.client.put("config", f"Host {NAME}\n  HostName {NOBODY}\n  HostKeyAlias {NAME}\n")


def only_from_inside(world: NetWorld) -> None:
    """An address of a private network behind the server, which lets nobody pass."""
    world.beyond(BEHIND)
    world.firewall(f"-i eth0 -d {BEHIND} -j DROP")
    known = f"{NAME} {world.keys.bare('host')}\n{BEHIND} {world.keys.bare('host')}\n"
    world.client.put("known_hosts", known)


def marked_dropped(world: NetWorld) -> None:
    world.firewall("-p tcp -m tos ! --tos 0x00/0xfc -j DROP")


def ours_among_many(world: SshdWorld) -> None:
    """The key that -i names would come last, after all that the agent has."""
    world.agent(*FOREIGN)
    world.config(identity="none")


def other_port_known(world: SshdWorld) -> None:
    """Another host of the config is at this very address, on the port that answers."""
    world.config(port=free_port(), after=f"Host old\n  HostName {LOOPBACK}\n  Port {world.server.port}\n")


def without_a_terminal(world: SshdWorld) -> None:
    forced_terminal(world)
    world.server.authorize("mine", options="no-pty")


ON_LOOPBACK: list[ByHand[SshdWorld]] = [
    ByHand(
        "remove-known-host", lambda w: f"remove-known-host={w.fingerprint}", "hostkey.changed", accepts_new,
        touches="known_hosts", connects=False,
    ),
    ByHand(
        "renew-certificate", lambda w: f"renew-certificate={renewal(w)}", "cert.expired", expired,
        touches="id_ed25519-cert.pub", undone=False,
    ),
    ByHand("try-port", lambda w: "try-port", "config.wrong-port", other_port_known),
    ByHand(
        "try-image-user", lambda w: f"try-image-user={me()}", "auth.", lambda w: None,
        args=lambda w: ["-l", "nobody-here", *w.target_args],
    ),
    ByHand("use-matching-key", lambda w: "use-matching-key", "config.identities-only", hidden_agent_key, hides_nothing),
    ByHand(
        "use-only-this-key", lambda w: "use-only-this-key", "auth.too-many-keys", ours_among_many,
        args=lambda w: ["-i", str(w.ssh_dir / "id_ed25519"), *w.target_args],
    ),
    ByHand(
        "retry-without-terminal", lambda w: "retry-without-terminal", "session.terminal-not-permitted",
        without_a_terminal,
    ),
]  # fmt: skip

IN_NETWORK: list[ByHand[NetWorld]] = [
    ByHand(
        "update-config-address", lambda w: "update-config-address", "config.stale-hostname", renamed, touches="config"
    ),
    ByHand(
        "use-jump-host", lambda w: f"use-jump-host=erin@{NAME}", "target.private-address", only_from_inside,
        args=lambda w: [f"erin@{BEHIND}"], touches="config",
    ),
    ByHand(
        "use-address-family", lambda w: "use-address-family", "network.address-family-mismatch",
        other_family_refused, args=lambda w: ["-6", *w.target_args],
    ),
    ByHand("disable-ipqos", lambda w: "disable-ipqos", "network.qos-dropped", marked_dropped),
    ByHand(
        "disable-ipqos-kept", lambda w: "disable-ipqos write-host-block", "network.qos-dropped", marked_dropped,
        touches="config",
    ),
]  # fmt: skip
