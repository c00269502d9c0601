"""Network ACLs: numbered rules of a subnet, the first match decides, stateless, so replies are judged, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sshwizard.reach.aws.answer import Findings
from sshwizard.reach.aws.fields import Row, listed, number, part, rows, text
from sshwizard.reach.aws.peer import Peer
from sshwizard.reach.aws.world import World
from sshwizard.reach.blocks import Block, block

_ANY_PORT = (0, 65535)
_NO_PORT = (1, 0)


class Codes(NamedTuple):
    """The codes of one subnet's ACL: the request, the replies, and replies that pass only in part."""

    request: str
    reply: str
    some: str


TARGET = Codes("nacl.ingress_denied", "nacl.egress_ephemeral_denied", "nacl.egress_ephemeral_partial")
SOURCE = Codes(
    "nacl.source_subnet_egress_denied", "nacl.source_subnet_return_denied", "nacl.source_subnet_return_partial"
)
EICE = Codes("nacl.eice_subnet_egress_denied", "nacl.eice_subnet_return_denied", "nacl.eice_subnet_return_partial")
AGENT = Codes("nacl.egress_443_denied", "nacl.return_denied", "nacl.return_partial")
VPCE = Codes("nacl.vpce_subnet_ingress_denied", "nacl.vpce_subnet_return_denied", "nacl.vpce_subnet_return_partial")


class Entry(NamedTuple):
    """One rule that speaks of TCP."""

    number: int
    allow: bool
    block: Block
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ports that one rule decides."""

    low: int
    high: int
    allow: bool | None
    """None when it depends on an address that is not known."""
    number: int | None
    """The deciding rule; None: no rule matched, which denies (`*`)."""


def check(
    found: Findings,
    world: World,
    subnet: str,
    vpc: str,
    peer: Peer,
    port: int,
    replies: tuple[int, int],
    codes: Codes,
    *,
    inward: bool,
) -> None:
    """Note in `found` what the ACL of a subnet says about a connection with `peer`; `inward`: it comes in."""
    acl = acl_of(world, subnet, vpc)
    there, back = (_entries(world, acl, egress=out) if acl else None for out in (not inward, inward))
    if acl is None or there is None or back is None:
        found.doubt("unreadable.network_acls", subnet)
        return
    id_ = text(acl, "NetworkAclId")
    (request,) = stretches(there, peer, (port, port))
    about: dict[str, Any] = {"subnet": subnet, "address": peer.block.text}
    if request.allow is None:
        found.doubt(peer.unclear, id_, **about)
    elif not request.allow:
        found.block(codes.request, id_, rule=request.number, port=port, egress=not inward, **about)
    parts = stretches(back, peer, replies)
    denied = [[one.low, one.high, one.number] for one in parts if one.allow is False]
    if not denied and all(one.allow for one in parts):
        return
    about |= {"egress": inward, "ports": list(replies), "denied": denied}
    if any(one.allow is None for one in parts):
        found.doubt(peer.unclear, id_, **about)
    elif not any(one.allow for one in parts):
        found.block(codes.reply, id_, **about)
    else:
        passing = sum(one.high - one.low + 1 for one in parts if one.allow)
        found.sometimes(codes.some, id_, fraction=round(passing / (replies[1] - replies[0] + 1), 4), **about)


def acl_of(world: World, subnet: str, vpc: str) -> Row | None:
    """The ACL of a subnet, or None when the answers do not hold it. A subnet of no other has the VPC's default one."""
    if "acls" not in world.memo:
        acls: dict[str, Row] = {}
        for row in world.rows("NetworkAcls"):
            if row.get("IsDefault") is True and text(row, "VpcId"):
                acls[f"default of {text(row, 'VpcId')}"] = row
            for one in rows(row, "Associations"):
                acls[text(one, "SubnetId")] = row
        world.memo["acls"] = acls
    known: dict[str, Row] = world.memo["acls"]
    if not subnet:
        return None
    return known.get(subnet) or known.get(f"default of {vpc}")


def _entries(world: World, acl: Row, *, egress: bool) -> tuple[Entry, ...] | None:
    """The rules of one direction in their order; None when one of them cannot be read: it might be the first match."""
    key = ("entries", id(acl), egress)
    if key not in world.memo:
        told = [_entry(row) for row in rows(acl, "Entries") if row.get("Egress") is not (not egress)]
        read = [one for one in told if one is not None]
        whole = listed(acl, "Entries") and len(read) == len(told)
        world.memo[key] = tuple(sorted(one for one in read if one.low <= one.high)) if whole else None
    kept: tuple[Entry, ...] | None = world.memo[key]
    return kept


def _entry(row: Row) -> Entry | None:
    """A rule as one of TCP; of another protocol it takes no port. None for one that cannot be read."""
    rule, one = number(row, "RuleNumber"), block(row.get("CidrBlock")) or block(row.get("Ipv6CidrBlock"))
    protocol = str(row.get("Protocol")).lower()
    if rule is None or one is None or not isinstance(row.get("Egress"), bool):
        return None
    low, high = _ANY_PORT if protocol in {"-1", "6", "tcp"} else _NO_PORT
    ports = part(row, "PortRange")
    if protocol in {"6", "tcp"} and ports:
        low, high = number(ports, "From") or 0, number(ports, "To") or 0
    return Entry(rule, text(row, "RuleAction").lower() == "allow", one, low, high)


def stretches(entries: Sequence[Entry], peer: Peer, ports: tuple[int, int]) -> list[Stretch]:
    """`ports` cut where a rule begins or ends, each stretch with its verdict."""
    low, high = ports
    met = [(one, inside) for one in entries if (inside := peer.inside(one.block)) is not False]
    edges = {low}
    for one, _ in met:
        edges.update(edge for edge in (one.low, one.high + 1) if low < edge <= high)
    begins = sorted(edges)
    ends = [*(edge - 1 for edge in begins[1:]), high]
    return [_decided(met, begin, end, peer) for begin, end in zip(begins, ends, strict=True)]


def _decided(met: Sequence[tuple[Entry, bool | None]], low: int, high: int, peer: Peer) -> Stretch:
    perhaps: set[bool] = set()
    for one, inside in met:
        if not one.low <= low <= one.high:
            continue
        if inside:
            return Stretch(low, high, one.allow if perhaps <= {one.allow} else None, one.number)
        # A rule that denies a few public addresses is not meant for the service; one that allows a few may be.
        if one.allow or not peer.public:
            perhaps.add(one.allow)
    return Stretch(low, high, False if perhaps <= {False} else None, None)
