"""The way to an address: the proxy or hop in between, and the name."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import lookup, names, proxies
from sshwizard.tree.node import Node

STRETCH = "name"

NODES = (
    Node[proxies.Proxy](
        "proxy",
        "Does the way in between hold?",
        via=proxies.proxy,
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
            "ok": "it holds",
            "not-found": "program missing",
            "failed": "program failed",
            "hop-failed": "a hop failed",
        },
    ),
    Node[proxies.Hop](
        "hop",
        "What stopped the hop before {host}?",
        via=proxies.hop,
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
        words={
            "unreachable": "it cannot be reached",
            "unresolvable": "its name is not known",
            "denied": "it lets nobody in",
            "host-key": "its host key",
            "prohibited": "it forbids forwarding",
            "inner-unreachable": "it cannot get further",
            "inner-unresolvable": "it cannot find the name",
        },
    ),
    Node[lookup.Name](
        "name",
        "Does {host} have an address?",
        via=lookup.name,
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
    Node[lookup.Before](
        "before-name",
        "What was ssh doing before it looked up {host}?",
        via=lookup.before,
        short="What came before?",
        leads={
            "shared-connection": Suspects("config.control-socket-stale"),
            "loop": Cause("proxy.jump-loop"),
            "match-exec": Suspects("config.bad-line", title="A Match exec command in the ssh config does not end"),
            "unknown": Unclear(),
        },
        words={
            "shared-connection": "a shared connection",
            "match-exec": "a Match exec line",
            "loop": "jump hosts in a circle",
        },
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
            "other-family": Cause(
                "config.address-family", "{host} has no {wanted} address, and the config or command wants only that"
            ),
            "now-ok": Suspects("dns.temporary-failure"),
            "config-unread": Suspects(
                "client.ssh-directory-unusable",
                "dns.name-not-found",
                title="ssh may not read {named}, where {host} may be explained",
                why="Only the ssh config can explain a name that DNS does not know, and ssh passes over a config "
                "that it may not read without a word.",
                decided_by="the same command once the owner and mode are right",
            ),
            "unknown": "lookup",
        },
        words={
            "nxdomain": "no such name",
            "servfail": "DNS reports a failure",
            "silent": "DNS is silent",
            "no-address": "name without address",
            "other-family": "only IPv4, or only IPv6",
            "no-route": "no way to DNS",
            "now-ok": "it answers now",
            "config-unread": "the config is closed",
        },
    ),
    Node[lookup.Lookup](
        "lookup",
        "How did the lookup fail, by ssh's own words?",
        via=lookup.lookup,
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
        words={
            "not-known": "name not known",
            "malformed": "odd letters in the name",
            "no-address": "name without address",
            "temporary": "failed for now",
            "silent": "DNS is silent",
            "failed": "failed, without a reason",
        },
    ),
)
