"""What the gates let through is what the wizard reads out of getEffectiveFirewalls: two evaluators, made apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from sshwizard.lab.addresses import Addresses
from sshwizard.lab.gcp.firewall import admits
from sshwizard.lab.gcp.instances import launch
from sshwizard.lab.gcp.state import CLIENT_ADDRESS, PROJECT, Instance, Lab, Network, Policy
from sshwizard.lab.gcp.vpc import complete, effective
from sshwizard.reach.gcp import Request, evaluate

ROBOT = f"robot@{PROJECT}.iam.gserviceaccount.com"
SOURCES = ["0.0.0.0/0", "192.88.99.0/24", "192.88.99.7", "192.88.99.8/32", "10.0.0.0/8", "192.0.0.0/3"]
PORTS: list[list[str] | None] = [None, ["22"], ["20-25"], ["80", "443"], ["23-65535"], ["1-21", "22"]]
PROTOCOLS = ["tcp", "6", "all", "udp", "icmp"]
POLICY_TYPES = ["HIERARCHY", "HIERARCHY", "NETWORK", "NETWORK_REGIONAL", "SYSTEM_GLOBAL"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    addresses = Addresses(78)
    yield Lab(addresses)
    addresses.close()


def some(dice: random.Random, key: str, *choices: object) -> dict[str, Any]:
    """The key with one of these, or without it."""
    chosen = dice.choice([None, None, *choices])
    return {} if chosen is None else {key: chosen}


def layers(dice: random.Random, protocol: str) -> list[dict[str, Any]]:
    rows = []
    for _ in range(dice.randint(1, 2)):
        kind, ports = dice.choice(PROTOCOLS), dice.choice(PORTS)
        rows.append({protocol: kind} | ({"ports": ports} if ports and kind in ("tcp", "6", "udp") else {}))
    return rows


def rule(dice: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {
        dice.choice(["allowed", "denied"]): layers(dice, "IPProtocol"),
        "priority": dice.choice([100, 1000, 1000, 65535]),
        "disabled": dice.random() < 0.15,
        "direction": "EGRESS" if dice.random() < 0.1 else "INGRESS",
    }
    made |= some(dice, "targetTags", ["web"], ["other"], ["other", "web"])
    made |= some(dice, "targetServiceAccounts", [ROBOT], ["nobody@x"]) if "targetTags" not in made else {}
    made |= some(dice, "sourceTags", ["office"])
    made |= some(dice, "sourceRanges", *(dice.sample(SOURCES, k) for k in (1, 1, 2)))
    if made["direction"] == "EGRESS":
        for key in ("sourceTags", "sourceRanges"):
            made.pop(key, None)
        made["destinationRanges"] = ["0.0.0.0/0"]
    return complete(made)


def policy(dice: random.Random, name: str) -> Policy:
    rules = []
    for priority in dice.sample(range(100), dice.randint(0, 4)):
        match: dict[str, Any] = {"layer4Configs": layers(dice, "ipProtocol"), "srcIpRanges": dice.sample(SOURCES, 2)}
        action = dice.choice(["allow", "deny", "goto_next", "goto_next"])
        row = {"priority": priority, "direction": "INGRESS", "action": action, "match": match}
        rules.append(row | some(dice, "disabled", True) | some(dice, "targetServiceAccounts", [ROBOT], ["nobody@x"]))
    return Policy(name, rules, dice.choice(POLICY_TYPES), dice.randint(1, 1000))


@pytest.mark.parametrize("seed", range(4))
def test_both_say_the_same_of_any_rules(lab: Lab, seed: int) -> None:
    dice, seen = random.Random(seed), set()
    for _ in range(150):
        network = Network(order=dice.choice(["AFTER_CLASSIC_FIREWALL", "BEFORE_CLASSIC_FIREWALL"]))
        network.firewalls = {f"rule-{place}": rule(dice) for place in range(dice.randint(0, 5))}
        network.policies = [policy(dice, f"policy-{place}") for place in range(dice.randint(0, 2))]
        # Two policies of one kind and number could come in either order.
        if len({(one.type, one.priority) for one in network.policies}) < len(network.policies):
            continue
        project = lab.projects[PROJECT]
        project.networks["default"] = network
        vm = launch(lab, Instance("web-1", tags=["web"], accounts=[ROBOT]))
        asked = Request(
            src=CLIENT_ADDRESS,
            port=22,
            tags=("web",),
            service_accounts=(ROBOT,),
            network=f"projects/{PROJECT}/global/networks/default",
            dst=vm.nics[0].ip,
            enforcement=network.order,  # type: ignore[arg-type]
        )
        shown = effective(project, network, vm)
        told = evaluate(shown, asked)
        expected = "allow" if admits(lab, vm, vm.nics[0], CLIENT_ADDRESS, 22) else "deny"
        assert told.action == expected, (shown, network.order, told.trace)
        seen.add(expected)
    assert seen == {"allow", "deny"}
