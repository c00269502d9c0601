"""For every fix in a Google Cloud project, a situation in which it has a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sshwizard.fixes import Situation
from sshwizard.model import Fact, Target
from sshwizard.probes.scene import Leg

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"
VM: dict[str, Any] = {"project": "practice-shop", "zone": "europe-west1-b", "vm": "web-1"}
MINE = {**VM, "account": "dana@example.com", "public": [KEY], "add_to": "instance", "let_in": ["robin"]}
FULL = {"full_at": "project", "name": "ssh-keys", "size": 262_130, "won": 4096, "digest": "d",
        "seen_at": "2026-11-22T12:00:00+00:00", "spare": ["expired: old:ssh-ed25519 AAAA"]}  # fmt: skip
RULE = {**VM, "network": "projects/practice-shop/global/networks/default", "port": 22, "priority": 1000,
        "tags": ["web"], "sources": ["198.20.30.40"]}  # fmt: skip


def by_google(outcome: str, data: Mapping[str, Any], source: str = "metadata", answer: str = "") -> Situation:
    """A verdict about web-1, to which dana logs in."""
    leg = Leg("web-1", {"hostname": ("192.0.2.7",), "user": ("dana",)})
    facts: dict[str, Fact[Any]] = {"google-source": Fact(source, "", data={**VM, "oslogin_own": None})}
    return Situation(Target("web-1", ("web-1",)), leg, facts, Fact(outcome, "", data=data), answer)


STANDING: dict[str, Any] = {
    **VM, "number": "17", "status": "RUNNING", "disk": "web-1", "device": "web-1", "disk_gb": 10,
    "disk_type": "pd-balanced", "going": ["web-1"], "scratch": 0, "group": "", "regional": False, "spot": False,
    "protected": False, "public": "192.0.2.7", "internal": "10.132.0.2", "reserved": False, "machine": "e2-small",
    "network": RULE["network"], "windows": False, "windows_ssh": "", "snapshot": "nightly-1",
    "snapshot_at": "2026-11-21T02:00:00Z", "source": "198.20.30.40", "port": 22, "login": "dana",
    "publics": [KEY], "mark": "0a1b2c3d4e5f6071",
}  # fmt: skip
"""As probes/gcp/standing tells it."""


def stood(outcome: str, answer: str = "", code: str = "", **more: Any) -> Situation:
    """A verdict about web-1, and how it stands in its project."""
    at = by_google(outcome, VM, answer=answer)
    seen = Fact("known", "", data={**STANDING, **more})
    return replace(at, facts={**at.facts, "cloud.standing": seen, "gcp.standing": seen}, code=code)


GOOGLE_PLANS: dict[str, Callable[[Path], Situation]] = {
    "allow-my-ip-in-gcp-firewall": lambda p: by_google("no-rule", RULE),
    "allow-iap-in-gcp-firewall": lambda p: by_google("iap-closed", RULE),
    "enable-gcp-serial-port": lambda p: by_google("serial", {**VM, "serial_port_enable": None}),
    "add-key-in-gcp": lambda p: by_google("expired", MINE),
    "prune-gcp-keys": lambda p: by_google("full", {**MINE, **FULL}),
    "set-oslogin-for-instance": lambda p: by_google("only-in-profile", MINE),
    "toggle-windows-ssh": lambda p: by_google("off", {**VM, "windows_ssh": "FALSE"}),
    **dict.fromkeys(
        (
            "snapshot-root-volume",
            "grow-volume",
            "guide-restore-snapshot",
            "guide-debug-clone",
            "guide-recreate-vm",
            "guide-reinstall-guest-environment",
        ),
        lambda p: stood("running"),
    ),
    "run-gcp-startup-script": lambda p: stood("running", "start-agent"),
    "guide-install-windows-ssh": lambda p: stood("running", windows=True),
    "run-google-tools": lambda p: stood("no-rule"),
    "guide-rescue-volume": lambda p: stood("running", "helper-1"),
}
