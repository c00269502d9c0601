"""From the open port to agreed algorithms: the banner and the key exchange."""

from typing import Any

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import banner, packets, pinned, protocols, retry, transport
from sshwizard.tree.aws.breathless import breathless_nodes
from sshwizard.tree.gcp import network as google_network
from sshwizard.tree.node import Node

STRETCH = "handshake"

NOT_SSH = Cause("kex.not-ssh", "Port {port} of {host} is {protocol}, not SSH")
PORTAL = Suspects(
    "network.captive-portal",
    "kex.not-ssh",
    title="A web page answers instead of {host}: {page}",
    why="Whoever answers sends everybody to a page of its own, as a network does that wants a sign-in first.",
    decided_by="a plain http page in a browser: does the sign-in page come there, too?",
)
NOT_SSH_BUT_NAMELESS = Cause("kex.not-ssh", "Something other than SSH answers on port {port} of {host}")
IMPATIENT = "waiting half a minute, or the server's log"


NO_BANNER = Suspects(
    "kex.no-banner",
    "server.hung",
    "server.overloaded",
    "network.middlebox-blocks-ssh",
    decided_by="the server's console, or a try from another network",
)


def _speaks(id_: str, ssh: Cause, nothing: Cause, onward: str = "") -> Node[protocols.Speaks]:
    """The question after a banner that did not come; silence proves less than a closed door.

    `onward`: the question that comes before `nothing` is the answer.
    """
    otherwise = onward or nothing
    return Node[protocols.Speaks](
        id_,
        "What else could speak on port {port}?",
        via=protocols.speaks,
        short="What speaks there?",
        leads={
            "tls": NOT_SSH,
            "web": NOT_SSH,
            "portal": PORTAL,
            "other": NOT_SSH,
            "unnamed": Suspects(nothing.code, "kex.not-ssh", decided_by=nothing.decided_by),
            "ssh": ssh,
            "turned-away": otherwise,
            "nothing": otherwise,
            "not-asked": otherwise,
            "unknown": otherwise,
        },
        words={
            "tls": "TLS",
            "web": "a web server",
            "portal": "a sign-in page",
            "other": "another protocol",
            "unnamed": "something else",
            "ssh": "SSH",
            "turned-away": "turned away again",
            "nothing": "nothing",
            "not-asked": "not asked",
        },
    )


