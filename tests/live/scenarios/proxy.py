"""Faults on the way through another machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from ..ports import free_port, stays_silent
from ..relays import http_proxy
from ..scenario import Scenario
from ..world import SshdWorld

NC = shutil.which("nc") is not None
"""Debian's netcat-openbsd, which speaks to HTTP and SOCKS proxies; without it these rows are left out."""
LOGIN = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\n\r\n"
NO_WAY = b"HTTP/1.1 503 Service Unavailable\r\n\r\n"
UNKNOWN = r"UNKNOWN port 65535"


def by_proxy(world: SshdWorld, port: int) -> None:
    world.config(f"ProxyCommand nc -X connect -x 127.0.0.1:{port} %h %p")


def proxy_says(answer: bytes) -> Callable[[SshdWorld], None]:
    """An HTTP proxy that answers every CONNECT so."""
    return lambda world: by_proxy(world, world.meet(http_proxy(answer)))


def tunnel_says(words: str) -> Callable[[SshdWorld], None]:
    """gcloud's tunnel ends with these words, as Google Cloud SDK 528 prints them, traceback and all."""

    def prepare(world: SshdWorld) -> None:
        said = (
            f"ERROR: [0] Error during local connection to [stdin]: Error while connecting {words}\n"
            "Traceback (most recent call last):\n"
            '  File "/usr/lib/google-cloud-sdk/lib/googlecloudsdk/command_lib/compute/iap_tunnel.py", line 775, in R\n'
            "googlecloudsdk.api_lib.compute.iap_tunnel_websocket.ConnectionCreationError: Error while connecting "
            f"{words}\n"
        )
        text = world.put("said", said)
        program = world.put("gcloud", f"#!/bin/sh\ncat '{text}' >&2\nexit 1\n", 0o700)
        world.config(
            f"ProxyCommand {program} compute start-iap-tunnel web-1 %p --listen-on-stdin --zone=europe-west1-b"
        )

    return prepare


def old_style(world: SshdWorld) -> None:
    """The hop is a ProxyCommand, as it was written before ProxyJump."""
    world.through_jump()
    world.config(after=(
        f"Host hop\n  HostName 127.0.0.1\n  Port {world.jump.port}\n"
        f"Host inner\n  HostName 127.0.0.1\n  Port {world.server.port}\n"
        f"  ProxyCommand ssh -F {world.config_file} -W %h:%p hop\n"
    ))  # fmt: skip


def two_hops(world: SshdWorld) -> None:
    """hop, then hop2, then the server."""
    world.through_jump()
    second = world.hop2
    second.authorize("mine")
    second.start()
    world.config(after=(
        f"Host hop\n  HostName 127.0.0.1\n  Port {world.jump.port}\n"
        f"Host hop2\n  HostName 127.0.0.1\n  Port {second.port}\n  ProxyJump hop\n"
        f"Host inner\n  HostName 127.0.0.1\n  Port {world.server.port}\n  ProxyJump hop2\n"
    ))  # fmt: skip
    world.known_hosts(*(one.known_hosts_line() for one in (world.server, world.jump, second)))


def second_key_changed(world: SshdWorld) -> None:
    world.hop2.use_host_key("host")
    world.hop2.start()


def second_is_silent(world: SshdWorld) -> None:
    """The second hop's port takes the connection and says nothing."""
    world.hop2.stop()
    world.take_over(world.hop2.port, stays_silent)


TUNNEL: list[Scenario[SshdWorld]] = [
    Scenario("iap-backend", "gcp.iap-backend-unreachable", "timeout | proxy | cloud", UNKNOWN,
             tunnel_says("[4003: 'failed to connect to backend']. (Failed to connect to port 22)")),
]  # fmt: skip

