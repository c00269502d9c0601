"""One fault and its fix, on the loopback."""

from __future__ import annotations

import signal
import subprocess

from ..keys import broken_in_two, with_windows_line_ends
from ..mending import Mend
from ..ports import free_port
from ..world import SshdWorld
from .config import hidden_agent_key, hides_nothing, open_include
from .handshake import altered, rsa_sha1_server
from .hostkey import under_an_alias


def one_line(key: bytes) -> bytes:
    """What a web form makes of it: every line end became a space."""
    return key.replace(b"\n", b" ").strip()


def with_mark(key: bytes) -> bytes:
    """Saved by an editor that writes a byte order mark."""
    return b"\xef\xbb\xbf" + key


def indented(key: bytes) -> bytes:
    return b"".join(b"    " + row + b"  \n" for row in key.splitlines())


def putty(world: SshdWorld) -> None:
    """The key is there in PuTTY's format only, under the name that the config has."""
    source, made = world.keys.path("mine"), world.ssh_dir / "mine.ppk"
    subprocess.run(
        ["puttygen", str(source), "-O", "private", "-o", str(made)], check=True, stdin=subprocess.DEVNULL, timeout=20
    )
    world.no_key()
    world.config(identity="mine.ppk")


def bad_line_in_include(world: SshdWorld) -> None:
    world.put("work things.conf", "# ours\nServerAliveIntervall 30\nServerAliveCountMax 2\n", 0o600)
    world.config(f'Include "{world.ssh_dir}/work things.conf"')


def two_bad_lines(world: SshdWorld) -> None:
    world.config("ServerAliveIntervall 30", "Compression yes", "StrictHostKeyCheckin no")


def known_among_others(world: SshdWorld, key: str, *, hashed: bool = False) -> None:
    """The entry of this host stands between entries of others."""
    other = world.keys.bare("rsa-other")
    world.known_hosts(
        f"first.example {other}", world.server.known_hosts_line(key), f"[last.example]:2200 {other}", hashed=hashed
    )


def malformed(world: SshdWorld) -> None:
    line = world.server.known_hosts_line()
    world.known_hosts(f"other.example {world.keys.bare('other')}", line[: len(line) // 2])


def stale_config_port(world: SshdWorld) -> None:
    world.config(port=free_port())


def stopped_master(world: SshdWorld) -> None:
    """The master of the shared connection is there and answers nobody."""
    _, held = world.master()
    held.send_signal(signal.SIGSTOP)


def dead_wire(world: SshdWorld) -> None:
    """The master answers, and its connection carries nothing."""
    world.master()
    world.server.freeze_sessions()


KEYS = [
    Mend("chmod-key", "chmod-key", "id_ed25519", lambda w: w.key("mine", mode=0o644)),
    *(
        Mend(f"repair-key-{name}", "repair-key-copy", "id_ed25519, id_ed25519.sshwizard-bak", broken)
        for name, broken in {
            "windows-line-ends": lambda w: w.spoil_key(with_windows_line_ends),
            "no-newline": lambda w: w.spoil_key(lambda key: key.rstrip(b"\n")),
            "byte-order-mark": lambda w: w.spoil_key(with_mark),
            "indented": lambda w: w.spoil_key(indented),
            "one-line": lambda w: w.spoil_key(one_line),
        }.items()
    ),
    Mend(
        "fix-pub-file", "fix-pub-file", "id_ed25519.pub",
        lambda w: w.put("id_ed25519.pub", w.keys.public("other") + "\n", 0o644),
    ),
    Mend("convert-key", "convert-key", "config, mine", putty, needs="puttygen"),
]  # fmt: skip

CONFIG = [
    Mend("chmod-ssh-config-included", "chmod-ssh-config", "work.conf", open_include),
    Mend("repair-ssh-config", "repair-ssh-config", "config", lambda w: w.config("ServerAliveIntervall 30")),
    Mend(
        "byte-order-mark-in-config", "repair-ssh-config", "config",
        lambda w: w.config_file.write_bytes(b"\xef\xbb\xbf" + w.config_file.read_bytes()),
    ),
    Mend("repair-ssh-config-value", "repair-ssh-config", "config", lambda w: w.config("StrictHostKeyChecking maybe")),
    Mend("repair-ssh-config-included", "repair-ssh-config", "work things.conf", bad_line_in_include),
    Mend("repair-ssh-config-twice", "repair-ssh-config repair-ssh-config", "config", two_bad_lines),
    Mend("wrong-port-in-config", "edit-config-value", "config", stale_config_port),
    Mend("public-key-off", "edit-config-value", "config", lambda w: w.config("PubkeyAuthentication no")),
    Mend(
        "public-key-not-preferred", "edit-config-value", "config",
        lambda w: w.config("PreferredAuthentications password,keyboard-interactive"),
    ),
    Mend("agent-key-hidden", "edit-config-value", "config", hidden_agent_key, hides_nothing),
    Mend(
        "pinned-kex", "edit-config-value", "config", lambda w: w.config("KexAlgorithms diffie-hellman-group1-sha1")
    ),
    Mend("pinned-ciphers", "edit-config-value", "config", lambda w: w.config("Ciphers 3des-cbc")),
    Mend(
        "control-directory-missing", "fix-control-path", "none",
        lambda w: w.config("ControlMaster auto", f"ControlPath {w.sockets}/none/%C"),
    ),
]  # fmt: skip

CONFIG += [
    Mend("host-key-alias", "set-host-key-alias", "config", under_an_alias),
    Mend(
        "broken-mac", "avoid-broken-mac", "config",
        lambda w: altered(w, only_umac=True, prefer="MACs umac-64@openssh.com,hmac-sha2-256"),
    ),
]  # fmt: skip

SHARED = [
    Mend("master-stopped", "close-control-socket", "cm", stopped_master, undone=False),
    Mend("master-without-wire", "close-control-socket", "cm", dead_wire, undone=False),
]

SERVER = [
    Mend(
        "old-mac", "allow-old-algorithm-for-host", "config",
        lambda w: w.server.start("Ciphers aes256-ctr", "MACs hmac-md5,hmac-sha1-96"),
    ),
    Mend(
        "old-cipher", "allow-old-algorithm-for-host", "config",
        lambda w: w.server.start("Ciphers 3des-cbc,aes128-cbc"),
    ),
    Mend(
        "old-kex", "allow-old-algorithm-for-host", "config",
        lambda w: w.server.start("KexAlgorithms diffie-hellman-group1-sha1"),
    ),
    Mend("old-host-key", "allow-old-algorithm-for-host", "config", rsa_sha1_server),
    Mend("host-key-changed", "pin-host-key", "known_hosts", lambda w: known_among_others(w, "other")),
    Mend(
        "host-key-changed-hashed", "pin-host-key", "known_hosts",
        lambda w: known_among_others(w, "other", hashed=True), lambda w: w.known_hosts(hashed=True),
    ),
    Mend("host-key-unknown", "pin-host-key", "known_hosts", lambda w: w.known_hosts("# nobody yet")),
    Mend("host-key-no-file", "pin-host-key", "known_hosts", lambda w: w.known_hosts_file.unlink()),
    Mend("known-hosts-malformed", "repair-known-hosts", "known_hosts", malformed),
    Mend(
        "known-hosts-malformed-in-two", "repair-known-hosts", "known_hosts",
        lambda w: w.known_hosts(broken_in_two(w.server.known_hosts_line())),
    ),
]  # fmt: skip