NODES: tuple[Node[Any], ...] = (
    Node[banner.Banner](
        "banner",
        "Does an SSH server introduce itself?",
        via=banner.banner,
        short="Is it SSH?",
        spine=True,
        leads={
            "ok": "kex",
            "silent": "speaks-silent",
            "closed": "speaks-closed",
            "closed-late": Suspects(
                "server.tcp-wrappers-deny",
                "kex.closed-before-banner",
                "server.overloaded",
                title="{host} hangs up after five seconds, as TCP wrappers do",
                why="libwrap waits five seconds before it closes a connection that /etc/hosts.deny forbids.",
                decided_by="/etc/hosts.deny and the log of the server",
            ),
            "reset": "speaks-reset",
            "not-ssh": NOT_SSH,
            "binary": "speaks-binary",
            "tarpit": Cause(
                "kex.not-ssh",
                "A tarpit is on port {port} of {host}, not SSH",
                "It sends line after line to hold callers, and never an SSH version. The real sshd is on another port.",
            ),
            "portal": PORTAL,
            "ssh1": Cause("kex.ssh1-only"),
            "max-startups": Cause("server.max-startups"),
            "not-allowed": "speaks-not-allowed",
            "unknown": Unclear(),
        },
        words={
            "ok": "it is SSH",
            "silent": "silence",
            "closed": "closed at once",
            "closed-late": "closed after 5 s",
            "reset": "reset",
            "not-ssh": "not SSH",
            "binary": "no text at all",
            "tarpit": "endless lines",
            "portal": "a sign-in page",
            "ssh1": "SSH version 1",
            "max-startups": "too many logins",
            "not-allowed": "not allowed at this time",
        },
    ),
    _speaks(
        "speaks-silent",
        Suspects(
            "kex.no-banner",
            "server.overloaded",
            title="The server greets too late",
            decided_by="a try with a longer ConnectTimeout",
        ),
        NO_BANNER,
        onward="cloud-banner",
    ),
    _speaks(
        "speaks-closed",
        Suspects(
            "server.max-startups",
            "kex.closed-before-banner",
            title="The server greets only some of the time",
            decided_by="the server's log",
        ),
        Suspects(
            "kex.closed-before-banner",
            "server.tcp-wrappers-deny",
            "server.max-startups",
            "server.address-banned",
            decided_by="the server's log, or a try from another network",
        ),
    ),
    _speaks(
        "speaks-reset",
        Suspects(
            "server.max-startups",
            "kex.reset-before-banner",
            title="The server greets only some of the time",
            decided_by="the server's log",
        ),
        Suspects(
            "kex.reset-before-banner",
            "server.tcp-wrappers-deny",
            "server.address-banned",
            "network.middlebox-blocks-ssh",
            decided_by="the server's log, or a try from another network",
        ),
    ),
    _speaks(
        "speaks-not-allowed",
        Suspects(
            "server.max-startups",
            "server.address-banned",
            title="The server turns away some connections, and greets others",
            why="sshd 9.8 and newer says the same for too many logins at once and for a penalty; a penalty lasts.",
            decided_by=IMPATIENT,
        ),
        Suspects("server.address-banned", "server.max-startups", decided_by=IMPATIENT),
    ),
    Node[protocols.Speaks](
        "speaks-binary",
        "Which protocol is on port {port}?",
        via=protocols.speaks,
        short="Which protocol?",
        leads={
            "tls": NOT_SSH,
            "web": NOT_SSH,
            "portal": PORTAL,
            "other": NOT_SSH,
            "unnamed": NOT_SSH_BUT_NAMELESS,
            "ssh": NOT_SSH_BUT_NAMELESS,
            "turned-away": NOT_SSH_BUT_NAMELESS,
            "nothing": NOT_SSH_BUT_NAMELESS,
            "not-asked": NOT_SSH_BUT_NAMELESS,
            "unknown": Suspects("kex.not-ssh"),
        },
        words={
            "tls": "TLS",
            "web": "a web server",
            "portal": "a sign-in page",
            "other": "another one",
            "unnamed": "one without a name",
            "ssh": "SSH, this time",
            "turned-away": "turned away",
            "nothing": "nothing, this time",
            "not-asked": "not asked",
        },
    ),
    Node[transport.Kex](
        "kex",
        "Do both sides agree on algorithms?",
        via=transport.kex,
        short="Algorithms agreed?",
        spine=True,
        leads={
            "ok": "hostkey",
            "no-common": "pinned",
            "stalled": "mtu",
            "closed": Suspects("kex.closed-in-handshake"),
            "corrupted": "altered",
            "broken-mac": "altered",
            "key-too-short": Cause("hostkey.too-short"),
            "unknown": Unclear(),
        },
        words={
            "ok": "agreed",
            "no-common": "nothing in common",
            "stalled": "stalled",
            "closed": "hung up",
            "corrupted": "data altered",
            "broken-mac": "data altered",
            "key-too-short": "host key too short",
        },
    ),
    Node[retry.Altered](
        "altered",
        "Does the data pass with another integrity code?",
        via=retry.altered,
        short="With another MAC?",
        leads={
            "broken-mac": Cause("kex.broken-mac", "One side computes {mac} wrongly"),
            "again": Cause("network.corruption", "What arrives from {host} is altered, whatever the cipher"),
            "gone": Suspects(
                "network.corruption",
                "kex.broken-mac",
                title="Data was altered once, and not with another cipher",
                decided_by="more tries with either cipher",
            ),
            "unknown": Suspects(
                "network.corruption", "kex.broken-mac", decided_by="a try with another MAC: ssh -o MACs=hmac-sha2-256"
            ),
        },
        words={"broken-mac": "it does: a broken MAC", "again": "altered again", "gone": "it passes now"},
    ),
    Node[pinned.Pinned](
        "pinned",
        "Is it the ssh config that is too narrow?",
        via=pinned.pinned,
        short="Config too narrow?",
        leads={
            "pinned": Cause(
                "config.algorithms-pinned",
                "{keyword} in your ssh config leaves nothing in common with {host}",
            ),
            "key-exchange": Cause("kex.no-common-key-exchange"),
            "host-key": Cause("kex.no-common-host-key-algorithm"),
            "cipher": Cause("kex.no-common-cipher"),
            "mac": Cause("kex.no-common-mac"),
            "unknown": Suspects("kex.no-common-key-exchange"),
        },
        words={
            "pinned": "the config",
            "key-exchange": "key exchange",
            "host-key": "host key",
            "cipher": "cipher",
            "mac": "MAC",
        },
    ),
    Node[packets.Mtu](
        "mtu",
        "Do large packets get through to {host}?",
        via=packets.mtu,
        short="Large packets?",
        leads={
            "black-hole": Cause("network.mtu-black-hole"),
            "large-lost": Suspects("network.mtu-black-hole", "kex.stalls"),
            "fine": Suspects("kex.stalls", "server.hung", "server.overloaded", "network.middlebox-blocks-ssh"),
            "unknown": Suspects("kex.stalls", "network.mtu-black-hole", "server.hung", "network.middlebox-blocks-ssh"),
        },
        words={"black-hole": "they vanish", "large-lost": "they vanish", "fine": "they pass"},
    ),
    *breathless_nodes("cloud-banner", NO_BANNER, "google-banner"),
    *google_network.breathless_nodes("google-banner", NO_BANNER),
)
