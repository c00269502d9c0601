"""The other side of a connection, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass

from sshwizard.reach.blocks import Block, private


@dataclass(frozen=True, slots=True)
class Peer:
    """An address, or a block in which the address lies."""

    block: Block
    groups: frozenset[str] | None = frozenset()
    """The security groups of its network interface; None when they are not known."""
    vpc: str = ""
    """The VPC in which it lies, where it lies in one."""
    unclear: str = ""
    """The code of the doubt when a rule takes only a part of `block`."""
    public: bool = False
    """True for a service somewhere in the internet: rules for private addresses do not mean it."""

    def inside(self, rule: Block) -> bool | None:
        """Whether a rule for `rule` takes it; None when that depends on the address."""
        if rule.holds(self.block):
            return True
        if not rule.meets(self.block) or (self.public and private(rule)):
            return False
        return None


INTERNET = Peer(Block(4, 0, (1 << 32) - 1), unclear="ssm.service_address_unknown", public=True)
"""A service of which only that it is in the internet is known."""
