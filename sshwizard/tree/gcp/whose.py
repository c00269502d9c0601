"""Whose VM it is, as Google says."""

from __future__ import annotations

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.gcp import looks
from sshwizard.tree.node import Node

CONSOLE_OFF = Suspects(
    "serial.gcp-port-off",
    "gcp.org-policy-blocks",
    "gcp.metadata-key-missing",
    "auth.wrong-user",
    title="Google's server for serial consoles refused the login",
    why="It lets nobody in where serial-port-enable is not TRUE, which is so until somebody sets it, nor without a key "
    "in the metadata or in OS Login.",
    decided_by="serial-port-enable: gcloud compute instances describe VM, then that of the project",
)
"""Whether it is switched on could not be asked."""


def vm_node(id_: str, then: str) -> Node[looks.Named]:
    """Which VM was typed?"""
    return Node[looks.Named](
        id_,
        "Which VM has this name?",
        via=looks.machine,
        short="Which VM is it?",
        leads={
            "found": then,
            "stopped": Cause("gcp.instance-stopped", "The VM {asked} is {status}"),
            "nobody": Suspects(
                "iam.wrong-account-or-region",
                "target.stale-address",
                title="There is no VM {asked} where Google was asked",
                decided_by="its project and zone: gcloud compute instances list",
            ),
            "malformed": Cause("target.malformed-name"),
            "locked-out": Cause(
                "iam.credentials-missing",
                "Google cannot be asked which VM {asked} is",
                "Only Google knows the address that belongs to the name of a VM.",
            ),
            "denied": Cause("iam.read-denied", "You may not ask Google which VM {asked} is"),
            "unknown": then,
        },
        words={
            "found": "it has an address",
            "stopped": "it does not run",
            "nobody": "not in this project",
            "malformed": "no VM is named so",
            "locked-out": "no valid Google login",
            "denied": "Google does not tell you",
        },
    )


def whose_node(
    id_: str, then: str, plain: Lead, *, gone: Lead | None = None, serial: Lead | None = None
) -> Node[looks.Who]:
    """Whose machine is it? `then`: a VM that we may ask about; `plain`: nothing is known of it.

    Where ssh has met an SSH server all the same, `gone` says what an address means that no VM has, and `serial` where
    it leads when the server is that of the serial consoles.
    """
    return Node[looks.Who](
        id_,
        "Is {host} a VM of yours in Google Cloud?",
        via=looks.identity,
        short="A VM of Google Cloud?",
        leads={
            "instance": then,
            "several": plain,
            "load-balancer": gone or Cause("target.wrong-address", "{asked} is a load balancer, not a VM to log in to"),
            "free-address": gone
            or Cause(
                "target.stale-address",
                "The address {asked} is on no VM",
                "It is still reserved; what it was on has another address now, or none.",
            ),
            "moved": gone
            or Cause(
                "target.stale-address",
                "{vm} has the address {address} now, not {asked}",
                "The external address of a VM changes with a stop and a start, unless it is reserved.",
            ),
            "unaddressed": gone
            or Cause(
                "gcp.no-external-ip",
                "{vm} has no external address any more, and ssh dials {asked}",
                "Its old address is nobody's, or somebody else's: go through IAP, by a jump host, or over a VPN.",
            ),
            "nobody": plain,
            "locked-out": plain,
            "denied": plain,
            "serial-console": serial or plain,
            "not-asked": plain,
            "unknown": plain,
        },
        words={
            "instance": "yes",
            "several": "several match",
            "load-balancer": "a load balancer",
            "free-address": "an unused address",
            "moved": "its address changed",
            "unaddressed": "it has no address now",
            "nobody": "not in this project",
            "locked-out": "no valid Google login",
            "denied": "Google does not tell you",
            "serial-console": "its serial console",
            "not-asked": "no, nothing says so",
        },
    )
