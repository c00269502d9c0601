"""What is set right in an account before it breaks: planned from what an advice has to say about it.

Nothing is cut that somebody still needs: my own address is let in before the world is shut out, and a machine that
would be left without a way in is a reason to refuse.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sshwizard.effects import Effect
from sshwizard.fixes.aws import MOST_SOURCES, note, own_sources
from sshwizard.fixes.fix import Fix, Refusal, Situation

Made = tuple[Effect, ...] | Refusal
_DESCRIPTION = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}", re.ASCII)
"""What EC2 takes as a description (API reference, IpRange)."""
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)
_UPGRADE = """set -e
if dpkg-query -W ec2-instance-connect >/dev/null 2>&1; then
  apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --only-upgrade ec2-instance-connect
elif rpm -q ec2-instance-connect >/dev/null 2>&1; then
  if command -v dnf >/dev/null; then y=dnf; else y=yum; fi
  $y -q -y upgrade ec2-instance-connect
fi"""
"""Nothing is installed that was not there (EC2 User Guide, Install EC2 Instance Connect)."""
_WIDEST = {4: 8, 6: 16}
"""Shorter prefixes are no named range of a company's."""


def _place(at: Situation) -> tuple[str, str]:
    return str(at.found.data.get("profile", "")), str(at.found.data["region"])


def _rules(at: Situation) -> list[Mapping[str, Any]]:
    return [row for row in json.loads(str(at.found.data.get("rules") or "[]")) if isinstance(row, Mapping)]


def _words(at: Situation, key: str) -> list[str]:
    return str(at.found.data.get(key, "")).split()


def _named(text: str) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The ranges that the person typed. Raises ValueError for one that is none, or that is too wide."""
    for word in re.split(r"[,\s]+", text.strip()):
        if word:
            found = ipaddress.ip_network(word)
            if found.prefixlen < _WIDEST[found.version]:
                raise ValueError(f"{found} is too wide")
            yield found


def _narrow(at: Situation) -> Made:
    """My address and the named ranges in place of the world: they come first, and only then the wide rule goes."""
    from sshwizard.effects.aws import AddRule, RemoveRule

    rules, mine = _rules(at), own_sources(_words(at, "sources"))
    if not rules:
        return Refusal("the rule opens other ports, too, which something else may need: narrow it by hand")
    if not mine:
        return Refusal("the address under which AWS sees you is not known, so this could shut you out")
    if len(mine) > MOST_SOURCES:
        return Refusal(f"your network leaves by {len(mine)} addresses; type the range that they are of")
    try:
        named = list(_named(at.answer))
    except ValueError as wrong:
        return Refusal(f"type ranges as 192.0.2.0/24, parted by commas: {wrong}")
    stranded, private = _words(at, "stranded"), [ipaddress.ip_network(one) for one in _words(at, "private")]
    inside = [one for one in named if any(_holds(one, net) for net in private)]
    if stranded and not inside:
        whom, where = " and ".join(stranded[:3]), ", ".join(str(one) for one in private) or "their network"
        return Refusal(f"{whom} is reached from inside its network by this rule: type {where} among the ranges")
    sources, held = [*mine, *(str(one) for one in named)], set(_words(at, "held"))
    plan: list[Effect] = []
    for protocol, low, high in dict.fromkeys(
        (str(row["protocol"]), int(row["low"]), int(row["high"])) for row in rules
    ):
        plan += [AddRule(*_place(at), str(rules[0]["group"]), protocol, low, high, one, note())
                 for one in dict.fromkeys(sources) if f"{protocol}:{low}:{high}:{one}" not in held]  # fmt: skip
    plan += [RemoveRule(*_place(at), str(row["group"]), str(row["protocol"]), int(row["low"]), int(row["high"]),
                        str(row["source"]), str(row["description"])) for row in rules]  # fmt: skip
    return tuple(plan)


def _holds(one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: Any) -> bool:
    return one.version == other.version and (one.supernet_of(other) or one.subnet_of(other))


async def _still_there(at: Situation) -> str:
    """Right after it: does a packet from here still arrive? Only where one did before."""
    reach = _words(at, "reach")
    if len(reach) != 2:
        return ""
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(reach[0], int(reach[1]))
        writer.close()
    except ConnectionRefusedError:
        return ""
    except (OSError, TimeoutError):
        return f"{reach[0]} does not answer from here on port {reach[1]} now: take it back with undo"
    return ""


def _describe(at: Situation) -> Made:
    from sshwizard.effects.aws import DescribeRule

    text, rules = at.answer.strip(), [row for row in _rules(at) if row.get("protocol") in {"tcp", "udp", "-1"}]
    if not _DESCRIPTION.fullmatch(text):
        return Refusal("type what they are for, whose and since when, in letters and digits, 255 at most")
    if not rules:
        return Refusal("only rules for tcp and udp are described here")
    return tuple(DescribeRule(*_place(at), str(row["group"]), str(row["protocol"]), int(row["low"]), int(row["high"]),
                              str(row["source"]), text, str(row["description"])) for row in rules)  # fmt: skip


def _alarm(at: Situation) -> Made:
    from sshwizard.effects.aws import CreateAlarm

    topic, (profile, region) = at.answer.strip() or str(at.found.data.get("topic", "")), _place(at)
    found = _TOPIC.fullmatch(topic)
    if found is None or found["region"] != region:
        return Refusal(f"type the ARN of an SNS topic in {region}, as arn:aws:sns:{region}:123456789012:ops")
    return tuple(CreateAlarm(profile, region, f"status-check-{id_}", id_, topic) for id_ in _words(at, "instances"))


def _logins_alarm(at: Situation) -> Made:
    """The filter comes first, where none counts them yet."""
    from sshwizard.effects.aws import CreateAlarm, CreateFilter

    data, topic, (profile, region) = at.found.data, at.answer.strip() or str(at.found.data.get("topic", "")), _place(at)
    found = _TOPIC.fullmatch(topic)
    if found is None or found["region"] != region:
        return Refusal(f"type the ARN of an SNS topic in {region}, as arn:aws:sns:{region}:123456789012:ops")
    space, metric = str(data["namespace"]), str(data["metric"])
    alarm = CreateAlarm(profile, region, str(data["name"]), "", topic, space, metric)
    if not data.get("pattern"):
        return (alarm,)
    counting = CreateFilter(profile, region, str(data["name"]), str(data["log"]), str(data["pattern"]), space, metric)
    return (counting, alarm)


def _ship(at: Situation) -> Made:
    """The agent's configuration is kept in the account; then each instance installs the agent, and has it read that."""
    from sshwizard.effects.aws import PutParameter, RunDocument

    data, ids = at.found.data, tuple(_words(at, "instances"))
    if not ids:
        return Refusal("no agent of Systems Manager answers on them: there is no way to install something there")
    name = str(data["parameter"])
    installing = (("action", "Install"), ("name", "AmazonCloudWatchAgent"))
    reading = (("action", "configure"), ("mode", "ec2"), ("optionalConfigurationSource", "ssm"),
               ("optionalConfigurationLocation", name), ("optionalRestart", "yes"))  # fmt: skip
    says = ("the role of each instance needs the policy CloudWatchAgentServerPolicy",
            "an agent of CloudWatch that has another configuration takes this one in its place",
            "a system without rsyslog writes these files once rsyslog is installed")  # fmt: skip
    return (PutParameter(*_place(at), name, str(data["configuration"])),
            RunDocument(*_place(at), "AWS-ConfigureAWSPackage", ids, installing),
            RunDocument(*_place(at), "AmazonCloudWatch-ManageAgent", ids, reading, says))  # fmt: skip


