"""Faults on the way through another machine."""

from __future__ import annotations

from ..scenario import Scenario
from ..world import SshdWorld

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
]  # fmt: skip
