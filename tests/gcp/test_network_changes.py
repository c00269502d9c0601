"""Firewall rules and power, against the practice Google Cloud over HTTP; and worlds from ssh's failure to the cause."""

from __future__ import annotations

import pytest
from gce import VM, Shop, ask

from sshwizard.effects import Refused, from_json, to_json
from sshwizard.effects.gcp import AllowInFirewall, PowerVm, place
from sshwizard.lab.gcp import PROJECT, ZONE, Gcp

NETWORK = f"projects/{PROJECT}/global/networks/default"
RULE = AllowInFirewall(PROJECT, NETWORK, "sshwizard-ssh-web-1-0a1b2c3d", 22, "86.14.201.7/32", 1000, "web", "", "ssh")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, google: Gcp) -> None:
    monkeypatch.setattr(place, "PAUSE", 0.01)
    place._ACCESS.clear()


def test_a_rule_is_made_found_again_and_taken_back(google: Gcp) -> None:
    google.instance("web-1", tags=["web"])
    RULE.check()
    RULE.apply()
    row = RULE.standing()
    assert row is not None
    assert RULE.is_mine(row)
    with pytest.raises(Refused, match="already"):
        RULE.check()
    back = from_json(to_json(RULE.inverse()))
    back.apply()
    assert RULE.standing() is None
    with pytest.raises(Refused, match="no longer"):
        back.apply()


def test_a_rule_that_somebody_changed_is_left_alone(google: Gcp) -> None:
    google.instance("web-1", tags=["web"])
    RULE.apply()
    google.network(firewalls={RULE.name: {"sourceRanges": ["0.0.0.0/0"], "allowed": [{"IPProtocol": "all"}]}})
    with pytest.raises(Refused, match="no longer the one"):
        RULE.inverse().apply()


def test_without_the_right_nothing_is_tried(google: Gcp) -> None:
    google.instance("web-1", tags=["web"])
    google.deny("compute.firewalls.create")
    with pytest.raises(Refused, match=r"compute\.firewalls\.create"):
        RULE.check()
    assert not [call for call in google.calls() if call["mutating"]]


def test_a_vm_is_started_and_woken_and_stopped_again(google: Gcp) -> None:
    for status, verb in (("TERMINATED", "start"), ("SUSPENDED", "resume")):
        google.instance("web-1", status=status)
        one = PowerVm(PROJECT, ZONE, "web-1", verb)  # type: ignore[arg-type]
        one.check()
        one.apply()
        assert ask(google, f"{VM}/web-1")[1]["status"] == "RUNNING"
        with pytest.raises(Refused, match="RUNNING"):
            one.check()
    back = PowerVm(PROJECT, ZONE, "web-1", "start").inverse()
    assert back == PowerVm(PROJECT, ZONE, "web-1", "stop")
    assert not PowerVm(PROJECT, ZONE, "web-1", "reset").undoable


@pytest.mark.requires("ssh", "ssh-keygen")
@pytest.mark.parametrize("world", ["no-rule", "sshd-typo"])
def test_a_world_comes_to_its_cause(shop: Shop, world: str) -> None:
    shop.build(world)
    told = shop.diagnose()
    assert told["findings"][0]["cause"] == shop.causes[0]
    assert told["findings"][0]["confidence"] == "certain"
    assert shop.google.gaps() == {}
