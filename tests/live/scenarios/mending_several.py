"""Two and three faults at once: the loop finds them one after the other, as ssh meets them."""

from __future__ import annotations

from ..keys import with_windows_line_ends
from ..mending import Mend
from ..ports import free_port
from ..world import SshdWorld
from .config import open_include
from .mending import bad_line_in_include, dead_wire, known_among_others, malformed, one_line, putty, with_mark


def port_and_host_key_and_mode(world: SshdWorld) -> None:
    world.config(port=free_port())
    known_among_others(world, "other")
    world.key("mine", mode=0o644)


def text_and_open_include(world: SshdWorld) -> None:
    world.spoil_key(with_windows_line_ends)
    open_include(world)


def bad_line_and_pub(world: SshdWorld) -> None:
    world.config("ServerAliveIntervall 30")
    world.put("id_ed25519.pub", world.keys.public("other") + "\n", 0o644)


def dead_wire_and_mode(world: SshdWorld) -> None:
    dead_wire(world)
    world.key("mine", mode=0o640)


def pinned_and_hidden(world: SshdWorld) -> None:
    world.agent("mine")
    world.key("other")
    world.config("Ciphers aes256-ctr", "MACs hmac-md5", "IdentitiesOnly yes")


def two_damaged_keys(world: SshdWorld) -> None:
    """The first of them is another server's; ssh would offer both."""
    world.put("id_work", with_windows_line_ends(world.keys.private("other")))
    world.spoil_key(with_windows_line_ends)
    world.config(f"IdentityFile {world.ssh_dir}/id_work")


def keys_off_and_port(world: SshdWorld) -> None:
    world.config("PubkeyAuthentication no", port=free_port())


def old_mac_and_host_key(world: SshdWorld) -> None:
    world.server.use_host_key("other")
    world.server.start("Ciphers aes256-ctr", "MACs hmac-md5,hmac-sha1-96")


def bad_lines_and_text(world: SshdWorld) -> None:
    bad_line_in_include(world)
    with world.config_file.open("a") as config:
        config.write("  Prot 22\n")
    world.spoil_key(with_windows_line_ends, pub=True)


def control_path_and_new_host_and_text(world: SshdWorld) -> None:
    world.config("ControlMaster auto", f"ControlPath {world.sockets}/none/%C")
    world.known_hosts("# nobody yet")
    world.spoil_key(one_line)


def putty_and_keys_off(world: SshdWorld) -> None:
    putty(world)
    text = world.config_file.read_text()
    world.put("config", "PubkeyAuthentication no\n" + text)


def malformed_and_mark(world: SshdWorld) -> None:
    malformed(world)
    world.spoil_key(with_mark)


def open_and_damaged(world: SshdWorld) -> None:
    world.spoil_key(with_windows_line_ends)
    (world.ssh_dir / "id_ed25519").chmod(0o644)


def open_include_and_new_host_and_keys_off(world: SshdWorld) -> None:
    included = world.put("work.conf", "PubkeyAuthentication no\n", 0o666)
    world.config(f"Include {included}")
    world.known_hosts_file.unlink()


def pinned_twice(world: SshdWorld) -> None:
    world.config("KexAlgorithms diffie-hellman-group1-sha1", "Ciphers 3des-cbc", "HostKeyAlgorithms ssh-rsa")


SEVERAL = [
    Mend(
        "port+host-key+mode", "edit-config-value pin-host-key chmod-key", "config, known_hosts, id_ed25519",
        port_and_host_key_and_mode,
    ),
    Mend(
        "open-include+text", "chmod-ssh-config repair-key-copy",
        "work.conf, id_ed25519, id_ed25519.sshwizard-bak", text_and_open_include,
    ),
    Mend("bad-line+pub", "repair-ssh-config fix-pub-file", "config, id_ed25519.pub", bad_line_and_pub),
    Mend("mode+dead-wire", "chmod-key close-control-socket", "id_ed25519, cm", dead_wire_and_mode, undone=False),
    Mend("pinned+hidden", "edit-config-value edit-config-value", "config", pinned_and_hidden),
    Mend(
        "two-damaged-keys", "repair-key-copy repair-key-copy",
        "id_work, id_work.sshwizard-bak, id_ed25519, id_ed25519.sshwizard-bak", two_damaged_keys,
    ),
    Mend("port+keys-off", "edit-config-value edit-config-value", "config", keys_off_and_port),
    Mend("old-mac+host-key", "allow-old-algorithm-for-host pin-host-key", "config, known_hosts", old_mac_and_host_key),
    Mend(
        "two-bad-lines+text", "repair-ssh-config repair-ssh-config repair-key-copy",
        "config, work things.conf, id_ed25519, id_ed25519.sshwizard-bak", bad_lines_and_text,
    ),
    Mend(
        "new-host+text+control-path", "pin-host-key repair-key-copy fix-control-path",
        "known_hosts, id_ed25519, id_ed25519.sshwizard-bak, none", control_path_and_new_host_and_text,
    ),
    Mend("keys-off+putty", "edit-config-value convert-key", "config, mine", putty_and_keys_off, needs="puttygen"),
    Mend(
        "malformed+mark", "repair-known-hosts repair-key-copy",
        "known_hosts, id_ed25519, id_ed25519.sshwizard-bak", malformed_and_mark,
    ),
    Mend("mode+text", "repair-key-copy", "id_ed25519, id_ed25519.sshwizard-bak", open_and_damaged),
    Mend(
        "open-include+new-host+keys-off", "chmod-ssh-config pin-host-key edit-config-value",
        "work.conf, known_hosts, config", open_include_and_new_host_and_keys_off,
    ),
    Mend("pinned-three-times", "edit-config-value edit-config-value edit-config-value", "config", pinned_twice),
]  # fmt: skip
