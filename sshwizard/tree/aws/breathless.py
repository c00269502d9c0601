"""The port answers and then nothing comes: does the machine behind it still breathe?"""

from typing import Any

from sshwizard.model import Cause
from sshwizard.tree.aws.machine import NO_CHECKS, busy_node, console_node, status_node
from sshwizard.tree.aws.whose import whose_node
from sshwizard.tree.consoles import MUTE
from sshwizard.tree.node import Node


def breathless_nodes(id_: str, otherwise: Cause, plain: str) -> tuple[Node[Any], ...]:
    """Whose machine, AWS's checks, its console, its processor; `otherwise`: where none of them shows why; `plain`:
    it is no instance."""
    return (
        whose_node(id_, f"{id_}-status", plain, other=otherwise, gone=otherwise),
        status_node(f"{id_}-status", f"{id_}-console", f"{id_}-mute"),
        console_node(f"{id_}-mute", MUTE, NO_CHECKS),
        console_node(f"{id_}-console", MUTE, f"{id_}-busy"),
        busy_node(f"{id_}-busy", otherwise),
    )
