"""The way to a VM, judged from Google's own answers: external address, firewall, routes, and where sshd listens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.parts import TUNNEL
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.gcp import AllowInFirewall
from sshwizard.fixes import FIXES, LINES, Refusal, Situation
from sshwizard.model import Fact, Target
from sshwizard.probes.gcp.path import Asked, Seen, judge
from sshwizard.probes.gcp.source import Source
from sshwizard.probes.scene import Leg

ME, NEIGHBOUR = "86.14.201.7", "86.14.201.8"
NETWORK = "https://www.googleapis.com/compute/v1/projects/shop-1/global/networks/default"
AT = Place("web-1", "europe-west1-b", "shop-1", nic="nic0")
NIC: dict[str, Any] = {"name": "nic0", "network": NETWORK, "networkIP": "10.132.0.2"}
PUBLIC = {**NIC, "accessConfigs": [{"natIP": "34.89.17.20"}]}
DENIED = Unseen("compute.instances.getEffectiveFirewalls", "denied", "you may not", "the permission")
GATE = f"{NETWORK.rpartition('/networks')[0]}/gateways/default-internet-gateway"
DEFAULT = {"name": "default-route-1", "network": NETWORK, "destRange": "0.0.0.0/0", "priority": 1000,
           "nextHopGateway": GATE}  # fmt: skip
SUBNET = {"name": "subnet", "network": NETWORK, "destRange": "10.132.0.0/20", "priority": 0, "nextHopNetwork": NETWORK}


def row(*nics: dict[str, Any], tags: tuple[str, ...] = ("web",)) -> dict[str, Any]:
    return {"id": "1", "name": "web-1", "tags": {"items": list(tags)}, "networkInterfaces": list(nics or (PUBLIC,)),
            "serviceAccounts": [{"email": "robot@shop-1.iam.gserviceaccount.com"}]}  # fmt: skip


def rule(name: str, port: str = "22", source: str = "0.0.0.0/0", priority: int = 1000, **more: Any) -> dict[str, Any]:
    action = "denied" if more.pop("deny", False) else "allowed"
    return {"name": name, "network": NETWORK, "priority": priority, "direction": "INGRESS", "sourceRanges": [source],
            action: [{"IPProtocol": "tcp", "ports": [port]}], **more}  # fmt: skip


def seen(*rules: dict[str, Any], policies: tuple[dict[str, Any], ...] = (), **more: Any) -> Seen:
    firewall = {"firewalls": list(rules), **({"firewallPolicys": list(policies)} if policies else {})}
    usual = Seen(firewall, {}, {}, {"items": [DEFAULT, SUBNET]}, {"permissions": [TUNNEL]}, {}, {})
    return replace(usual, **more)


def ask(told: Seen, *sources: str, vm: dict[str, Any] | None = None, port: int = 22, **more: Any) -> Fact[Any]:
    source = Source(sources or (ME,), "34.89.17.20", **more)
    return judge(Asked(vm or row(), AT, source, port), told)


def found(fact: Fact[Any], code: str) -> Situation:
    return Situation(Target("web", ("web",)), Leg("web"), {}, fact, code=code)


IN = rule("allow-ssh")
POLICY = {"name": "1111", "shortName": "org", "type": "HIERARCHY",
          "rules": [{"priority": 10, "direction": "INGRESS", "action": "deny",
                     "match": {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "tcp"}]}}]}  # fmt: skip
GEO = {"name": "2222", "shortName": "geo", "type": "HIERARCHY",
       "rules": [{"priority": 10, "direction": "INGRESS", "action": "deny",
                  "match": {"srcRegionCodes": ["GB"], "layer4Configs": [{"ipProtocol": "tcp"}]}}]}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        pytest.param(seen(IN), "open", id="let in"),
        pytest.param(seen(rule("low", "20-25")), "open", id="a range of ports"),
        pytest.param(seen(), "no-rule", id="no rule"),
        pytest.param(seen(rule("office", source="198.51.100.0/24")), "no-rule", id="the office only"),
        pytest.param(seen(rule("tagged", targetTags=["ssh-in"])), "no-rule", id="another tag"),
        pytest.param(seen(rule("off", disabled=True)), "no-rule", id="disabled"),
        pytest.param(seen(IN, rule("no", priority=1000, deny=True)), "firewall-denies", id="deny wins a tie"),
        pytest.param(seen(IN, policies=(POLICY,)), "policy-denies", id="a policy"),
        pytest.param(seen(IN, policies=(GEO,)), "uncertain", id="a country"),
        pytest.param(seen(IN, routes={"items": [SUBNET]}), "no-default-route", id="no default route"),
        pytest.param(
            seen(IN, routes={"items": [DEFAULT, {"name": "to-vpn", "network": NETWORK, "destRange": "86.14.0.0/16",
                                                 "priority": 9, "nextHopVpnTunnel": "regions/r/vpnTunnels/t1"}]}),
            "other-route", id="a tunnel takes the replies",
        ),
        pytest.param(seen(IN, routes=DENIED), "unknown", id="routes not seen"),
        pytest.param(seen(firewall=DENIED, rules=DENIED), "unknown", id="nothing seen"),
        pytest.param(seen(firewall=DENIED, rules={"items": []}), "likely-denied", id="policies not seen, no rule"),
        pytest.param(seen(firewall=DENIED, rules={"items": [IN]}), "unknown", id="policies not seen, a rule"),
        pytest.param(seen(serial={"contents": "sshd[9]: Server listening on :: port 2222."}), "other-port", id="port"),
    ],
)  # fmt: skip
def test_the_way_is_judged(told: Seen, outcome: str) -> None:
    fact = ask(told)
    assert fact.outcome == outcome, fact.says
    if fact.known:
        assert fact.data["sources"] == [ME]


def test_what_could_not_be_seen_is_named_with_its_permission() -> None:
    fact = ask(seen(firewall=DENIED, rules={"items": []}))
    assert fact.data["unseen"][0]["call"] == "compute.instances.getEffectiveFirewalls"
    assert "organization policies" in fact.says


def test_a_network_that_leaves_by_several_addresses_is_told() -> None:
    told = seen(rule("me", source=f"{ME}/32"))
    assert ask(told, ME, NEIGHBOUR).outcome == "some-exits"
    assert ask(told, ME).outcome == "open"


def test_without_our_own_address_only_what_stops_everybody_counts() -> None:
    for told, outcome in ((seen(), "no-rule"), (seen(IN), "open"), (seen(rule("me", source=f"{ME}/32")), "unknown")):
        asked = Asked(row(), AT, Source((), "34.89.17.20", why="it was not told"), 22)
        assert judge(asked, told).outcome == outcome


@pytest.mark.parametrize(
    ("told", "vm", "outcome"),
    [
        (seen(IN), row(), "private-from-outside"),
        (seen(IN), row(NIC), "no-external-ip"),
        (seen(IN, external={"listPolicy": {"allValues": "DENY"}}), row(NIC), "external-forbidden"),
        (seen(), row(NIC), "iap-closed"),
        (seen(IN, tunnel={}), row(NIC), "iap-forbidden"),
        (seen(firewall=DENIED, rules=DENIED), row(NIC), "no-external-ip"),
    ],
)
def test_an_internal_address_from_outside(told: Seen, vm: dict[str, Any], outcome: str) -> None:
    assert ask(told, "192.168.1.9", vm=vm, outside=True).outcome == outcome


def test_from_inside_no_route_of_the_internet_matters() -> None:
    assert ask(seen(IN, routes={"items": []}), "10.132.0.9", inside=True).outcome == "open"


def test_behind_a_hop_its_tags_count() -> None:
    told = seen({"name": "from-jump", "network": NETWORK, "priority": 1000, "direction": "INGRESS",
                 "sourceTags": ["jump"], "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]})  # fmt: skip
    assert ask(told, "10.132.0.9", inside=True, tags=("jump",)).outcome == "open"
    assert ask(told, "10.132.0.9", inside=True, tags=("web",)).outcome == "no-rule"


# ------------------------------------------------------------------ what is done about it

ALLOW, BY_IAP = "allow-my-ip-in-gcp-firewall", "allow-iap-in-gcp-firewall"


def made(fix: str, fact: Fact[Any], code: str) -> AllowInFirewall:
    plan = FIXES[fix].plan(found(fact, code))
    assert not isinstance(plan, Refusal), plan.why
    (one,) = plan
    assert isinstance(one, AllowInFirewall)
    return one


def test_the_rule_is_for_exactly_my_address_and_wins() -> None:
    body = made(ALLOW, ask(seen(rule("later", priority=900, deny=True))), "gcp.firewall-blocks").body
    assert body["sourceRanges"] == [f"{ME}/32"]
    assert body["allowed"] == [{"IPProtocol": "tcp", "ports": ["22"]}]
    assert body["targetTags"] == ["web"]
    assert body["priority"] < 900
    assert body["name"].startswith("sshwizard-")
    assert len(body["name"]) < 64
    assert "sshwizard" in body["description"]


def test_a_vm_without_a_tag_is_named_by_its_account() -> None:
    one = made(ALLOW, ask(seen(), vm=row(tags=())), "gcp.firewall-blocks")
    assert one.body["targetServiceAccounts"] == ["robot@shop-1.iam.gserviceaccount.com"]


def test_no_rule_is_offered_against_a_policy() -> None:
    plan = FIXES[ALLOW].plan(found(ask(seen(IN, policies=(POLICY,))), "gcp.firewall-denies"))
    assert isinstance(plan, Refusal)
    assert "policy:" in plan.why


def test_iap_gets_its_own_range() -> None:
    fact = ask(seen(), "192.168.1.9", vm=row(NIC), outside=True)
    assert made(BY_IAP, fact, "gcp.iap-range-blocked").body["sourceRanges"] == ["35.235.240.0/20"]


@pytest.mark.parametrize("address", ["10.0.0.1", "", "0.0.0.0/0", "x"])
def test_an_address_that_is_none_opens_nothing(address: str) -> None:
    fact = ask(seen())
    fact = replace(fact, data={**fact.data, "sources": [address]})
    assert isinstance(FIXES[ALLOW].plan(found(fact, "gcp.firewall-blocks")), Refusal)


def test_the_rule_is_there_as_terraform() -> None:
    text = "\n".join(LINES["print-terraform"](found(ask(seen()), "gcp.firewall-blocks")))
    assert 'resource "google_compute_firewall"' in text
    assert f'["{ME}/32"]' in text
