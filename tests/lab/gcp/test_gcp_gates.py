"""Packets and logins follow the project: rules, routes and states; metadata, OS Login and the guest agent."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gce import ME, VM, Shop, ask

from sshwizard.lab.bench import Bench
from sshwizard.lab.gcp import Gcp
from sshwizard.lab.gcp.site import NAME, USER, Plan, expiring
from sshwizard.lab.gcp.worlds import ROBOT, WORLDS

pytestmark = [
    pytest.mark.requires("ssh", "ssh-keygen"),
    pytest.mark.skipif("sys.platform != 'linux'", reason="127.78.0.0/16 exists on Linux only"),
]

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHPWl0sYcmVzc29tZWJvZHkgZWxzZSdzIGtleSBoZXJl"
MEETS = {
    "silent": {"no-rule", "other-source", "wrong-tag", "rule-disabled", "deny-wins", "deny-same-priority",
               "hierarchical-deny", "network-policy-denies", "no-external-ip", "stopped", "suspended",
               "no-default-route", "panic", "panic-root", "emergency", "grub", "serial-disabled", "windows-no-ssh"},
    "refusing": {"sshd-typo", "out-of-memory"},
    "rejected": {"oslogin-ignores-key", "oslogin-in-project", "oslogin-off", "oslogin-key-expired", "key-expired",
                 "project-keys-blocked", "no-key", "role-missing", "no-act-as", "metadata-full", "agent-down",
                 "disk-full"},
    "in": {"gcp", "oslogin-healthy"},
}  # fmt: skip
"""What ssh meets in each world."""


def met(shop: Shop) -> str:
    """What stands on the address of the VM, and whether the person's key opens the door behind it."""
    stands = shop.google.gates().get(shop.bench.address)
    if isinstance(stands, str):
        return stands
    (rows,) = shop.google.doors().values()
    (user,) = re.findall(r"User (\w+)\n", (shop.bench.root / "config").read_text())
    open_ = [one for one in rows if one["user"] == user and one["until"] > time.time()]
    return "in" if shop.bench.public_key() in [one["key"] for one in open_] else "rejected"


@pytest.mark.parametrize("world", WORLDS)
def test_each_world_meets_ssh_with_what_it_says(shop: Shop, world: str) -> None:
    shop.build(world)
    assert {meets for meets, worlds in MEETS.items() if world in worlds} == {met(shop)}


@pytest.mark.parametrize(
    ("world", "says"),
    [("gcp", "TOKEN"), ("oslogin-healthy", "TOKEN"), ("no-key", "Permission denied"), ("sshd-typo", "refused")],
)  # fmt: skip
def test_so_does_a_real_ssh(shop: Shop, world: str, says: str) -> None:
    shop.build(world)
    ran = shop.ssh()
    assert says in ran.stdout + ran.stderr


def allow(shop: Shop) -> None:
    rule = {"name": "mine", "sourceRanges": [f"{ME}/32"], "allowed": [{"IPProtocol": "tcp"}]}
    _wait(shop, ask(shop.google, f"{VM.partition('/zones')[0]}/global/firewalls", rule)[1])


def start(shop: Shop) -> None:
    _wait(shop, ask(shop.google, f"{VM}/{NAME}/start", {})[1])
    shop.bench = _at(shop)


def add_my_key(shop: Shop) -> None:
    items = [{"key": "ssh-keys", "value": f"{USER}:{shop.bench.public_key()} me"}]
    now = ask(shop.google, f"{VM}/{NAME}")[1]["metadata"]["fingerprint"]
    _wait(shop, ask(shop.google, f"{VM}/{NAME}/setMetadata", {"fingerprint": now, "items": items})[1])


def _at(shop: Shop) -> Bench:
    return replace(shop.bench, address=shop.google.shown(NAME)["nics"][0]["nat"])


def _wait(shop: Shop, operation: Mapping[str, Any]) -> None:
    place = operation["selfLink"].partition("/compute/v1/")[2]
    assert ask(shop.google, f"compute/v1/{place}/wait", {})[1]["status"] == "DONE"


@pytest.mark.parametrize(
    ("world", "repair"),
    [("no-rule", allow), ("stopped", start), ("no-key", add_my_key), ("key-expired", add_my_key)],
)
def test_a_change_by_the_api_is_there_when_it_is_done(shop: Shop, world: str, repair: Callable[[Shop], None]) -> None:
    shop.build(world)
    repair(shop)
    assert met(shop) == "in"


