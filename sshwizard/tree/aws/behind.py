"""A jump host that cannot reach what is behind it: does the account keep the two apart?"""

from sshwizard.model import Cause
from sshwizard.probes.aws import looks
from sshwizard.tree.node import Node


def behind_node(id_: str, otherwise: Cause, plain: str) -> Node[looks.Hop]:
    """`otherwise`: where the account says nothing against it; `plain`: the jump host is no instance."""
    return Node[looks.Hop](
        id_,
        "Does AWS let {host} through to the next one?",
        via=looks.hop,
        short="Let in from there?",
        leads={
            "admits": otherwise,
            "group-blocks": Cause(
                "aws.security-group-blocks-jump-host", "The security group of {next_host} does not let {host} in"
            ),
            "other-blocks": otherwise,
            "no-hop": plain,
            "unknown": otherwise,
        },
        words={
            "admits": "it does",
            "group-blocks": "its group does not",
            "other-blocks": "something else stops it",
            "no-hop": "no instance of yours",
        },
    )
