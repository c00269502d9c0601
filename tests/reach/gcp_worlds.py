"""Answers of getEffectiveFirewalls, made by hand, and questions about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sshwizard.reach.gcp import Answer, Request, evaluate

Raw = dict[str, Any]

DOCUMENT: Raw = json.loads((Path(__file__).parents[1] / "data" / "reach" / "gcp.json").read_text("utf-8"))
VECTORS: list[Raw] = DOCUMENT["vectors"]

ME = "203.0.113.7"
NET = "https://www.googleapis.com/compute/v1/projects/p/global/networks/default"
TUPLES = ("tags", "service_accounts", "src_tags", "src_service_accounts")


def vpc(name: str, sources: str | None = "0.0.0.0/0", priority: int = 1000, *, deny: bool = False, **more: Any) -> Raw:
    """A VPC rule for tcp port 22; `sources` are blocks with blanks between them, None for none."""
    ports = more.pop("ports", [{"IPProtocol": "tcp", "ports": ["22"]}])
    row = {"name": name, "priority": priority, "direction": "INGRESS", "network": NET, **more}
    if sources is not None:
        row["sourceRanges"] = sources.split()
    return row | {"denied" if deny else "allowed": ports}


def ruled(priority: int, action: str, sources: str | None = "0.0.0.0/0", match: Raw | None = None, **more: Any) -> Raw:
    """A rule of a policy, for tcp port 22; `match` is added to what it matches."""
    matches: Raw = {"layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}]}
    if sources is not None:
        matches["srcIpRanges"] = sources.split()
    return {"priority": priority, "action": action, "direction": "INGRESS", "match": matches | (match or {}), **more}


def policy(name: str, *rules: Raw, kind: str = "NETWORK", priority: int | None = 1) -> Raw:
    """A firewall policy with an association's priority."""
    rank = {} if priority is None or kind == "HIERARCHY" else {"priority": priority}
    return {"name": name, "shortName": name, "type": kind, "rules": list(rules), **rank}


def effective(*rows: Raw) -> Raw:
    """An answer of these rules and policies."""
    policies = [row for row in rows if "rules" in row]
    firewalls = [row for row in rows if "rules" not in row]
    return {"firewalls": firewalls, **({"firewallPolicys": policies} if policies else {})}


def question(fields: Raw) -> Request:
    """A request as it stands in a saved question."""
    texts: Raw = {name: tuple(value) for name, value in fields.items() if name in TUPLES and value is not None}
    return Request(**{**fields, **texts})


def ask(*rows: Raw, src: str = ME, **more: Any) -> Answer:
    """Evaluate these rules and policies."""
    return evaluate(effective(*rows), question({"src": src, **more}))


def said(answer: Answer) -> str:
    """`allow firewall:a`, or the action alone where several rules decide."""
    return f"{answer.action} {answer.by}"