HTTP_PROXY: list[Scenario[SshdWorld]] = [
    Scenario("proxy-healthy", outcome="healthy", prepare=proxy_says(b"")),
    Scenario("proxy-wants-login", "proxy.authentication-required", "proxy", UNKNOWN, proxy_says(LOGIN)),
    Scenario("proxy-forbids-port", "proxy.port-not-allowed", "proxy", UNKNOWN, proxy_says(FORBIDDEN)),
    Scenario("proxy-cannot-reach", "proxy.inner-unreachable", "proxy", UNKNOWN, proxy_says(NO_WAY)),
    Scenario("proxy-down", "proxy.server-unreachable", "proxy", UNKNOWN, lambda w: by_proxy(w, free_port())),
]
CHAINS: list[Scenario[SshdWorld]] = [
    Scenario("two-hops-healthy", outcome="healthy", prepare=two_hops),
    Scenario(
        "second-hop-refused", "proxy.inner-unreachable", "proxy | refused", r"open failed: connect failed",
        lambda w: w.hop2.stop(), two_hops,
    ),
    Scenario(
        "second-hop-refuses-key", "proxy.jump-auth-failed", "denied | proxy", r"Permission denied \(",
        lambda w: w.hop2.authorize("other"), two_hops,
    ),
    Scenario(
        "second-hop-key-changed", "proxy.jump-host-key", "hostkey | proxy", r"HOST IDENTIFICATION HAS CHANGED",
        second_key_changed, two_hops,
    ),
    Scenario(
        "second-hop-forbids-forwarding", "proxy.forwarding-prohibited", "proxy", r"administratively prohibited",
        lambda w: w.hop2.start("AllowTcpForwarding no"), two_hops,
    ),
    Scenario(
        "second-hop-silent", "proxy.inner-unreachable", "proxy", r"UNKNOWN port 65535|timed out",
        second_is_silent, two_hops,
    ),
    Scenario("old-style-healthy", outcome="healthy", prepare=old_style),
    Scenario(
        "old-style-refused", "proxy.jump-unreachable", "proxy", r"port \d+: Connection refused",
        lambda w: w.jump.stop(), old_style,
    ),
    Scenario(
        "old-style-inner-refused", "proxy.inner-unreachable", "proxy", r"open failed: connect failed",
        lambda w: w.server.stop(), old_style,
    ),
]  # fmt: skip

PROXY: list[Scenario[SshdWorld]] = [
    Scenario("healthy-through-jump", outcome="healthy", prepare=SshdWorld.through_jump),
    Scenario(
        "jump-refused", "proxy.jump-unreachable", "proxy | refused",
        r"connect to host 127\.0\.0\.1 port \d+: Connection refused", lambda w: w.jump.stop(),
        SshdWorld.through_jump,
    ),
    Scenario(
        "jump-inner-refused", "proxy.inner-unreachable", "proxy | refused",
        r"open failed: connect failed: Connection refused", lambda w: w.server.stop(),
        SshdWorld.through_jump,
    ),
    Scenario(
        "jump-forbids-forwarding", "proxy.forwarding-prohibited", "proxy",
        r"open failed: administratively prohibited", lambda w: w.jump.start("AllowTcpForwarding no"),
        SshdWorld.through_jump,
    ),
    Scenario(
        "jump-refuses-key", "proxy.jump-auth-failed", "proxy | denied", r"Permission denied \(",
        lambda w: w.jump.authorize("other"), SshdWorld.through_jump,
    ),
    Scenario(
        "jump-inner-refuses-key", "auth.key-rejected", "denied", r"Permission denied \(",
        lambda w: w.server.authorize("other"), SshdWorld.through_jump,
    ),
    Scenario(
        "proxy-program-missing", "proxy.command-not-found", "proxy | config",
        r"no-such-proxy: (command )?not found|no-such-proxy: No such file",
        lambda w: w.config("ProxyCommand no-such-proxy --to %h:%p"),
    ),
    Scenario(
        "proxy-command-unreadable", "proxy.command-failed", "proxy", r"[Ss]yntax error",
        lambda w: w.config("ProxyCommand (nc %h %p"),
    ),
    Scenario(
        "proxy-command-hangs", "proxy.command-failed", "proxy", r"timed out|UNKNOWN port",
        lambda w: w.config("ProxyCommand sleep 60"),
    ),
    Scenario(
        "proxy-command-prints", "proxy.command-failed", "proxy", r"kex_exchange_identification",
        lambda w: w.config("ProxyCommand echo hello there"),
    ),
    *CHAINS,
    *TUNNEL,
    *(HTTP_PROXY if NC else ()),
]  # fmt: skip
