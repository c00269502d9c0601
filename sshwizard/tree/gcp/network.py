"""No answer, or a refusal: do the project's rules let us in, and does the VM stand?"""

from typing import Any, get_args

from sshwizard.model import Cause, Lead, Suspects
from sshwizard.probes.gcp import looks
from sshwizard.tree.consoles import MUTE, REFUSING
from sshwizard.tree.doubts import egress_node
from sshwizard.tree.gcp.machine import console_node, state_node, strain_node
from sshwizard.tree.gcp.whose import whose_node
from sshwizard.tree.gcp.windows import windows_nodes
from sshwizard.tree.node import Node
from sshwizard.tree.refused import refused_nodes
from sshwizard.tree.silence import silence_node

_ADMITTED = Suspects(
    "server.host-firewall-blocks",
    "server.address-banned",
    "network.egress-port-blocked",
    "server.hung",
    title="Google lets your packets through to port {port} of {host}, and nothing answers",
    why="Firewall rules, policies and routes admit you, so they end on the VM itself, or never left here.",
    decided_by="a look from inside the VM: its firewall and ban lists",
)

_DOWN = Suspects(
    "server.sshd-not-running",
    "server.sshd-config-error",
    "server.cannot-bind",
    "server.listens-on-loopback",
    "target.wrong-port",
    "server.host-firewall-blocks",
    title="Google lets you through to {host}, and nothing listens on its port {port}",
    why="What Google's firewall stops is silent; the refusal comes from the VM itself.",
    decided_by="a look from inside the VM: ss -tlnp",
)

_UNSURE = Suspects(
    "gcp.firewall-blocks",
    "gcp.firewall-denies",
    "server.host-firewall-blocks",
    title="Whether Google's firewall lets you in to {host} hangs on what cannot be seen from here",
    why="{explained}",
    decided_by="Google's own test: gcloud network-management connectivity-tests create",
)

_PATH: dict[str, Lead] = {
    "open": "google-windows",
    "some-exits": Suspects(
        "gcp.firewall-blocks",
        "server.host-firewall-blocks",
        title="Your network leaves by several addresses, and Google does not let {source} in",
        why="Whether a connection works depends on the address that it happens to leave by.",
        decided_by="a few more tries: some would work",
    ),
    "uncertain": "google-console-unsure",
    "likely-denied": Suspects(
        "gcp.firewall-blocks",
        "gcp.firewall-denies",
        title="No VPC rule that could be seen lets you in to port {port} of {host}",
        why="You may not read the effective firewall, so organization policies were not seen: {explained}",
        decided_by="the permission compute.instances.getEffectiveFirewalls",
    ),
    "no-rule": Cause("gcp.firewall-blocks", "No Google Cloud firewall rule lets you in to port {port}", "{explained}"),
    "firewall-denies": Cause(
        "gcp.firewall-denies", "The firewall rule {rule} keeps you out of port {port}", "{explained}"
    ),
    "policy-denies": Cause(
        "gcp.firewall-denies",
        "The firewall policy {policy} keeps you out of port {port}",
        "{explained} No rule of the VPC network comes before it.",
    ),
    "other-port": Cause(
        "target.wrong-port",
        "sshd of {host} listens on port {port_found}, not on {configured}",
        "The VM's own serial console says so, and the firewall stops port {configured}.",
        also=("gcp.firewall-blocks",),
    ),
    "no-default-route": Cause("gcp.no-default-route", why="{explained} So no answer of {host} finds the way to you."),
    "other-route": Cause(
        "gcp.no-default-route",
        "The route {route} takes the replies of {host} to {hop}, not to the internet",
        "The longest prefix wins, then the lowest priority: this one comes before the default route.",
    ),
    "no-external-ip": Cause(
        "gcp.no-external-ip",
        "{vm} has no external address, and you are outside its network",
        "From the internet no packet finds it: go through IAP, by a jump host, or over a VPN.",
    ),
    "external-forbidden": Cause(
        "gcp.no-external-ip",
        "{vm} has no external address, and an organization policy allows it none",
        "Go through IAP, by a jump host, or over a VPN.",
        also=("gcp.org-policy-blocks",),
    ),
    "iap-closed": Cause(
        "gcp.iap-range-blocked",
        "{vm} has no external address, and its firewall does not admit Google's IAP range",
        "Without an address, IAP is the way in; its connections come from 35.235.240.0/20. {explained}",
        also=("gcp.no-external-ip",),
    ),
    "iap-forbidden": Cause(
        "gcp.iap-permission-missing",
        "{vm} has no external address, and you may not use IAP",
        "Without an address, IAP is the way in; it wants the role IAP-secured Tunnel User.",
        also=("gcp.no-external-ip",),
    ),
    "private-from-outside": Cause(
        "target.private-address",
        "{internal} is the internal address of {vm}; from outside it is {public}",
        "An internal address works from inside its network, over a VPN, or through a jump host.",
    ),
    "unknown": "google-console",
}  # fmt: skip
_WORDS = {
    "open": "it lets you in",
    "some-exits": "not from every exit",
    "uncertain": "it depends",
    "likely-denied": "no rule that is seen",
    "no-rule": "no rule does",
    "firewall-denies": "a rule denies it",
    "policy-denies": "a policy denies it",
    "other-port": "sshd is elsewhere",
    "no-default-route": "no route back",
    "other-route": "another way back",
    "no-external-ip": "no external address",
    "external-forbidden": "no address allowed",
    "iap-closed": "no address, IAP closed",
    "iap-forbidden": "no address, no IAP right",
    "private-from-outside": "internal, from outside",
}


