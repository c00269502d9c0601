"""What is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sshwizard.reach.blocks import Block, address

Kind = Literal["internet", "private", "eice", "ssm"]
"""internet and private: from an address to the instance; eice: through an Instance Connect Endpoint; ssm: whether the
agent reaches Systems Manager."""
KINDS: tuple[str, ...] = get_args(Kind)

Client = Literal["linux", "macos", "windows", "nat"]
EPHEMERAL: dict[str, tuple[int, int]] = {
    "linux": (32768, 60999),  # net.ipv4.ip_local_port_range
    "macos": (49152, 65535),  # RFC 6335, section 6
    "windows": (49152, 65535),
    "nat": (1024, 65535),
}
"""The ports from which a client connects, and to which the replies go. Behind a NAT, the NAT chooses."""


@dataclass(frozen=True, slots=True)
class Query:
    """Can `source` reach TCP `port` of `instance`?"""

    instance: str
    source: str = ""
    """The address from which the packets come, as the instance's network sees it. Not needed for ssm."""
    port: int = 22
    client: Client = "nat"
    """`nat` unless `source` is an address of the client's own interface."""
    kind: Kind = "internet"

    @property
    def origin(self) -> Block | None:
        """The source as a block of one address; None when it is no address."""
        return address(self.source)

    @property
    def replies(self) -> tuple[int, int]:
        """The ports of the client, both included."""
        return EPHEMERAL.get(self.client, EPHEMERAL["nat"])
