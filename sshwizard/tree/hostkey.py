"""Is it the host we know?"""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import hostkey, known_hosts
from sshwizard.tree.node import Node

STRETCH = "host key"

_CHANGED = Cause(
    "hostkey.changed",
    "{host} shows another host key than the known one",
    "Either the server was rebuilt, or somebody stands in between. Nothing trusted explains it yet.",
    also=("hostkey.changed-rebuilt", "hostkey.changed-address-reused"),
    decided_by="the true fingerprint, from the console or from whoever runs the server",
)

NODES = (
    Node[hostkey.HostKey](
        "hostkey",
        "Is it the host you know?",
        via=hostkey.hostkey,
        short="The host you know?",
        spine=True,
        leads={
            "ok": "login",
            "changed": "known-changed",
            "unknown-key": "known",
            "revoked": Cause("hostkey.revoked", "The host key of {host} is marked as revoked"),
            "cert-expired": Cause("hostkey.certificate-expired"),
            "cert-name": Cause("hostkey.certificate-wrong-name"),
            "cert-invalid": Suspects("hostkey.certificate-invalid"),
            "ip-differs": Cause("hostkey.ip-mismatch"),
            "unknown": Unclear(),
        },
        words={
            "ok": "it is",
            "changed": "another key",
            "unknown-key": "a new host",
            "revoked": "revoked",
            "cert-expired": "certificate expired",
            "cert-name": "certificate for another",
            "cert-invalid": "certificate invalid",
            "ip-differs": "name and address differ",
        },
    ),
    Node[known_hosts.Known](
        "known-changed",
        "What does known_hosts have for {host}?",
        via=known_hosts.known,
        short="What is known?",
        leads={
            "other-key": _CHANGED,
            "other-type": Cause("hostkey.type-changed", also=("hostkey.changed",)),
            "malformed": _CHANGED,
            "absent": _CHANGED,
            "alias": _CHANGED,
            "directory-closed": _CHANGED,
            "right": _CHANGED,
            "unreadable": _CHANGED,
            "unknown": _CHANGED,
        },
        words={
            "other-key": "another key",
            "other-type": "another type",
            "right": "the right key",
            "malformed": "a damaged line",
            "absent": "nothing",
            "alias": "another name for it",
            "unreadable": "unreadable",
            "directory-closed": "~/.ssh is closed",
        },
    ),
    Node[known_hosts.Known](
        "known",
        "What does known_hosts have for {host}?",
        via=known_hosts.known,
        short="What is known?",
        leads={
            "absent": Cause("hostkey.unknown", "{host} is new here, and nobody confirmed its key"),
            "other-key": _CHANGED,
            "other-type": Cause(
                "hostkey.type-changed",
                "known_hosts has another type of key for {host}",
                also=("hostkey.changed",),
            ),
            "malformed": Cause("hostkey.known-hosts-malformed", "The line for {host} in {named} is damaged"),
            "alias": Cause("hostkey.alias-mismatch"),
            "directory-closed": Cause("client.ssh-directory-unusable", "You cannot open {named}"),
            "unreadable": Cause("hostkey.known-hosts-unreadable", "You cannot read {named}"),
            "right": Suspects("hostkey.unknown"),
            "unknown": "known-by-log",
        },
        words={
            "absent": "nothing",
            "other-key": "another key",
            "other-type": "another type",
            "right": "the right key",
            "alias": "another name for it",
            "directory-closed": "~/.ssh is closed",
            "malformed": "a damaged line",
            "unreadable": "unreadable",
        },
    ),
    Node[hostkey.Hint](
        "known-by-log",
        "What does the log say about known_hosts?",
        via=hostkey.hint,
        short="What is in the log?",
        leads={
            "unreadable": Suspects("hostkey.known-hosts-unreadable", "hostkey.unknown"),
            "malformed": Suspects("hostkey.known-hosts-malformed", "hostkey.unknown"),
            "nothing": Suspects("hostkey.unknown"),
            "unknown": Suspects("hostkey.unknown"),
        },
        words={"unreadable": "it is unreadable", "malformed": "a line is damaged", "nothing": "nothing"},
    ),
)
