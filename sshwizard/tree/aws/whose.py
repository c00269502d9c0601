"""Whose machine is it? The question before every other that AWS is asked."""

from typing import Literal

from sshwizard.model import Cause, Lead
from sshwizard.probes.aws import looks
from sshwizard.tree.node import Node

GONE = Cause("aws.instance-terminated", "The instance behind {host} is terminated")


def whose_node(
    id_: str, then: str, plain: Lead, *, other: Lead | None = None, gone: Lead | None = None, serial: Lead | None = None
) -> Node[looks.Who]:
    """Whose machine is it? `then`: an instance that we may ask about; `plain`: nothing is known of it.

    Where ssh has met an SSH server all the same, `other` and `gone` say what another owner of the address means, and
    `serial` where it leads when the server is that of the serial console.
    """
    leads: dict[looks.Who | Literal["unknown"], Lead] = {
        "instance": then,
        "elsewhere": then,
        "other-instance": Cause(
            "target.stale-address",
            "{asked} is now the address of {name}, another instance",
            "The address went to another machine; the one that you mean has another address now.",
        ),
        "terminated": GONE,
        "replaced": Cause(
            "aws.instance-terminated", "The instance behind {host} is terminated; another took its place"
        ),
        "several": plain,
        "load-balancer": Cause("target.wrong-address", "{asked} is a load balancer, not a machine to log in to"),
        "nat-gateway": Cause(
            "target.wrong-address", "{asked} is a NAT gateway: what is behind it cannot be reached by it"
        ),
        "interface": Cause("target.wrong-address", "{asked} is a network interface that no instance has"),
        "free-address": Cause(
            "target.stale-address",
            "The Elastic IP {asked} is on no instance",
            "It still belongs to the account; what it was on has another address now, or none.",
        ),
        "moved": Cause("target.stale-address", "Nothing has the address {asked} any more"),
        "nobody": plain,
        "locked-out": plain,
        "denied": plain,
        "serial-console": serial or plain,
        "not-asked": plain,
        "unknown": plain,
    }
    return Node[looks.Who](
        id_,
        "Is {host} an EC2 instance of yours?",
        via=looks.identity,
        short="An EC2 instance?",
        leads={
            **leads,
            **({"other-instance": other} if other else {}),
            **(dict.fromkeys(looks.NO_MACHINE, gone) if gone else {}),
        },
        words={
            "instance": "yes",
            "other-instance": "yes, but another one",
            "elsewhere": "yes, in another region",
            "terminated": "it is terminated",
            "replaced": "another took its place",
            "several": "several match",
            "load-balancer": "a load balancer",
            "nat-gateway": "a NAT gateway",
            "interface": "an unused interface",
            "free-address": "an unused Elastic IP",
            "moved": "its address changed",
            "nobody": "not in this account",
            "locked-out": "no valid login to AWS",
            "denied": "AWS does not tell you",
            "serial-console": "its serial console",
            "not-asked": "no, nothing says so",
        },
    )
