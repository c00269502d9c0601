"""What is one action in the vocabulary, and made in the one cloud or in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sshwizard.effects import Effect
from sshwizard.fixes import aws, gcp
from sshwizard.fixes.fix import Fix, Plan, Refusal, Situation
from sshwizard.fixes.gcp import network
from sshwizard.fixes.gcp.place import place
from sshwizard.probes import standing as both
from sshwizard.probes.aws.looks import standing


def _start(at: Situation) -> tuple[Effect, ...] | Refusal:
    """A VM of Google's has a zone."""
    return network.start(at) if at.found.data.get("zone") else aws.start(at)


def twins(fixes: Mapping[str, Fix]) -> tuple[Fix, ...]:
    """The actions that both clouds have: AWS's own fix, where there is one, and Google's plan beside it."""
    return tuple(_joined(id_, fixes.get(id_), plan, asks) for id_, (plan, asks) in gcp.TWINS.items())


def _joined(id_: str, amazon: Fix | None, google: Plan, asks: str) -> Fix:
    def planned(at: Situation) -> tuple[Effect, ...] | Refusal:
        if place(at) is not None:
            return google(at)
        if amazon is None:
            return Refusal("it is no VM of Google Cloud")
        seen = at.facts.get(both.standing.name)
        facts = {**at.facts, standing.name: seen} if seen and standing.name not in at.facts else at.facts
        return amazon.plan(replace(at, facts=facts))

    prepares = id_ in gcp.PREPARING
    if amazon is None:
        return Fix(id_, planned, both.standing, asks, asks, account=True, prepares=prepares, clouds=("gcp",))
    needs = both.standing if amazon.needs is standing else amazon.needs
    return replace(amazon, plan=planned, needs=needs, of_google=asks, account=True, prepares=prepares,
                   clouds=("aws", "gcp"))  # fmt: skip


FIXES = (Fix("start-instance", _start),)
