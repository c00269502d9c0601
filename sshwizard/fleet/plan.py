"""What the account alone says about many instances, before anything is connected to. Pure, over saved rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sshwizard import clean, vocabulary
from sshwizard.advice import Machine
from sshwizard.advice.aws.account import Account
from sshwizard.advice.gcp.firewalls import admits
from sshwizard.advice.gcp.project import Project
from sshwizard.cloud.aws.identify import Row as Instance
from sshwizard.cloud.aws.identify import state
from sshwizard.fixes import FIXES, Refusal, Situation
from sshwizard.fleet.rows import Row
from sshwizard.model import Cause, Fact, Target
from sshwizard.probes.aws import path
from sshwizard.probes.aws.source import Source
from sshwizard.probes.gcp import path as of_google
from sshwizard.probes.scene import Leg
from sshwizard.tree import TREE

_OPEN = frozenset({"open"})
_PRIVATE = "aws.no-public-ip"


def planned(account: Account, machines: Iterable[Machine], port: int = 22) -> Iterator[Row]:
    """Each instance: let in (outcome healthy), stopped on the way (failed, with the change that mends it), or unknown.

    One behind another machine of the account counts as let in where both stretches are open.
    """
    return Plan(account, port).rows(list(machines))


class Plan:
    """Judges each stretch once: instances with the same groups, network and kind of address are alike."""

    def __init__(self, account: Account, port: int) -> None:
        self._account, self._port = account, port
        self._seen: dict[Any, Fact[Any]] = {}
        self._mine = Source(account.sources, why="" if account.sources else "it could not be asked")
        self._changes: dict[Any, tuple[str, tuple[str, ...]]] = {}

    def rows(self, machines: Sequence[Machine]) -> Iterator[Row]:
        """In their order."""
        by_name = {one.name: one for one in machines}
        for one in machines:
            gate = by_name.get(one.through) if not one.address else None
            if gate is None:
                yield self._row(one, self._judged(one, self._mine))
                continue
            first = self._judged(gate, self._mine)
            if first.outcome not in _OPEN:
                yield replace(self._row(one, first), jump=gate.name)
            else:
                inner = Source((gate.private,), "private", "linux")
                yield self._row(one, self._judged(one, inner))

    def _judged(self, one: Machine, source: Source) -> Fact[Any]:
        instance = self._account.world.instances.get(one.id, {})
        key = (self._alike(instance), source)
        if key not in self._seen:
            about = {"instance": one.id, "region": self._account.region, "profile": self._account.profile}
            unseen = [self._account.unseen[name] for name in _WORLD if name in self._account.unseen]
            self._seen[key] = path.judged(self._account.world, one.id, source, self._port, unseen, about)
        return self._seen[key]

    def _alike(self, instance: Instance) -> Any:
        """What decides about an instance: two for which this is the same are let in alike. An instance with several
        interfaces, or in a subnet whose own blocks hold the source, stands for itself."""
        found = self._account.world.interfaces(instance)
        first = found[0]
        if len(found) > 1 or len(first.addresses) != 1:
            return str(instance.get("InstanceId", ""))
        public = bool(first.addresses[0][1])
        return (state(instance), first.vpc, first.subnet, first.groups, public, bool(first.ipv6))

    def _row(self, one: Machine, fact: Fact[Any]) -> Row:
        if fact.outcome in _OPEN:
            return Row(one.name, "healthy")
        lead = TREE["cloud-path"].leads.get(fact.outcome)
        if fact.outcome == "private-from-outside":
            code = _PRIVATE
        elif isinstance(lead, Cause):
            code = lead.code
        else:
            return Row(one.name, "inconclusive", why=clean.line(fact.says, 200))
        fix, mends = self._change(code, fact)
        sure = lead.confidence if isinstance(lead, Cause) else "certain"
        title = vocabulary.causes()[code].title
        return Row(one.name, "failed", code, title, sure, fix, mends)

    def _change(self, code: str, fact: Fact[Any]) -> tuple[str, tuple[str, ...]]:
        """The first repair that can be planned from this fact alone."""
        key = (code, fact.outcome, *(fact.data.get(name) for name in ("group", "acl", "source", "table")))
        if key not in self._changes:
            self._changes[key] = _first(code, fact)
        return self._changes[key]


_WORLD = ("groups", "acls", "routes", "subnets", "vpcs", "gateways", "bpa")


def _first(code: str, fact: Fact[Any]) -> tuple[str, tuple[str, ...]]:
    at = Situation(Target("", ("",)), Leg(""), {"cloud-path": fact}, fact, code=code)
    for id_ in vocabulary.causes()[code].actions:
        fix, action = FIXES.get(id_), vocabulary.actions().get(id_)
        if fix is None or action is None or action.group != "repair" or fix.needs or fix.asks:
            continue
        try:
            made = fix.plan(at)
        except (KeyError, ValueError):
            continue
        if not isinstance(made, Refusal) and made:
            return id_, tuple(line for effect in made for line in effect.preview())
    return "", ()


def idle(names: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Row]:
    """The instances that do not run."""
    title = vocabulary.causes()["aws.instance-stopped"].title
    for name, row in names:
        yield Row(name, "failed", "aws.instance-stopped", title, "certain", why=f"it is {state(row)}")


def google(project: Project, machines: Iterable[Machine], sources: Sequence[str], port: int = 22) -> Iterator[Row]:
    """The same for the VMs of a project: what the firewall of each network says about our address."""
    rows = {str(row.get("id", "")): row for row in project.running}
    listed = list(machines)
    by_name = {one.name: one for one in listed}
    for one in listed:
        gate = by_name.get(one.through) if not one.address else None
        stops = _stretch(project, rows.get((gate or one).id, {}), sources, port, bool((gate or one).address))
        if gate and stops.works:
            inner = _stretch(project, rows.get(one.id, {}), (gate.private,), port, True)
            yield replace(inner, host=one.name)
        else:
            yield replace(stops, host=one.name, jump=gate.name if gate and not stops.works else "")


def _stretch(project: Project, row: Mapping[str, Any], sources: Sequence[str], port: int, public: bool) -> Row:
    """Whether the project lets any of these addresses in; the way back is not judged."""
    if not public:
        return _stopped("no-external-ip")
    if not sources:
        return Row("", "inconclusive", why="the address under which Google sees you is not known")
    answer = admits(project, row, sources[0], port)
    if answer.action == "allow" and not answer.unseen:
        return Row("", "healthy")
    if answer.action != "deny":
        return Row("", "inconclusive", why="whether a firewall rule matches depends on what was not seen")
    decided = next(part.decided for part in answer.parts if part.decided.by == answer.by)
    return _stopped("likely-denied" if answer.unseen else of_google.KINDS.get(decided.kind, "policy-denies"))


def _stopped(outcome: str) -> Row:
    lead = TREE["google-path"].leads[outcome]
    assert isinstance(lead, Cause)
    return Row("", "failed", lead.code, vocabulary.causes()[lead.code].title, lead.confidence)
