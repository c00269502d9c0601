"""Addresses and address blocks as numbers: to compare two of them is to compare integers."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

BITS = {4: 32, 6: 128}


class Block(NamedTuple):
    """All addresses from `first` to `last`; a single address is a block of one."""

    family: int
    first: int
    last: int

    @property
    def length(self) -> int:
        """The prefix length: 32 or 128 for a single address."""
        return BITS[self.family] - (self.last - self.first).bit_length()

    @property
    def text(self) -> str:
        """As people write it."""
        first = ipaddress.IPv4Address(self.first) if self.family == 4 else ipaddress.IPv6Address(self.first)
        return str(first) if self.first == self.last else f"{first}/{self.length}"

    def holds(self, other: Block) -> bool:
        """True when every address of `other` is one of ours."""
        return self.family == other.family and self.first <= other.first and other.last <= self.last

    def meets(self, other: Block) -> bool:
        """True when some address is in both."""
        return self.family == other.family and self.first <= other.last and other.first <= self.last


def block(text: object) -> Block | None:
    """The block that a CIDR or an address names; None for anything else."""
    return _block(text) if isinstance(text, str) else None


@functools.lru_cache(maxsize=1 << 16)
def _block(text: str) -> Block | None:
    try:
        net = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return Block(net.version, int(net.network_address), int(net.broadcast_address))


def blocks(texts: Iterable[object]) -> tuple[Block, ...]:
    """Those of `texts` that are blocks."""
    return tuple(found for text in texts if (found := block(text)))


def address(text: object) -> Block | None:
    """The block of one address; an IPv4 address that is mapped into IPv6 is the IPv4 address."""
    try:
        found = ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return Block(found.version, int(found), int(found)) if found else None


PRIVATE = blocks(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
"""RFC 1918, the shared space of RFC 6598, and unique local IPv6 addresses (RFC 4193): none comes from the internet."""

NOWHERE = blocks(
    ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/128", "::1", "fe80::/10", "ff00::/8")
)
"""Unspecified, loopback, link-local and multicast: no packet comes from there through a router."""


def private(one: Block) -> bool:
    """True for addresses that are not routed in the internet."""
    return any(space.holds(one) for space in PRIVATE)
