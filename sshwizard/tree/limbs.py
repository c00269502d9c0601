"""Where a person without a reachable host begins: what they see, and what it says about the way. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

_FINE = (
    (-1, "typed", "ok"),
    (-1, "client", "ok"),
    (0, "proxy", "direct"),
    (0, "name", "ok"),
    (0, "tcp", "open"),
    (0, "banner", "ok"),
    (0, "kex", "ok"),
    (0, "hostkey", "ok"),
    (0, "login", "ok"),
    (0, "session", "ok"),
)
"""The questions every connection passes, with the answer that leads on to the next of them."""


@dataclass(frozen=True, slots=True)
class Limb:
    """What a person sees, and what it says about the way so far."""

    id: str
    sees: str
    """ssh's own words where it has some."""
    at: str
    """The question of the way at which it stops; all before it went well."""
    outcome: str = ""
    """How that question was answered; empty: it is asked."""

    @property
    def answers(self) -> tuple[tuple[int, str, str], ...]:
        """Leg, question and answer, in order."""
        nodes = [node for _, node, _ in _FINE]
        number = nodes.index(self.at)
        last = ((_FINE[number][0], self.at, self.outcome),) if self.outcome else ()
        return (*_FINE[:number], *last)


LIMBS = (
    Limb("timed-out", "Connection timed out", "tcp", "silent"),
    Limb("refused", "Connection refused", "tcp", "refused"),
    Limb("no-route", "No route to host", "tcp", "host-unreachable"),
    Limb("unreachable", "Network is unreachable", "tcp", "net-unreachable"),
    Limb("unknown-host", "Could not resolve hostname", "name", "not-known"),
    Limb("permission-denied", "Permission denied (publickey)", "login", "denied"),
    Limb("host-key-changed", "REMOTE HOST IDENTIFICATION HAS CHANGED!", "hostkey", "changed"),
    Limb("host-key-failed", "Host key verification failed", "hostkey", "unknown-key"),
    Limb("no-match", "Unable to negotiate: no matching … found", "kex", "no-common"),
    Limb("closed", "Connection closed by remote host, before any login", "banner", "closed"),
    Limb("reset", "Connection reset by peer, before any login", "banner", "reset"),
    Limb("hangs", "It hangs, and says nothing", "tcp"),
    Limb("too-many-failures", "Too many authentication failures", "login", "too-many-keys"),
    Limb("closed-at-login", "Connection closed, in the middle of the login", "login", "closed"),
    Limb("thrown-out", "I am in, and thrown out at once", "session"),
    Limb("config", "ssh stops with an error in its config", "client"),
    Limb("jump", "A jump host or ProxyCommand fails", "proxy"),
    Limb("other", "Something else", "typed"),
)
"""What people see, the frequent first."""


def limb(name: str) -> Limb | None:
    """The limb with this id."""
    return next((one for one in LIMBS if one.id == name), None)
