"""The person's ssh goes through Google's tunnel, and nothing comes: what the project says of it."""

from sshwizard.model import Cause
from sshwizard.probes.gcp import looks
from sshwizard.tree.node import Node


def tunnel_node(id_: str, otherwise: str) -> Node[looks.Tunnel]:
    """Is it Google that keeps the tunnel shut?"""
    return Node[looks.Tunnel](
        id_,
        "Does Google let you through its tunnel to {host}?",
        via=looks.tunnel,
        short="Google's tunnel?",
        leads={
            "admits": otherwise,
            "forbidden": Cause(
                "gcp.iap-permission-missing",
                "You may not open a tunnel of IAP to {vm}",
                "It wants the role IAP-secured Tunnel User (iap.tunnelInstances.accessViaIAP).",
            ),
            "range-closed": Cause(
                "gcp.iap-range-blocked",
                "The firewall of {vm} does not admit Google's IAP range",
                "The tunnel's connections come from 35.235.240.0/20. {explained}",
            ),
            "stopped": Cause("gcp.instance-stopped", "The VM {vm} is {status}"),
            "not-asked": otherwise,
            "unknown": otherwise,
        },
        words={
            "admits": "it does",
            "forbidden": "you lack the right",
            "range-closed": "the firewall does not",
            "stopped": "the VM does not run",
            "not-asked": "it is no such tunnel",
        },
    )
