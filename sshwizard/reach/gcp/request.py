"""What is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from sshwizard.reach.blocks import Block, block
from sshwizard.reach.gcp.spans import Spans

Enforcement = Literal["AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"]
"""A network's networkFirewallPolicyEnforcementOrder: where its firewall policies stand to its VPC rules."""
ENFORCEMENTS: tuple[str, ...] = get_args(Enforcement)

Way = Literal["internet"]

IAP = "35.235.240.0/20"
"""From where Identity-Aware Proxy's TCP forwarding connects to a VM."""

PROTOCOLS = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58,
    "ipip": 94, "sctp": 132,
}  # fmt: skip
"""Numbers of IANA's registry for the names that Google's API and people write."""

WITH_PORTS = {6, 17, 132}


def protocol_number(value: object) -> int | None:
    """The number of a protocol, named or numbered; None for another word (`all`, too)."""
    if isinstance(value, str):
        named = PROTOCOLS.get(value.lower())
        if named is not None or not (value.isascii() and value.isdigit() and len(value) < 4):
            return named
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 256 else None


@dataclass(frozen=True, slots=True)
class Request:
    """Do packets from `src` to this `port` of one network interface of a VM get in?"""

    src: str
    """An address or a block (CIDR), IPv4 or IPv6, as the VM's network sees it."""
    port: int = 22
    protocol: str = "tcp"
    """A name, or a number as text."""
    tags: tuple[str, ...] = ()
    """The VM's network tags."""
    service_accounts: tuple[str, ...] = ()
    """The VM's service accounts, by e-mail."""
    network: str = ""
    """The selfLink of the interface's network. Without it that of the VPC rules is taken."""
    dst: str = ""
    """The interface's own address in the VPC (networkIP, or its IPv6 address); needed for rules with a destination."""
    src_tags: tuple[str, ...] | None = ()
    """Network tags of the source, if it is a VM of the same VPC; None: it is one, and they are not known."""
    src_service_accounts: tuple[str, ...] | None = ()
    """Its service accounts, likewise."""
    way: Way | None = None
    """How the packets come: `internet` when sent to the VM's external address. None: another way, or not known."""
    enforcement: Enforcement | None = "AFTER_CLASSIC_FIREWALL"
    """None: not known. Then both orders are judged, and where they differ the answer is uncertain."""

    @property
    def source(self) -> Block | None:
        """The source; an IPv4 address that is mapped into IPv6 is the IPv4 address. None when it is no address."""
        found = block(self.src)
        if found and found.family == 6 and found.first >> 32 == found.last >> 32 == 0xFFFF:
            return Block(4, found.first & 0xFFFFFFFF, found.last & 0xFFFFFFFF)
        return found

    @property
    def spans(self) -> Spans:
        """The source as a set."""
        return ((self.source.first, self.source.last),) if self.source else ()

    def by_iap(self) -> Request:
        """The same question for a connection through Identity-Aware Proxy: it comes from Google's range."""
        return replace(self, src=IAP, src_tags=(), src_service_accounts=(), way=None)


def same(link: str, other: str) -> bool:
    """True when two selfLinks name the same thing: they count from /projects/ on, hosts and versions differ."""
    return _path(link) == _path(other)


def _path(link: str) -> str:
    return link.partition("projects/")[2] or link
