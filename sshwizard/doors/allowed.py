"""May these credentials push a key for this login name? IAM's own simulator says, where asking it is allowed (IAM API:
SimulatePrincipalPolicy; Service Authorization Reference, EC2 Instance Connect, condition key ec2:osuser).

What the simulator cannot know (a service control policy, tags, the caller's address) makes its denial no proof: that is
left open, and only the push shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.access import Call
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors.machine import Machine
from sshwizard.probes.aws import images

PUSH = "ec2-instance-connect:SendSSHPublicKey"
OSUSER = "ec2:osuser"
_CALLER = re.compile(r"arn:(aws[a-z-]*):(?:iam|sts)::(\d{12}):(user|assumed-role|role)/(.+)")


@dataclass(frozen=True)
class Verdict:
    """What the simulator says of one login name."""

    denied: bool
    says: str
    """In words, where it is denied."""


async def may_push(found: Machine, user: str) -> Verdict | None:
    """Whether the caller may push a key for `user`; None where that cannot be told."""
    me = await found.asked.ask("me", Call("sts", "get_caller_identity"))
    if isinstance(me, Unseen):
        return None
    source, account = principal(str(me.get("Arn", ""))), str(me.get("Account", ""))
    if not source:
        return None
    resource = f"arn:{source.split(':')[1]}:ec2:{found.who.region}:{account}:instance/{found.id}"

    async def ask(name: str) -> Answer:
        return await found.asked.ask(f"may push {name}", simulation(source, resource, name))

    first = read(await ask(user))
    if first is None or first[0]:
        return None if first is None else Verdict(False, "")
    return Verdict(True, await _why(ask, user, first[1]))


async def _why(ask: Any, user: str, policies: Sequence[str]) -> str:
    """Which login names are let in instead, and by which policy it is denied."""
    names = dict.fromkeys(name for _, name, _ in images.USERS if name != user)
    others = [name for name in list(names)[:_MOST] if (told := read(await ask(name))) and told[0]]
    named = f" ({', '.join(policies)})" if policies else ""
    if others:
        return clean.line(f"IAM lets you push a key for {', '.join(others)}, and not for {user}: the condition {OSUSER}"
                          f"{named}", 400)  # fmt: skip
    return clean.line(f"IAM does not let you push a key for {user}{named}", 400)


_MOST = 6
"""Login names that are asked about beside the one that was refused."""


def principal(arn: str) -> str:
    """Whose policies are simulated: a session's role, without a path, which its ARN does not tell; empty for others."""
    hit = _CALLER.fullmatch(arn)
    if hit is None:
        return ""
    partition, account, kind, name = hit.groups()
    if kind == "assumed-role":
        kind, name = "role", name.partition("/")[0]
    return f"arn:{partition}:iam::{account}:{kind}/{name}"


def simulation(source: str, resource: str, user: str) -> Call:
    """One question to the simulator."""
    context = {"ContextKeyName": OSUSER, "ContextKeyValues": [user], "ContextKeyType": "string"}
    return Call("iam", "simulate_principal_policy", {
        "PolicySourceArn": source, "ActionNames": [PUSH], "ResourceArns": [resource], "ContextEntries": [context]},
    )  # fmt: skip


def read(answer: Answer) -> tuple[bool, tuple[str, ...]] | None:
    """Whether it is allowed, and the policies that decided; None where something else than the name decides."""
    if isinstance(answer, Unseen):
        return None
    row: Mapping[str, Any] = next(iter(answer.get("EvaluationResults", ())), {})
    if not row:
        return None
    policies = tuple(dict.fromkeys(str(one.get("SourcePolicyId", "")) for one in row.get("MatchedStatements", ())))
    if row.get("EvalDecision") == "allowed":
        return True, policies
    if row.get("MissingContextValues"):  # a tag or an address that the simulator was not told
        return None
    return False, tuple(one for one in policies if one)
