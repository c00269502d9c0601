"""Another host key than the known one: what did the VM itself give to Google?"""

from typing import Any

from sshwizard.model import Cause
from sshwizard.probes.gcp import looks
from sshwizard.tree.gcp.whose import whose_node
from sshwizard.tree.node import Node


def hostkey_nodes(changed: Cause) -> tuple[Node[Any], ...]:
    """Whose key is it? Asked where known_hosts has another one."""
    return (
        whose_node("google-hostkey", "google-hostkey-vm", changed, gone=changed),
        Node[looks.HostKeys](
            "google-hostkey-vm",
            "Does the VM itself name this host key?",
            via=looks.host_keys,
            short="The VM's own key?",
            leads={
                "confirms": Cause(
                    "hostkey.changed-rebuilt",
                    "{host} was rebuilt: the VM itself gave Google the new host key",
                    "Its guest agent wrote this key after the boot, where only the VM can write.",
                ),
                "contradicts": Cause(
                    "hostkey.changed",
                    "{host} shows a host key that the VM itself does not know",
                    "The guest agent of {vm} gave Google another host key. Do not go on: somebody may stand between.",
                    decided_by="the key that the VM itself prints, seen on its serial console",
                ),
                "silent": changed,
                "unknown": changed,
            },
            words={"confirms": "it does", "contradicts": "it names another", "silent": "it names none"},
        ),
    )
