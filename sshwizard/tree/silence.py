"""The port stays silent: who is there, and who drops the packets."""

from sshwizard.model import Cause, Suspects
from sshwizard.probes import silence
from sshwizard.tree.doubts import CONTROL, LOOP, egress_node, marks_node, private_node
from sshwizard.tree.node import Node


def silence_node(id_: str, alive: str, dead: str) -> Node[silence.Silence]:
    """Who is there? `alive`: something answers, the port does not; `dead`: no sign of life."""
    return Node[silence.Silence](
        id_,
        "Is the machine there at all?",
        via=silence.silence,
        short="Is it alive?",
        leads={
            "machine-answers": alive,
            "ipv6-lost": Cause("network.ipv6-broken", "IPv6 to {host} is lost on the way; {works} answers"),
            "ipv4-lost": Cause(
                "network.address-family-mismatch", "{host} answers over IPv6 only; IPv4 is lost on the way"
            ),
            "address-lost": Suspects(
                "dns.wrong-address",
                "network.host-unreachable",
                "network.firewall-drops",
                title="Of the addresses of {host}, {lost} is silent and {works} answers",
                why="ssh tries them in the order of DNS and waits for each.",
                decided_by="whether the machine at the silent address should still be there",
            ),
            "blocked-here": Cause("client.local-firewall-blocks"),
            "no-neighbour": Cause(
                "network.host-unreachable",
                "Nobody answers at the address of {host}",
                also=("target.stale-address", "target.wrong-address"),
            ),
            "loop": LOOP,
            "ours-passes": "marks-silent",
            "nothing": dead,
            "unknown": dead,
        },
        words={
            "machine-answers": "alive, port dropped",
            "ipv6-lost": "IPv6 lost, IPv4 works",
            "ipv4-lost": "IPv4 lost, IPv6 works",
            "address-lost": "other address works",
            "blocked-here": "blocked on this computer",
            "no-neighbour": "no such neighbour",
            "loop": "a circle of routers",
            "ours-passes": "it greets others",
            "nothing": "no sign of life",
        },
    )


NODES = (
    silence_node("silence", "egress-alive", "private"),
    private_node("private", "egress"),
    egress_node(
        "egress-alive",
        Suspects(
            "network.firewall-drops",
            "server.host-firewall-blocks",
            "aws.security-group-blocks",
            "gcp.firewall-blocks",
            "client.local-firewall-blocks",
            title="A firewall drops packets to port {port} of {host}",
            why="The machine is alive, and port {port} stays silent: somebody drops these packets.",
            decided_by=f"the firewall's own rules, on the server, in the cloud or here (as root); {CONTROL}",
        ),
    ),
    egress_node(
        "egress",
        Suspects(
            "network.no-answer",
            title="{host} does not answer on port {port}",
            decided_by=f"the cloud's rules and the machine's state; {CONTROL}; a try from another network",
        ),
    ),
    marks_node("marks", Suspects("session.stalls-after-login", "network.qos-dropped")),
    marks_node(
        "marks-silent",
        Suspects(
            "network.no-answer",
            "client.local-firewall-blocks",
            "network.firewall-drops",
            title="{host} leaves ssh without an answer, and greets another program of this computer",
            decided_by="another try; then the rules of this computer's own firewall for the program ssh",
        ),
    ),
)
