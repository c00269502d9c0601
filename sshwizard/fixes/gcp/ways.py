"""Commands about the system and the network of a VM, filled in. Nothing of it is run by us.

Compute Engine documentation: RDP; custom static routes.
"""

from __future__ import annotations

import re

from sshwizard import clean
from sshwizard.fixes.fix import Lines, Situation
from sshwizard.fixes.gcp.guides import gcloud
from sshwizard.fixes.gcp.place import place as _place

_PLAIN = re.compile(r"[^a-z0-9-]")


def _name(vm: str, end: str) -> str:
    """A name for something new, at most 62 letters of those that Google takes."""
    return f"{_PLAIN.sub('', vm)[:40].strip('-') or 'vm'}-{end}"


def _rdp(at: Situation) -> tuple[str, ...]:
    """Remote desktop through Google's tunnel, which needs no external address."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    at_zone = ("--zone", zone, "--project", project)
    return (
        gcloud("compute", "reset-windows-password", vm, *at_zone),
        gcloud("compute", "start-iap-tunnel", vm, "3389", "--local-host-port", "localhost:13389", *at_zone),
        "# a remote desktop client to localhost:13389; then, in PowerShell on the VM:",
        "# Get-Service sshd; Get-WinEvent -LogName OpenSSH/Operational -MaxEvents 50",
    )


def _route(at: Situation) -> tuple[str, ...]:
    """The way out of the network; who may come in is still the firewall's to say."""
    place, network = _place(at), clean.line(str(at.found.data.get("network", "")), 200)
    if place is None or not network:
        return ()
    name = network.rstrip("/").rpartition("/")[2]
    project = network.partition("projects/")[2].partition("/")[0] or place[0]
    return (
        gcloud("compute", "routes", "create", _name(name, "to-internet"), "--network", name, "--destination-range",
               "0.0.0.0/0", "--next-hop-gateway", "default-internet-gateway", "--project", project),
        f"# every VM of the network {name} that has an external address, or Cloud NAT, gets out by it",
    )  # fmt: skip


def _by_name(at: Situation) -> tuple[str, ...]:
    """Names that gcloud writes to the ssh config, with the addresses of the day; run again, it corrects them."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    return (gcloud("compute", "config-ssh", "--project", project), f"ssh {vm}.{zone}.{project}")


LINES: dict[str, Lines] = {
    "guide-rdp": _rdp,
    "guide-gcp-route": _route,
    "guide-use-hostname": _by_name,
}
"""Where the verdict is about no VM of Google's they give nothing, and the vocabulary's words stand."""
