"""Security groups as they should be kept: described, used, one environment each, and no wider than they must be.

EC2 User Guide, Security groups; VPC User Guide, Security best practices.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from sshwizard.advice import Advice
from sshwizard.advice.aws.account import Account
from sshwizard.advice.aws.openings import WORLD, in_a_line, narrowable, narrowing
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.aws.identify import Row, tag
from sshwizard.effects.aws.rules import permission
from sshwizard.reach.aws.answer import Rule
from sshwizard.reach.aws.groups import rules
from sshwizard.reach.blocks import block, private

ENVIRONMENT = ("Environment", "environment", "Env", "env", "Stage", "stage")
"""Tags that name an environment."""
WIDE = {4: 16, 6: 32}
"""Public sources shorter than this are larger than one company's network usually is."""
MANY_PORTS = 1000
_DEFAULT = "default"
MOST_GROUPS = 10
"""Groups with an advice of their own; of more than that one advice tells."""


def environment(row: Row) -> str:
    """What the tags of something call its environment; empty where they name none."""
    return next((value for key in ENVIRONMENT if (value := tag(row, key))), "")


def _inbound(account: Account, group: str) -> tuple[Rule, ...]:
    """Its rules but for the one that each default group has: whoever is in it."""
    return tuple(rule for rule in rules(account.world, group, egress=False) if rule.source != group)


def undescribed(account: Account) -> Iterator[Advice]:
    code = "advice.sg-hygiene.description"
    found = {id_: bare for id_ in sorted(account.world.groups)
             if (bare := [rule for rule in _inbound(account, id_) if not rule.description.strip()])}  # fmt: skip
    for id_, bare in list(found.items())[:MOST_GROUPS]:
        called = account.called(id_)
        plain = [rule for rule in bare if rule.kind != "prefix_list"]
        yield Advice(
            code, f"Rules of the security group {called} do not say what they are for",
            "Nobody dares to take a rule away when nobody knows whose it is.",
            some(in_a_line(rule) for rule in bare), called, "note", "describe-security-group-rules" if plain else "",
            (("AWS CLI: describe them", "\n".join(_describing(account, rule) for rule in bare)),),
            (*account.place, ("group", id_), ("rules", json.dumps([asdict(rule) for rule in plain]))),
        )  # fmt: skip
    if rest := list(found)[MOST_GROUPS:]:
        yield Advice(code, "Rules of more security groups do not say what they are for",
                     "Nobody dares to take a rule away when nobody knows whose it is.",
                     some(account.called(id_) for id_ in rest), f"security groups in {account.region}")  # fmt: skip


def _permission(rule: Rule, note: str) -> dict[str, object]:
    return permission(rule.protocol, rule.low, rule.high, rule.source, note)


def _describing(account: Account, rule: Rule) -> str:
    told = json.dumps([_permission(rule, "WHAT FOR, WHOSE, SINCE WHEN")], separators=(",", ":"))
    return account.aws("ec2", "update-security-group-rule-descriptions-ingress", "--group-id", rule.group,
                       "--ip-permissions", told)  # fmt: skip


def unused(account: Account) -> Iterator[Advice]:
    held = {str(one.get("GroupId", "")) for row in account.rows("interfaces") for one in row.get("Groups", ())}
    named = {
        rule.source
        for id_ in account.world.groups
        for way in (False, True)
        for rule in rules(account.world, id_, egress=way)
        if rule.kind == "group" and rule.group != rule.source
    }
    found = [id_ for id_, row in sorted(account.world.groups.items())
             if id_ not in held | named | set(account.members) and row.get("GroupName") != _DEFAULT]  # fmt: skip
    if not found:
        return
    lines = [account.aws("ec2", "delete-security-group", "--group-id", id_) for id_ in found[:40]]
    yield Advice(
        "advice.sg-hygiene.unused", "Security groups that no network interface uses, and no rule names",
        "What is left over is given to the next machine by mistake. A launch template may still name one: look first.",
        some(account.called(id_) for id_ in found), f"security groups in {account.region}", "note", "",
        (("AWS CLI: delete them", "\n".join(lines)),),
    )  # fmt: skip


