"""From the address to the open port: timed out, refused, unreachable."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import addresses, icmp, sockets, transport
from sshwizard.tree.node import Node

STRETCH = "network"


def _address(id_: str, then: str) -> Node[addresses.Address]:
    return Node[addresses.Address](
        id_,
        "Is it the right address for {host}?",
        via=addresses.address,
        short="Right address?",
        leads={
            "same": then,
            "only-one": then,
            "hosts-file": Cause("dns.hosts-file-override", "The hosts file sends {name} to {used}; it is at {current}"),
            "config": Cause(
                "config.stale-hostname", "HostName in the ssh config is {used}; {name} is now at {current}"
            ),
            "overruled": Cause(
                "config.wrong-block-wins",
                "“{winner}” sets {keyword} {winner_value} before “{loser}” can set {loser_value}",
                "ssh keeps the first value that it meets. {winner_place} comes before {loser_place}, and an SSH server "
                "answers where the later line points.",
            ),
            "unknown": then,
        },
        words={
            "same": "no other address",
            "only-one": "no other address",
            "overruled": "an earlier block wins",
            "hosts-file": "hosts file is old",
            "config": "HostName is old",
        },
    )


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
            "net-unreachable": "route",
            "blocked-here": "route",
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
    _address("timed-out", "silence"),
    Node[sockets.Silence](
        "silence",
        "Is the machine there at all?",
        via=sockets.silence,
        short="Is it alive?",
        leads={
            "machine-answers": Suspects(
                "network.firewall-drops",
                "server.host-firewall-blocks",
                "aws.security-group-blocks",
                "gcp.firewall-blocks",
                title="A firewall drops packets to port {port} of {host}",
                why="The machine answers ping, and port {port} stays silent: somebody drops these packets.",
                decided_by="the firewall's own rules, on the server or in the cloud",
            ),
            "other-family": Cause(
                "network.ipv6-broken", "The first address of {host} is lost on the way; {works} answers"
            ),
            "nothing": Suspects(
                "network.no-answer",
                title="{host} does not answer on port {port}",
                decided_by="the cloud's rules and the machine's state, or a try from another network",
            ),
            "unknown": Suspects("network.no-answer"),
        },
        words={
            "machine-answers": "alive, port dropped",
            "other-family": "other address works",
            "nothing": "no sign of life",
        },
    ),
    _address("refused", "refuser"),
    Node[icmp.Refuser](
        "refuser",
        "Who refused: the machine or a firewall?",
        via=icmp.refuser,
        short="Who refused?",
        leads={
            "reset": "other-port",
            "icmp-port": Cause(
                "network.firewall-rejects",
                "A firewall answers port {port} with a refusal",
                also=("server.host-firewall-blocks",),
            ),
            "icmp-host": Cause("network.host-unreachable"),
            "icmp-prohibited": Cause("network.firewall-rejects"),
            "icmp-net": Cause("network.router-no-route"),
            "this-computer": Cause("client.local-firewall-blocks"),
            "local": "other-port",
            "silent": "other-port",
            "open": Suspects("network.port-refused", title="Port {port} refused a moment ago, and accepts now"),
            "unknown": "other-port",
        },
        words={
            "reset": "the machine itself",
            "icmp-port": "a firewall",
            "icmp-prohibited": "a firewall",
            "icmp-host": "the last router",
            "icmp-net": "a router",
            "this-computer": "a firewall here",
            "local": "this computer",
            "silent": "nobody, now",
            "open": "it accepts now",
        },
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
    _address("unreachable", "reporter"),
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
            "icmp-port": Cause("network.firewall-rejects"),
            "reset": "other-port",
            "silent": Suspects("network.host-unreachable", "network.no-answer"),
            "open": Suspects("network.host-unreachable", title="{host} was unreachable a moment ago, and answers now"),
            "unknown": Suspects("network.host-unreachable", "network.firewall-rejects", "target.stale-address"),
        },
        words={
            "icmp-host": "the last router",
            "local": "this computer",
            "icmp-prohibited": "a firewall",
            "icmp-port": "a firewall",
            "icmp-net": "a router",
            "this-computer": "a firewall here",
            "reset": "the machine itself",
            "silent": "nobody, now",
            "open": "it answers now",
        },
    ),
    Node[icmp.Route](
        "route",
        "Does this computer know a way to {host}?",
        via=icmp.route,
        short="Is there a route?",
        leads={
            "none": Cause("network.no-route", "This computer has no route to {host}"),
            "forbidden": Cause("network.local-route-blocked"),
            "none-for-ipv6": Cause("network.ipv6-unavailable"),
            "exists": "route-reporter",
            "unknown": "route-reporter",
        },
        words={
            "none": "no route",
            "none-for-ipv6": "no IPv6 route",
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
            "local": "way-out",
            "reset": "way-out",
            "silent": "way-out",
            "open": "way-out",
            "unknown": "way-out",
        },
        words={
            "icmp-net": "a router",
            "icmp-prohibited": "a firewall",
            "icmp-port": "a firewall",
            "icmp-host": "the last router",
            "this-computer": "a firewall here",
            "local": "this computer",
            "reset": "the machine itself",
            "silent": "nobody, now",
            "open": "it answers now",
        },
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
        words={
            "net-unreachable": "network unreachable",
            "prohibited": "prohibited",
            "not-permitted": "not permitted",
            "ipv6-only": "only IPv6 has no way",
        },
    ),
)
