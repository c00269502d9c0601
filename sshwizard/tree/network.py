"""From the name to the open port: not found, timed out, refused, unreachable."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import connection, names, sockets
from sshwizard.tree.node import Node


def _address(id_: str, then: str) -> Node[names.Address]:
    return Node[names.Address](
        id_,
        "Is it the right address for {host}?",
        via=names.address,
        short="Right address?",
        leads={
            "same": then,
            "only-one": then,
            "hosts-file": Cause("dns.hosts-file-override", "The hosts file sends {name} to {used}; it is at {current}"),
            "config": Cause(
                "config.stale-hostname", "HostName in the ssh config is {used}; {name} is now at {current}"
            ),
            "unknown": then,
        },
        words={"same": "no other address", "hosts-file": "hosts file is old", "config": "HostName is old"},
    )


PROXY = (
    Node[connection.Proxy](
        "proxy",
        "Does the way in between hold?",
        via=connection.proxy,
        short="Proxy or jump?",
        leads={
            "direct": "name",
            "ok": "name",
            "not-found": Cause(
                "proxy.command-not-found",
                why="ssh starts the program in ProxyCommand, and there is none of that name.",
            ),
            "failed": Suspects("proxy.command-failed", "proxy.server-unreachable"),
            "hop-failed": "hop",
            "unknown": "name",
        },
        words={
            "direct": "no proxy",
            "not-found": "program missing",
            "failed": "program failed",
            "hop-failed": "a hop failed",
        },
    ),
    Node[connection.Hop](
        "hop",
        "What stopped the hop before {host}?",
        via=connection.hop,
        short="Which hop?",
        leads={
            "unreachable": Cause("proxy.jump-unreachable"),
            "unresolvable": Cause("proxy.jump-unresolvable"),
            "denied": Cause("proxy.jump-auth-failed"),
            "host-key": Cause("proxy.jump-host-key"),
            "prohibited": Cause("proxy.forwarding-prohibited"),
            "inner-unreachable": Cause("proxy.inner-unreachable"),
            "inner-unresolvable": Cause("proxy.inner-unresolvable"),
            "unknown": Suspects("proxy.command-failed"),
        },
    ),
)

NAME = (
    Node[connection.Name](
        "name",
        "Does {host} have an address?",
        via=connection.name,
        short="Has it an address?",
        spine=True,
        leads={
            "ok": "tcp",
            "elsewhere": "tcp",
            "not-known": "resolver",
            "no-address": "resolver",
            "temporary": "resolver",
            "failed": "resolver",
            "unknown": "before-name",
        },
        words={
            "ok": "it has one",
            "not-known": "name not known",
            "no-address": "no address",
            "temporary": "lookup failed for now",
            "failed": "lookup failed",
            "elsewhere": "looked up elsewhere",
        },
    ),
    Node[connection.Before](
        "before-name",
        "What was ssh doing before it looked up {host}?",
        via=connection.before,
        short="What came before?",
        leads={
            "shared-connection": Suspects("config.control-socket-stale"),
            "match-exec": Suspects("config.bad-line", title="A Match exec command in the ssh config does not end"),
            "unknown": Unclear(),
        },
        words={"shared-connection": "a shared connection", "match-exec": "a Match exec line"},
    ),
    Node[names.Resolver](
        "resolver",
        "What does DNS itself say about {host}?",
        via=names.resolver,
        short="What does DNS say?",
        leads={
            "nxdomain": Cause("dns.name-not-found", "There is no name {host}", also=("dns.search-domain-missing",)),
            "servfail": Cause("dns.server-failure"),
            "silent": Cause("dns.resolver-unreachable"),
            "no-route": Cause("dns.resolver-unreachable", "The DNS server cannot be reached from here"),
            "no-address": Cause("dns.no-address", "{host} exists and has no address"),
            "now-ok": Suspects("dns.temporary-failure"),
            "unknown": "lookup",
        },
        words={
            "nxdomain": "no such name",
            "servfail": "DNS reports a failure",
            "silent": "DNS is silent",
            "no-address": "name without address",
            "no-route": "no way to DNS",
            "now-ok": "it answers now",
        },
    ),
    Node[connection.Lookup](
        "lookup",
        "How did the lookup fail, by ssh's own words?",
        via=connection.lookup,
        short="How did it fail?",
        leads={
            "not-known": Suspects("dns.name-not-found", "dns.search-domain-missing", "dns.private-name"),
            "malformed": Cause("target.malformed-name"),
            "no-address": Suspects("dns.no-address", "config.address-family"),
            "temporary": Suspects("dns.temporary-failure", "dns.resolver-unreachable", "dns.server-failure"),
            "silent": Suspects("dns.resolver-unreachable", "dns.temporary-failure"),
            "failed": Suspects("dns.lookup-failed", "dns.name-not-found"),
            "unknown": Suspects("dns.lookup-failed", "dns.name-not-found"),
        },
    ),
)

NETWORK = (
    Node[connection.Tcp](
        "tcp",
        "Does {host} answer on port {port}?",
        via=connection.tcp,
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
    Node[sockets.Refuser](
        "refuser",
        "Who refused: the machine or a firewall?",
        via=sockets.refuser,
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
            "local": "other-port",
            "silent": "other-port",
            "open": Suspects("network.port-refused", title="Port {port} refused a moment ago, and accepts now"),
            "unknown": "other-port",
        },
        words={"reset": "the machine itself", "icmp-port": "a firewall", "icmp-prohibited": "a firewall"},
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
            "found-config": "config has the wrong port",
            "none": "none greets",
        },
    ),
    _address("unreachable", "reporter"),
    Node[sockets.Refuser](
        "reporter",
        "Who says that {host} cannot be reached?",
        via=sockets.refuser,
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
            "icmp-port": Cause("network.firewall-rejects"),
            "reset": "other-port",
            "silent": Suspects("network.host-unreachable", "network.no-answer"),
            "open": Suspects("network.host-unreachable", title="{host} was unreachable a moment ago, and answers now"),
            "unknown": Suspects("network.host-unreachable", "network.firewall-rejects", "target.stale-address"),
        },
        words={"icmp-host": "the last router", "local": "this computer", "icmp-prohibited": "a firewall"},
    ),
    Node[sockets.Route](
        "route",
        "Does this computer know a way to {host}?",
        via=sockets.route,
        short="Is there a route?",
        leads={
            "none": Cause("network.no-route", "This computer has no route to {host}"),
            "forbidden": Cause("network.local-route-blocked"),
            "exists": "way-out",
            "unknown": "way-out",
        },
        words={"none": "no route", "forbidden": "a route forbids it", "exists": "there is one"},
    ),
    Node[connection.WayOut](
        "way-out",
        "What did this computer's own network say?",
        via=connection.way_out,
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