def shared(account: Account) -> Iterator[Advice]:
    for id_, members in sorted(account.members.items()):
        places: dict[str, list[str]] = {}
        for member in members:
            if where := environment(account.world.instances.get(member, {})):
                places.setdefault(where, []).append(member)
        if len({where.lower() for where in places}) < 2:
            continue
        called = account.called(id_)
        yield Advice(
            "advice.sg-hygiene.shared", f"The security group {called} is shared by several environments",
            "Whoever opens it for a test opens production, too. A group for each environment keeps them apart.",
            some(f"{where}: {', '.join(account.called(one) for one in ids[:3])}" for where, ids in places.items()),
            called, "soon", "",
            (("AWS CLI: a copy for one environment", copy_of(account, id_, next(reversed(places)))),),
        )  # fmt: skip


def copy_of(account: Account, group: str, where: str) -> str:
    """A group of its own for one environment, with the same rules; who gets it is the person's choice."""
    row = account.world.groups[group]
    name = f"{row.get('GroupName', group)}-{where}"
    made = account.aws("ec2", "create-security-group", "--group-name", name, "--description", f"{name}, was {group}",
                       "--vpc-id", str(row.get("VpcId", "")), "--query", "GroupId", "--output", "text")  # fmt: skip
    lines = [f"group=$({made})"]
    told = [_permission(rule, rule.description) for rule in rules(account.world, group, egress=False)]
    if told:
        words = account.aws("ec2", "authorize-security-group-ingress")
        text = json.dumps(told, separators=(",", ":"))
        lines.append(f'{words} --group-id "$group" --ip-permissions {shlex.quote(text)}')
    lines.append("# then, for each instance of that environment, all groups that it shall have:")
    lines.append(f'# {account.aws("ec2", "modify-instance-attribute")} --instance-id INSTANCE --groups "$group"')
    return "\n".join(lines)


def wide(account: Account) -> Iterator[Advice]:
    for id_ in sorted(account.world.groups):
        found = [rule for rule in _inbound(account, id_) if _too_wide(rule)]
        if not found:
            continue
        called, plain = account.called(id_), [rule for rule in found if narrowable(rule)]
        yield Advice(
            "advice.sg-hygiene.wide", f"Rules of the security group {called} let in more than they seem to need",
            "Least privilege: the ports of one service, from the addresses that use it.",
            some(in_a_line(rule) for rule in found), called, "soon" if account.members.get(id_) else "note",
            "narrow-security-group-rule" if plain else "", (), narrowing(account, id_, plain) if plain else (),
        )  # fmt: skip


def _too_wide(rule: Rule) -> bool:
    """All ports from addresses, a thousand ports, or a public range of many thousand addresses; what is open to the
    world on a port for logins is told as that."""
    one = block(rule.source) if rule.kind == "cidr" else None
    if one is None:
        return False
    every = rule.protocol == "-1" or rule.high - rule.low >= MANY_PORTS
    return every or (WORLD[one.family] < one.length < WIDE[one.family] and not private(one) and _logins(rule))


def _logins(rule: Rule) -> bool:
    return rule.protocol == "tcp" and any(rule.low <= port <= rule.high for port in (22, 2222, 3389))


def managed(row: Row) -> bool:
    """True for what a template of CloudFormation or Terraform says that it keeps."""
    return bool(tag(row, "aws:cloudformation:stack-id")) or "terraform" in tag(row, "ManagedBy").lower()


def as_code(account: Account) -> Iterator[Advice]:
    from sshwizard.advice.aws.ascode import terraform

    found: Sequence[Row] = [row for row in account.world.groups.values()
                            if not managed(row) and row.get("GroupName") != _DEFAULT]  # fmt: skip
    if not found:
        return
    text = terraform(account, found)
    yield Advice(
        "advice.groups-as-code", "The security groups as Terraform, for review in Git",
        "A rule that is reviewed like code has an author, a reason and a way back.",
        some(account.called(str(row["GroupId"])) for row in found), f"security groups in {account.region}", "note", "",
        (("security-groups.tf", text),),
    )  # fmt: skip


JUDGES = (
    Judge("advice.sg-hygiene.description", "which rules of security groups have no description", ("groups",),
          undescribed),
    Judge("advice.sg-hygiene.unused", "which security groups nothing uses", ("groups", "interfaces", "instances"),
          unused),
    Judge("advice.sg-hygiene.shared", "which security groups several environments share", ("groups", "instances"),
          shared),
    Judge("advice.sg-hygiene.wide", "which rules of security groups are wide", ("groups", "instances"), wide),
    Judge("advice.groups-as-code", "the security groups as Terraform", ("groups", "rules", "endpoints"), as_code),
)  # fmt: skip
