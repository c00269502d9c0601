"""Commands about the disk, the system and the network of a VM, filled in. Nothing of it is run by us.

Compute Engine documentation: snapshots; rescuing an unbootable VM; guest environment; RDP; custom static routes.
"""

from __future__ import annotations

import re
import shlex

from sshwizard import clean
from sshwizard.fixes.fix import Lines, Situation
from sshwizard.fixes.gcp.guides import gcloud
from sshwizard.fixes.gcp.place import place as _place

_PLAIN = re.compile(r"[^a-z0-9-]")


def _name(vm: str, end: str) -> str:
    """A name for something new, at most 62 letters of those that Google takes."""
    return f"{_PLAIN.sub('', vm)[:40].strip('-') or 'vm'}-{end}"


def _disk(at: Situation, vm: str) -> str:
    """The boot disk; where no fact names it, it has the VM's name, as most have."""
    return next((clean.line(str(fact.data["disk"]), 80) for fact in (at.found, *at.facts.values())
                 if fact.data.get("disk")), vm)  # fmt: skip


def _snapshot(at: Situation) -> tuple[str, ...]:
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    return (
        "# billed by the GB that are in use, until it is deleted",
        gcloud("compute", "disks", "snapshot", _disk(at, vm), "--snapshot-names", _name(vm, "before-repair"), "--zone",
               zone, "--project", project),
    )  # fmt: skip


def _restore(at: Situation) -> tuple[str, ...]:
    """The VM boots from a new disk of its newest snapshot; the old disk stays."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    at_zone, disk, new = ("--zone", zone, "--project", project), _disk(at, vm), _name(vm, "restored")
    newest = gcloud("compute", "snapshots", "list", "--project", project, "--filter", f"sourceDisk~/{disk}$",
                    "--sort-by", "~creationTimestamp", "--limit", "1", "--format", "value(name)")  # fmt: skip
    return (
        f"snapshot=$({newest})",
        f'{gcloud("compute", "disks", "create", new, *at_zone)} --source-snapshot "$snapshot"',
        gcloud("compute", "instances", "stop", vm, *at_zone),
        gcloud("compute", "instances", "detach-disk", vm, "--disk", disk, *at_zone),
        gcloud("compute", "instances", "attach-disk", vm, "--disk", new, "--boot", *at_zone),
        gcloud("compute", "instances", "start", vm, *at_zone),
        f"# what was written since is on {disk} alone, which stays",
    )


def _recreate(at: Situation) -> tuple[str, ...]:
    """A new VM with the same boot disk: the old one is deleted, its disks are kept."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    at_zone, disk = ("--zone", zone, "--project", project), _disk(at, vm)
    kept = clean.line(f"{_name(vm, 'was')}.yaml", 80)
    return (
        "# what it is now: its type, network, addresses, tags and metadata, for the new one",
        f"{gcloud('compute', 'instances', 'describe', vm, *at_zone)} > {kept}",
        gcloud("compute", "disks", "snapshot", disk, "--snapshot-names", _name(vm, "before-repair"), *at_zone),
        gcloud("compute", "instances", "delete", vm, "--keep-disks", "all", *at_zone),
        gcloud("compute", "instances", "create", vm, "--disk", f"name={disk},boot=yes", *at_zone),
        f"# add what {kept} has beside: --machine-type, --subnet, --tags, --metadata, --service-account",
    )


def _environment(at: Situation) -> tuple[str, ...]:
    """Google's packages by a startup script, at a reset; both package managers that its images have."""
    place = _place(at)
    if place is None:
        return ()
    project, zone, vm = place
    at_zone, packages = ("--zone", zone, "--project", project), "google-guest-agent google-compute-engine"
    script = (
        "#!/bin/sh",
        f"if command -v apt-get; then apt-get update; apt-get install -y --reinstall {packages}",
        f"else dnf -y reinstall {packages} || dnf -y install {packages}; fi",
        "systemctl enable --now google-guest-agent",
    )
    written, file = shlex.join(("printf", r"%s\n", *script)), _name(vm, "environment.sh")
    return (
        "# keep an old startup-script first, if it has one:",
        gcloud("compute", "instances", "describe", vm, *at_zone, "--format", "value(metadata.items.startup-script)"),
        f"{written} > {file}",
        gcloud("compute", "instances", "add-metadata", vm, *at_zone, "--metadata-from-file", f"startup-script={file}"),
        gcloud("compute", "instances", "reset", vm, *at_zone),
        "# afterwards:",
        gcloud("compute", "instances", "remove-metadata", vm, *at_zone, "--keys", "startup-script"),
    )


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
    "snapshot-root-volume": _snapshot,
    "guide-restore-snapshot": _restore,
    "guide-recreate-vm": _recreate,
    "guide-reinstall-guest-environment": _environment,
    "guide-rdp": _rdp,
    "guide-gcp-route": _route,
    "guide-use-hostname": _by_name,
}
"""Where the verdict is about no VM of Google's they give nothing, and the vocabulary's words stand."""
