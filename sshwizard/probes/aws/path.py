"""May a packet from here get to the instance, and the answer back? What the account's rules say, judged whole."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes.aws import rules
from sshwizard.probes.aws.asked import inquiry
from sshwizard.probes.aws.looks import Path, Public
from sshwizard.probes.aws.source import Source, asked_about
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws import Path as Way
from sshwizard.reach.aws import Query, Reason, World, evaluate

ORDER: tuple[Path, ...] = (
    "not-running", "private-from-outside", "no-public-address", "no-gateway", "public-access-blocked", "acl-inbound",
    "sg-closed", "sg-other-source", "sg-other-port", "no-route", "transit", "acl-outbound",
)  # fmt: skip
"""As a packet meets them: the first that blocks is the finding, the others follow."""

_KINDS: Mapping[str, Path] = {
    "instance": "not-running",
    "address": "no-public-address",
    "igw": "no-gateway",
    "bpa": "public-access-blocked",
    "edge": "transit",
    "peering": "transit",
}
_CODES: Mapping[str, Path] = {
    "nacl.ingress_denied": "acl-inbound",
    "nacl.source_subnet_egress_denied": "acl-inbound",
    "nacl.egress_ephemeral_denied": "acl-outbound",
    "nacl.source_subnet_return_denied": "acl-outbound",
    "route.no_route_to_source": "no-route",
    "route.via_nat": "no-route",
    "route.egress_only": "no-route",
    "route.foreign_igw": "no-route",
    "route.private_source_via_igw": "private-from-outside",
}
SSH_LIKE = (22, 2022, 2222)
"""Ports that somebody opens for SSH; a rule that lets everybody in to another one says nothing about SSH."""

NOBODY = "203.0.113.1"
"""Of a network for documentation (RFC 5737): stands for a source that is not known."""


def outcome(reason: Reason, port: int) -> Path:
    """What a reason means for the person."""
    if reason.code == "sg.no_rule_for_source":
        kinds = {miss.kind for miss in reason.near}
        if kinds & {"other_cidr", "prefix_list_miss"}:
            return "sg-other-source"
        mine = (miss.rule for miss in reason.near if miss.kind == "other_port" and miss.rule.protocol != "1")
        meant = any(rule.low in {*SSH_LIKE, port} or _narrow(rule.source) for rule in mine)
        return "sg-other-port" if meant else "sg-closed"
    return _CODES.get(reason.code) or _KINDS.get(reason.code.partition(".")[0], "transit")


def _narrow(source: str) -> bool:
    """True for a range that somebody chose, and not the whole internet."""
    try:
        return ipaddress.ip_network(source, strict=False).prefixlen > 0
    except ValueError:
        return True


def judge(rows: Mapping[str, Any], instance: str, source: Source, port: int, unseen: Sequence[Unseen] = (),
          about: Mapping[str, Any] | None = None) -> Fact[Path]:  # fmt: skip
    """The verdict about every address from which we may come. Pure."""
    return judged(World(rows), instance, source, port, unseen, about)


def judged(world: World, instance: str, source: Source, port: int, unseen: Sequence[Unseen] = (),
           about: Mapping[str, Any] | None = None) -> Fact[Path]:  # fmt: skip
    """The same where one world answers for many instances."""
    rows = world.answers
    if not source.addresses:
        return _for_all(world, instance, source, port, unseen, about or {})
    ways = {
        address: _way(world, Query(instance, address, port, source.client, source.kind), source.dialled)
        for address in source.addresses
    }
    blocked = {address: way for address, way in ways.items() if way.blockers}
    address, way = next(iter((blocked or ways).items()))
    if blocked and len(blocked) == len(ways):
        return _blocked(world, way, address, port, unseen, about or {})
    if blocked:
        said = _blocked(world, way, address, port, unseen, about or {})
        says = f"this network leaves by several addresses, and {address} is not let in: {said.says}"
        return Fact("some-exits", says, said.lines, said.command, said.data)
    data = {**(about or {}), "source": address, "port": port, "endpoint": way.endpoint or "", **missing(tuple(unseen))}
    if way.unknown:
        why = f"AWS's answers leave open whether {address} gets through: {_doubts(way)}"
        return blind(*unseen, says=why) if unseen else Fact("unknown", why, data=data, why=why)
    if way.partial:
        first = way.partial[0]
        share = float(first.detail.get("fraction", 0))
        says = f"the network ACL lets only {share:.0%} of the ports for replies to {address} out"
        return Fact("partial", says, rules.lines(rows, first), rules.command(first, str(data.get("region", ""))), data)
    shown = (rules.rule(rows, way.admitted_by),) if way.admitted_by else ()
    return Fact("open", f"the account's rules let {address} in to port {port}, and the replies out", shown, data=data)


def _way(world: World, query: Query, dialled: Sequence[str]) -> Way:
    """The path to the address that ssh dials, where the instance has it; else the best one."""
    answer = evaluate(world, query)
    return next((way for way in answer.paths if way.endpoint in dialled), answer.best)


def _for_all(world: World, instance: str, source: Source, port: int, unseen: Sequence[Unseen],
             about: Mapping[str, Any]) -> Fact[Path]:  # fmt: skip
    """Our own address is not known: only what would stop every source counts."""
    way = _way(world, Query(instance, NOBODY, port, "nat", "internet"), source.dialled)
    every = tuple(one for one in way.blockers if outcome(one, port) in ORDER[:4] or _closed_to_all(one, port))
    if every:
        return _blocked(world, Way(way.endpoint, way.interface, way.address, every), "", port, unseen, about)
    why = f"it is not known from which address we come: {source.why}"
    data = {**about, "port": port, **missing(tuple(unseen))}
    return Fact("unknown", why, data=data, why=why)


def _closed_to_all(reason: Reason, port: int) -> bool:
    return outcome(reason, port) == "sg-closed" and not any(miss.kind != "sg_reference" for miss in reason.near)


def _blocked(world: World, way: Way, address: str, port: int, unseen: Sequence[Unseen],
             about: Mapping[str, Any]) -> Fact[Path]:  # fmt: skip
    rows = world.answers
    found = sorted(way.blockers, key=lambda one: ORDER.index(outcome(one, port)))
    first = found[0]
    name = outcome(first, port)
    others = list(dict.fromkeys(other for one in found if (other := outcome(one, port)) != name))
    id_ = next(iter(first.resources), "")
    data: dict[str, Any] = {
        **about, "source": address, "port": port, "endpoint": way.endpoint or "", "also": others,
        "blockers": [{"code": one.code, "ids": list(one.resources)} for one in found],
        "near": [rules.rule(rows, miss.rule) for miss in first.near][:5], "rule": first.detail.get("rule"),
        **_named(world, found, str(about.get("instance", ""))), **missing(tuple(unseen)),
    }  # fmt: skip
    says = f"{_SAYS[name].format(id=id_, port=port, source=address or 'anybody')}"
    also = f"; also: {', '.join(_SHORT[one] for one in others)}" if others else ""
    command = rules.command(first, str(data.get("region", "")))
    return Fact(name, says + also, rules.lines(rows, first), command, data)


def _named(world: World, found: Sequence[Reason], instance: str) -> dict[str, str]:
    """The group, ACL, table, subnet and VPC that are in question, for fixes and sentences."""
    rows = world.answers
    ids = {one.code.partition(".")[0]: one.resources[0] for one in reversed(found) if one.resources}
    group = ids.get("sg", "")
    name = rules.named(rows, "SecurityGroups", "GroupId", group).partition(" ")[2] if group else ""
    here: Mapping[str, Any] = world.instances.get(instance) or next(iter(rows.get("Instances", ())), {})
    return {
        "group": group,
        "group_name": name,
        "called": f"{name} ({group})" if name else group,
        "acl": ids.get("nacl", ""),
        "table": ids.get("route", ""),
        "subnet": str(here.get("SubnetId", "")),
        "vpc": str(here.get("VpcId", "")),
    }


def _doubts(way: Way) -> str:
    return clean.line(
        ", ".join(dict.fromkeys(one.code.replace(".", ": ").replace("_", " ") for one in way.unknown)), 200
    )


_SAYS: Mapping[Path, str] = {
    "not-running": "{id} does not run",
    "no-public-address": "the instance has no public address ({id})",
    "private-from-outside": "its private address is reached from inside its network only, not from {source}",
    "no-gateway": "{id} has no internet gateway attached",
    "public-access-blocked": "VPC Block Public Access closes {id} to the internet",
    "acl-inbound": "the network ACL {id} denies port {port} from {source}",
    "sg-closed": "no rule of the security group {id} covers port {port}",
    "sg-other-source": "the security group {id} covers port {port} for other addresses, not for {source}",
    "sg-other-port": "the security group {id} lets {source} in to other ports, not to {port}",
    "no-route": "the route table {id} has no way back to {source} through an internet gateway",
    "transit": "a route inside AWS leads nowhere ({id})",
    "acl-outbound": "the network ACL {id} denies the replies to {source}",
}
_SHORT: Mapping[Path, str] = {
    "not-running": "it does not run", "private-from-outside": "a private address, from outside",
    "no-public-address": "no public address", "no-gateway": "no internet gateway",
    "public-access-blocked": "public access is blocked", "acl-inbound": "the network ACL denies the way in",
    "sg-closed": "no security group rule", "sg-other-source": "the security group names other addresses",
    "sg-other-port": "the security group names another port", "no-route": "no route back",
    "transit": "a route leads nowhere", "acl-outbound": "the network ACL denies the replies",
}  # fmt: skip


async def look(scene: Scene) -> Fact[Path]:
    told = await asked_about(scene)
    if isinstance(told, Fact):
        return told
    asked, who, source = told
    world = await asked.world()
    about = {"instance": who.id, "region": who.region, "profile": who.profile}
    rows = {**world.rows, "NetworkInterfaces": list(source.neighbours)}
    if "Instances" not in rows:
        return blind(*world.unseen)
    return judge(rows, who.id, source, scene.leg.port, world.unseen, about)


async def look_public(scene: Scene) -> Fact[Public]:
    who = await (await inquiry(scene)).identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no instance of this account")
    found = str(who.instance.get("PublicIpAddress", ""))
    data = {"instance": who.id, "public": found}
    if found:
        return Fact("has-one", f"its public address is {found}", data=data)
    return Fact("has-none", f"{who.id} has no public address", data=data)
