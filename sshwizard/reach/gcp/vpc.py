"""VPC firewall rules (compute#firewall)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sshwizard.reach.gcp.request import Request
from sshwizard.reach.gcp.rule import INSIDE, Action, Reader, Reason, Rule, cut, destined, out_of_force
from sshwizard.reach.gcp.spans import EVERY, Spans, union

DEFAULT_PRIORITY = 1000
LARGEST_PRIORITY = 65535


def rules(rows: Iterable[Mapping[str, Any]], request: Request, family: int) -> tuple[Rule, ...]:
    """The rules in the order in which they are asked: by priority, and deny before allow at the same one."""
    found = [rule(row, request, family) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.priority, one.action != "deny", one.admits)))


def rule(row: Mapping[str, Any], request: Request, family: int) -> Rule:
    """One rule, read for a question."""
    reader = Reader(row)
    name = reader.text("name") or "?"
    reader.where = f"firewall {name}: "
    priority = reader.number("priority", DEFAULT_PRIORITY)
    denied, allowed = reader.rows("denied"), reader.rows("allowed")
    misses = [miss for miss in (out_of_force(reader), _target(reader, request)) if miss]
    off = any(miss.why in {"disabled", "egress"} for miss in misses)
    if not (denied or allowed):
        reader.flaw("allowed", "is missing, and denied is, too")
    ports = reader.layer4(denied or allowed, "IPProtocol", request)
    miss, doubt = destined(reader, "destinationRanges", request, family)
    sure, may, unheld = _sources(reader, request, family)
    misses += [one for one in (ports, miss) if one]
    if doubt:
        sure, may = (), union(sure, may)
    doubts = (doubt,) if doubt else (Reason("source-tags", unheld.names),)
    action: Action = "deny" if denied else "allow"
    found = Rule(f"firewall:{name}", "vpc", "", name, priority, action, sure, may, tuple(misses), doubts)
    return cut(found, reader, request.spans, unheld, off=off)


def _target(reader: Reader, request: Request) -> Reason | None:
    """Without a target a rule is for every VM of the network."""
    tags, accounts = reader.texts("targetTags"), reader.texts("targetServiceAccounts")
    if not (tags or accounts) or set(tags) & set(request.tags) or set(accounts) & set(request.service_accounts):
        return None
    return Reason("target-tags", tags) if tags else Reason("target-service-accounts", accounts)


def _sources(reader: Reader, request: Request, family: int) -> tuple[Spans, Spans, Reason]:
    """What the sources surely hold, what they may hold, and the reason for a source that they do not hold."""
    texts, held = reader.ranges("sourceRanges", family)
    tags, accounts = reader.texts("sourceTags"), reader.texts("sourceServiceAccounts")
    if not (texts or tags or accounts):
        return (EVERY[4] if family == 4 else ()), (), Reason("source", ("0.0.0.0/0",))
    may: Spans = ()
    for wanted, has in ((tags, request.src_tags), (accounts, request.src_service_accounts)):
        if wanted and has is None:
            may = INSIDE[family]
        elif set(wanted) & set(has or ()):
            held = union(held, INSIDE[family])
    if texts:
        return held, may, Reason("source", texts)
    return held, may, Reason("source-tags", tags) if tags else Reason("source-service-accounts", accounts)
