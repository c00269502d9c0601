"""Faults in the client's configuration."""

from __future__ import annotations

from ..ports import LOOPBACK, free_port
from ..scenario import Scenario
from ..sshd import me
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


def general_first(world: SshdWorld, lines: str, own: str = "") -> None:
    """A block for every host stands before the host's own: ssh keeps the first value that it meets."""
    included = world.put("team.conf", f"Host *\n  {lines}\n")
    text = f"Include {included}\nHost box\n  HostName {LOOPBACK}\n  Port {world.server.port}\n  {own}\n"
    text += f"Host *\n  User {me()}\n  IdentityFile {world.ssh_dir}/id_ed25519\n"
    text += f"  UserKnownHostsFile {world.known_hosts_file}\n  GlobalKnownHostsFile /dev/null\n"
    world.put("config", text)


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
        "config-address-family-of-an-address", "config.address-family", "dns", r"Could not resolve hostname",
        lambda w: w.config("AddressFamily inet6"),
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
    Scenario(
        "config-general-port-first", "config.wrong-block-wins", "refused", r"port \d+: Connection refused",
        lambda w: general_first(w, f"Port {free_port()}"),
    ),
    Scenario(
        "config-general-host-first", "config.wrong-block-wins", "refused | timeout | unreachable",
        r"Connection refused|No route|unreachable|timed out",
        lambda w: general_first(w, "HostName 127.0.0.2"),
    ),
    Scenario(
        "config-general-user-first", "config.wrong-block-wins", "denied", DENIED,
        lambda w: general_first(w, "User nobody-here", f"User {me()}"),
    ),
]  # fmt: skip
