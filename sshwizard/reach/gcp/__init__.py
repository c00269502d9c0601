"""Do packets get through Google Cloud's firewalls to a VM? A pure function of the answers of the Compute API.

    evaluate(effective: Mapping[str, Any], request: Request) -> Answer
        `effective`: the answer of instances.getEffectiveFirewalls for one network interface.
    evaluate_rules(firewalls: Mapping[str, Any] | Sequence[Any], request: Request) -> Answer
        for who may not ask that: the answer (or the items) of firewalls.list. What an organization's, a folder's or a
        network's policies say is then not seen, and `Answer.unseen` says so. Needs `request.network`.
    Request(src, port=22, protocol="tcp", tags=(), service_accounts=(), network="", dst="", src_tags=(),
            src_service_accounts=(), way=None, enforcement="AFTER_CLASSIC_FIREWALL")
        `Request.by_iap()` is the same question for Identity-Aware Proxy.

None of them raises, whatever the answers look like: what cannot be read is uncertain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sshwizard.reach.gcp.answer import Answer, Near, Part, Record, Room, Step, Verdict
from sshwizard.reach.gcp.judge import judge, walk
from sshwizard.reach.gcp.phases import ordered, phases, unreadable
from sshwizard.reach.gcp.request import ENFORCEMENTS, IAP, Enforcement, Request, same
from sshwizard.reach.gcp.rule import Reason, Rule

__all__ = [
    "IAP", "Answer", "Enforcement", "Near", "Part", "Reason", "Record", "Request", "Room", "Rule", "Step", "Verdict",
    "evaluate", "evaluate_rules",
]  # fmt: skip

POLICIES = "organization policies"
"""What a list of VPC rules does not show: policies of the organization, of its folders, and of the network."""


def evaluate(effective: Mapping[str, Any], request: Request) -> Answer:
    """The answer for one interface of one VM."""
    if request.source is None:
        return _open(request, Reason("address", (request.src,)))
    found, flaws = phases(effective if isinstance(effective, Mapping) else {"firewalls": effective}, request)
    if flaws:
        found.append(unreadable(flaws, request))
    orders: Sequence[Any] = (request.enforcement,) if request.enforcement else ENFORCEMENTS
    if not any(phase.kind == "network" for phase in found):
        orders = orders[:1]
    return judge(request, [walk(ordered(found, order), request.spans) for order in orders])


def evaluate_rules(firewalls: Mapping[str, Any] | Sequence[Any], request: Request) -> Answer:
    """The answer from the VPC rules alone; those of other networks are left out."""
    items = firewalls.get("items", []) if isinstance(firewalls, Mapping) else firewalls
    if isinstance(items, list | tuple):
        networks = {of for row in items if (of := _network(row))}
        if not request.network and len(networks) > 1:
            return replace(_open(request, Reason("target-network", tuple(sorted(networks)))), unseen=(POLICIES,))
        items = [
            row for row in items if not (request.network and _network(row)) or same(_network(row), request.network)
        ]
    return replace(evaluate({"firewalls": items}, request), unseen=(POLICIES,))


def _network(row: object) -> str:
    of = row.get("network") if isinstance(row, Mapping) else None
    return of if isinstance(of, str) else ""


def _open(request: Request, doubt: Reason) -> Answer:
    """Nothing can be judged."""
    return Answer(request, "uncertain", "", (), (), (("", doubt),))
