"""Security groups that let the whole internet in to a port for logins, and which instances that really exposes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from sshwizard.advice import Advice, Weight
from sshwizard.advice.aws.account import Account
from sshwizard.advice.wording import Judge, some
from sshwizard.cloud.aws.identify import Row
from sshwizard.reach.aws import Query, evaluate
from sshwizard.reach.aws.answer import Rule
from sshwizard.reach.aws.groups import rules
from sshwizard.reach.blocks import Block, address, block, private

PORTS = {22: "ssh", 2222: "ssh", 3389: "rdp"}
"""Where logins are waited for."""
WORLD = {4: 4, 6: 8}
"""Prefix lengths up to which a source is the whole internet, or a large part of it: 0.0.0.0/0, its halves, 2000::/3."""
_STRANGERS = ("198.51.100.7", "8.8.8.8", "2001:db8::7")
"""Somebody out there, for the question whether a packet arrives."""
CODE = "advice.sg-open-world"


@dataclass(frozen=True)
class Opening:
    """A security group that lets the world in."""

    group: str
    rules: tuple[Rule, ...]
    ports: tuple[int, ...]
    exposed: tuple[tuple[str, str, int], ...] = field(default=())
    """Instance, its public address, port: a stranger's packet arrives there."""
    perhaps: tuple[str, ...] = ()
    """Instances of which that cannot be told."""
    members: int = 0


def block_of(account: Account, rule: Rule) -> Block | None:
    """The part of the internet that a rule lets in, where it is the world; None where it is not."""
    if rule.kind == "group":
        return None
    found = (block(rule.source),) if rule.kind == "cidr" else account.world.prefix_list(rule.source) or ()
    return next((one for one in found if one and one.length <= WORLD[one.family] and not private(one)), None)


def ports_of(rule: Rule) -> tuple[int, ...]:
    """The ports for logins that a rule opens."""
    if rule.protocol not in {"tcp", "-1"}:
        return ()
    return tuple(port for port in PORTS if rule.protocol == "-1" or rule.low <= port <= rule.high)


def in_a_line(rule: Rule) -> str:
    """A rule in a line."""
    ports = "all ports" if rule.protocol == "-1" or (rule.low, rule.high) == (0, 65535) else _range(rule)
    protocol = "every protocol" if rule.protocol == "-1" else rule.protocol
    return f"{protocol}, {ports}, from {rule.source}: {rule.description or 'no description'}"


def _range(rule: Rule) -> str:
    return f"port {rule.low}" if rule.low == rule.high else f"ports {rule.low} to {rule.high}"


def openings(account: Account) -> Iterator[Opening]:
    """Every group with such a rule."""
    for id_ in account.world.groups:
        found = {rule: one for rule in rules(account.world, id_, egress=False)
                 if (one := block_of(account, rule)) and ports_of(rule)}  # fmt: skip
        if not found:
            continue
        exposed, perhaps = [], []
        for instance in account.members.get(id_, ()):
            for rule, one in found.items():
                for port in ports_of(rule):
                    path = evaluate(account.world, Query(instance, _stranger(one), port)).best
                    if path.verdict in {"reachable", "partial"}:
                        exposed.append((instance, path.endpoint or "", port))
                    elif path.verdict == "unknown":
                        perhaps.append(instance)
        ports = tuple(sorted({port for rule in found for port in ports_of(rule)}))
        yield Opening(id_, tuple(found), ports, tuple(dict.fromkeys(exposed)), tuple(dict.fromkeys(perhaps)),
                      len(account.members.get(id_, ())))  # fmt: skip


def _stranger(within: Block) -> str:
    known = ((text, address(text)) for text in _STRANGERS)
    return next((text for text, one in known if one and within.holds(one)), within._replace(last=within.first).text)


def judge(account: Account) -> Iterator[Advice]:
    unread = sorted({row.source for id_ in account.world.groups for row in rules(account.world, id_, egress=False)
                     if row.kind == "prefix_list" and account.world.prefix_list(row.source) is None})  # fmt: skip
    for one in sorted(openings(account), key=lambda one: (not one.exposed, not one.members, one.group)):
        yield _advice(account, one)
    if unread:
        why = account.unseen.get("prefixes")
        allow = "allow ec2:GetManagedPrefixListEntries"
        yield Advice(
            CODE, "It is not known whom rules with these prefix lists let in", "What was not seen is not fine.",
            some(unread), f"prefix lists in {account.region}", unknown=f"{why.why} ({allow})" if why else allow,
        )  # fmt: skip


