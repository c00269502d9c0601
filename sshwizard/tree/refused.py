"""The machine itself refuses: does sshd greet elsewhere, over the other IP version or on another port?"""

from sshwizard.model import Cause, Suspects
from sshwizard.probes import addresses, sockets
from sshwizard.tree.node import Node


def refused_nodes(family: str, port: str, nowhere: Cause) -> tuple[Node[addresses.Family] | Node[sockets.Ports], ...]:
    """Two questions of these names. `nowhere`: it greets nowhere."""
    return (
        Node[addresses.Family](
            family,
            "Does {host} answer over the other IP version?",
            via=addresses.family,
            short="Other IP version?",
            leads={
                "other-greets": Cause(
                    "network.address-family-mismatch",
                    "sshd of {host} is there over {other}, and ssh is told to use {wanted}",
                    also=("config.address-family",),
                ),
                "none": port,
                "unknown": port,
            },
            words={"other-greets": "it does", "none": "not seen"},
        ),
        Node[sockets.Ports](
            port,
            "Does sshd listen on another port of {host}?",
            via=sockets.ports,
            short="On another port?",
            leads={
                "found": Cause("target.wrong-port", "sshd of {host} is on port {port_found}, not {configured}"),
                "found-config": Cause(
                    "config.wrong-port", "The ssh config says port {configured}; sshd is on {port_found}"
                ),
                "none": nowhere,
                "unknown": Suspects("network.port-refused", "server.sshd-not-running", "target.wrong-port"),
            },
            words={
                "found": "another port greets",
                "found-config": "config names another",
                "none": "none greets",
            },
        ),
    )
