"""Permission denied by a VM of the practice project: each cause, with real HTTP and a real sshd."""

from __future__ import annotations

from typing import Any

import pytest
from gce import VM, Shop, ask

pytestmark = pytest.mark.requires("ssh", "ssh-keygen")

LOGIN = ("oslogin-ignores-key", "oslogin-off", "oslogin-key-expired", "key-expired", "project-keys-blocked", "no-key",
         "role-missing", "no-act-as", "metadata-full", "agent-down", "disk-full")  # fmt: skip


@pytest.mark.parametrize("world", LOGIN)
def test_the_cause_of_a_refused_key_is_named(shop: Shop, world: str) -> None:
    shop.build(world)
    told = shop.diagnose()
    assert told["findings"][0]["cause"] == shop.causes[0]
    # There the VM's own value is full, and the project's has room: nobody saw where the key was to go.
    assert told["findings"][0]["confidence"] == ("likely" if world == "metadata-full" else "certain")
    assert shop.google.gaps() == {}


def fixed(shop: Shop, *options: str) -> dict[str, Any]:
    """The report after the fix was made."""
    return shop.diagnose("--fix", "--yes=confirm", *options)


def test_a_key_that_expired_is_put_in_again_and_lets_us_in(shop: Shop) -> None:
    shop.build("key-expired")
    told = fixed(shop)
    assert told["outcome"] == "healthy"
    assert shop.ssh().returncode == 0
    lines = shop.google.shown("lab-web")["metadata"]["ssh-keys"].splitlines()
    assert len(lines) == 2
    assert "expireOn" in lines[1]


def test_a_key_goes_to_the_profile_where_oslogin_is_on_and_the_name_is_that_of_the_profile(shop: Shop) -> None:
    shop.build("oslogin-ignores-key")
    told = fixed(shop)
    assert told["outcome"] == "healthy"
    assert shop.ssh("-l", "dana_example_com").returncode == 0
    assert shop.ssh().returncode == 255


@pytest.mark.parametrize(
    ("permission", "world", "named"),
    [
        ("compute.projects.get", "no-key", "compute.projects.get"),
        ("compute.instances.getSerialPortOutput", "agent-down", "compute.instances.getSerialPortOutput"),
    ],
)
def test_what_is_denied_is_unknown_and_named(shop: Shop, permission: str, world: str, named: str) -> None:
    shop.build(world)
    shop.google.deny(permission)
    told = shop.diagnose()
    assert told["findings"][0]["confidence"] == "likely"
    assert named in {row["probe"] for row in told["unknown"]}


def test_a_key_that_was_added_just_now_is_waited_for(shop: Shop) -> None:
    shop.build("no-key")
    shop.google.pace(agent=60)
    now = ask(shop.google, f"{VM}/lab-web")[1]["metadata"]
    rows = [{"key": "ssh-keys", "value": f"dana:{shop.bench.public_key()}"}]
    body = {"fingerprint": now["fingerprint"], "items": rows}
    assert ask(shop.google, f"{VM}/lab-web/setMetadata", body)[0] == 200
    told = shop.diagnose()
    assert (told["findings"][0]["cause"], told["findings"][0]["confidence"]) == ("gcp.key-not-propagated", "likely")


def test_a_windows_vm_without_ssh_is_named(shop: Shop) -> None:
    shop.build("windows-no-ssh")
    shop.google.machine("lab-web", None)
    assert shop.diagnose()["findings"][0]["cause"] == "gcp.windows-ssh-off"
