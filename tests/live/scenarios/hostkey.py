"""Faults of the host key and of known_hosts."""

from __future__ import annotations

from ..keys import broken_in_two
from ..scenario import Scenario
from ..world import SshdWorld

CHANGED = r"REMOTE HOST IDENTIFICATION HAS CHANGED"
NOT_VERIFIED = r"Host key verification failed"


def has(world: SshdWorld, key: str, *, hashed: bool = False) -> None:
    """known_hosts has `key` for the server."""
    world.known_hosts(world.server.known_hosts_line(key), hashed=hashed)


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
]  # fmt: skip
