"""Pure readers of what Google tells about a VM itself: serial console, load, host keys, whose it is."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from sshwizard.cloud.gcp.access import Access
from sshwizard.cloud.gcp.clues import Clue, Question, Wish
from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.inquiry import Inquiry
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.pool import Pool
from sshwizard.cloud.unseen import Unseen
from sshwizard.lab.gcp import PROJECT, Gcp
from sshwizard.lab.gcp.consoles import boot
from sshwizard.model import Fact
from sshwizard.probes.console import read_text
from sshwizard.probes.gcp import console, hostkeys, identity, strain

DENIED = Unseen("compute.instances.getSerialPortOutput", "denied", "you may not", "the permission")
ME = "86.14.201.7"
BAN = 'Nov 17 05:00:01 web sshguard[700]: Blocking "{}/32" for 120 secs (3 attacks in 0 secs)\n'
HEALTHY = boot("healthy", user="dana") + "\n"


def said(*texts: str) -> list[dict[str, Any]]:
    return [{"contents": text} for text in texts]


# ------------------------------------------------------------------ serial console

LINES = {
    "error: unknown filesystem.": "server.bootloader-failed",
    "BdsDxe: No bootable option or device was found.": "server.bootloader-failed",
    "error: bad shim signature.": "server.bootloader-failed",
    '[ 2.1] VFS: Cannot open root device "sda1" or unknown-block(0,0)': "server.initramfs-failed",
    "ALERT!  UUID=ab does not exist.  Dropping to a shell!": "server.initramfs-failed",
    "Gave up waiting for root file system device.  Common problems:": "server.initramfs-failed",
    "[ 9.1] dracut-initqueue[300]: Warning: Could not boot.": "server.initramfs-failed",
    "you are dropped into an emergency shell": "server.emergency-mode",
    "[DEPEND] Dependency failed for mnt-data.mount - /mnt/data.": "server.fstab-broken",
    "[FAILED] Failed to mount mnt-data.mount - /mnt/data.": "server.fstab-broken",
    "fsck failed with exit status 4.": "server.filesystem-corrupt",
    "[ 9.1] EXT4-fs (sda1): Remounting filesystem read-only": "server.filesystem-corrupt",
    "[ 9.1] rcu: INFO: rcu_sched self-detected stall on CPU": "server.hung?",
    "Nov 17 04:03:50 web dhclient[3]: No DHCPOFFERS received.": "server.network-not-configured?",
    "Nov 17 04:03:50 web systemd[1]: ssh.service: Control process exited, code=exited, status=255/EXCEPTION":
        "server.sshd-not-running",
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_serial_console_names_its_cause(line: str) -> None:
    text = HEALTHY.split("sshd")[0].rpartition("\n")[0] + "\n" + line + "\n"
    assert console.read(said(text)).outcome == LINES[line]


def test_a_healthy_boot_says_nothing_and_cancels_what_was_before() -> None:
    assert console.read(said(HEALTHY)).outcome == "nothing"
    assert console.read(said("[ 2.1] Kernel panic - not syncing: x\n" + HEALTHY)).outcome == "nothing"
    assert console.read(said("")).outcome == "empty"
    assert console.read([DENIED]).outcome == "unknown"


def test_sshd_says_itself_where_it_listens() -> None:
    moved = HEALTHY.replace("port 22.", "port 2222.")
    fact = console.read(said(moved), port=22)
    assert (fact.outcome, fact.data["port_found"]) == ("other-port", 2222)
    assert console.read(said(moved), port=2222).outcome == "nothing"
    assert console.read(said(moved + HEALTHY), port=22).outcome == "nothing"
    both = "sshd[9]: Server listening on 0.0.0.0 port 22.\nsshd[9]: Server listening on 0.0.0.0 port 2222.\n"
    assert read_text(both).ports == (22, 2222)


def test_a_ban_counts_where_it_is_ours() -> None:
    text = HEALTHY + BAN.format(ME) + BAN.format("9.9.9.9")
    assert console.read(said(text), mine=[ME]).outcome == "server.address-banned"
    assert console.read(said(HEALTHY + BAN.format("9.9.9.9")), mine=[ME]).outcome == "nothing"
    assert console.read(said(HEALTHY + BAN.format("9.9.9.9"))).outcome == "server.address-banned"
    lifted = text + f"Nov 17 05:02:01 web sshguard[700]: {ME}: unblocking after 121 secs\n"
    assert console.read(said(lifted), mine=[ME]).outcome == "nothing"


def test_a_vm_that_was_started_just_now_is_still_booting() -> None:
    early = HEALTHY.split("login:")[0].rpartition("\n")[0]
    assert console.read(said(early), up=30).outcome == "server.booting?"
    assert console.read(said(early), up=3000).outcome == "nothing"
    assert console.read(said(HEALTHY), up=30).outcome == "nothing"


# ------------------------------------------------------------------ load


def series(*values: float, **labels: str) -> dict[str, Any]:
    return {"metric": {"labels": labels}, "points": [{"value": {"doubleValue": one}} for one in values]}


@pytest.mark.parametrize(
    ("cpu", "memory", "disk", "outcome"),
    [
        ([series(0.99, 0.99, 0.98)], [], [], "busy"),
        ([series(0.99, 0.2, 0.2)], [], [], "fine"),
        ([series(0.1)], [series(99.0, state="used"), series(1.0, state="free")], [], "no-memory"),
        ([series(0.1)], [series(99.0, state="cached")], [], "fine"),
        ([series(0.1)], [], [series(99.5, device="/dev/sda1", state="used")], "disk-full"),
        ([series(0.1)], [], [series(100, device="/dev/loop3", state="used")], "fine"),
        ([], [], [], "no-data"),
    ],
)
def test_what_is_short(cpu: list[Any], memory: list[Any], disk: list[Any], outcome: str) -> None:
    told = [{"timeSeries": one} for one in (cpu, memory, disk)]
    assert strain.read(told[0], told[1], told[2]).outcome == outcome


def test_a_part_of_a_processor_says_that_its_burst_is_used_up() -> None:
    busy: Any = {"timeSeries": [series(1.0, 1.0, 0.99)]}
    assert "burst is used up" in strain.read(busy, machine="e2-micro").says
    assert "burst" not in strain.read(busy, machine="e2-standard-2").says


def test_load_that_may_not_be_seen_is_unknown() -> None:
    assert strain.read(DENIED).outcome == "unknown"
    assert strain.read({"timeSeries": [series(0.99, 0.99, 0.99)]}, DENIED, DENIED).outcome == "busy"


# ------------------------------------------------------------------ host keys


def key(seed: str) -> tuple[str, str]:
    """The blob of an ed25519 key, and its fingerprint."""
    blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00 " + hashlib.sha256(seed.encode()).digest()
    print_ = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return base64.b64encode(blob).decode(), f"SHA256:{print_}"


def test_the_guest_agents_word_confirms_or_contradicts() -> None:
    blob, print_ = key("new")
    told = {"queryValue": {"items": [{"namespace": "hostkeys", "key": "ssh-ed25519", "value": blob}]}}
    assert hostkeys.read(told, DENIED, print_, "ED25519").outcome == "confirms"
    assert hostkeys.read(told, DENIED, key("other")[1], "ED25519").outcome == "contradicts"
    assert hostkeys.read(told, DENIED, key("other")[1], "RSA").outcome == "silent"
    missing = Unseen("compute.instances.getGuestAttributes", "missing", "none")
    assert hostkeys.read(missing, {"contents": ""}, print_, "ED25519").outcome == "silent"
    assert hostkeys.read(DENIED, DENIED, print_, "ED25519").outcome == "unknown"


# ------------------------------------------------------------------ whose


def test_a_host_of_config_ssh_whose_address_has_moved() -> None:
    vm = {
        "name": "web-1",
        "networkInterfaces": [{"networkIP": "10.0.0.2", "accessConfigs": [{"natIP": "34.89.17.20"}]}],
    }
    who = Identity("instance", Clue("config-ssh"), Place("web-1", "europe-west1-b", "shop-1"), vm)
    assert identity.read(who, "34.89.17.20").outcome == "instance"
    assert identity.read(who, "web-1.europe-west1-b.shop-1").outcome == "instance"
    assert identity.read(who, "10.9.9.9").outcome == "instance"
    moved = identity.read(who, "35.187.9.9")
    assert (moved.outcome, moved.data["asked"], moved.data["address"]) == ("moved", "35.187.9.9", "34.89.17.20")
    bare = replace(who, instance={"name": "web-1", "networkInterfaces": [{"networkIP": "10.0.0.2"}]})
    gone = identity.read(bare, "35.187.9.9")
    assert (gone.outcome, gone.data["asked"], gone.data["vm"]) == ("unaddressed", "35.187.9.9", "web-1")
    assert identity.read(bare, "127.0.0.1").outcome == "instance"  # a tunnel of the person's own


@pytest.mark.parametrize(("public", "outcome"), [(True, "moved"), (False, "unaddressed")])
async def test_an_old_address_under_the_name_of_a_vm(google: Gcp, public: bool, outcome: str) -> None:
    """`Host web-1` with the HostName of yesterday: nobody in the project has that address, and one VM has that name."""
    google.instance("web-1", nics=[{"public": public}])

    async def asked(typed: str, host: str) -> Fact[Any]:
        access = Access(Pool("setup", 1), Pool("work", 2))
        inquiry = Inquiry(Wish(projects=(PROJECT,)), access, Question(typed, host))
        return identity.read(await inquiry.identity(), host)

    found = await asked("dana@web-1", "35.187.9.9")
    assert (found.outcome, found.data["vm"], found.data["asked"]) == (outcome, "web-1", "35.187.9.9")
    for typed, host in (("web-2", "35.187.9.9"), ("web-1", "10.9.9.9"), ("web-1", "127.0.0.1")):
        assert (await asked(typed, host)).outcome == "nobody"
