"""Security groups: allow rules only, the union over the groups of ONE network interface, stateful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sshwizard.reach.aws.answer import Findings, Miss, NearMiss, Rule, Source
from sshwizard.reach.aws.fields import Row, listed, number, rows, text
from sshwizard.reach.aws.peer import Peer
from sshwizard.reach.aws.world import World
from sshwizard.reach.blocks import Block, block

MOST_MISSES = 20
"""Near misses that are kept, the nearest first: a group may have a thousand rules."""

_ANY_PORT = (0, 65535)
_SOURCES: tuple[tuple[str, str, Source], ...] = (
    ("IpRanges", "CidrIp", "cidr"),
    ("Ipv6Ranges", "CidrIpv6", "cidr"),
    ("PrefixListIds", "PrefixListId", "prefix_list"),
    ("UserIdGroupPairs", "GroupId", "group"),
)
_ORDER: dict[Miss, int] = {
    "other_port": 0,
    "unreadable_prefix_list": 1,
    "other_cidr": 2,
    "prefix_list_miss": 3,
    "sg_reference": 4,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether some rule lets a connection pass."""

    by: Rule | None = None
    near: tuple[NearMiss, ...] = ()
    doubts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Codes and ids of what could not be told; only where no rule matches for certain."""


def check(
    found: Findings,
    world: World,
    groups: Sequence[str] | None,
    peer: Peer,
    port: int,
    *,
    denied: str,
    egress: bool = False,
) -> Rule | None:
    """Note in `found` what the groups say; `denied` is the code for no rule at all."""
    if groups is None:
        found.doubt("unreadable.security_groups")
        return None
    told = admission(world, tuple(groups), peer, port, egress=egress)
    if told.by is None and not told.doubts:
        found.block(denied, *groups, near=told.near, port=port, address=peer.block.text)
    for code, ids in told.doubts:
        found.doubt(code, *ids, near=told.near, port=port, address=peer.block.text)
    return told.by


def admission(world: World, groups: tuple[str, ...], peer: Peer, port: int, *, egress: bool = False) -> Admission:
    """What a set of groups says about one connection."""
    key = ("admission", groups, peer, port, egress)
    if key not in world.memo:
        world.memo[key] = _admission(world, groups, peer, port, egress)
    found: Admission = world.memo[key]
    return found


def _admission(world: World, groups: tuple[str, ...], peer: Peer, port: int, egress: bool) -> Admission:
    matching: list[Rule] = []
    near: list[NearMiss] = []
    doubts: dict[str, set[str]] = {}
    for group in groups:
        if not listed(world.groups.get(group, {}), "IpPermissionsEgress" if egress else "IpPermissions"):
            doubts.setdefault("unreadable.security_groups", set()).add(group)
            continue
        for rule in rules(world, group, egress):
            takes = rule.protocol == "-1" or (rule.protocol == "tcp" and rule.low <= port <= rule.high)
            inside, miss, doubt = _inside(world, rule, peer)
            if takes and inside:
                matching.append(rule)
            elif takes:
                if doubt:
                    doubts.setdefault(doubt, set()).add(rule.source if rule.kind == "prefix_list" else rule.group)
                near.append(NearMiss(miss, rule))
            elif inside:
                near.append(NearMiss("other_port", rule))
    if matching:
        return Admission(min(matching, key=_width))
    near.sort(key=lambda one: (_ORDER[one.kind], _distance(one.rule, peer.block), one.rule))
    return Admission(
        None, tuple(near[:MOST_MISSES]), tuple((code, tuple(sorted(ids))) for code, ids in sorted(doubts.items()))
    )


def _inside(world: World, rule: Rule, peer: Peer) -> tuple[bool, Miss, str]:
    """Whether the source of a rule takes the peer, what it is if not, and the code of the doubt if one remains."""
    if rule.kind == "cidr":
        one = block(rule.source)
        inside = peer.inside(one) if one else False
        return inside is True, "other_cidr", peer.unclear if inside is None else ""
    if rule.kind == "prefix_list":
        entries = world.prefix_list(rule.source)
        if entries is None:
            return False, "unreadable_prefix_list", "sg.prefix_list_unreadable"
        told = {peer.inside(one) for one in entries}
        return True in told, "prefix_list_miss", peer.unclear if None in told else ""
    if peer.groups is not None:
        return rule.source in peer.groups, "sg_reference", ""
    # A group holds interfaces of its own VPC only.
    home = text(world.groups.get(rule.source, {}), "VpcId")
    return False, "sg_reference", "" if home and peer.vpc and home != peer.vpc else "sg.source_groups_unknown"


def rules(world: World, group: str, egress: bool) -> tuple[Rule, ...]:
    """The rules of a group, one for each source."""
    key = ("rules", group, egress)
    if key not in world.memo:
        name = "IpPermissionsEgress" if egress else "IpPermissions"
        permissions = rows(world.groups[group], name)
        world.memo[key] = tuple(rule for one in permissions for rule in _compiled(one, group, egress))
    found: tuple[Rule, ...] = world.memo[key]
    return found


def _compiled(permission: Row, group: str, egress: bool) -> Iterator[Rule]:
    protocol = text(permission, "IpProtocol").lower()
    protocol = "tcp" if protocol == "6" else protocol
    low, high = number(permission, "FromPort"), number(permission, "ToPort")
    if low is None or low == -1:
        low, high = _ANY_PORT
    for name, id_, kind in _SOURCES:
        for one in rows(permission, name):
            if source := text(one, id_):
                about = text(one, "Description")
                yield Rule(group, egress, protocol, low, low if high is None else high, kind, source, about)


def _width(rule: Rule) -> tuple[int, Rule]:
    """Narrow sources first; a group or a prefix list counts as narrow as one address."""
    one = block(rule.source) if rule.kind == "cidr" else None
    return (one.last - one.first if one else 0), rule


def _distance(rule: Rule, peer: Block) -> int:
    """How far a CIDR is from an address: the bits that they do not share."""
    one = block(rule.source) if rule.kind == "cidr" else None
    if one is None or one.family != peer.family:
        return 129
    return (one.first ^ peer.first).bit_length()
