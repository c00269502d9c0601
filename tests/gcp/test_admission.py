"""What the looks at whom a VM lets in make of Google's answers. Pure."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sshwizard.cloud.gcp.identify import Identity
from sshwizard.cloud.gcp.metadata import Metadata
from sshwizard.cloud.gcp.names import Place
from sshwizard.cloud.gcp.oslogin import Profile, read_profile
from sshwizard.cloud.gcp.parts import ACT_AS
from sshwizard.cloud.gcp.sshkeys import fingerprint
from sshwizard.cloud.unseen import Unseen
from sshwizard.model import Fact
from sshwizard.probes.gcp import fresh, guest, keysource, metakeys, profile, rights, windows
from sshwizard.probes.gcp.offered import Offered, match
from sshwizard.probes.localkeys import LocalKey

from .test_sshkeys import MINE, NOW, OTHER, PAST, ends

DENIED = Unseen("compute.projects.get", "denied", "you may not", "the permission compute.projects.get")
ROW: dict[str, Any] = {"name": "web-1", "disks": [{"guestOsFeatures": [{"type": "GVNIC"}]}]}
WINDOWS: dict[str, Any] = {"name": "web-1", "disks": [{"guestOsFeatures": [{"type": "WINDOWS"}]}]}
ROBOT = {"serviceAccounts": [{"email": "robot@shop.iam.gserviceaccount.com"}]}


def blob(line: str) -> bytes:
    return base64.b64decode(line.split()[1])


MAY = metakeys.Rights(True)
KEYS = Offered(frozenset({fingerprint(blob(MINE))}), (MINE,))
OLD = LocalKey("/home/dana/.ssh/old", blob(OTHER))


def who(row: dict[str, Any] = ROW) -> Identity:
    return Identity("instance", place=Place("web-1", "europe-west1-b", "shop"), instance=row)


def test_offered_keys_are_found_by_either_fingerprint() -> None:
    digest = hashlib.md5(blob(MINE), usedforsecurity=False).hexdigest()
    colons = "MD5:" + ":".join(digest[at : at + 2] for at in range(0, 32, 2))
    for shown in (fingerprint(blob(MINE)), colons):
        found = match({shown}, [blob(MINE), blob(OTHER)], [OLD])
        assert (found.prints, found.publics, found.others) == (KEYS.prints, (MINE,), (OLD,))


def test_where_keys_come_from() -> None:
    def source(instance: dict[str, str], project: dict[str, str] | None, row: dict[str, Any] = ROW) -> Fact[Any]:
        return keysource.read(who(row), Metadata(instance, project), () if project is not None else (DENIED,))

    assert source({}, {"enable-oslogin": "true"}).outcome == "oslogin"
    assert source({"enable-oslogin": "FALSE"}, {"enable-oslogin": "TRUE"}).outcome == "metadata"
    assert source({"enable-oslogin": "TRUE"}, None).outcome == "oslogin"
    assert source({}, None).outcome == "unknown"
    assert source({}, None).data["unseen"][0]["call"] == "compute.projects.get"
    assert source({}, {}, WINDOWS).outcome == "windows"
    split = source({"enable-oslogin": "yes"}, {"enable-oslogin": "TRUE"})
    assert "off for gcloud" in split.says
    policy = {"booleanPolicy": {"enforced": True}}
    assert keysource.read(who(), Metadata({"enable-oslogin": "1"}), (), policy).data["required"] is True


def of_profile(keys: dict[str, str], *, user: str = "dana_example_com", name: str = "dana_example_com",
               known: Metadata | None = None, others: tuple[LocalKey, ...] = ()) -> str:  # fmt: skip
    answer = {
        "posixAccounts": [{"username": name, "accountId": "shop"}] if name else [],
        "sshPublicKeys": {str(at): {"key": key, "expirationTimeUsec": until}
                          for at, (key, until) in enumerate(keys.items())},
    }  # fmt: skip
    mine = read_profile(answer, "shop", NOW)
    found = profile.read("dana@example.com", mine, KEYS, user, known or Metadata(), {}, NOW, others=others)
    return str(found.outcome)


def test_what_a_profile_says_of_the_key() -> None:
    usec = str(int((NOW - timedelta(hours=1)).timestamp() * 1e6))
    assert of_profile({MINE: ""}) == "fits"
    assert of_profile({MINE: ""}, user="dana") == "other-user"
    assert of_profile({MINE: usec}) == "expired"
    assert of_profile({MINE: usec, f"{MINE} again": ""}) == "fits"
    assert of_profile({OTHER: ""}) == "none"
    assert of_profile({OTHER: ""}, others=(OLD,)) == "other-local"
    assert of_profile({}, known=Metadata({"ssh-keys": f"dana:{MINE}"})) == "only-in-metadata"
    assert of_profile({MINE: usec}, known=Metadata({"ssh-keys": f"dana:{MINE}"})) == "expired"
    assert of_profile({MINE: ""}, name="") == "no-account"
    assert of_profile({MINE: ""}, known=Metadata({"enable-oslogin-certificates": "TRUE"})) == "certificates"


@pytest.mark.parametrize(
    ("on_vm", "acting", "row", "outcome"),
    [
        ({"permissions": ["compute.instances.osLogin"]}, {}, ROW, "may"),
        ({"permissions": ["compute.instances.osAdminLogin"]}, {}, ROW, "may"),
        ({}, {}, ROW, "may-not"),
        ({"permissions": ["compute.instances.osLogin"]}, {}, ROBOT, "may-not-act"),
        ({"permissions": ["compute.instances.osLogin"]}, {"permissions": [ACT_AS]}, ROBOT, "may"),
        (DENIED, {}, ROW, "unknown"),
        (DENIED, {}, ROBOT, "may-not-act"),
        ({}, DENIED, ROBOT, "may-not"),
        ({"permissions": ["compute.instances.osLogin"]}, DENIED, ROBOT, "unknown"),
    ],
)
def test_the_role_that_lets_in(on_vm: Any, acting: Any, row: dict[str, Any], outcome: str) -> None:
    """roles/compute.osLogin alone is enough."""
    assert rights.read(who(row), on_vm, acting).outcome == outcome


def of_metadata(known: Metadata, *, others: tuple[LocalKey, ...] = ()) -> Fact[Any]:
    unseen = () if known.project is not None else (DENIED,)
    return metakeys.read(known, KEYS, "dana", NOW, {}, "", unseen, others)


def test_what_metadata_say_of_the_key() -> None:
    line = f"dana:{MINE}"
    assert of_metadata(Metadata({"ssh-keys": line})).outcome == "fits"
    assert of_metadata(Metadata({"ssh-keys": line, "disable-account-manager": "true"})).outcome == "manager-off"
    assert of_metadata(Metadata({"ssh-keys": f"web:{MINE}"})).data["user_wanted"] == "web"
    assert of_metadata(Metadata({"ssh-keys": f"dana:{MINE[:70]}"})).outcome == "broken"
    assert of_metadata(Metadata({"ssh-keys": f"{MINE} x"})).outcome == "rejected"
    assert of_metadata(Metadata({"ssh-keys": f"dana:{OTHER}"}), others=(OLD,)).outcome == "other-local"
    assert of_metadata(Metadata({"ssh-keys": f"dana:{OTHER}"})).outcome == "none"


def test_what_the_project_says_unseen_is_not_known() -> None:
    assert of_metadata(Metadata({}, None)).outcome == "unknown"
    assert of_metadata(Metadata({"ssh-keys": f"dana:{MINE} {ends(PAST)}"}, None)).outcome == "unknown"
    assert of_metadata(Metadata({"ssh-keys": f"dana:{MINE}"}, None)).outcome == "fits"
    assert of_metadata(Metadata({"block-project-ssh-keys": "1"}, None)).outcome == "none"


def test_why_the_key_is_not_there() -> None:
    def deeper(known: Metadata, mine: Profile | None = None, may: metakeys.Rights = MAY) -> str:
        return str(metakeys.deeper(of_metadata(known), mine, may, known, KEYS, NOW).outcome)

    held = read_profile({"sshPublicKeys": {"1": {"key": MINE}}}, "shop", NOW)
    assert deeper(Metadata(), held) == "only-in-profile"
    assert deeper(Metadata({}, {"ssh-keys": "x" * 262_100})) == "full"
    assert deeper(Metadata({"ssh-keys": "x" * 262_100})) == "vm-full"
    assert deeper(Metadata({"ssh-keys": "x" * 262_100, "block-project-ssh-keys": "1"})) == "full"
    assert deeper(Metadata({"ssh-keys": "x" * 262_100}), None, metakeys.Rights(True, of_project=False)) == "full"
    assert deeper(Metadata({"ssh-keys": "x" * 262_100}, {"ssh-keys": "x" * 262_100})) == "full"
    assert deeper(Metadata({"block-project-ssh-keys": "1"}, {"ssh-keys": "x" * 262_100})) == "none"
    assert deeper(Metadata(), None, metakeys.Rights(False, "compute.instances.setMetadata")) == "may-not-add"
    assert deeper(Metadata(), None, metakeys.Rights()) == "none"
    assert deeper(Metadata()) == "none"


BOOT = "[    0.000000] Linux version 6.1.0-28-cloud-amd64 (debian)\n"
AT = "Nov 17 05:00:02 web "
UNWRITTEN = f"{AT}google_guest_agent[4]: ERROR non_windows_accounts.go:1 Error updating SSH keys for dana: "


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "fine"),
        (f"{BOOT}{AT}google_guest_agent[4]: GCE Agent Started (version 1)\n", "fine"),
        (f"{BOOT}{UNWRITTEN}write /home/dana/.ssh/authorized_keys: no space left on device.\n", "disk-full"),
        (f"{UNWRITTEN}write: no space left on device.\n{BOOT}", "fine"),
        (f"{BOOT}{UNWRITTEN}open: read-only file system\n", "read-only"),
        (f"{BOOT}{UNWRITTEN}exit status 1\n", "accounts-fail"),
        (f"{BOOT}{AT}rsyslogd: action suspended: No space left on device\n", "disk-full?"),
        (f"{BOOT}{AT}systemd[1]: google-guest-agent.service: Failed with result 'exit-code'.\n", "agent-down"),
        (f"{BOOT}{AT}sshd[7]: Authentication refused: bad ownership or modes for directory /home/dana/.ssh\n", "modes"),
        (f"{BOOT}{AT}sshd[7]: Authentication refused: bad ownership or modes for directory /home/web/.ssh\n", "fine"),
        (f"{BOOT}{AT}sshd[7]: User dana from 192.0.2.1 not allowed because not listed in AllowUsers\n", "not-allowed"),
        (f"{BOOT}{AT}sshd[7]: User web from 192.0.2.1 not allowed because not listed in AllowUsers\n", "fine"),
    ],
)
def test_what_the_serial_port_says_about_this_login(text: str, outcome: str) -> None:
    assert guest.read({"contents": text}, "dana", {}).outcome == outcome


def test_a_serial_port_that_may_not_be_read_is_unknown() -> None:
    assert guest.read(DENIED, "dana", {}).outcome == "unknown"


@pytest.mark.parametrize(
    ("row", "value", "outcome"),
    [(ROW, "", "not-windows"), (WINDOWS, "", "off"), (WINDOWS, "FALSE", "off"), (WINDOWS, "TRUE", "on"),
     (WINDOWS, "yes", "off")],
)  # fmt: skip
def test_ssh_for_windows(row: dict[str, Any], value: str, outcome: str) -> None:
    known = Metadata({"enable-windows-ssh": value} if value else {})
    assert windows.read(who(row), known, ()).outcome == outcome


def test_what_a_windows_vm_says_of_its_package() -> None:
    def said(line: str) -> str:
        return str(windows.read_package({"contents": f"{line}\n"}, DENIED, {}).outcome)

    old = "GCEGuestAgent: detected OpenSSH version may be incompatible with enable_windows_ssh. Found 7.7, need 8.6"
    assert said(old) == "too-old"
    assert said("GCEGuestAgent: enable-windows-ssh is set, sshd does not appear to be running.") == "down"
    assert said("GCEGuestAgent: GCE Agent Started") == "unclear"
    assert windows.read_package(DENIED, DENIED, {}).outcome == "unknown"


def test_metadata_that_were_changed_just_now() -> None:
    place = Place("web-1", "europe-west1-b", "shop")

    def age(seconds: float, target: str = "https://x/projects/shop/zones/z/instances/web-1") -> str:
        at = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
        row = {"targetLink": target, "operationType": "setMetadata", "insertTime": at}
        return str(fresh.read({"items": [row]}, {}, place, datetime.now(UTC), {}).outcome)

    assert (age(20), age(400), age(20, "https://x/instances/web-2")) == ("fresh", "old", "old")
    assert fresh.read(DENIED, {}, place, NOW, {}).outcome == "unknown"
