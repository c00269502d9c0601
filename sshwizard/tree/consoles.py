"""What the console of a machine in a cloud can explain, by how ssh failed."""

from collections.abc import Collection, Mapping

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes import serverlines
from sshwizard.probes.scene import Probe
from sshwizard.tree.node import Node

_BOOT = (
    "server.bootloader-failed", "server.kernel-panic", "server.initramfs-failed", "server.filesystem-corrupt",
    "server.fstab-broken", "server.emergency-mode", "server.out-of-memory", "server.disk-full", "server.booting",
    "server.cloud-init-failed",
)  # fmt: skip
MUTE = frozenset({
    *_BOOT, "server.network-not-configured", "server.hung", "server.overloaded", "server.connection-tracking-full",
    "server.address-banned",
})  # fmt: skip
"""What a console can say that explains silence."""
REFUSING = frozenset({
    *_BOOT, "server.sshd-config-error", "server.sshd-not-installed", "server.sshd-not-running", "server.cannot-bind",
    "server.host-keys-unusable", "server.listens-on-loopback", "server.privilege-separation-missing",
    "server.process-limit",
})  # fmt: skip
"""What a console can say that explains a refusal."""


def console_node(
    id_: str, via: Probe[str], explains: Collection[str], otherwise: Lead, more: Mapping[str, Lead] | None = None
) -> Node[str]:
    """What does the console show? `otherwise`: where its last boot shows nothing of what `explains` this."""
    codes = serverlines.codes()
    leads: dict[str, Lead] = {code: Cause(code) if code in explains else otherwise for code in codes}
    leads |= {f"{code}?": Suspects(code) if code in explains else otherwise for code in codes}
    return Node[str](
        id_,
        "What does the console of {host} show?",
        via=via,
        short="What shows its console?",
        leads={**leads, "nothing": otherwise, "empty": otherwise, "unknown": otherwise, **(more or {})},
        words={"nothing": "nothing bad", "empty": "nothing yet", **({"other-port": "another port"} if more else {})},
    )