def _agents(at: Situation) -> Made:
    from sshwizard.effects.aws import RunDocument

    ids = tuple(_words(at, "instances"))
    if not ids:
        return Refusal("no agent that answers is old: one that is offline takes no update")
    says = ("an agent that is updated starts anew: sessions through it end",)
    more = ("the package ec2-instance-connect, where it is installed: the system's own package manager has the newest",)
    return (RunDocument(*_place(at), "AWS-RunShellScript", ids, (("commands", _UPGRADE),), more),
            RunDocument(*_place(at), "AWS-UpdateSSMAgent", ids, (("allowDowngrade", "false"),), says))  # fmt: skip


def _deny(at: Situation) -> Made:
    from sshwizard.effects.aws import AddEntry

    entries, port = json.loads(str(at.found.data.get("entries") or "[]")), int(at.found.data.get("port") or 22)
    if not _words(at, "sources"):
        return Refusal("the address under which AWS sees you is not known: name it with --own")
    if not entries:
        return Refusal("the network ACL has no room for one more rule before the one that lets them in")
    return tuple(AddEntry(*_place(at), str(acl), int(number), False, str(source), port, port, "deny")
                 for acl, number, source in entries)  # fmt: skip


def _endpoint(at: Situation) -> Made:
    from sshwizard.effects.aws import OpenEndpoint

    data = at.found.data
    if not all(data.get(key) for key in ("vpc", "subnet", "group", "mark")):
        return Refusal("the subnet or the security group of the instance is not known")
    return (OpenEndpoint(*_place(at), str(data["vpc"]), str(data["subnet"]), str(data["group"]), 22,
                         f"sshwizard-{data['mark']}", note()),)  # fmt: skip


FIXES = (
    Fix("narrow-security-group-rule", _narrow, asks="Ranges beside your own address, parted by commas; empty for none",
        proof=_still_there, account=True),
    Fix("describe-security-group-rules", _describe, asks="What they are for, whose, since when", account=True),
    Fix("create-status-alarm", _alarm, asks="The ARN of an SNS topic", account=True),
    Fix("create-login-alarm", _logins_alarm, asks="The ARN of an SNS topic", account=True),
    Fix("ship-auth-log", _ship, account=True, later=True),
    Fix("update-ssm-agents", _agents, account=True),
    Fix("deny-in-network-acl", _deny, account=True),
    Fix("open-emergency-endpoint", _endpoint, account=True),
)  # fmt: skip
