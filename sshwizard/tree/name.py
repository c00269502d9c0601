"""The way to an address: the proxy or hop in between, and the name."""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import carrier, lookup, proxies, proxyserver, resolver
from sshwizard.tree.gcp.tunnel import tunnel_node
from sshwizard.tree.node import Node
from sshwizard.tree.toolbox import tools_node

STRETCH = "name"
LIKE = {
    "gcp.iap-backend-unreachable": (
        "gcp.iap-range-blocked",
        "server.sshd-not-running",
        "server.host-firewall-blocks",
        "gcp.instance-stopped",
    ),
    "gcp.iap-permission-missing": ("proxy.port-not-allowed",),
    "iam.wrong-account-or-region": ("gcp.instance-stopped",),
}
"""What a cloud's tool cannot tell apart from the cause that it names."""

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
            "quoting": Cause(
                "proxy.command-failed",
                "The shell cannot read the ProxyCommand",
                "ssh hands the line to the shell, quotes and all: {command}",
            ),
            "windows-bug": Cause("proxy.windows-client-bug"),
            "prints": Suspects(
                "proxy.command-failed",
                "kex.not-ssh",
                title="The ProxyCommand prints text where SSH data is expected",
                decided_by="the command alone, in a shell: does the text come from it or from the other end?",
            ),
            "hangs": "tools",
            "failed": "tools",
            "says": "carrier",
            "hop-failed": "hop",
            "door": "door",
            "unknown": "name",
        },
        words={
            "direct": "no proxy",
            "ok": "it carries",
            "not-found": "program missing",
            "quoting": "quotes are wrong",
            "windows-bug": "an old Windows ssh",
            "prints": "it prints text",
            "hangs": "it brings nothing",
            "failed": "program failed",
            "says": "it says why",
            "hop-failed": "a hop failed",
            "door": "a door of AWS is shut",
        },
    ),
    Node[str](
        "carrier",
        "What does the program of the ProxyCommand say?",
        via=carrier.said,
        short="What does it say?",
        leads={
            **{code: Cause(code, also=LIKE.get(code, ())) for code in sorted(carrier.PROVED)},
            **{f"{code}?": Suspects(code, *LIKE.get(code, ())) for code in carrier.CODES},
            "unknown": "google-tunnel",
        },
    ),
    tools_node("tools", "google-tunnel"),
    tunnel_node("google-tunnel", "proxy-server"),
    Node[proxyserver.Server](
        "proxy-server",
        "Does the proxy server do its part?",
        via=proxyserver.server,
        short="Is the proxy there?",
        leads={
            "unreachable": Cause("proxy.server-unreachable", "The proxy {proxy} cannot be reached"),
            "unresolvable": Cause("proxy.server-unreachable", "The proxy's name in {proxy} has no address"),
            "wants-login": Cause("proxy.authentication-required", "The proxy {proxy} wants a login"),
            "port-refused": Cause("proxy.port-not-allowed", "The proxy {proxy} does not allow port {port}"),
            "target-unreachable": Cause(
                "proxy.inner-unreachable",
                "The proxy {proxy} cannot reach {host} port {port}",
                "The proxy is there, and its own connection to the target fails.",
            ),
            "no-target": Suspects(
                "proxy.command-failed",
                "network.port-refused",
                "network.no-answer",
                "server.sshd-not-running",
                title="The ProxyCommand's program cannot reach {host} port {port}, and a direct try cannot either",
                decided_by="the same target without the ProxyCommand: ssh -o ProxyCommand=none",
            ),
            "answers": Suspects(
                "proxy.command-failed",
                "proxy.inner-unreachable",
                "kex.no-banner",
                title="{proxy} is there, and no connection came through it",
                decided_by="the ProxyCommand alone, in a shell",
            ),
            "unknown": Suspects(
                "proxy.command-failed", "proxy.server-unreachable", decided_by="the ProxyCommand alone, in a shell"
            ),
        },
        words={
            "unreachable": "it is not there",
            "unresolvable": "its name is unknown",
            "wants-login": "it wants a login",
            "port-refused": "port not allowed",
            "target-unreachable": "target not reached",
            "no-target": "no proxy; target dead",
            "answers": "it answers",
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
            "not-told": Unclear(),
            "unknown": "before-name",
        },
        words={
            "ok": "it has one",
            "not-known": "name not known",
            "no-address": "no address",
            "temporary": "lookup failed for now",
            "failed": "lookup failed",
            "not-told": "only AWS knows it",
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
    Node[resolver.Resolver](
        "resolver",
        "What does DNS itself say about {host}?",
        via=resolver.resolver,
        short="What does DNS say?",
        leads={
            "nxdomain": Cause("dns.name-not-found", "There is no name {name}", also=("dns.search-domain-missing",)),
            "similar": Cause("dns.name-not-found", "There is no name {name}; did you mean {suggested}?"),
            "search-domain": Cause(
                "dns.search-domain-missing",
                "{name} is known only as {suggested}",
                "The short name needs the domain {domain}, which is not in this computer's search list now. "
                "A VPN often sets it.",
            ),
            "private": Cause(
                "dns.private-name",
                "{name} is a name of a private network, unknown here",
                "Such names are answered only by the DNS server inside: through its VPN, or on a jump host.",
                also=("dns.name-not-found",),
            ),
            "servfail": Cause("dns.server-failure"),
            "refused": Cause("dns.server-failure", "The DNS server refuses to answer for {name}"),
            "silent": Cause("dns.resolver-unreachable"),
            "no-answer-to-this": Suspects(
                "dns.temporary-failure",
                "dns.server-failure",
                title="The DNS server gives no answer for {name}",
                why="It answers other questions, so the servers of this name's own zone are slow or down.",
                decided_by="the same question again in a minute, and to another DNS server",
            ),
            "no-route": Cause("dns.resolver-unreachable", "The DNS server cannot be reached from here"),
            "blocked": Cause(
                "client.local-firewall-blocks", "This computer's own firewall blocks the question to the DNS server"
            ),
            "none-set": Cause("dns.resolver-unreachable", "This computer has no DNS server set"),
            "no-address": Cause("dns.no-address", "{name} exists and has no address"),
            "other-family": Cause(
                "config.address-family", "{name} has no {wanted} address, and the config or command wants only that"
            ),
            "now-ok": Suspects(
                "dns.temporary-failure",
                title="The lookup of {name} failed a moment ago, and DNS answers now",
                decided_by="another try",
            ),
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
            "similar": "none; one like it",
            "search-domain": "with its domain, yes",
            "private": "a private name",
            "servfail": "DNS reports a failure",
            "refused": "DNS refuses",
            "silent": "DNS is silent",
            "no-answer-to-this": "silent about this name",
            "no-address": "name without address",
            "other-family": "only IPv4, or only IPv6",
            "no-route": "no way to DNS",
            "none-set": "no DNS server set",
            "blocked": "blocked right here",
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
