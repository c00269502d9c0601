"""What a look inside can prove, and the look as the tree knows it. What makes it is loaded when somebody asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sshwizard.model import Fact, unknown
from sshwizard.probes.scene import Probe, Scene

NOTHING = "nothing-found"

BY_LOG = {
    "auth.pam-denied", "auth.authorized-keys-command-failed", "auth.key-source-restricted", "auth.key-type-refused",
    "auth.selinux-blocks-key-file", "server.process-limit", "server.login-grace-timeout", "cert.ca-not-trusted",
    "eic.metadata-unreachable", "eic.pushed-key-refused", "cert.wrong-principal", "cert.expired",
}  # fmt: skip
"""Causes that leave no state to look at: the server's own newest line about this login decides."""

CODES = (
    "auth.account-expired", "auth.account-locked", "auth.authorized-keys-missing", "auth.authorized-keys-permissions",
    "auth.key-not-authorized", "auth.nologin-file", "auth.password-expired", "auth.public-key-off",
    "auth.root-login-disabled", "auth.shell-missing", "auth.user-not-allowed", "auth.user-unknown",
    "eic.package-missing", "eic.sshd-not-configured", "gcp.guest-agent-down", "proxy.forwarding-prohibited",
    "server.address-banned", "server.cannot-bind", "server.clock-wrong", "server.disk-full", "server.drop-in-overrides",
    "server.host-firewall-blocks", "server.host-keys-unusable", "server.listens-on-loopback", "server.max-startups",
    "server.booting", "server.cloud-init-failed", "server.out-of-memory",
    "server.privilege-separation-missing", "server.sshd-config-error", "server.sshd-not-installed",
    "server.sshd-not-running", "server.tcp-wrappers-deny",
    "session.chroot-bad-owner", "session.forced-command", "session.forward-failed", "session.max-sessions",
    "session.no-terminal", "session.nologin-shell", "session.sftp-missing", "session.terminal-not-permitted",
    *sorted(BY_LOG),
)  # fmt: skip
"""Every cause that a look inside can prove."""


FINER: Mapping[str, tuple[str, ...]] = {
    "auth.public-key-off": ("server.drop-in-overrides",),
    "session.no-terminal": ("session.terminal-not-permitted",),
    "network.firewall-rejects": ("server.host-firewall-blocks", "server.address-banned"),
    "network.firewall-drops": ("server.host-firewall-blocks", "server.address-banned"),
    "session.exits-at-once": ("session.forced-command", "session.nologin-shell"),
}
"""What a proved finding may turn out to be, seen from inside."""


def may_decide(code: str, alike: Collection[str], *, sure: bool) -> bool:
    """Whether a look inside could say more than the finding: it is not proved, or it can be made finer."""
    if sure:
        return code in FINER
    return not {code, *alike}.isdisjoint(CODES)


async def _asked_for(scene: Scene) -> Fact[str]:
    """The walk itself never makes this look: it is a connection that the person did not ask for."""
    return unknown("a look inside is made only when you ask for it: sshwizard inside TARGET")


inside_look: Probe[str] = Probe("inside.look", (*CODES, NOTHING), _asked_for, waits="the look inside (at most 40 s)")