def _path(id_: str, asks: str, short: str, leads: dict[str, Lead], words: dict[str, str]) -> Node[Any]:
    return Node[Any](id_, asks, via=looks.path, short=short, leads=leads, words=words)


def _admits(id_: str, then: str, doubt: str) -> Node[Any]:
    """Is it sure that the project's rules let us in?"""
    leads: dict[str, Lead] = {**dict.fromkeys(get_args(looks.Path), doubt), "open": then, "unknown": doubt}
    return _path(id_, "Is it sure that Google lets you in?", "Is that sure?", leads, {"open": "it is"})


def breathless_nodes(id_: str, otherwise: Cause) -> tuple[Node[Any], ...]:
    """The port answers and then nothing comes: whose VM, its serial console, its load."""
    return (
        whose_node(id_, f"{id_}-console", otherwise, gone=otherwise),
        console_node(f"{id_}-console", MUTE, f"{id_}-strain"),
        strain_node(f"{id_}-strain", otherwise),
    )


def behind_node(id_: str, otherwise: Cause) -> Node[looks.Hop]:
    """A jump host that cannot reach what is behind it. `otherwise`: where the project says nothing against it."""
    return Node[looks.Hop](
        id_,
        "Does Google let {host} through to the next one?",
        via=looks.hop,
        short="Let in from there?",
        leads={
            "admits": otherwise,
            "blocks": Cause("gcp.firewall-blocks", "The firewall of {next_host} does not let {host} in", "{explained}"),
            "no-hop": otherwise,
            "unknown": otherwise,
        },
        words={"admits": "it does", "blocks": "its firewall does not", "no-hop": "no VM of yours"},
    )


NODES: tuple[Node[Any], ...] = (
    whose_node("google", "google-state", "silence"),
    state_node("google-state", "google-path"),
    _path("google-path", "Does Google let your packets through?", "Does Google let you in?", _PATH, _WORDS),
    *windows_nodes("google-windows", "google-console"),
    console_node("google-console", MUTE, "google-admits"),
    console_node("google-console-unsure", MUTE, _UNSURE),
    _admits("google-admits", "google-strain", "silence"),
    strain_node("google-strain", "silence-google"),
    silence_node("silence-google", "egress-google", "egress-google"),
    egress_node("egress-google", _ADMITTED),
    # ------------------------------------------------------------ refused
    whose_node("google-refused", "google-refused-state", "family"),
    state_node("google-refused-state", "google-refused-windows"),
    *windows_nodes("google-refused-windows", "google-refused-console"),
    console_node("google-refused-console", REFUSING, "google-refused-admits"),
    _admits("google-refused-admits", "family-google", "family"),
    *refused_nodes("family-google", "other-port-google", _DOWN),
)