def test_an_address_that_came_from_elsewhere(shop: Shop) -> None:
    shop.build()
    shop.google.come_from("192.88.99.8")
    assert met(shop) == "silent"


def test_a_reset_with_a_startup_script_mends_a_vm_that_can_be_mended(shop: Shop) -> None:
    shop.build("sshd-typo")
    before = shop.google.shown(NAME)["serial"]["1"]
    _wait(shop, ask(shop.google, f"{VM}/{NAME}/reset", {})[1])
    assert met(shop) == "refusing"
    shop.site.metadata(more={"startup-script": "#! /bin/sh\nrm -f x\necho 'it is through' > /dev/ttyS0\n"})
    _wait(shop, ask(shop.google, f"{VM}/{NAME}/reset", {})[1])
    assert met(shop) == "in"
    said = shop.google.shown(NAME)["serial"]["1"].removeprefix(before)
    assert said.count("Bad configuration option") == 1
    assert said.count("startup-script: it is through\r\n") == 1


# ---------------------------------------------------------------- the guest


def keys(shop: Shop) -> list[str]:
    """Whom the VM lets in."""
    (rows,) = shop.google.doors().values()
    return [one["user"] for one in rows]


def test_which_lines_of_the_metadata_count(shop: Shop) -> None:
    shop.build()
    google, site = shop.google, shop.site
    google.project(metadata={"ssh-keys": f" robin:{KEY} r\nkim:{KEY}", "sshKeys": f"old:{KEY} o"})
    assert keys(shop) == ["dana", "robin", "kim", "old"]
    for lines in ("no colon", f"two words:{KEY}", f"x:{KEY} google-ssh", f"x:{KEY} google-ssh {{broken"):
        site.metadata(keys=lines, more={"block-project-ssh-keys": "true"})
        assert keys(shop) == [], lines
    site.metadata(keys=expiring(site.plan, 60), more={"block-project-ssh-keys": "TRUE"})
    assert keys(shop) == ["dana"]
    site.metadata(more={"sshKeys": f"legacy:{KEY} l"})
    assert keys(shop) == ["dana", "legacy"]
    site.metadata(more={"disable-account-manager": "TRUE"}, keys="")
    assert keys(shop) == ["dana", "legacy"]


def test_a_switch_that_the_agent_cannot_read_is_unset(shop: Shop) -> None:
    shop.build()
    shop.google.project(metadata={"enable-oslogin": "TRUE"})
    assert keys(shop) == []
    shop.site.metadata(more={"enable-oslogin": "no"})
    assert keys(shop) == []
    shop.site.metadata(more={"enable-oslogin": "F"})
    assert keys(shop) == ["dana"]


def test_os_login_asks_for_roles_at_each_login(shop: Shop) -> None:
    shop.build("oslogin-healthy")
    assert keys(shop) == ["dana_example_com"]
    shop.site.vm(accounts=[ROBOT])
    shop.google.deny("iam.serviceAccounts.actAs")
    assert keys(shop) == []
    shop.google.heal()
    # Either role is enough.
    shop.google.deny("compute.instances.osAdminLogin")
    assert keys(shop) == ["dana_example_com"]
    shop.google.profile({shop.bench.public_key(): 1})
    assert met(shop) == "rejected"


def test_the_agent_takes_its_time(shop: Shop) -> None:
    shop.build()
    shop.google.pace(agent=0.2)
    shop.site.metadata(keys="")
    assert keys(shop) == ["dana"]
    limit = time.monotonic() + 10
    while keys(shop) and time.monotonic() < limit:
        time.sleep(0.02)
    assert keys(shop) == []


def test_authorized_keys_of_a_real_sshd_follow_and_end(google: Gcp, tmp_path: Path) -> None:
    file = tmp_path / "authorized_keys"
    google.instance("web-1", metadata={"ssh-keys": f"root:{KEY} me\n{expiring(Plan(KEY, user='root'), 1.2)}\nx:{KEY}"})
    google.machine("web-1", None, files={"root": file})
    assert file.read_text() == f"{KEY}\n{KEY}\n"
    limit = time.monotonic() + 10
    while file.read_text() != f"{KEY}\n" and time.monotonic() < limit:
        time.sleep(0.05)
    assert file.read_text() == f"{KEY}\n"


def test_a_gate_is_silent_and_not_closed(shop: Shop) -> None:
    shop.build("deny-wins")
    with socket.socket() as one:
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            one.connect((shop.bench.address, shop.google.port))
