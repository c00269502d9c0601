"""In which order the rules of an answer of getEffectiveFirewalls are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard.reach.gcp import policy, vpc
from sshwizard.reach.gcp.request import Enforcement, Request
from sshwizard.reach.gcp.rule import Kind, Reader, Reason, Rule

DEFAULT_PRIORITY = 1000
"""Of a policy's association with a network."""

KINDS: dict[str, Kind] = {
    "HIERARCHY": "hierarchy",
    "SYSTEM": "system",
    "SYSTEM_GLOBAL": "system",
    "SYSTEM_REGIONAL": "system",
    "NETWORK": "network",
    "NETWORK_REGIONAL": "network",
}

AFTER: tuple[Kind, ...] = ("unknown", "hierarchy", "system", "vpc", "network")
BEFORE: tuple[Kind, ...] = ("unknown", "hierarchy", "system", "network", "vpc")
"""A policy of an unknown type may decide first or not at all, which covers wherever it stands."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One policy, or all VPC rules. What no rule takes goes on to the next phase."""

    kind: Kind
    policy: str
    """Empty for the VPC rules."""
    rules: tuple[Rule, ...]


def phases(effective: Mapping[str, Any], request: Request) -> tuple[list[Phase], list[str]]:
    """All phases, not in order yet; and what could not be read of the answer itself."""
    family = request.source.family if request.source else 4
    reader = Reader(effective)
    firewalls = reader.rows("firewalls")
    policies = reader.rows("firewallPolicys")
    network = request.network or _network(firewalls)
    found = [Phase("vpc", "", vpc.rules(firewalls, request, family))]
    ranked = [(_rank(row, reader), number, row) for number, row in enumerate(policies)]
    for _, _, row in sorted(ranked, key=lambda one: one[:2]):
        inner = Reader(row)
        name = inner.text("shortName") or inner.text("displayName") or inner.text("name") or "?"
        inner.where = f"policy {name}: "
        kind = KINDS.get(inner.text("type"), "unknown")
        rows = inner.rows("rules")
        rules = [policy.rule(one, name, kind, request, family, network) for one in rows]
        rules.sort(key=lambda one: (one.priority, one.action != "deny"))
        found.append(Phase(kind, name, tuple(rules)))
        reader.flaws += inner.flaws
    return found, reader.flaws


def ordered(found: list[Phase], enforcement: Enforcement) -> list[Phase]:
    """The phases in the order of this network."""
    order = BEFORE if enforcement == "BEFORE_CLASSIC_FIREWALL" else AFTER
    return sorted(found, key=lambda phase: order.index(phase.kind))


def unreadable(flaws: list[str], request: Request) -> Phase:
    """Stands for what could not be read: it may do anything."""
    doubt = Reason("unreadable", tuple(flaws))
    rule = Rule("unreadable", "unknown", "", "unreadable", 0, "unknown", (), request.spans, (), (doubt,))
    return Phase("unknown", "", (rule,))


def _rank(row: Mapping[str, Any], reader: Reader) -> tuple[int, int]:
    """Policies of the organization and its folders come as they are listed; others by the priority of their
    association, a network's global policies before its regional ones."""
    kind = row.get("type")
    if kind == "HIERARCHY" or KINDS.get(str(kind)) is None:
        return 0, 0
    inner = Reader(row, "policy: ")
    priority = inner.number("priority", DEFAULT_PRIORITY)
    reader.flaws += inner.flaws
    return int(kind == "NETWORK_REGIONAL"), priority


def _network(firewalls: list[Mapping[str, Any]]) -> str:
    """The network that all VPC rules are of: the answer holds those of one interface."""
    networks = {Reader(row).text("network") for row in firewalls}
    return networks.pop() if len(networks) == 1 else ""
