"""What can be done in an AWS account: exactly one rule, one entry, one instance; nothing wider than one address.

Every plan reads the fact that decided the verdict: the path, or the state of the instance.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sshwizard import clean, paths, vocabulary
from sshwizard.effects import Effect
from sshwizard.fixes.fix import Fix, Lines, Refusal, Situation

MOST_SOURCES = 3
"""Addresses of a network that leaves by several; more of them are no person's own."""

_UNSEEN = "the address under which AWS sees you is not known"


def _sources(data: Mapping[str, Any]) -> list[str]:
    """My public addresses, as a look told them."""
    return own_sources(data.get("sources", ()) or (data.get("source", ""),))


def own_sources(texts: Iterable[object]) -> list[str]:
    """My public addresses, each as a block of exactly one. A session file may hold anything: what is no single
    address of the internet is left out."""
    found = []
    for text in texts:
        try:
            address = ipaddress.ip_address(str(text))
        except ValueError:
            continue
        if address.is_global:
            found.append(f"{address}/{address.max_prefixlen}")
    return list(dict.fromkeys(found))


def _allow(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.aws import AllowSource

    data = at.found.data
    sources, group = _sources(data), str(data.get("group", ""))
    if not sources:
        return Refusal(_UNSEEN)
    if len(sources) > MOST_SOURCES:
        return Refusal(f"your network leaves by {len(sources)} addresses; ask for a prefix list of them")
    if not group:
        return Refusal("no security group of the instance is known")
    region, profile, port = str(data["region"]), str(data.get("profile", "")), int(data["port"])
    return tuple(AllowSource(profile, region, group, port, source, note()) for source in sources)


def note() -> str:
    """Who, with what, when, for those who find the rule a year later, in letters that EC2 takes."""
    allowed = (letter for letter in paths.me() if letter.isascii() and (letter.isalnum() or letter in "._-@"))
    return f"ssh for {''.join(allowed)[:40]} (sshwizard {datetime.datetime.now().astimezone().date()})"


def _enter(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.aws import AddEntry

    data = at.found.data
    sources, acl = _sources(data), str(data.get("acl", ""))
    if not sources:
        return Refusal(_UNSEEN)
    if not acl:
        return Refusal("the network ACL is not known")
    egress = at.found.outcome == "acl-outbound"
    low, high = (1024, 65535) if egress else (int(data["port"]),) * 2
    taken = {int(number) for number in data.get("numbers", ())}
    free = (number for number in range(min(int(data.get("rule") or 32767), 32767) - 1, 0, -1) if number not in taken)
    try:
        numbers = [next(free) for _ in sources]
    except StopIteration:
        return Refusal(f"{acl} has no free number before rule {data.get('rule')}")
    place = str(data.get("profile", "")), str(data["region"])
    return tuple(AddEntry(*place, acl, number, egress, source, low, high)
                 for number, source in zip(numbers, sources, strict=True))  # fmt: skip


def start(at: Situation) -> tuple[Effect, ...] | Refusal:
    from sshwizard.effects.aws import StartInstance

    data = at.found.data
    if data.get("state") != "stopped":
        return Refusal(f"it is {data.get('state', 'not stopped')}: wait until it is stopped")
    return (StartInstance(str(data.get("profile", "")), str(data["region"]), str(data["instance"])),)


# ------------------------------------------------------------------ texts to copy


def _terraform(at: Situation) -> tuple[str, ...]:
    """The first change in the account that the cause calls for, as HCL; of no known cause, the rule for my address."""
    from sshwizard.fixes import FIXES, ascode

    known = vocabulary.causes().get(at.code)
    for id_ in known.actions if known else ("allow-my-ip-in-security-group",):
        fix = FIXES.get(id_)
        if fix is None or id_ in LINES or not (fix.account or id_ in _HERE):
            continue
        try:
            plan = fix.plan(at)
        except (KeyError, ValueError):
            continue
        if not isinstance(plan, Refusal) and (told := ascode.terraform(plan)):
            return told
    return ()


_HERE = {"allow-my-ip-in-security-group", "allow-in-network-acl"}


def _policy(at: Situation) -> tuple[str, ...]:
    """The least that would let the wizard see, or do, what it could not."""
    rows = (row for fact in (at.found, *at.facts.values()) for row in fact.data.get("unseen", ()))
    calls = sorted({str(row.get("call")) for row in rows if row.get("kind") == "denied" and row.get("call")})
    if not calls:
        return ()
    statement = {"Effect": "Allow", "Action": [clean.line(call, 80) for call in calls], "Resource": "*"}
    return tuple(json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2).splitlines())


FIXES = (
    Fix("allow-my-ip-in-security-group", _allow),
    Fix("allow-in-network-acl", _enter),
)

LINES: dict[str, Lines] = {"print-terraform": _terraform, "print-iam-policy": _policy}
