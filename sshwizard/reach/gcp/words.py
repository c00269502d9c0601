"""What an answer says, in sentences that name the rules."""

from __future__ import annotations

from collections.abc import Iterable

from sshwizard.reach.gcp.answer import Answer, Near
from sshwizard.reach.gcp.request import WITH_PORTS, Request, protocol_number
from sshwizard.reach.gcp.rule import Reason, Rule, Why

FAILS: dict[Why, str] = {
    "disabled": "is disabled",
    "egress": "is for packets that leave",
    "target-tags": "is for VMs with the network tag {names}, which this VM does not have",
    "target-service-accounts": "is for VMs that run as {names}, and this one does not",
    "target-secure-tags": "is for the secure tag {names}, which is not in force",
    "target-network": "is for another network: {names}",
    "target-type": "is for load balancers",
    "protocol": "is for the protocol {names}",
    "port": "is for port {names}",
    "source": "is for {names}",
    "source-tags": "is for VMs of the same network with the tag {names}",
    "source-service-accounts": "is for VMs of the same network that run as {names}",
    "source-secure-tags": "is for the secure tag {names}, which is not in force",
    "network-type": "is for packets that come another way ({names})",
    "destination": "is for packets to {names}, which is not this VM's address",
}

DEPENDS: dict[Why, str] = {
    "fqdns": "on the addresses that {names} has just now",
    "region": "on the country of the source ({names})",
    "threat-intelligence": "on Google's lists {names}",
    "address-groups": "on what is in the address group {names}",
    "source-secure-tags": "on whether the source is a VM with the secure tag {names}",
    "source-tags": "on the tags and the service account of the source, which could not be read",
    "network-type": "on the way by which the packets come ({names})",
    "condition": "on a condition that is not known here: {names}",
    "destination": "on whether {names} holds this VM's address",
    "target-network": "on whether the VM's network is {names}",
    "action": "on its action {names}, which is not known here",
    "policy-type": "on where its policy stands, whose type is not known here",
    "order": "on whether the network's firewall policies come before or after its VPC rules, which could not be read",
    "unreadable": "on what could not be read: {names}",
    "address": "on the source: {names} is no address",
}

SHOWN = 3
"""Names of a list that are shown; the others are counted."""


def rule_words(rule: Rule, unit: str = "priority ") -> str:
    """A rule as people speak of it."""
    if rule.kind == "vpc":
        name, at = rule.name, f"{unit}{rule.priority}"
        said = {"goto_next": f"goto_next rule {name} ({at})", "deny": f"deny rule {name} ({at})",
                "unknown": f"rule {name} ({at})"}  # fmt: skip
        return said.get(rule.action, f"allow rule {name} ({at})")
    action = {"goto_next": "goto_next", "deny": "deny", "unknown": ""}.get(rule.action, "allow")
    stands = {"hierarchy": "hierarchical firewall policy", "network": "network firewall policy",
              "system": "Google's own firewall policy"}.get(rule.kind, "firewall policy")  # fmt: skip
    return f"{action} rule {rule.name} of the {stands} {rule.policy}".strip()


def why(answer: Answer) -> str:
    """Why it is so, in one sentence or a few."""
    said = {"uncertain": _uncertain, "partial": _partial, "allow": _allow, "deny": _deny}[answer.action](answer)
    return said + (f" Not seen: {', '.join(answer.unseen)}." if answer.unseen else "")


def asked(request: Request) -> str:
    """What gets in or does not."""
    number = protocol_number(request.protocol)
    return f"{request.src} to {request.protocol} port {request.port}" if number in WITH_PORTS else request.src


def fails(miss: Reason) -> str:
    """Why a rule does not match, to follow its name."""
    return FAILS[miss.why].format(names=some(miss.names))


def depends(doubt: Reason) -> str:
    """What a rule in doubt depends on, to follow `it depends`."""
    return DEPENDS[doubt.why].format(names=some(doubt.names))


def near_words(near: Near) -> str:
    """A rule that nearly lets in."""
    return f"{rule_words(near.rule)} {fails(near.miss)}"


def some(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are."""
    rows = list(dict.fromkeys(names))
    more = [f"{len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return ", ".join(rows[:SHOWN]) + "".join(f" and {one}" for one in more)


def _deciders(answer: Answer, action: str) -> str:
    records = [part.decided for part in answer.parts if part.action == action]
    return some(rule_words(record.rule) if record.rule else "no rule allows it" for record in records)


def _allow(answer: Answer) -> str:
    inspected = ", after an inspection" if answer.inspected_by else ""
    return f"{_upper(_deciders(answer, 'allow'))} admits {asked(answer.request)}{inspected}."


def _deny(answer: Answer) -> str:
    """The rule that denies, and the one that would have allowed and comes too late."""
    first = next(part.decided for part in answer.parts if part.decided.by == answer.by)
    if any(part.decided.by != answer.by for part in answer.parts):
        return f"{asked(answer.request)} is denied throughout: {_deciders(answer, 'deny')}."
    if first.rule is None:
        said = f"No rule allows {asked(answer.request)}, and what no rule allows is denied."
        return said + "".join(f" {_upper(near_words(near))}." for near in answer.near[:SHOWN])
    rule, late = first.rule, _met_later(answer, first.rule)
    if late is None:
        return f"{_upper(rule_words(rule))} denies {asked(answer.request)}."
    if late.priority == rule.priority and late.kind == rule.kind == "vpc":
        both = f"{_upper(rule_words(rule))} and allow rule {late.name} have the same priority"
        return f"{both}, and then deny wins."
    return f"{_upper(rule_words(rule))} is met before {rule_words(late, '')}."


def _met_later(answer: Answer, rule: Rule) -> Rule | None:
    """The first rule that would let in and comes too late."""
    late = False
    for step in answer.trace:
        late = late or step.rule is rule
        if late and step.outcome == "nothing-left" and step.rule.admits:
            return step.rule
    return None


def _partial(answer: Answer) -> str:
    into = f"{some(answer.shown('allow'))} does ({_deciders(answer, 'allow')})"
    out = f"{some(answer.shown('deny'))} does not ({_deciders(answer, 'deny')})"
    return f"Not all of {answer.request.src} gets in: {into}, {out}."


def _uncertain(answer: Answer) -> str:
    by, doubt = answer.doubts[0]
    rule = next((step.rule for step in answer.trace if step.rule.by == by), None)
    if rule is None or doubt.why == "unreadable":
        return f"It cannot be told: it depends {depends(doubt)}."
    does = {"deny": "deny it", "goto_next": "pass it on", "unknown": "decide"}.get(rule.action, "let it in")
    return f"{_upper(rule_words(rule))} may {does}, which depends {depends(doubt)}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
