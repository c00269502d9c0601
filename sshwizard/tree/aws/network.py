"""No answer, or a refusal: do the account's rules let us in, and does the machine stand?"""

from typing import get_args

from sshwizard.model import Cause, Suspects
from sshwizard.probes.aws import looks
from sshwizard.tree.aws.machine import NO_CHECKS, busy_node, console_node, state_node, status_node
from sshwizard.tree.aws.whose import whose_node
from sshwizard.tree.consoles import MUTE, REFUSING
from sshwizard.tree.doubts import egress_node
from sshwizard.tree.node import Node
from sshwizard.tree.refused import refused_nodes
from sshwizard.tree.silence import silence_node

_ADMITTED = Suspects(
    "server.host-firewall-blocks",
    "server.address-banned",
    "network.egress-port-blocked",
    "server.hung",
    title="AWS lets your packets through to port {port} of {host}, and nothing answers",
    why="Security groups, network ACLs and routes admit you, so they end on the machine itself, or never left here.",
    decided_by="a look from inside the server: its firewall and ban lists",
)

_DOWN = Suspects(
    "server.sshd-not-running",
    "server.sshd-config-error",
    "server.cannot-bind",
    "server.listens-on-loopback",
    "target.wrong-port",
    "server.host-firewall-blocks",
    title="AWS lets you through to {host}, and nothing listens on its port {port}",
    why="What AWS's rules stop is silent; the refusal comes from the machine itself.",
    decided_by="a look from inside the server: ss -tlnp",
)


def _admits(id_: str, then: str, doubt: str) -> Node[looks.Path]:
    """Is it sure that the account's rules let us in?"""
    return Node[looks.Path](
        id_,
        "Is it sure that AWS lets you in?",
        via=looks.path,
        short="Is that sure?",
        leads={**dict.fromkeys(get_args(looks.Path), doubt), "open": then, "unknown": doubt},
        words={"open": "it is"},
    )


NODES = (
    whose_node("cloud", "cloud-state", "google"),
    state_node("cloud-state", "cloud-path"),
    Node[looks.Path](
        "cloud-path",
        "Does AWS let your packets through?",
        via=looks.path,
        short="Does AWS let you in?",
        leads={
            "open": "cloud-status",
            "partial": Suspects(
                "aws.network-acl-outbound-blocks",
                "server.host-firewall-blocks",
                title="The network ACL {acl} lets a part of the replies out",
                why="Whether a connection works depends on the port that it happens to get.",
                decided_by="a few more tries: some would work",
            ),
            "some-exits": Suspects(
                "aws.security-group-other-source",
                "server.host-firewall-blocks",
                title="Your network leaves by several addresses, and AWS does not let {source} in",
                why="Whether a connection works depends on the address that it happens to leave by.",
                decided_by="a few more tries: some would work",
            ),
            "sg-closed": Cause("aws.security-group-blocks", "No rule of the security group {called} opens port {port}"),
            "sg-other-source": Cause(
                "aws.security-group-other-source",
                "The security group {called} lets in other addresses, not yours ({source})",
            ),
            "sg-other-port": Cause(
                "aws.security-group-other-port", "The security group {called} lets you in, but not to port {port}"
            ),
            "acl-inbound": Cause(
                "aws.network-acl-inbound-blocks", "The network ACL {acl} stops you on the way in to port {port}"
            ),
            "acl-outbound": Cause("aws.network-acl-outbound-blocks", "The network ACL {acl} stops the replies to you"),
            "no-route": Cause("aws.no-internet-route", "The subnet {subnet} has no route to the internet gateway"),
            "no-gateway": Cause("aws.no-internet-gateway", "The network {vpc} has no internet gateway"),
            "transit": Cause("aws.transit-path-blocks", "The replies of {host} leave by another way"),
            "public-access-blocked": Cause("aws.vpc-block-public-access"),
            "no-public-address": Cause("aws.no-public-ip", "{instance} has no public address"),
            "private-from-outside": "cloud-public",
            "not-running": Cause("aws.instance-stopped", "The instance behind {host} does not run"),
            "unknown": "cloud-status",
        },
        words={
            "open": "it lets you in",
            "partial": "now and then",
            "some-exits": "not from every exit",
            "sg-closed": "group has no rule",
            "sg-other-source": "others, not you",
            "sg-other-port": "another port",
            "acl-inbound": "ACL stops you",
            "acl-outbound": "ACL stops replies",
            "no-route": "no route out",
            "no-gateway": "no internet gateway",
            "transit": "another way back",
            "public-access-blocked": "account forbids it",
            "no-public-address": "no public address",
            "private-from-outside": "private, from outside",
            "not-running": "it does not run",
        },
    ),
    Node[looks.Public](
        "cloud-public",
        "Has the instance a public address?",
        via=looks.public,
        short="A public address?",
        leads={
            "has-one": Cause(
                "target.private-address",
                "{host} is the private address of {instance}; from outside it is {public}",
                "A private address works from inside its network, over a VPN, or through a jump host.",
            ),
            "has-none": Cause(
                "aws.no-public-ip",
                "{instance} has a private address only, and you are outside its network",
                "From the internet no packet finds it: go by a jump host, an Instance Connect Endpoint or SSM.",
            ),
            "unknown": "silence",
        },
        words={"has-one": "it has one", "has-none": "it has none"},
    ),
    status_node("cloud-status", "cloud-console", "cloud-console-mute"),
    console_node("cloud-console-mute", MUTE, NO_CHECKS),
    console_node("cloud-console", MUTE, "cloud-admits"),
    _admits("cloud-admits", "cloud-busy", "silence"),
    busy_node("cloud-busy", "silence-admitted"),
    silence_node("silence-admitted", "egress-admitted", "egress-admitted"),
    egress_node("egress-admitted", _ADMITTED),
    # ------------------------------------------------------------ refused
    whose_node("cloud-refused", "cloud-refused-status", "google-refused"),
    status_node("cloud-refused-status", "cloud-refused-console", "cloud-refused-console"),
    console_node("cloud-refused-console", REFUSING, "cloud-refused-admits"),
    _admits("cloud-refused-admits", "family-admitted", "family"),
    *refused_nodes("family-admitted", "other-port-admitted", _DOWN),
)
