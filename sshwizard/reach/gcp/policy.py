"""Rules of firewall policies (compute#firewallPolicyRule): hierarchical ones, Google's own, and those of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sshwizard.reach.gcp.request import Request, same
from sshwizard.reach.gcp.rule import (
    INSIDE,
    ROUTED,
    Action,
    Kind,
    Reader,
    Reason,
    Rule,
    Why,
    cut,
    destined,
    out_of_force,
)
from sshwizard.reach.gcp.spans import EVERY, Spans, common, union

ACTIONS: dict[str, Action] = {
    "allow": "allow",
    "deny": "deny",
    "goto_next": "goto_next",
    "apply_security_profile_group": "apply_security_profile_group",
}

UNSEEN: dict[str, tuple[Why, dict[int, Spans]]] = {
    "srcFqdns": ("fqdns", EVERY),
    "srcRegionCodes": ("region", ROUTED),
    "srcThreatIntelligences": ("threat-intelligence", ROUTED),
    "srcAddressGroups": ("address-groups", EVERY),
}
"""Sources whose addresses are not in the answer, and the addresses that they may hold."""

CONTEXTS = ("srcNetworkType", "srcNetworkScope", "srcNetworkContext")
"""Conditions on the way that a packet comes; they narrow the sources. Names of the same thing over the years."""

NOT_INTERNET = {"NON_INTERNET", "VPC_NETWORKS", "INTRA_VPC"}

READ = {"kind", "srcIpRanges", "srcSecureTags", "srcNetworks", "destIpRanges", "layer4Configs", *UNSEEN, *CONTEXTS}


def rule(row: Mapping[str, Any], policy: str, kind: Kind, request: Request, family: int, network: str) -> Rule:
    """One rule, read for a question."""
    reader = Reader(row)
    priority = reader.number("priority")
    name = reader.text("ruleName") or str(priority)
    reader.where = f"policy {policy}, rule {name}: "
    match = row.get("match")
    if not isinstance(match, Mapping | None):
        reader.flaw("match", "is not an object")
    inner = Reader(match if isinstance(match, Mapping) else {}, reader.where)
    misses = [miss for miss in (out_of_force(reader), *_target(reader, request)) if miss]
    off = any(miss.why in {"disabled", "egress", "target-secure-tags"} for miss in misses)
    doubts = _network(reader, network, misses)
    layer4 = inner.rows("layer4Configs")
    ports = inner.layer4(layer4, "ipProtocol", request) if layer4 else None
    miss, doubt = destined(inner, "destIpRanges", request, family)
    misses += [one for one in (ports, miss) if one]
    doubts += [doubt] if doubt else []
    ways = {str(value) for name in CONTEXTS if (value := inner.row.get(name)) and value != "UNSPECIFIED"}
    ways |= {"VPC_NETWORKS"} if inner.row.get("srcNetworks") else set()
    doubts += _ways(ways, request, misses) + _conditions(row, inner)
    action = ACTIONS.get(reader.text("action"), "unknown")
    if action == "unknown":
        doubts.append(Reason("action", (reader.text("action"),)))
    if kind == "unknown":
        doubts.append(Reason("policy-type"))
    sure, may, unseen, unheld = _sources(inner, family)
    if "INTERNET" in ways:
        sure, may = common(sure, ROUTED[family]), common(may, ROUTED[family])
        unheld = unheld if common(request.spans, ROUTED[family]) else Reason("network-type", ("INTERNET",))
    if doubts:
        sure, may = (), union(sure, may)
    if any(doubt.why == "condition" for doubt in doubts):
        may = EVERY[family]
    reader.flaws += inner.flaws
    by = f"policy:{policy}/{name}"
    found = Rule(by, kind, policy, name, priority, action, sure, may, tuple(misses), (*doubts, *unseen))
    return cut(found, reader, request.spans, unheld, off=off)


def _target(reader: Reader, request: Request) -> list[Reason]:
    """Effective secure tags are not asked: the answer holds only rules for this VM's."""
    misses = []
    accounts = reader.texts("targetServiceAccounts")
    if accounts and not set(accounts) & set(request.service_accounts):
        misses.append(Reason("target-service-accounts", accounts))
    tags = reader.rows("targetSecureTags")
    if tags and not any(_effective(tag) for tag in tags):
        misses.append(Reason("target-secure-tags", tuple(str(tag.get("name", "")) for tag in tags)))
    if reader.text("targetType") == "INTERNAL_MANAGED_LB":
        misses.append(Reason("target-type", ("INTERNAL_MANAGED_LB",)))
    return misses


def _effective(tag: Mapping[str, Any]) -> bool:
    return tag.get("state") != "INEFFECTIVE"


def _network(reader: Reader, network: str, misses: list[Reason]) -> list[Reason]:
    """A rule for other networks misses; when our network is not known, that is a doubt."""
    networks = reader.texts("targetResources")
    if not networks or (network and any(same(one, network) for one in networks)):
        return []
    if not network:
        return [Reason("target-network", networks)]
    misses.append(Reason("target-network", networks))
    return []


def _ways(ways: set[str], request: Request, misses: list[Reason]) -> list[Reason]:
    """By the internet or not excludes the other; more than that is not known of a packet."""
    if request.way == "internet" and ways & NOT_INTERNET:
        misses.append(Reason("network-type", tuple(sorted(ways))))
    return [Reason("network-type", (one,)) for one in sorted(ways) if one != "INTERNET" or request.way != "internet"]


def _conditions(row: Mapping[str, Any], match: Reader) -> list[Reason]:
    """What cannot be judged from here: what narrows a rule, and what did not exist when this was written.

    The latter may be one more kind of source, so that the rule may hold any address.
    """
    others = [name for name, value in match.row.items() if value and name not in READ]
    if row.get("targetType") not in (None, "", "INSTANCES", "INTERNAL_MANAGED_LB"):
        others.append("targetType")
    return [Reason("condition", tuple(map(str, others)))] if others else []


def _sources(match: Reader, family: int) -> tuple[Spans, Spans, list[Reason], Reason]:
    """What the sources surely hold, what they may hold and why, and the reason for a source that they do not hold."""
    texts, held = match.ranges("srcIpRanges", family)
    tags = match.rows("srcSecureTags")
    may: Spans = ()
    unseen: list[Reason] = []
    for name, (why, where) in UNSEEN.items():
        if names := match.texts(name):
            may = union(may, where[family])
            unseen.append(Reason(why, names))
    names = tuple(str(tag.get("name", "")) for tag in tags)
    if any(_effective(tag) for tag in tags):
        may = union(may, INSIDE[family])
        unseen.append(Reason("source-secure-tags", names))
    if not (texts or unseen or tags):
        return EVERY[family], (), [], Reason("source")
    if texts or not tags:
        return held, may, unseen, Reason("source", texts or unseen[0].names)
    return held, may, unseen, Reason("source-secure-tags", names)
