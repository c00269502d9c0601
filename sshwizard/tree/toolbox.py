"""A ProxyCommand brought no connection: are the programs of the cloud that it starts up to it?"""

from sshwizard.model import Cause, Lead
from sshwizard.probes import tools
from sshwizard.tree.node import Node


def tools_node(id_: str, otherwise: Lead) -> Node[tools.Tools]:
    """A question of this name. `otherwise`: they are, or there are none."""
    return Node[tools.Tools](
        id_,
        "Are the programs of the ProxyCommand up to it?",
        via=tools.tools,
        short="Do its programs work?",
        leads={
            "fine": otherwise,
            "none": otherwise,
            "missing": Cause("client.tool-missing-or-outdated", "{program} is missing, and the ProxyCommand needs it"),
            "broken": Cause("client.tool-missing-or-outdated", "{program} does not run on this computer"),
            "old": Cause("client.tool-missing-or-outdated", "{program} {has} is too old: this needs {least}"),
            "unknown": otherwise,
        },
        words={
            "fine": "they are",
            "none": "no cloud's program",
            "missing": "one is missing",
            "broken": "one does not run",
            "old": "one is too old",
        },
    )
