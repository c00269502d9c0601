"""Is it the host we know?"""

from sshwizard.model import Cause, Suspects, Unclear
from sshwizard.probes import hostkey, known_hosts
from sshwizard.tree.aws.hostkey import hostkey_nodes
from sshwizard.tree.gcp.hostkey import hostkey_nodes as google_hostkey_nodes
from sshwizard.tree.node import Node

STRETCH = "host key"

_CHANGED = Cause(
    "hostkey.changed",
    "{host} shows another host key than the known one",
    "Either the server was rebuilt, or somebody stands in between. Nothing trusted explains it yet.",
    also=("hostkey.changed-rebuilt", "hostkey.changed-address-reused"),
    decided_by="the true fingerprint, from the console or from whoever runs the server",
)

_PUBLISHED = Cause(
    "hostkey.changed-published",
    "{host} shows a key that {operator} has published",
    "The known key is an older one. The new one equals a fingerprint that the operator publishes.",
)

NODES = (
    *hostkey_nodes(_CHANGED, "google-hostkey"),
    *google_hostkey_nodes(_CHANGED),
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
            "source-unreadable": Cause(
                "hostkey.known-hosts-unreadable",
                "ssh cannot ask {named}, and so trusts no host",
                "RevokedHostKeys and KnownHostsCommand name what ssh must be able to ask about every host key. When it "
                "cannot, it refuses them all.",
            ),
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
            "source-unreadable": "nothing to ask",
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
            "other-key": "cloud-hostkey",
            "other-type": Cause("hostkey.type-changed", also=("hostkey.changed",)),
            "published": _PUBLISHED,
            "malformed": _CHANGED,
            "absent": _CHANGED,
            "absent-unwritable": _CHANGED,
            "ca-not-trusted": _CHANGED,
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
            "published": "an announced key",
        },
    ),
    Node[known_hosts.Known](
        "known",
        "What does known_hosts have for {host}?",
        via=known_hosts.known,
        short="What is known?",
        leads={
            "absent": Cause("hostkey.unknown", "{host} is new here, and nobody confirmed its key"),
            "absent-unwritable": Cause(
                "hostkey.unknown",
                "{host} is new here, and its key cannot be saved",
                also=("hostkey.known-hosts-unreadable",),
            ),
            "ca-not-trusted": Cause(
                "hostkey.certificate-ca-not-trusted",
                "No @cert-authority line trusts the authority of {host}",
            ),
            "published": _PUBLISHED,
            "other-key": "cloud-hostkey",
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
            "absent-unwritable": "nothing, unwritable",
            "ca-not-trusted": "other authorities",
            "published": "an older key",
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
            "no-authority": Suspects("hostkey.unknown", "hostkey.certificate-ca-not-trusted"),
            "nothing": Suspects("hostkey.unknown"),
            "unknown": Suspects("hostkey.unknown"),
        },
        words={"unreadable": "it is unreadable", "malformed": "a line is damaged", "nothing": "nothing"},
    ),
)
