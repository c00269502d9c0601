"""May a packet from here get to the VM, and the answer back? External address, firewall and routes, judged whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sshwizard import clean
from sshwizard.cloud.gcp.identify import external, internal
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.parts import TUNNEL, Row, network_of
from sshwizard.cloud.unseen import Answer as Told
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact, unknown
from sshwizard.probes.blind import blind, missing
from sshwizard.probes.console import listening
from sshwizard.probes.gcp.asked import inquiry, of
from sshwizard.probes.gcp.console import text_of
from sshwizard.probes.gcp.looks import Path
from sshwizard.probes.gcp.source import Source, accounts, source_of, tags
from sshwizard.probes.scene import Scene
from sshwizard.reach.gcp import Answer, Enforcement, Request, evaluate, evaluate_rules
from sshwizard.reach.gcp.routes import way_out
from sshwizard.reach.gcp.words import near_words, why

ANYBODY, ANYBODY_6 = "0.0.0.0/0", "::/0"
SOMEBODY = {ANYBODY: "203.0.113.1", ANYBODY_6: "2001:db8::1"}
"""Of networks for documentation (RFC 5737, RFC 3849): stand for a source that is not known, where routes are asked."""
KINDS: Mapping[str, Path] = {"implied": "no-rule", "vpc": "firewall-denies"}
"""What a deciding rule means, by where it stands; any other is one of a policy."""


@dataclass(frozen=True)
class Seen:
    """What Google told about the way to one VM."""

    firewall: Told
    """instances.getEffectiveFirewalls."""
    rules: Told
    """firewalls.list, for who may not ask that."""
    network: Told
    routes: Told
    tunnel: Told
    """iap testIamPermissions."""
    external: Told
    """The effective policy about external addresses."""
    serial: Told

    @property
    def unseen(self) -> tuple[Unseen, ...]:
        wanted = (self.firewall, self.network, self.routes)
        return tuple(one for one in wanted if isinstance(one, Unseen))


@dataclass(frozen=True)
class Asked:
    """The question: which VM, from where, to which port."""

    row: Row
    place: Place
    source: Source
    port: int

    @property
    def about(self) -> dict[str, Any]:
        """What fixes and sentences need of it."""
        return {
            "vm": self.place.name, "zone": self.place.zone, "project": self.place.project, "port": self.port,
            "network": network_of(self.row, self.place.nic), "tags": list(tags(self.row)),
            "accounts": list(accounts(self.row)), "sources": list(self.source.addresses),
            "public": external(self.row), "internal": internal(self.row),
        }  # fmt: skip

    def request(self, src: str, seen: Seen, port: int = 0) -> Request:
        """The question to the evaluation of the firewall."""
        order: Enforcement | None = None
        if not isinstance(seen.network, Unseen):
            late = seen.network.get("networkFirewallPolicyEnforcementOrder") == "BEFORE_CLASSIC_FIREWALL"
            order = "BEFORE_CLASSIC_FIREWALL" if late else "AFTER_CLASSIC_FIREWALL"
        dst = self.source.target if ":" in self.source.target else internal(self.row)
        return Request(
            src, port or self.port, "tcp", tags(self.row), accounts(self.row), network_of(self.row, self.place.nic),
            dst, self.source.tags, self.source.accounts, enforcement=order,
        )  # fmt: skip


def judge(asked: Asked, seen: Seen) -> Fact[Path]:
    """The verdict about every address from which we may come. Pure."""
    if isinstance(seen.firewall, Unseen) and isinstance(seen.rules, Unseen):
        return _unaddressed(asked, seen, None) if asked.source.outside else blind(seen.firewall, seen.rules)
    if asked.source.outside:
        return _unaddressed(asked, seen, admits(asked.request(ANYBODY, seen).by_iap(), seen))
    wants = asked.source.addresses or (ANYBODY_6 if ":" in asked.source.target else ANYBODY,)
    answers = {one: admits(asked.request(one, seen), seen) for one in wants}
    denied = {one: answer for one, answer in answers.items() if answer.action == "deny"}
    source, answer = next(iter((denied or answers).items()))
    if denied and len(denied) == len(answers):
        return _denied(asked, seen, answer, source)
    if denied:
        found = _denied(asked, seen, answer, source)
        return replace(found, outcome="some-exits", says=f"this network leaves by several addresses: {found.says}")
    if any(one.action != "allow" for one in answers.values()):
        return _doubtful(asked, seen, answer)
    return _let_in(asked, seen, answer, source)


def admits(request: Request, seen: Seen) -> Answer:
    """What the firewall says, as far as it was seen."""
    if not isinstance(seen.firewall, Unseen):
        return evaluate(seen.firewall, request)
    return evaluate_rules({} if isinstance(seen.rules, Unseen) else seen.rules, request)


def _fact(outcome: Path, says: str, asked: Asked, seen: Seen, answer: Answer | None = None, **data: Any) -> Fact[Path]:
    told = {**asked.about, **data, **missing(seen.unseen)}
    lines: tuple[str, ...] = ()
    if answer:
        room = answer.room
        lines = tuple(clean.line(near_words(one)) for one in answer.near[:4])
        told |= {"by": answer.by, "explained": clean.line(why(answer), 300), "nearly": list(lines)}
        told |= {"priority": room.priority if room else None, "held_by": room.held_by if room else ""}
    name = asked.place.nic or "nic0"
    command = of(
        asked.place, "instances", "network-interfaces", "get-effective-firewalls", f"--network-interface={name}"
    )
    return Fact(outcome, clean.line(says, 300), lines, command, told)


def _denied(asked: Asked, seen: Seen, answer: Answer, source: str) -> Fact[Path]:
    """No rule lets us in, or one keeps us out; where sshd listens elsewhere, that port is the question."""
    port = _other_port(asked, seen)
    if port:
        other = admits(asked.request(source, seen, port), seen).action
        says = f"sshd of the VM listens on port {port}, and ssh dials {asked.port}"
        also = "" if other == "allow" else f"; the firewall does not let you in to port {port} either"
        return _fact("other-port", says + also, asked, seen, answer, port_found=port, configured=asked.port)
    decided = next(part.decided for part in answer.parts if part.decided.by == answer.by)
    outcome: Path = KINDS.get(decided.kind, "policy-denies")
    if answer.unseen:
        outcome = "likely-denied"
    rule = decided.rule
    name, policy = (rule.name, rule.policy) if rule else ("", "")
    shown = "" if source in SOMEBODY else source
    return _fact(outcome, why(answer), asked, seen, answer, source=shown, rule=name, policy=policy)


def _other_port(asked: Asked, seen: Seen) -> int:
    """Where sshd listens by its own word, when that is not where ssh dials."""
    found = () if isinstance(seen.serial, Unseen) else listening(text_of(seen.serial))
    return found[0] if found and asked.port not in found else 0


def _doubtful(asked: Asked, seen: Seen, answer: Answer) -> Fact[Path]:
    if not asked.source.addresses:
        return unknown(f"it is not known from which address we come: {asked.source.why}")
    return _fact("uncertain", why(answer), asked, seen, answer, source=asked.source.addresses[0])


def _let_in(asked: Asked, seen: Seen, answer: Answer, source: str) -> Fact[Path]:
    """The firewall lets us in. Do the replies find the way back?"""
    if answer.unseen:
        says = f"the VPC rules let {source} in; organization policies were not seen"
        return blind(*seen.unseen, says=says)
    if asked.source.inside:
        return _fact("open", why(answer), asked, seen, answer, source=source)
    if isinstance(seen.routes, Unseen):
        return blind(seen.routes, says=f"the firewall lets {source} in; whether the replies leave was not seen")
    way = way_out(seen.routes, asked.request(SOMEBODY.get(source, source), seen))
    if way.verdict == "none":
        return _fact("no-default-route", way.why, asked, seen, source=source, explained=clean.line(way.why, 300))
    if way.verdict == "elsewhere":
        route = next((one for _, taken in way.parts for one in taken), None)
        name, hop = (route.name, route.hop) if route else ("", "")
        return _fact("other-route", way.why, asked, seen, source=source, route=name, hop=hop)
    if way.verdict != "internet":
        return unknown(way.why or "the routes leave open where the replies go")
    return _fact("open", f"{why(answer)} {way.why}", asked, seen, answer, source=source)


def _unaddressed(asked: Asked, seen: Seen, by_iap: Answer | None) -> Fact[Path]:
    """From outside its network, to an internal address: is there an external one, and would the tunnel do?"""
    public = external(asked.row)
    name, inner = asked.place.name, asked.source.target or internal(asked.row)
    if public:
        says = (
            f"{inner} is the internal address of {name}, and you are outside its network; its external one is {public}"
        )
        return _fact("private-from-outside", says, asked, seen)
    says = f"{name} has no external address"
    if by_iap and by_iap.action == "deny" and by_iap.proved:
        return _fact("iap-closed", f"{says}, and the way through IAP is closed: {why(by_iap)}", asked, seen, by_iap)
    granted = () if isinstance(seen.tunnel, Unseen) else seen.tunnel.get("permissions") or ()
    if not isinstance(seen.tunnel, Unseen) and TUNNEL not in granted:
        return _fact("iap-forbidden", f"{says}, and you lack {TUNNEL} for the way through IAP", asked, seen)
    if _forbids(seen.external):
        return _fact("external-forbidden", f"{says}, and an organization policy allows it none", asked, seen)
    return _fact("no-external-ip", f"{says}, and no way leads from here to {inner}", asked, seen, by_iap)


def _forbids(policy: Told) -> bool:
    """True when constraints/compute.vmExternalIpAccess lets no VM have one (Resource Manager, list constraints)."""
    rule = {} if isinstance(policy, Unseen) else policy.get("listPolicy") or {}
    return rule.get("allValues") == "DENY" if isinstance(rule, Mapping) else False


async def seen_of(asked: Inquiry, row: Row, *, outside: bool) -> Seen:
    """Everything that the way needs, at once; the last resorts only where they matter."""
    names = (
        "firewall",
        "network",
        "routes",
        "serial",
        *(("may-tunnel", "policy-vmExternalIpAccess") if outside else ()),
    )
    told = dict(zip(names, await asyncio.gather(*(asked.part(one) for one in names)), strict=True))
    rules: Told = {}
    if isinstance(told["firewall"], Unseen):
        rules = await asked.part("firewalls")
    return Seen(told["firewall"], rules, told["network"], told["routes"], told.get("may-tunnel", {}),
                told.get("policy-vmExternalIpAccess", {}), told["serial"])  # fmt: skip


async def look(scene: Scene) -> Fact[Path]:
    asked = await inquiry(scene)
    who = await asked.identity()
    if not who.instance:
        return blind(*who.unseen) if who.unseen else unknown("it is no VM of this project")
    source = await source_of(scene, asked, who)
    place = replace(who.place, nic=who.place.nic or "nic0")
    seen = await seen_of(asked, who.instance, outside=source.outside)
    return judge(Asked(who.instance, place, source, scene.leg.port), seen)
