"""Faults in the client's configuration."""

from __future__ import annotations

from ..scenario import Scenario
from ..world import SshdWorld

DENIED = r"Permission denied \("


def open_include(world: SshdWorld) -> None:
    """An included file that everybody can write.  (ssh does not check the file that -F itself names.)"""
    included = world.put("work.conf", "ServerAliveInterval 30\n", 0o666)
    world.config(f"Include {included}")


def hidden_agent_key(world: SshdWorld) -> None:
    """The agent has the right key; IdentitiesOnly with another key file keeps it back."""
    world.key("other")
    world.config("IdentitiesOnly yes")


def hides_nothing(world: SshdWorld) -> None:
    world.agent("mine")


CONFIG: list[Scenario[SshdWorld]] = [
    Scenario(
        "config-bad-option", "config.bad-line", "config", r"Bad configuration option: serveraliveintervall",
        lambda w: w.config("ServerAliveIntervall 30"),
    ),
    Scenario(
        "config-bad-value", "config.bad-line", "config", r"line 1: .*maybe|terminating, 1 bad",
        lambda w: w.config("StrictHostKeyChecking maybe"),
    ),
    Scenario(
        "config-included-file-open", "config.bad-owner-or-permissions", "config",
        r"Bad owner or permissions on", open_include,
    ),
    Scenario(
        "config-file-missing", "config.file-missing", "config", r"Can't open user config file",
        args=lambda w: ["-F", str(w.ssh_dir / "no-such-config"), "box"],
    ),
    Scenario(
        "config-identities-only", "config.identities-only", "denied", DENIED, hidden_agent_key, hides_nothing
    ),
    Scenario(
        "config-public-key-off", "config.public-key-off", "denied", DENIED,
        lambda w: w.config("PubkeyAuthentication no"),
    ),
    Scenario(
        "config-control-directory-missing", "config.control-path-unusable", "config | session",
        r"cannot bind to path .*No such file or directory",
        lambda w: w.config("ControlMaster auto", f"ControlPath {w.sockets}/none/%C"),
    ),
    Scenario(
        "config-pins-kex", "config.algorithms-pinned", "kex", r"no matching key exchange method found",
        lambda w: w.config("KexAlgorithms diffie-hellman-group1-sha1"),
    ),
    Scenario(
        "config-pins-cipher", "config.algorithms-pinned", "kex", r"no matching cipher found",
        lambda w: w.config("Ciphers 3des-cbc"),
    ),
    Scenario(
        "config-pins-mac", "config.algorithms-pinned", "kex", r"no matching MAC found",
        lambda w: w.config("Ciphers aes256-ctr", "MACs hmac-md5"),
    ),
    Scenario(
        "config-pins-host-key", "config.algorithms-pinned", "kex", r"no matching host key type found",
        lambda w: w.config("HostKeyAlgorithms ecdsa-sha2-nistp256"),
    ),
]  # fmt: skip
