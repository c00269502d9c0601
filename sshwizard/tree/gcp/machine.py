"""Does the VM itself stand: its state, what it wrote on its serial console, and whether it has any breath left."""

from __future__ import annotations

from collections.abc import Collection

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.gcp import looks
from sshwizard.tree import consoles
from sshwizard.tree.node import Node

_OTHER_PORT = Cause(
    "target.wrong-port",
    "sshd of {host} listens on port {port_found}, not on {configured}",
    "The VM's own serial console says so. A firewall rule for one port does not hold for the other.",
)


def state_node(id_: str, then: str) -> Node[looks.State]:
    """Does it run at all?"""
    return Node[looks.State](
        id_,
        "Does the VM run?",
        via=looks.state,
        short="Does it run?",
        leads={
            "running": then,
            "starting": Suspects(
                "server.booting",
                "server.sshd-not-running",
                title="The VM behind {host} is still starting",
                decided_by="one more try in a minute",
            ),
            "stopped": Cause("gcp.instance-stopped", "The VM behind {host} is {status}"),
            "suspended": Cause("gcp.instance-stopped", "The VM behind {host} is suspended"),
            "repairing": Cause("gcp.instance-stopped", "Google is repairing the machine under {host}"),
            "not-asked": then,
            "unknown": then,
        },
        words={
            "running": "it runs",
            "starting": "it starts",
            "stopped": "it is stopped",
            "suspended": "it is suspended",
            "repairing": "Google repairs it",
        },
    )


def console_node(id_: str, explains: Collection[str], otherwise: Lead) -> Node[str]:
    """What does its serial console show?"""
    return consoles.console_node(id_, looks.console, explains, otherwise, {"other-port": _OTHER_PORT})


def strain_node(id_: str, otherwise: Lead) -> Node[looks.Strain]:
    """Has it any breath left?"""
    return Node[looks.Strain](
        id_,
        "Has the machine of {host} time for you?",
        via=looks.strain,
        short="Is it overloaded?",
        leads={
            "busy": Suspects(
                "server.overloaded",
                "server.hung",
                title="The processor of {host} has nothing to spare",
                decided_by="its load average, seen from inside or on the serial console",
            ),
            "no-memory": Suspects(
                "server.out-of-memory",
                "server.overloaded",
                "server.hung",
                title="The memory of {host} is used up",
                decided_by="the kernel's lines on the serial console: Out of memory",
            ),
            "disk-full": Suspects(
                "server.disk-full",
                "server.hung",
                title="The disk {device} of {host} is full",
                decided_by="df -h, seen from inside or on the serial console",
            ),
            "fine": otherwise,
            "no-data": otherwise,
            "unknown": otherwise,
        },
        words={
            "busy": "busy all the time",
            "no-memory": "no memory left",
            "disk-full": "its disk is full",
            "fine": "it has",
            "no-data": "no data",
        },
    )