def _advice(account: Account, one: Opening) -> Advice:
    called, ports = account.called(one.group), " and ".join(str(port) for port in one.ports)
    weight: Weight = "now" if one.exposed else "soon" if one.members else "note"
    reached = some((f"{account.called(id_)} answers the whole internet at {at}, port {port}"
                    for id_, at, port in one.exposed), 8)  # fmt: skip
    perhaps = some((f"{account.called(id_)}: it cannot be told whether packets arrive" for id_ in one.perhaps), 4)
    if one.exposed:
        why = "Programs that guess passwords try every such address all day; a leaked key works from anywhere."
    elif one.members:
        why = "No packet from outside arrives today: a public address or a route is all that is missing."
    else:
        why = "Nothing uses the group now; whatever gets it next is open to everybody."
    plain = [rule for rule in one.rules if narrowable(rule)]
    return Advice(
        CODE, f"The security group {called} lets the whole internet in to port {ports}", why,
        (*some(in_a_line(rule) for rule in one.rules), *reached, *perhaps), called, weight,
        "narrow-security-group-rule" if plain else "", (("AWS CLI: only my address", commands(account, one)),),
        (*narrowing(account, one.group, plain),
         ("stranded", " ".join(stranded(account, one))), ("private", " ".join(_private(account, one.group))),
         ("reach", " ".join(f"{at} {port}" for _, at, port in one.exposed[:1]))),
    )  # fmt: skip


def narrowing(account: Account, group: str, plain: Sequence[Rule]) -> tuple[tuple[str, str], ...]:
    """What the fix that narrows these rules has to know."""
    return (*account.place, ("group", group), ("rules", json.dumps([asdict(rule) for rule in plain])),
            ("sources", " ".join(account.sources)), ("held", " ".join(_held(account, group))))  # fmt: skip


def stranded(account: Account, one: Opening) -> tuple[str, ...]:
    """Instances that nobody reaches any more once these rules are narrowed to one public address: packets from outside
    do not arrive there, so who comes to them is within the network, and no other rule lets them in. One whose Systems
    Manager agent is online has a way in."""
    online = {str(row.get("InstanceId")) for row in account.rows("agents") if row.get("PingStatus") == "Online"}
    arrived = {id_ for id_, _, _ in one.exposed}
    return tuple(id_ for row in account.running if (id_ := str(row["InstanceId"])) in account.members.get(one.group, ())
                 and id_ not in arrived | online and not _another(account, row, one))  # fmt: skip


def _another(account: Account, instance: Row, one: Opening) -> bool:
    """Whether some other rule of its groups lets somebody in to one of these ports."""
    groups = {group for interface in account.world.interfaces(instance) for group in interface.groups or ()}
    return any(rule not in one.rules and set(ports_of(rule)) & set(one.ports)
               for group in groups & set(account.world.groups)
               for rule in rules(account.world, group, egress=False))  # fmt: skip


def narrowable(rule: Rule) -> bool:
    """True for a rule that opens one port for logins and nothing else, which another service might need."""
    return rule.kind == "cidr" and rule.protocol == "tcp" and rule.low == rule.high


def _held(account: Account, group: str) -> tuple[str, ...]:
    """What the group lets in by a rule of its own already."""
    return tuple(f"{one.protocol}:{one.low}:{one.high}:{one.source}"
                 for one in rules(account.world, group, egress=False) if one.kind == "cidr")  # fmt: skip


def _private(account: Account, group: str) -> tuple[str, ...]:
    vpc = str(account.world.groups.get(group, {}).get("VpcId", ""))
    return tuple(one.text for one in account.world.networks(vpc) if one.family == 4)


def commands(account: Account, one: Opening) -> str:
    """My address in place of the world, as commands: first the new rule, then the old one goes."""
    plain = [rule for rule in one.rules if narrowable(rule)]
    mine = [_change(account, "authorize", rule, "$me/32") for rule in plain if ":" not in rule.source]
    lines = ["me=$(curl -fsS https://checkip.amazonaws.com)", *mine] if mine else []
    if plain and not mine:
        lines.append("# your own IPv6 address needs a rule first, unless you come by IPv4")
    lines += [_change(account, "revoke", rule, rule.source) for rule in plain]
    for rule in one.rules:
        if rule.kind == "prefix_list":
            lines.append(f"# {rule.source} is a prefix list: take the wide entry out of the list itself")
        elif not narrowable(rule):
            ports = f"{rule.protocol} {rule.low}-{rule.high}"
            lines.append(f"# the rule for {ports} opens more than logins: what needs that gets a rule of its own first")
    return "\n".join(lines)


def _change(account: Account, verb: str, rule: Rule, source: str) -> str:
    family, key = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    ports = "" if rule.protocol == "-1" else f",FromPort={rule.low},ToPort={rule.high}"
    note = ",Description=ssh" if verb == "authorize" else ""
    row = f"IpProtocol={rule.protocol}{ports},{family}=[{{{key}={source}{note}}}]"
    return f'{account.aws("ec2", f"{verb}-security-group-ingress", "--group-id", rule.group)} --ip-permissions "{row}"'


JUDGES = (
    Judge(CODE, "which security groups are open to the whole internet, and what that exposes",
          ("groups", "instances", "routes", "acls", "subnets", "vpcs", "gateways", "bpa"), judge,
          "now"),
)  # fmt: skip
