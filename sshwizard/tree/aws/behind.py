"""A jump host that cannot reach what is behind it: does the account keep the two apart?"""

from sshwizard.model import Cause, Suspects
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
            "address-blocks": Suspects(
                "aws.security-group-blocks-jump-host",
                title="The security group of {next_host} does not let {host} in",
                why="No rule covers the address under which the jump host is reached. Whether it goes out by that same "
                "address, only the jump host can tell.",
                decided_by="the jump host's own view: curl https://checkip.amazonaws.com there",
            ),
            "other-blocks": otherwise,
            "no-hop": plain,
            "unknown": otherwise,
        },
        words={
            "admits": "it does",
            "group-blocks": "its group does not",
            "address-blocks": "not its address",
            "other-blocks": "something else stops it",
            "no-hop": "no instance of yours",
        },
    )
