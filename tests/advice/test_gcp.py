"""Advice about a project of the embedded Google Cloud: what is broken, what is refused, texts that a shell reads."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from awscli import readable

from sshwizard.advice import Advice, Blind, gcp
from sshwizard.advice.gcp.firewalls import ports_of, world
from sshwizard.advice.gcp.hosts import machines_of
from sshwizard.advice.gcp.judges import JUDGES, judged
from sshwizard.advice.gcp.project import Project
from sshwizard.cloud.unseen import Unseen
from sshwizard.lab.gcp import PROJECT, Gcp

EVERYBODY = "0.0.0.0/0"
IAP = "35.235.240.0/20"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
NEVER = f"kim:{KEY} kim"
ENDS = f'dana:{KEY} google-ssh {{"userName":"dana","expireOn":"2036-01-01T00:00:00+0000"}}'
NETWORK = f"projects/{PROJECT}/global/networks/default"


def look() -> dict[str, Advice]:
    found = asyncio.run(gcp.look())
    assert len({one.code for one in found}) == len(found)
    return {one.code: one for one in found}


@pytest.fixture
def shop(google: Gcp) -> Gcp:
    """Two VMs, one of which the world reaches."""
    google.instance("web-1", tags=["web"])
    google.instance("db", nics=[{"public": False, "ip": "10.132.0.9"}])
    google.allow("ssh-all", EVERYBODY, port=22, targetTags=["web"])
    return google


# ------------------------------------------------------------------ the project


def test_a_sound_project_is_told_what_is_worth_knowing_only(google: Gcp) -> None:
    google.instance("web-1", tags=["web"])
    google.allow("iap", IAP, port=22, description="ssh by IAP, team shop")
    google.project(metadata={"enable-oslogin": "TRUE"})
    before = len(google.calls())
    found = look()
    assert {one.weight for one in found.values()} <= {"note"}
    assert set(found) == {"advice.default-network"}
    calls = google.calls()[before:]
    assert len(calls) == 5
    assert not any(one["mutating"] for one in calls)
    assert google.gaps() == {}


def test_open_to_the_world_and_who_is_reached(shop: Gcp) -> None:
    found = look()
    opened = found["advice.firewall-open-world"]
    assert opened.weight == "now"
    assert opened.seen[0] == "ssh-all: tcp:22 from 0.0.0.0/0 to web of the network default"
    assert [line.split(" (")[0] for line in opened.seen[1:]] == ["web-1"]
    shop.instance("web-1", tags=["other"])
    assert look()["advice.firewall-open-world"].weight == "note"


def test_a_policy_of_the_organization_is_judged_too(shop: Gcp) -> None:
    deny = {"name": "org", "type": "HIERARCHY", "rules": [{
        "priority": 10, "action": "deny",
        "match": {"srcIpRanges": [EVERYBODY], "layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}]}}]}  # fmt: skip
    shop.network(policies=[deny])
    assert look()["advice.firewall-open-world"].weight == "note"
    deny["rules"][0]["action"] = "allow"  # type: ignore[index]
    shop.network(policies=[deny], firewalls={"ssh-all": None})
    opened = look()["advice.firewall-open-world"]
    assert "firewall policy rule" in opened.title
    assert opened.weight == "now"


def test_without_the_policies_nothing_is_sure(shop: Gcp) -> None:
    shop.deny("compute.networks.getEffectiveFirewalls")
    found = look()
    assert found["advice.firewall-open-world"].weight == "soon"
    assert "depends on what was not seen" in found["advice.firewall-open-world"].seen[1]
    assert "compute.networks.getEffectiveFirewalls" in found["advice.firewall-policies"].unknown


def test_keys_oslogin_serial_port_and_iap(shop: Gcp) -> None:
    shop.project(metadata={"ssh-keys": f"{NEVER}\n{ENDS}", "serial-port-enable": "TRUE"})
    found = look()
    shared = found["advice.project-keys"]
    assert shared.weight == "soon"
    assert [line.split(":")[0] for line in shared.seen[:2]] == ["kim", "dana"]
    assert [line.split(": ")[1] for line in found["advice.key-no-expiry"].seen] == ["kim"]
    assert len(found["advice.oslogin-off"].seen) == len(found["advice.serial-port"].seen) == 2
    lost = found["advice.no-iap"]
    assert (lost.weight, len(lost.seen)) == ("soon", 1)
    assert "db (europe-west1-b) has no external address either" in lost.seen[0]
    shop.project(metadata={"ssh-keys": NEVER, "enable-oslogin": "TRUE"})
    assert not {"advice.project-keys", "advice.key-no-expiry", "advice.oslogin-off"} & set(look())


def test_every_refused_call_is_named(shop: Gcp) -> None:
    for permission in ("compute.projects.get", "compute.firewalls.list", "compute.networks.list",
                       "compute.instances.list"):  # fmt: skip
        shop.deny(permission)
        told = [one.unknown for one in look().values() if one.unknown]
        assert told, permission
        assert all(permission in text for text in told)
    shop.deny("*")
    assert all(one.unknown for one in look().values())
    with pytest.raises(Blind, match=r"compute\.instances\.list"):
        asyncio.run(gcp.machines())


def test_nobody_is_asked_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Blind, match="no Google Cloud credentials"):
        look()
    monkeypatch.setenv("SSHWIZARD_NO_CLOUD", "1")
    with pytest.raises(Blind, match="no cloud may be asked"):
        look()


def test_hosts_of_a_team(shop: Gcp) -> None:
    found = {one.name: one for one in asyncio.run(gcp.machines())}
    assert (found["db"].address, found["db"].private, found["db"].through) == ("", "10.132.0.9", "web-1")
    assert found["web-1"].address


def test_a_shell_reads_every_text(shop: Gcp) -> None:
    shop.project(metadata={"ssh-keys": NEVER, "serial-port-enable": "TRUE"})
    shop.allow("all", EVERYBODY, port=22, allowed=[{"IPProtocol": "all"}])
    texts = [text for one in asyncio.run(gcp.look()) for _, text in one.texts]
    assert len(texts) >= 8
    for text in texts:
        readable(text)
        for line in text.splitlines():
            if line.startswith("gcloud compute") and " VM " not in line:
                assert f"--project {PROJECT}" in line or f"--project={PROJECT}" in line
    assert any('--source-ranges="$me/32,35.235.240.0/20"' in text for text in texts)
    assert any(text.startswith("# the rule opens more than logins") for text in texts)


# ------------------------------------------------------------------ pure


@pytest.mark.parametrize(("row", "is_open", "ports"), [
    ({"sourceRanges": [EVERYBODY], "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}, True, (22,)),
    ({"sourceRanges": ["::/0"], "allowed": [{"IPProtocol": "tcp", "ports": ["20-30", "3389"]}]}, True, (22, 3389)),
    ({"sourceRanges": ["128.0.0.0/1"], "allowed": [{"IPProtocol": "all"}]}, True, (22, 2222, 3389)),
    ({"sourceRanges": [EVERYBODY], "allowed": [{"IPProtocol": "icmp"}]}, True, ()),
    ({"sourceRanges": [EVERYBODY], "allowed": [{"IPProtocol": "tcp", "ports": ["x-y", "443"]}]}, True, ()),
    ({"sourceRanges": ["10.0.0.0/8", "fd00::/8"], "allowed": [{"IPProtocol": "all"}]}, False, (22, 2222, 3389)),
    ({"sourceRanges": [EVERYBODY], "denied": [{"IPProtocol": "all"}]}, False, ()),
    ({"sourceRanges": [EVERYBODY], "allowed": [{"IPProtocol": "all"}], "disabled": True}, False, (22, 2222, 3389)),
    ({"sourceTags": ["web"], "allowed": [{"IPProtocol": "tcp"}]}, False, (22, 2222, 3389)),
])  # fmt: skip
def test_what_is_open(row: dict[str, Any], is_open: bool, ports: tuple[int, ...]) -> None:
    assert (world(row), ports_of(row)) == (is_open, ports)


@pytest.mark.parametrize("name", ["project", "firewalls", "networks", "instances"])
def test_what_was_not_seen_is_never_fine(name: str) -> None:
    lists: dict[str, list[dict[str, Any]]] = {
        one: [] for one in ("project", "firewalls", "networks", "instances") if one != name
    }
    project = Project(PROJECT, lists, unseen={name: Unseen("p.get", "denied", "you may not", "allow it")})
    assert {one.code for one in judged(project)} == {one.code for one in JUDGES if name in one.needs}


def test_a_thousand_vms_in_two_seconds() -> None:
    def vm(number: int) -> dict[str, Any]:
        nic = {"network": f"https://x/{NETWORK}", "networkIP": f"10.0.{number >> 8}.{number & 255}", "name": "nic0",
               "accessConfigs": [{"natIP": f"34.0.{number >> 8}.{number & 255}"}]}  # fmt: skip
        return {"name": f"vm-{number}", "id": str(number), "zone": "z/europe-west1-b", "status": "RUNNING",
                "networkInterfaces": [nic], "tags": {"items": [f"t{number % 20}"]}}  # fmt: skip

    rules = [{"name": f"r{number}", "network": NETWORK, "direction": "INGRESS", "priority": 1000 + number,
              "sourceRanges": [EVERYBODY], "targetTags": [f"t{number}"],
              "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]} for number in range(20)]  # fmt: skip
    lists: dict[str, list[dict[str, Any]]] = {
             "project": [{"commonInstanceMetadata": {"items": [{"key": "ssh-keys", "value": NEVER}]}}],
             "firewalls": rules, "networks": [], "instances": [vm(number) for number in range(1000)]}  # fmt: skip
    project = Project(PROJECT, lists, {NETWORK: {"firewalls": rules}})
    begun = time.process_time()
    found = [one for one in judged(project) if one.code == "advice.firewall-open-world"]
    assert len(list(machines_of(project))) == 1000
    assert time.process_time() - begun < 2
    assert len(found) == 20
    assert all(one.weight == "now" for one in found)
