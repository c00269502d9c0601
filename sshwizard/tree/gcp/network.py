"""No answer, or a refusal: do the project's rules let us in, and does the VM stand?"""

from sshwizard.tree.gcp.whose import state_node, whose_node

NODES = (
    whose_node("google", "google-state", "silence"),
    state_node("google-state", "silence"),
)
