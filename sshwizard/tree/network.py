"""From the address to the open port: timed out, refused, unreachable."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import addresses, icmp, silence, sockets, transport
from sshwizard.tree.doubts import CONTROL, address_node, egress_node, private_node
from sshwizard.tree.node import Node

STRETCH = "network"


LOOP = Cause(
    "network.router-no-route",
    "Packets to {host} go round in a circle between routers",
    "Each router takes another one for the way there, until the packet is too old.",
)
ROUTER_DEAD = Cause("network.no-route", "The router of this network, {router}, does not answer")

NODES = (
    Node[transport.Tcp](
        "tcp",
        "Does {host} answer on port {port}?",
        via=transport.tcp,
        short="Does the port answer?",
        spine=True,
        leads={
            "open": "banner",
            "elsewhere": "banner",
            "silent": "timed-out",
            "refused": "refused",
            "host-unreachable": "unreachable",
            "net-unreachable": "no-way",
            "blocked-here": "no-way",
            "bind-failed": Cause("config.bind-address"),
            "unknown": Unclear(),
        },
        words={
            "open": "it answers",
            "refused": "refused",
            "silent": "timed out",
            "host-unreachable": "no route to host",
            "net-unreachable": "network unreachable",
            "blocked-here": "blocked on this computer",
            "bind-failed": "own address unusable",
            "elsewhere": "through a proxy or hop",
        },
    ),
    address_node("timed-out", "silence"),
    Node[silence.Silence](
        "silence",
        "Is the machine there at all?",
        via=silence.silence,
        short="Is it alive?",
        leads={
            "machine-answers": "egress-alive",
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
            "nothing": "private",
            "unknown": "private",
        },
        words={
            "machine-answers": "alive, port dropped",
            "ipv6-lost": "IPv6 lost, IPv4 works",
            "ipv4-lost": "IPv4 lost, IPv6 works",
            "address-lost": "other address works",
            "blocked-here": "blocked on this computer",
            "no-neighbour": "no such neighbour",
            "loop": "a circle of routers",
            "nothing": "no sign of life",
        },
    ),
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
    address_node("refused", "refuser"),
    Node[icmp.Refuser](
        "refuser",
        "Who refused: the machine or a firewall?",
        via=icmp.refuser,
        short="Who refused?",
        leads={
            "reset": "family",
            "icmp-port": Cause(
                "network.firewall-rejects",
                "A firewall answers port {port} with a refusal",
                also=("server.host-firewall-blocks",),
            ),
            "icmp-host": Cause("network.host-unreachable"),
            "icmp-prohibited": Cause("network.firewall-rejects"),
            "icmp-net": Cause("network.router-no-route"),
            "this-computer": Cause("client.local-firewall-blocks"),
            "loop": LOOP,
            "router-dead": ROUTER_DEAD,
            "local": "other-port",
            "silent": "other-port",
            "open": Suspects("network.port-refused", title="Port {port} refused a moment ago, and accepts now"),
            "unknown": "other-port",
        },
        words={"reset": "the machine itself", "icmp-port": "a firewall", "icmp-prohibited": "a firewall"},
    ),
    Node[addresses.Family](
        "family",
        "Does {host} answer over the other IP version?",
        via=addresses.family,
        short="Other IP version?",
        leads={
            "other-greets": Cause(
                "network.address-family-mismatch",
                "sshd of {host} is there over {other}, and ssh is told to use {wanted}",
                also=("config.address-family",),
            ),
            "none": "other-port",
            "unknown": "other-port",
        },
        words={"other-greets": "it does", "none": "not seen"},
    ),
    Node[sockets.Ports](
        "other-port",
        "Does sshd listen on another port of {host}?",
        via=sockets.ports,
        short="On another port?",
        leads={
            "found": Cause("target.wrong-port", "sshd of {host} is on port {port_found}, not {configured}"),
            "found-config": Cause(
                "config.wrong-port", "The ssh config says port {configured}; sshd is on {port_found}"
            ),
            "none": Suspects(
                "network.port-refused",
                "server.sshd-not-running",
                "server.sshd-config-error",
                "target.wrong-port",
                "server.listens-on-loopback",
                "network.firewall-rejects",
                title="Nothing listens on port {port} of {host}",
                decided_by="a look from inside the server: ss -tlnp",
            ),
            "unknown": Suspects("network.port-refused", "server.sshd-not-running", "target.wrong-port"),
        },
        words={
            "found": "another port greets",
            "found-config": "config names another",
            "none": "none greets",
        },
    ),
    address_node("unreachable", "private-unreachable"),
    private_node("private-unreachable", "reporter"),
    Node[icmp.Refuser](
        "reporter",
        "Who says that {host} cannot be reached?",
        via=icmp.refuser,
        short="Who says so?",
        leads={
            "icmp-host": Cause(
                "network.host-unreachable",
                "Nobody answers at the address of {host}",
                also=("target.stale-address", "target.wrong-address"),
            ),
            "local": Cause(
                "network.host-unreachable",
                "Nobody answers at the address of {host}",
                also=("target.stale-address", "target.wrong-address"),
            ),
            "icmp-prohibited": Cause("network.firewall-rejects", "A firewall forbids port {port} of {host}"),
            "icmp-net": Cause("network.router-no-route"),
            "this-computer": Cause("client.local-firewall-blocks"),
            "loop": LOOP,
            "router-dead": ROUTER_DEAD,
            "icmp-port": Cause("network.firewall-rejects"),
            "reset": "family",
            "silent": Suspects("network.host-unreachable", "network.no-answer"),
            "open": Suspects("network.host-unreachable", title="{host} was unreachable a moment ago, and answers now"),
            "unknown": Suspects("network.host-unreachable", "network.firewall-rejects", "target.stale-address"),
        },
        words={"icmp-host": "the last router", "local": "this computer", "icmp-prohibited": "a firewall"},
    ),
    address_node("no-way", "route"),
    Node[icmp.Route](
        "route",
        "Does this computer know a way to {host}?",
        via=icmp.route,
        short="Is there a route?",
        leads={
            "none": Cause("network.no-route", "This computer has no route to {host}"),
            "forbidden": Cause("network.local-route-blocked"),
            "none-for-ipv6": Cause("network.ipv6-unavailable"),
            "no-scope": Cause(
                "target.malformed-name",
                "A link-local address needs its interface: {host}%eth0",
                "An address that begins with fe80: exists on every interface, so the one meant stands behind a %.",
            ),
            "exists": "route-reporter",
            "unknown": "route-reporter",
        },
        words={
            "none": "no route",
            "none-for-ipv6": "no IPv6 route",
            "no-scope": "interface is missing",
            "forbidden": "a route forbids it",
            "exists": "there is one",
        },
    ),
    Node[icmp.Refuser](
        "route-reporter",
        "Who says that there is no way to {host}?",
        via=icmp.refuser,
        short="Who says so?",
        leads={
            "icmp-net": Cause("network.router-no-route"),
            "icmp-prohibited": Cause("network.firewall-rejects"),
            "icmp-host": Cause("network.host-unreachable"),
            "icmp-port": Cause("network.firewall-rejects"),
            "this-computer": Cause("client.local-firewall-blocks"),
            "loop": LOOP,
            "router-dead": ROUTER_DEAD,
            "local": "way-out",
            "reset": "way-out",
            "silent": "way-out",
            "open": "way-out",
            "unknown": "way-out",
        },
        words={"icmp-net": "a router", "icmp-prohibited": "a firewall", "local": "this computer"},
    ),
    Node[transport.WayOut](
        "way-out",
        "What did this computer's own network say?",
        via=transport.way_out,
        short="What did it say?",
        leads={
            "net-unreachable": Suspects("network.no-route", "network.router-no-route"),
            "prohibited": Suspects("network.local-route-blocked", "client.local-firewall-blocks"),
            "not-permitted": Suspects("client.local-firewall-blocks", "network.local-route-blocked"),
            "ipv6-only": Suspects("network.ipv6-unavailable", "network.no-route"),
            "unknown": Suspects("network.no-route"),
        },
    ),
)
