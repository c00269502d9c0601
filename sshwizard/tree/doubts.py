"""Questions that come up at several failures of the network: the right address, a private one, a network that lets
no SSH out, or none that is marked."""

from sshwizard.model import Cause, Suspects
from sshwizard.probes import addresses, egress, private, retry
from sshwizard.tree.node import Node

CONTROL = "--control HOST, a public SSH server that you name"

LOOP = Cause(
    "network.router-no-route",
    "Packets to {host} go round in a circle between routers",
    "Each router takes another one for the way there, until the packet is too old.",
)


def address_node(id_: str, then: str) -> Node[addresses.Address]:
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
            "cache": Cause(
                "dns.wrong-address",
                "This computer remembers an old address of {name}: {used}; it is at {current}",
                "A cache between this computer and DNS still holds the old record.",
            ),
            "nobodys": Cause("target.wrong-address", "{used} is {what}"),
            "sinkhole": Cause(
                "dns.wrong-address",
                "DNS sends {name} to {used}",
                "That is {what}. DNS filters give this answer for names that they block.",
            ),
            "loopback": Suspects(
                "dns.wrong-address",
                "target.wrong-port",
                title="DNS sends {name} to this computer itself",
                why="{used} is the loopback address: no other machine can be reached by it.",
                decided_by="the record that the name should have",
            ),
            "unknown": then,
        },
        words={
            "same": "no other address",
            "only-one": "an address was given",
            "hosts-file": "hosts file is old",
            "config": "HostName is old",
            "overruled": "an earlier block wins",
            "cache": "a cache is old",
            "nobodys": "no machine's address",
            "sinkhole": "DNS blocks the name",
            "loopback": "this computer itself",
        },
    )


def private_node(id_: str, then: str) -> Node[private.Private]:
    outside = "Its range is not routed on the Internet: it works from inside, over a VPN, or through a jump host."
    return Node[private.Private](
        id_,
        "Does a way lead to a private address?",
        via=private.private,
        short="A private address?",
        leads={
            "public": then,
            "covered": then,
            "from-outside": Cause(
                "target.private-address", "{address} is a private address, and this computer is outside", outside
            ),
            "from-another-range": Suspects(
                "target.private-address",
                "network.no-answer",
                "network.host-unreachable",
                title="{address} is a private address of another network",
                why=outside,
                decided_by="a try with the VPN up, or from a machine inside",
            ),
            "from-same-range": then,
            "unknown": then,
        },
        words={
            "public": "it is public",
            "covered": "a way of its own",
            "from-outside": "no way in from here",
            "from-another-range": "another private network",
            "from-same-range": "the same range as ours",
        },
    )


def egress_node(id_: str, silent: Cause) -> Node[egress.Egress]:
    return Node[egress.Egress](
        id_,
        "Does this network let SSH out?",
        via=egress.egress,
        short="Is SSH let out?",
        leads={
            "port-blocked": Cause("network.egress-port-blocked", "This network lets nothing out to port {port}"),
            "cut": Suspects(
                "network.middlebox-blocks-ssh",
                "network.egress-port-blocked",
                title="This network cuts SSH: {control} accepts, and its greeting is lost, too",
                decided_by="the same try from another network",
            ),
            "proxy-unused": Suspects(
                "network.proxy-required",
                "network.no-answer",
                title="This network has the proxy {proxy}, and ssh goes without it",
                why="A proxy is set for other programs and it answers; the direct way is silent.",
                decided_by=f"a try through the proxy, or {CONTROL}",
            ),
            "nothing-out": silent,
            "open": silent,
            "not-asked": silent,
            "unknown": silent,
        },
        words={
            "port-blocked": "this port is blocked",
            "cut": "SSH is cut",
            "proxy-unused": "a proxy is not used",
            "nothing-out": "nothing gets out",
            "open": "SSH gets out",
            "not-asked": "nobody was asked",
        },
    )


def marks_node(id_: str, otherwise: Cause) -> Node[retry.Marks]:
    return Node[retry.Marks](
        id_,
        "Does ssh come through without marks of service?",
        via=retry.marks,
        short="Without IPQoS marks?",
        leads={
            "dropped": Cause(
                "network.qos-dropped",
                "The way to {host} drops packets that ssh has marked (IPQoS {marks})",
                "ssh marks its packets for quality of service; without marks it comes through.",
            ),
            "no-matter": otherwise,
            "unknown": otherwise,
        },
        words={"dropped": "it does", "no-matter": "it does not"},
    )
