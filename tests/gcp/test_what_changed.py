"""What was changed lately, by whom: read from the audit log, else from the list of operations, and told as evidence."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from gce import Shop, ask

from sshwizard.cloud.gcp.clues import Clue
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.unseen import Unseen
from sshwizard.probes.gcp.changes import WORDS, call, read

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
ROW = {
    "id": "77",
    "name": "web-1",
    "networkInterfaces": [{"network": "https://x/compute/v1/projects/host-1/global/networks/n"}],
}
WHO = Identity("instance", Clue("typed"), Place("web-1", "europe-west1-b", "shop-1"), ROW)
DENIED = Unseen("logging.logEntries.list", "denied", "you may not read the log", "logging.logEntries.list")


def entry(method: str, at: str = "2026-11-22T11:30:00.123456789Z", on: str = "projects/shop-1/global/firewalls/ssh",
          **more: Any) -> dict[str, Any]:  # fmt: skip
    told = {"methodName": method, "resourceName": on, "authenticationInfo": {"principalEmail": "robin@example.com"},
            "requestMetadata": {"callerIp": "192.88.99.5"}, **more.pop("payload", {})}  # fmt: skip
    return {"timestamp": at, "protoPayload": told, **more}


def test_the_newest_change_is_told_with_who_and_when() -> None:
    rows = [entry("v1.compute.routes.insert", "2026-11-21T10:00:00Z", "projects/shop-1/global/routes/out"),
            entry("beta.compute.firewalls.delete"), entry("v1.compute.disks.insert")]  # fmt: skip
    fact = read({"entries": rows}, (), WHO, NOW)
    assert fact.outcome == "changed"
    assert fact.says == "robin@example.com deleted a firewall rule 30 minutes ago (ssh)"
    assert [one["event"] for one in fact.data["events"]] == ["firewalls.delete", "routes.insert"]
    assert fact.data["events"][0]["from"] == "192.88.99.5"


VM = "projects/shop-1/zones/europe-west1-b/instances"
LEFT_OUT = {
    "another VM's": entry("v1.compute.instances.stop", on=f"{VM}/web-2"),
    "one that was refused": entry("v1.compute.firewalls.delete", payload={"status": {"code": 7}}),
    "an old one": entry("v1.compute.firewalls.delete", "2026-11-01T10:00:00Z"),
    "one without a time": entry("v1.compute.firewalls.delete", ""),
    "nothing of ours": entry("v1.compute.addresses.insert"),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_says_nothing_here_is_left_out(what: str) -> None:
    assert read({"entries": [LEFT_OUT[what]]}, (), WHO, NOW).outcome == "nothing"


def test_a_change_with_a_begin_and_an_end_is_told_once() -> None:
    both = [entry("v1.compute.instances.stop", on=f"{VM}/77", operation={"id": "operation-1"}) for _ in range(2)]
    assert len(read({"entries": both}, (), WHO, NOW).data["events"]) == 1


def test_who_may_not_read_the_log_has_the_operations() -> None:
    at, late = "https://x/compute/v1", "2026-11-22T11:59:00Z"
    rows = [
        {"operationType": "deleteAccessConfig", "targetLink": f"{at}/{VM}/web-1", "user": "robin@example.com",
         "insertTime": "2026-11-22T03:30:00.000-08:00"},
        {"operationType": "stop", "targetLink": f"{at}/{VM}/web-2", "insertTime": late},
        {"operationType": "stop", "targetLink": f"{at}/{VM}/web-1", "insertTime": late,
         "error": {"errors": [{"code": "QUOTA"}]}},
        {"operationType": "delete", "targetLink": "https://x/compute/v1/projects/shop-1/global/firewalls/ssh",
         "insertTime": "2026-11-22T10:00:00Z", "user": "kim@example.com"},
    ]  # fmt: skip
    fact = read(DENIED, ({"items": rows}, DENIED), WHO, NOW)
    assert fact.says == "robin@example.com took the VM's external address 30 minutes ago (web-1)"
    assert [one["event"] for one in fact.data["events"]] == ["instances.deleteAccessConfig", "firewalls.delete"]
    assert read(DENIED, (DENIED, DENIED), WHO, NOW).outcome == "unknown"


def test_the_call_asks_for_the_network_s_project_too() -> None:
    asked = call(WHO, NOW)
    assert asked.body is not None
    assert asked.body["resourceNames"] == ["projects/shop-1", "projects/host-1"]
    assert "2026-11-15T12:00:00Z" in asked.body["filter"]
    assert 'instance_id="77"' in asked.body["filter"]
    assert all(words for words in WORDS.values())


@pytest.mark.requires("ssh", "ssh-keygen")
@pytest.mark.parametrize("denied", ["", "logging.logEntries.list"])
def test_a_verdict_has_the_change_beside_it(shop: Shop, denied: str) -> None:
    shop.build("sshd-typo")
    ask(shop.google, "compute/v1/projects/practice-shop/global/firewalls/web-https", method="DELETE")
    if denied:
        shop.google.deny(denied)
    told = shop.diagnose()
    assert told["findings"][0]["cause"] == shop.causes[0]
    (row,) = [one for one in told["findings"][0]["evidence"] if one["probe"] == "gcp.changes"]
    assert "dana@example.com deleted a firewall rule" in row["says"]
    assert shop.google.gaps() == {}
