"""Faults of the host key and of known_hosts."""

from __future__ import annotations

import subprocess

from ..keys import broken_in_two
from ..ports import LOOPBACK
from ..scenario import Scenario
from ..world import SshdWorld

CHANGED = r"REMOTE HOST IDENTIFICATION HAS CHANGED"
NOT_VERIFIED = r"Host key verification failed"


def has(world: SshdWorld, key: str, *, hashed: bool = False) -> None:
    """known_hosts has `key` for the server."""
    world.known_hosts(world.server.known_hosts_line(key), hashed=hashed)


def sealed(world: SshdWorld) -> None:
    """Healthy: the server shows a host certificate, and known_hosts trusts its authority."""
    directory = world.server.directory
    public = directory / "host.pub"
    public.write_text(world.keys.public("host") + "\n")
    signed = ["-h", "-s", str(world.keys.path("host-ca")), "-I", "box", "-n", LOOPBACK]
    subprocess.run(["ssh-keygen", "-q", *signed, str(public)], check=True, stdin=subprocess.DEVNULL, timeout=20)
    world.server.start(f"HostCertificate {directory}/host-cert.pub")
    world.known_hosts(f"@cert-authority * {world.keys.bare('host-ca')}")


def trusts_elsewhere(world: SshdWorld) -> None:
    """The authority is trusted for another domain only."""
    world.known_hosts(f"@cert-authority *.corp.example {world.keys.bare('host-ca')}")


def trusts_another(world: SshdWorld) -> None:
    world.known_hosts(f"@cert-authority * {world.keys.bare('other')}")


def revoked_by_file(world: SshdWorld) -> None:
    file = world.put("revoked", world.keys.public("host") + "\n")
    world.config(f"RevokedHostKeys {file}")


def under_an_alias(world: SshdWorld) -> None:
    """HostKeyAlias was copied from another host's block."""
    world.config("HostKeyAlias web-2")


HOSTKEY: list[Scenario[SshdWorld]] = [
    Scenario(
        "host-key-unknown", "hostkey.unknown", "hostkey", NOT_VERIFIED,
        lambda w: w.known_hosts(f"other.example {w.keys.bare('other')}"),
    ),
    Scenario(
        "host-key-unknown-no-file", "hostkey.unknown", "hostkey", NOT_VERIFIED,
        lambda w: w.known_hosts_file.unlink(),
    ),
    Scenario("host-key-changed", "hostkey.changed", "hostkey", CHANGED, lambda w: has(w, "other")),
    Scenario(
        "host-key-changed-hashed", "hostkey.changed", "hostkey", CHANGED,
        lambda w: has(w, "other", hashed=True), lambda w: w.known_hosts(hashed=True),
    ),
    Scenario(
        "host-key-type-changed", "hostkey.type-changed | hostkey.changed", "hostkey", CHANGED,
        lambda w: has(w, "rsa-host"),
    ),
    Scenario(
        "host-key-revoked", "hostkey.revoked", "hostkey", r"REVOKED HOST KEY|is marked as revoked",
        lambda w: w.known_hosts(w.server.known_hosts_line(), f"@revoked * {w.keys.bare('host')}"),
    ),
    Scenario(
        "known-hosts-malformed", "hostkey.known-hosts-malformed", "hostkey", NOT_VERIFIED,
        lambda w: w.known_hosts(broken_in_two(w.server.known_hosts_line())),
    ),
    Scenario(
        "host-certificate-for-elsewhere", "hostkey.certificate-ca-not-trusted", "hostkey", NOT_VERIFIED,
        trusts_elsewhere, sealed,
    ),
    Scenario(
        "host-certificate-of-another", "hostkey.certificate-ca-not-trusted", "hostkey", NOT_VERIFIED,
        trusts_another, sealed,
    ),
    Scenario(
        "host-certificate-first-contact", "hostkey.unknown", "hostkey", NOT_VERIFIED,
        lambda w: w.known_hosts("# nobody"), sealed,
    ),
    Scenario(
        "host-key-revoked-by-file", "hostkey.revoked", "hostkey", r"revoked by file", revoked_by_file
    ),
    Scenario(
        "revoked-host-keys-missing", "hostkey.known-hosts-unreadable", "hostkey", r"in revoked keys file",
        lambda w: w.config(f"RevokedHostKeys {w.ssh_dir}/nowhere"),
    ),
    Scenario(
        "known-hosts-command-fails", "hostkey.known-hosts-unreadable", "hostkey", r"KnownHostsCommand failed",
        lambda w: w.config("KnownHostsCommand /bin/false"),
    ),
    Scenario(
        "known-hosts-none", "hostkey.unknown", "hostkey", NOT_VERIFIED,
        lambda w: w.config("UserKnownHostsFile none"),
    ),
    Scenario("host-key-alias-of-another", "hostkey.alias-mismatch", "hostkey", NOT_VERIFIED, under_an_alias),
]  # fmt: skip
