"""A Windows VM does not speak SSH before it is told to, and has Google's package."""

from __future__ import annotations

from typing import Any

from sshwizard.model import Cause, Suspects
from sshwizard.probes.gcp import admission
from sshwizard.tree.node import Node


def windows_nodes(id_: str, then: str) -> tuple[Node[Any], ...]:
    """Nothing stands in the way, and no SSH server answers: is it a Windows VM without one?"""
    return (
        Node[admission.Windows](
            id_,
            "Is SSH switched on, where {host} is Windows?",
            via=admission.windows,
            short="SSH for Windows on?",
            leads={
                "on": f"{id_}-package",
                "off": Cause("gcp.windows-ssh-off", "SSH for Windows is not switched on for {vm}"),
                "not-windows": then,
                "unknown": then,
            },
            words={"on": "it is", "off": "it is not", "not-windows": "it is no Windows"},
        ),
        Node[admission.Package](
            f"{id_}-package",
            "Does its serial port speak of the SSH package?",
            via=admission.package,
            short="The SSH package?",
            leads={
                "missing": Cause("gcp.windows-ssh-package-missing"),
                "too-old": Cause(
                    "gcp.windows-ssh-package-missing",
                    "The OpenSSH of {vm} is too old for enable-windows-ssh",
                    "The guest agent says so; Google's package google-compute-engine-ssh brings a newer one.",
                ),
                "down": Suspects(
                    "server.sshd-not-running",
                    "gcp.windows-ssh-package-missing",
                    title="SSH for Windows is on, and sshd of {vm} does not run",
                    decided_by="Get-Service sshd on the VM, by RDP",
                ),
                "unclear": Suspects(
                    "gcp.windows-ssh-package-missing",
                    "server.sshd-not-running",
                    "server.host-firewall-blocks",
                    title="SSH for Windows is switched on for {vm}, and nothing answers",
                    why="enable-windows-ssh starts sshd only where Google's package google-compute-engine-ssh is.",
                    decided_by="googet installed google-compute-engine-ssh on the VM, by RDP",
                ),
                "unknown": then,
            },
            words={"missing": "it is missing", "too-old": "OpenSSH is too old", "down": "sshd does not run",
                   "unclear": "nothing is said"},
        ),
    )  # fmt: skip
