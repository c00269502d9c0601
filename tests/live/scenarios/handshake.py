"""Faults between the first byte and the host key."""

from __future__ import annotations

from ..ports import answers, drips, hangs_up_after, says, stays_silent
from ..relays import alters
from ..scenario import Scenario
from ..world import SshdWorld

BEFORE_BANNER = r"kex_exchange_identification"
HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: example\r\nConnection: close\r\n\r\n<h1>400 Bad Request</h1>\r\n"
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"  # fatal: protocol version


def rsa_sha1_server(world: SshdWorld) -> None:
    """An old server that signs only with ssh-rsa."""
    world.server.use_host_key("rsa-host")
    world.server.start("HostKeyAlgorithms ssh-rsa")
    world.known_hosts()


PORTAL = b"HTTP/1.1 302 Found\r\nLocation: http://sign-in.wifi.example/start\r\nConnection: close\r\n\r\n"
MYSQL = b"J\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00caching_sha2_password\x00"
ALTERED = r"Corrupted MAC|message authentication code incorrect|Bad packet length"


def altered(world: SshdWorld, *, only_umac: bool = False, prefer: str = "") -> None:
    """A relay stands between; the known key is that of the server behind it."""
    port = world.meet(alters(world.server.port, only_umac=only_umac))
    world.config(
        *([prefer] if prefer else []), "Ciphers aes256-ctr", f"HostKeyAlias [127.0.0.1]:{world.server.port}", port=port
    )


HANDSHAKE: list[Scenario[SshdWorld]] = [
    Scenario(
        "web-server-waits", "kex.not-ssh", "kex | closed", BEFORE_BANNER,
        lambda w: w.replace_server(answers(HTTP)),
    ),
    Scenario(
        "tls-server", "kex.not-ssh", "kex | closed", BEFORE_BANNER,
        lambda w: w.replace_server(answers(TLS_ALERT)),
    ),
    Scenario(
        "mail-server", "kex.not-ssh", "kex | closed", BEFORE_BANNER,
        lambda w: w.replace_server(says(b"220 mail.example ESMTP ready\r\n")),
    ),
    Scenario(
        "closed-at-once", "kex.closed-before-banner", "closed", BEFORE_BANNER,
        lambda w: w.replace_server(says(b"")),
    ),
    Scenario(
        "silent", "kex.no-banner", "timeout | closed", r"timed out during banner exchange",
        lambda w: w.replace_server(stays_silent),
    ),
    Scenario(
        "max-startups", "server.max-startups", "closed", BEFORE_BANNER,
        lambda w: w.replace_server(says(b"Exceeded MaxStartups\r\n")),
    ),
    Scenario(
        "ssh1-only", "kex.ssh1-only", "kex", r"Protocol major versions differ|protocol version",
        lambda w: w.replace_server(says(b"SSH-1.5-OldServer_1.2\n")),
    ),
    Scenario(
        "old-kex", "kex.no-common-key-exchange", "kex", r"no matching key exchange method found",
        lambda w: w.server.start("KexAlgorithms diffie-hellman-group1-sha1"),
    ),
    Scenario(
        "old-cipher", "kex.no-common-cipher", "kex", r"no matching cipher found",
        lambda w: w.server.start("Ciphers 3des-cbc,aes128-cbc"),
    ),
    Scenario(
        "old-mac", "kex.no-common-mac", "kex", r"no matching MAC found",
        lambda w: w.server.start("Ciphers aes256-ctr", "MACs hmac-md5,hmac-sha1-96"),
    ),
    Scenario(
        "old-host-key", "kex.no-common-host-key-algorithm", "kex", r"no matching host key type found",
        rsa_sha1_server,
    ),
    Scenario(
        "vnc-server", "kex.not-ssh", "kex | closed", BEFORE_BANNER, lambda w: w.replace_server(says(b"RFB 003.008\n"))
    ),
    Scenario("database", "kex.not-ssh", "kex | closed", BEFORE_BANNER, lambda w: w.replace_server(says(MYSQL))),
    Scenario(
        "captive-portal", "network.captive-portal", "kex | closed", BEFORE_BANNER,
        lambda w: w.replace_server(answers(PORTAL)),
    ),
    Scenario(
        "tarpit", "kex.not-ssh", "kex | timeout", r"timed out during banner|onnection (closed|reset)",
        lambda w: w.replace_server(drips),
    ),
    Scenario(
        "closes-after-five-seconds", "server.tcp-wrappers-deny", "closed", r"timed out during banner|onnection closed",
        lambda w: w.replace_server(hangs_up_after(5)),
    ),
    Scenario("data-altered", "network.corruption", "kex", ALTERED, altered),
    Scenario(
        "umac-wrong", "kex.broken-mac", "kex", ALTERED,
        lambda w: altered(w, only_umac=True, prefer="MACs umac-64@openssh.com,hmac-sha2-256"),
    ),
]  # fmt: skip
