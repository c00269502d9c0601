"""What a look from inside decides, where a view from outside cannot. The walk asks this question only after the look
was made, and it is made only when the person asks for it."""

from sshwizard.model import Cause, Lead, Unclear
from sshwizard.probes.inside.codes import CODES, NOTHING, inside_look
from sshwizard.tree.node import Node

INSIDE = "inside"

_LEADS: dict[str, Lead] = {code: Cause(code, why="{says}") for code in CODES}

NODES = (
    Node[str](
        INSIDE,
        "What does the server itself show?",
        via=inside_look,
        short="A look from inside",
        leads={**_LEADS, NOTHING: Unclear(), "unknown": Unclear()},
        words={NOTHING: "nothing in the way"},
    ),
)
