"""Another host key than the known one: what does the machine's own console say?"""

from sshwizard.model import Cause
from sshwizard.probes.aws import looks
from sshwizard.tree.aws.whose import whose_node
from sshwizard.tree.node import Node

_CONTRADICTED = Cause(
    "hostkey.changed",
    "{host} shows a host key that its own console does not know",
    "The console output of {instance} prints another host key. Do not go on: somebody may stand in between.",
    decided_by="the key that the machine itself prints, seen from inside (Session Manager, serial console)",
)


def hostkey_nodes(changed: Cause, plain: str) -> tuple[Node[looks.Who] | Node[looks.ConsoleKeys], ...]:
    """Whose key is it? Asked where known_hosts has another one. `plain`: it is no instance."""
    reused = Cause(
        "hostkey.changed-address-reused",
        "{asked} is now the address of another instance, {name}",
        "The address went to another machine, which has a host key of its own.",
    )
    return (
        whose_node("cloud-hostkey", "cloud-hostkey-console", plain, other=reused, gone=changed),
        Node[looks.ConsoleKeys](
            "cloud-hostkey-console",
            "Does its console print this host key?",
            via=looks.console_keys,
            short="Key on its console?",
            leads={
                "confirms": Cause(
                    "hostkey.changed-rebuilt",
                    "{host} was rebuilt: its console prints the new host key",
                    "The key that {host} shows is the one that the instance itself wrote to its console at boot.",
                ),
                "contradicts": _CONTRADICTED,
                "silent": changed,
                "unknown": changed,
            },
            words={"confirms": "it does", "contradicts": "it prints another", "silent": "it prints none"},
        ),
    )
