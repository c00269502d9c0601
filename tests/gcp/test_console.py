"""Google's own server for serial consoles refuses the login: with real HTTP, a real sshd, and the real ssh."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gce import Shop, run

from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.names import NOWHERE, Place, of_console
from sshwizard.cloud.unseen import Unseen
from sshwizard.lab.gcp import PROJECT, ZONE
from sshwizard.lab.gcp.site import NAME
from sshwizard.probes.gcp import serial

SERVER = "europe-west1-ssh-serialport.googleapis.com"
DENIED = Unseen("compute.projects.get", "denied", "you may not", "the permission")
ON, SET_OFF = ({"items": [{"key": serial.KEY, "value": value}]} for value in ("true", "FALSE"))


def told(own: Any, project: Any = None, *, policy: Any = None, status: str = "RUNNING", zone: Any = None) -> str:
    row = {"name": "web-1", "status": status, "metadata": own}
    shared = project if isinstance(project, Unseen) else {"commonInstanceMetadata": project or {}}
    who = Identity("instance", place=Place("web-1", "europe-west1-b", "shop-1234"), instance=row)
    return str(serial.read(who, policy or {}, zone or {}, shared).outcome)


def test_whose_value_counts() -> None:
    assert told({}) == "off"
    assert told(ON) == told({}, ON) == told(ON, SET_OFF) == told(ON, DENIED) == "allowed"
    assert told(SET_OFF, ON) == told(SET_OFF, DENIED) == "off"
    assert told({}, SET_OFF, zone={"metadata": {"items": {serial.KEY: "1"}}}) == "allowed"
    assert told({}, DENIED) == "unknown"
    assert told(ON, policy={"booleanPolicy": {"enforced": True}}) == "forbidden"
    assert told(ON, policy=DENIED) == "allowed"
    assert told(ON, status="TERMINATED") == "not-running"


@pytest.mark.parametrize(
    ("host", "user", "place"),
    [
        (SERVER, "shop-1234.europe-west1-b.web-1.dana.port=1", Place("web-1", "europe-west1-b", "shop-1234")),
        ("SSH-serialport.googleapis.com", "example.com:shop-12.us-east1-b.web-1.d.a", Place("web-1", "us-east1-b",
                                                                                        "example.com:shop-12")),
        (SERVER, "dana", NOWHERE),
        (f"{SERVER}.example.com", "shop-1234.europe-west1-b.web-1.dana", None),
        ("compute.googleapis.com", "dana", None),
    ],
)  # fmt: skip
def test_the_vm_behind_the_server(host: str, user: str, place: Place | None) -> None:
    assert of_console(host, user) == place


def refused(shop: Shop) -> dict[str, Any]:
    """The report about the VM's console; what answers is a server of ours under the name of Google's."""
    bench = replace(shop.bench, hosts=(SERVER,))
    bench.config(user=f"{PROJECT}.{ZONE}.{NAME}.dana.port=1")
    return run("-F", str(bench.root / "config"), SERVER)


@pytest.mark.requires("ssh", "ssh-keygen")
def test_a_console_that_is_off_is_named(shop: Shop) -> None:
    shop.build()
    first = refused(shop)["findings"][0]
    assert (first["cause"], first["confidence"]) == ("serial.gcp-port-off", "certain")
    assert "enable-gcp-serial-port" in [row["id"] for row in first["fixes"]]
    assert shop.google.gaps() == {}
