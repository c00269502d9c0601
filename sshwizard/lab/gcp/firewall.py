"""What a packet from one address meets: a slow walk over rules as they are kept, one address at a time.

Made apart from `sshwizard.reach` on purpose: a practice cloud that is judged by what it judges would hide its errors.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from sshwizard.lab.gcp.state import Instance, Lab, Nic, Policy
from sshwizard.lab.gcp.vpc import targets

_TCP = ("tcp", "6", "all")


def admits(lab: Lab, vm: Instance, nic: Nic, source: str, port: int) -> bool:
    """Whether the firewall lets TCP from this address in. It ends with the implied deny."""
    network = lab.network(vm, nic)
    policies = sorted(network.policies, key=lambda one: one.priority)

    def of(*types: str) -> list[Any]:
        return [one for kind in types for one in policies if one.type == kind]

    first, last = of("HIERARCHY", "SYSTEM_GLOBAL", "SYSTEM_REGIONAL"), of("NETWORK", "NETWORK_REGIONAL")
    rules = [{"name": name, **row} for name, row in network.firewalls.items() if targets(row, vm)]
    before = network.order == "BEFORE_CLASSIC_FIREWALL"
    phases = [*first, *last, rules] if before else [*first, rules, *last]
    for phase in phases:
        verdict = _policy(phase, vm, source, port) if isinstance(phase, Policy) else _classic(phase, source, port)
        if verdict is not None:
            return verdict
    return False


def _classic(rules: list[dict[str, Any]], source: str, port: int) -> bool | None:
    """The lowest priority number decides; of equals, one that denies."""
    for rule in sorted(rules, key=lambda one: (one["priority"], "allowed" in one)):
        if rule["disabled"] or rule["direction"] != "INGRESS":
            continue
        # Tags and service accounts of a source are those of VMs: nobody on the internet has them.
        if not _inside(source, rule.get("sourceRanges", ())):
            continue
        if any(_fits(one.get("IPProtocol"), one.get("ports"), port) for one in rule.get("denied", ())):
            return False
        if any(_fits(one.get("IPProtocol"), one.get("ports"), port) for one in rule.get("allowed", ())):
            return True
    return None


def _policy(policy: Policy, vm: Instance, source: str, port: int) -> bool | None:
    """None: it leaves the matter to the next. What no address answers for (regions, names) is taken as not met."""
    for rule in sorted(policy.rules, key=lambda one: int(one["priority"])):
        match = rule.get("match", {})
        wanted, ranges = rule.get("targetServiceAccounts"), match.get("srcIpRanges")
        others = {"srcFqdns", "srcRegionCodes", "srcThreatIntelligences", "srcAddressGroups", "srcSecureTags"} & set(
            match
        )
        if rule.get("disabled") or rule.get("direction", "INGRESS") != "INGRESS" or rule.get("targetSecureTags"):
            continue
        if wanted and not set(wanted) & set(vm.accounts):
            continue
        if not (_inside(source, ranges) if ranges else not others):
            continue
        if not any(_fits(one.get("ipProtocol"), one.get("ports"), port) for one in match.get("layer4Configs", ())):
            continue
        if rule["action"] == "goto_next":
            return None
        return bool(rule["action"] != "deny")
    return None


def _inside(source: str, ranges: Iterable[str]) -> bool:
    return any(ipaddress.ip_address(source) in ipaddress.ip_network(one, strict=False) for one in ranges)


def _fits(protocol: str | None, ports: list[str] | None, port: int) -> bool:
    if str(protocol).lower() not in _TCP:
        return False
    spans = [one.partition("-") for one in ports or ()]
    return not spans or any(int(low) <= port <= int(high or low) for low, _, high in spans)


def answers(lab: Lab, vm: Instance, nic: Nic, source: str) -> bool:
    """Whether replies find the way out: the longest prefix, then the lowest number, must end at the internet."""
    rows = [one for one in lab.network(vm, nic).routes.values() if _inside(source, [one["destRange"]])]
    rows = [one for one in rows if not one.get("tags") or set(one["tags"]) & set(vm.tags)]
    if not rows:
        return False
    best = min(rows, key=lambda one: (-ipaddress.ip_network(one["destRange"]).prefixlen, one["priority"]))
    return str(best.get("nextHopGateway", "")).endswith("/default-internet-gateway")
