"""The web server of a practice project and the rules about it, as what breaks them handles them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard.lab.gcp.consoles import boot
from sshwizard.lab.gcp.embedded import Gcp

NAME, USER = "lab-web", "dana"


@dataclass(frozen=True)
class Plan:
    """What the person's side of a world is made of."""

    key: str
    """The person's public key, without a comment."""
    host_key: str = ""
    server: int | None = None
    """The port of the SSH server on 127.0.0.1 behind the VM; None: nothing listens."""
    packets: bool = True
    """False: the VM has no address that anything here could reach."""
    user: str = USER


@dataclass(frozen=True)
class Site:
    """The project, as a fault finds it."""

    gcp: Gcp
    plan: Plan

    def vm(self, **has: object) -> dict[str, str]:
        return self.gcp.instance(NAME, **has)

    def metadata(self, *, more: Mapping[str, str] | None = None, keys: str | None = None) -> None:
        """Replace the metadata of the VM: `keys` its ssh-keys (None: those of the healthy world; empty: none)."""
        text = f"{self.plan.user}:{self.plan.key} {self.plan.user}@laptop" if keys is None else keys
        self.vm(metadata={"enable-guest-attributes": "TRUE", **({"ssh-keys": text} if text else {}), **(more or {})})

    def rules(self, **rules: Mapping[str, Any] | None) -> None:
        """Set firewall rules by name (with - for _); None takes one away."""
        self.gcp.network(firewalls={name.replace("_", "-"): row for name, row in rules.items()})

    def rule(self, *sources: str, **more: Any) -> dict[str, Any]:
        """A rule about the SSH port of the web servers."""
        let = [{"IPProtocol": "tcp", "ports": [str(self.gcp.port)]}]
        action = "denied" if more.pop("deny", False) else "allowed"
        return {"sourceRanges": list(sources), "targetTags": ["web"], action: let, **more}

    def boots(self, kind: str, *, mends: bool = True) -> None:
        """The VM booted well once, and then like this: a name of consoles.BOOTS. `mends`: by a startup script."""
        self.vm(serial={1: f"{self.says('healthy')}\r\n{self.says(kind)}"}, boots=kind, mends=mends)

    def says(self, kind: str) -> str:
        """What such a boot writes to the serial port."""
        return boot(kind, user=self.plan.user, port=self.gcp.port)

    def machine(self) -> None:
        if self.plan.packets:
            self.gcp.machine(NAME, self.plan.server)


def expiring(plan: Plan, seconds: float) -> str:
    """A line of ssh-keys as gcloud writes it, that ends so many seconds from now."""
    ends = time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(time.time() + seconds))
    return f'{plan.user}:{plan.key} google-ssh {{"userName":"dana@example.com","expireOn":"{ends}"}}'
