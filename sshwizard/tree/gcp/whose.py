"""Whose VM it is, as Google says."""

from __future__ import annotations

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.gcp import looks
from sshwizard.tree.node import Node

STOPPED = Cause("gcp.instance-stopped", "The VM behind {host} is {status}")


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


def whose_node(id_: str, then: str, plain: Lead) -> Node[looks.Who]:
    """Whose machine is it? `then`: a VM that we may ask about; `plain`: nothing is known of it."""
    return Node[looks.Who](
        id_,
        "Is {host} a VM of yours in Google Cloud?",
        via=looks.identity,
        short="A VM of Google Cloud?",
        leads={
            "instance": then,
            "several": plain,
            "load-balancer": Cause("target.wrong-address", "{asked} is a load balancer, not a VM to log in to"),
            "free-address": Cause(
                "target.stale-address",
                "The address {asked} is on no VM",
                "It is still reserved; what it was on has another address now, or none.",
            ),
            "nobody": plain,
            "locked-out": plain,
            "denied": plain,
            "not-asked": plain,
            "unknown": plain,
        },
        words={
            "instance": "yes",
            "several": "several match",
            "load-balancer": "a load balancer",
            "free-address": "an unused address",
            "nobody": "not in this project",
            "locked-out": "no valid Google login",
            "denied": "Google does not tell you",
            "not-asked": "no, nothing says so",
        },
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
            "stopped": STOPPED,
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
