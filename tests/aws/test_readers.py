"""Pure readers of AWS's answers: console, image, state, status checks, host keys, key pair."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sshwizard.cloud.aws.clues import Clue
from sshwizard.cloud.aws.identify import Identity
from sshwizard.cloud.unseen import Unseen
from sshwizard.probes import doorways
from sshwizard.probes.aws import console, hostkeys, identity, images, looks, serial, standing, state, status
from sshwizard.probes.console import read_text
from sshwizard.probes.scene import Leg

SAVED = Path(__file__).parent.parent / "data" / "aws"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DENIED = Unseen("ec2:GetConsoleOutput", "denied", "you may not", "allow ec2:GetConsoleOutput")


def posted(name: str) -> dict[str, Any]:
    text = (SAVED / f"{name}.txt").read_text("utf-8")
    return {"InstanceId": "i-0123456789abcdef0", "Output": text, "Timestamp": "2026-11-22T08:58:00+00:00"}


# ------------------------------------------------------------------ console


CONSOLES = {
    "disk-full": "server.disk-full",
    "kernel-panic": "server.kernel-panic",
    "emergency-fstab": "server.fstab-broken",
    "healthy": "nothing",
    "healed-by-a-reboot": "nothing",
}


@pytest.mark.parametrize("name", CONSOLES)
def test_a_console_proves_a_cause_or_nothing(name: str) -> None:
    fact = console.read(posted(name), NOW)
    assert fact.outcome == CONSOLES[name]
    assert fact.data["age"] == 120
    assert fact.lines


def test_before_the_first_console_was_posted_there_is_none() -> None:
    assert console.read({"InstanceId": "i-1"}).outcome == "empty"
    assert console.read(DENIED).outcome == "unknown"
    assert console.read(DENIED).data["unseen"][0]["call"] == "ec2:GetConsoleOutput"


def test_cloud_init_names_the_user_the_keys_and_the_host_keys() -> None:
    found = read_text(posted("healthy")["Output"])
    assert found.users == ("admin",)
    assert found.login
    assert found.authorized == ("SHA256:" + "k" * 43,)
    assert set(found.host_keys.values()) == {"ED25519", "ECDSA"}


def test_cloud_init_writes_fingerprints_as_pairs_of_digits_too() -> None:
    digest = hashlib.sha256(b"key").digest()
    text = f"ci-info: | ssh-rsa | {digest.hex(':')} |    -    | me |\n"
    wanted = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    assert read_text(text).authorized == (wanted,)


def test_a_console_is_a_strangers_word_and_is_cleaned() -> None:
    answer = {"Output": "x\x1b]0;title\x07 /dev/sda1: No space left on device\x1b[2J\n"}
    assert "\x1b" not in str(console.read(answer))


@pytest.mark.parametrize(
    ("shown", "type_", "outcome"),
    [
        ("SHA256:" + "e" * 43, "ED25519", "confirms"),
        ("SHA256:" + "x" * 43, "ssh-ed25519", "contradicts"),
        ("SHA256:" + "x" * 43, "ssh-rsa", "silent"),
        ("", "", "silent"),
    ],
)
def test_a_host_key_is_compared_with_those_on_the_console(shown: str, type_: str, outcome: str) -> None:
    assert hostkeys.read(posted("healthy"), shown, type_).outcome == outcome


# ------------------------------------------------------------------ images


def image(name: str, owner: str = "137112412989", **more: Any) -> dict[str, Any]:
    return {"Images": [{"ImageId": "ami-1", "Name": name, "OwnerId": owner, **more}]}


IMAGES = {
    "al2023-ami-2023.9.20251110.1-kernel-6.12-x86_64": "ec2-user",
    "amzn2-ami-kernel-5.10-hvm-2.0.20251110.0-x86_64-gp2": "ec2-user",
    "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022": "ubuntu",
    "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20251031": "ubuntu",
    "debian-12-amd64-20251006-2257": "admin",
    "RHEL-9.6.0_HVM-20250910-x86_64-0-Hourly2-GP3": "ec2-user",
    "suse-sles-15-sp6-v20250910-hvm-ssd-x86_64": "ec2-user",
    "Fedora-Cloud-Base-AmazonEC2.x86_64-42-1.1": "fedora",
    "CentOS Linux 7 x86_64 HVM EBS": "centos",
    "Rocky-9-EC2-Base-9.6-20250531.0.x86_64": "rocky",
    "bitnami-wordpress-6.5.2-0-r02-linux-debian-12-x86_64-hvm-ebs": "bitnami",
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_name_of_a_published_image_tells_the_user(name: str) -> None:
    fact = images.read_user(image(name))
    assert (fact.outcome, fact.data["user"]) == ("known", IMAGES[name])


def test_an_image_of_somebodys_own_tells_no_user() -> None:
    assert images.read_user(image("golden-ubuntu", "123456789012")).outcome == "unclear"
    assert images.read_user({"Images": []}).outcome == "unclear"
    assert images.read_user(image("Windows_Server-2022", "801119661308", Platform="windows")).outcome == "windows"


def test_the_user_of_this_connection_is_compared() -> None:
    ubuntu = image("ubuntu/images/hvm-ssd/ubuntu-noble", "099720109477")
    other = images.read(ubuntu, {}, "ec2-user")
    assert (other.outcome, other.data["user_wanted"]) == ("other", "ubuntu")
    assert images.read(ubuntu, {}, "ubuntu").outcome == "same"
    assert images.read(image("golden", "123456789012"), {}, "me").outcome == "unclear"


def test_cloud_inits_own_word_outranks_the_name_of_the_image() -> None:
    golden = image("golden-web", "123456789012")
    fact = images.read(golden, posted("healthy"), "ubuntu")
    assert (fact.outcome, fact.data["user_wanted"]) == ("other", "admin")
    assert images.read(DENIED, DENIED, "me").outcome == "unknown"


# ------------------------------------------------------------------ state and status


def instance(name: str, **more: Any) -> Identity:
    row = {"InstanceId": "i-1", "State": {"Name": name}, "LaunchTime": "2026-11-22T08:59:30+00:00", **more}
    return Identity("instance", Clue("id", "i-1"), region="eu-west-1", instance=row)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("running", "running"), ("pending", "pending"), ("stopping", "stopped"), ("stopped", "stopped"),
     ("shutting-down", "terminated"), ("terminated", "terminated"), ("odd", "unknown")],
)  # fmt: skip
def test_a_state_is_read(name: str, outcome: str) -> None:
    assert state.read(instance(name), NOW).outcome == outcome


def test_a_state_says_why_and_what_a_start_would_change() -> None:
    why = {"Code": "Server.SpotInstanceTermination", "Message": "Server.SpotInstanceTermination: reclaimed"}
    address = [{"Association": {"PublicIp": "54.229.17.20", "IpOwnerId": "123456789012"}}]
    fact = state.read(instance("stopped", StateReason=why, InstanceLifecycle="spot", NetworkInterfaces=address), NOW)
    assert "reclaimed" in fact.says
    assert (fact.data["spot"], fact.data["keeps_address"], fact.data["up"]) == (True, True, 30)


def test_an_id_that_is_gone_is_terminated_and_a_plain_host_is_not_asked() -> None:
    assert state.read(Identity("nobody", Clue("id", "i-1"))).outcome == "terminated"
    assert state.read(Identity("not-asked", unseen=(Unseen("", "plain", "no"),))).outcome == "not-asked"
    assert state.read(Identity("unseen", unseen=(DENIED,))).outcome == "unknown"


def checks(system: str, own: str, events: tuple[dict[str, str], ...] = (), ebs: str = "ok") -> dict[str, Any]:
    row = {"InstanceId": "i-1", "SystemStatus": {"Status": system}, "InstanceStatus": {"Status": own},
           "AttachedEbsStatus": {"Status": ebs}, "Events": list(events)}  # fmt: skip
    return {"InstanceStatuses": [row]}


RETIRES = {"Code": "instance-retirement", "Description": "degraded hardware", "NotBefore": "2026-11-22T06:00:00+00:00"}
LATER = {**RETIRES, "NotBefore": "2026-12-24T06:00:00+00:00"}
OVER = {**RETIRES, "Description": "[Completed] degraded hardware"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (checks("ok", "ok"), "ok"),
        (checks("impaired", "impaired"), "system-failed"),
        (checks("ok", "ok", ebs="impaired"), "system-failed"),
        (checks("ok", "impaired"), "instance-failed"),
        (checks("initializing", "initializing"), "initializing"),
        (checks("insufficient-data", "insufficient-data"), "no-data"),
        (checks("not-applicable", "not-applicable"), "no-data"),
        ({"InstanceStatuses": []}, "no-data"),
        (checks("ok", "ok", (RETIRES,)), "event"),
        (checks("ok", "ok", (LATER,)), "ok"),
        (checks("ok", "ok", (OVER,)), "ok"),
        (DENIED, "unknown"),
    ],
)
def test_the_status_checks_are_read(answer: Any, outcome: str) -> None:
    assert status.read(answer, NOW).outcome == outcome


# ------------------------------------------------------------------ identity


def test_every_outcome_of_an_identity_has_a_sentence() -> None:
    row = {"InstanceId": "i-1", "Tags": [{"Key": "Name", "Value": "web-1"}], "PublicIpAddress": "54.229.17.20"}
    other = {**row, "InstanceId": "i-2"}
    by_address = Clue("range", addresses=("54.229.17.20",), region="eu-west-1")
    known: list[tuple[str, Identity]] = [
        ("instance", Identity("instance", by_address, instance=row)),
        ("other-instance", Identity("instance", by_address, instance=other, namesakes=(row,))),
        ("elsewhere", Identity("instance", Clue("id", "i-1"), region="us-east-1", instance=row, elsewhere="eu-west-1")),
        ("terminated", Identity("terminated", Clue("id", "i-1"), instance=row)),
        ("replaced", Identity("terminated", Clue("id", "i-1"), instance=row, others=(other,))),
        ("several", Identity("several", Clue("wish", tag="web-1"), others=(row, other))),
        ("load-balancer", Identity("load-balancer", by_address, interface={"Description": "ELB app/web"})),
        ("nat-gateway", Identity("nat-gateway", by_address)),
        ("interface", Identity("interface", by_address)),
        ("free-address", Identity("free-address", by_address)),
        ("moved", Identity("nobody", by_address, namesakes=(row,))),
        ("nobody", Identity("nobody", by_address, searched=(("", "eu-west-1"),))),
        ("locked-out", Identity("unseen", by_address, unseen=(Unseen("", "expired", "expired"),))),
        ("denied", Identity("unseen", by_address, unseen=(DENIED,))),
        ("not-asked", Identity("not-asked", unseen=(Unseen("", "plain", "plain"),))),
        ("unknown", Identity("unseen", by_address, unseen=(Unseen("", "slow", "slow"),))),
    ]
    for outcome, who in known:
        fact = identity.read(who)
        assert fact.outcome == outcome
        assert fact.says
    by_name = "serial-console"  # told by the host's own name, before anybody is asked
    assert {outcome for outcome, _ in known} == {*looks.identity.outcomes, "unknown"} - {by_name}


@pytest.mark.parametrize(
    ("host", "user", "meant"),
    [
        ("serial-console.ec2-instance-connect.eu-west-1.aws", "i-0123456789abcdef0.port0", "i-0123456789abcdef0"),
        ("serial-console.ec2-instance-connect.us-gov-west-1.amazonaws.com", "root", ""),
    ],
)
def test_the_serial_console_is_known_by_its_name(host: str, user: str, meant: str) -> None:
    leg = Leg("console", {"hostname": (host,), "user": (user,)})
    assert doorways.serial(leg) == (meant, host.split(".")[2])
    assert doorways.serial(Leg("web-1", {"hostname": ("web-1.example",)})) == ("", "")


@pytest.mark.parametrize(
    ("name", "on", "kind", "outcome"),
    [
        ("running", False, {"Hypervisor": "nitro"}, "off"),
        ("stopped", True, {"Hypervisor": "nitro"}, "not-running"),
        ("running", True, {"Hypervisor": "xen"}, "not-supported"),
        ("running", True, {"Hypervisor": "nitro"}, "allowed"),
        ("running", None, {"Hypervisor": "nitro"}, "unknown"),
        ("running", True, None, "unknown"),
    ],
)
def test_whether_an_instance_has_a_console(name: str, on: bool | None, kind: Any, outcome: str) -> None:
    row = {"InstanceId": "i-0123456789abcdef0", "InstanceType": "m4.large", "State": {"Name": name}}
    access = DENIED if on is None else {"SerialConsoleAccessEnabled": on}
    told = serial.read(row, access, DENIED if kind is None else {"InstanceTypes": [kind]}, "eu-west-1")
    assert told.outcome == outcome


def test_who_else_a_route_for_everybody_would_open() -> None:
    """The instances with a public address in every subnet that uses the same table; those of another are left out."""
    rows = {
        "RouteTables": [
            {"RouteTableId": "rtb-1", "Associations": [{"Main": True}]},
            {"RouteTableId": "rtb-2", "Associations": [{"SubnetId": "subnet-3"}]},
        ],
        "SecurityGroups": [
            {"GroupId": "sg-1", "IpPermissions": [{"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]},
            {"GroupId": "sg-2", "IpPermissions": [{"IpRanges": [{"CidrIp": "198.51.100.7/32"}]}]},
        ],
    }

    def one(id_: str, subnet: str, public: str, group: str) -> dict[str, Any]:
        return {"InstanceId": id_, "SubnetId": subnet, "PublicIpAddress": public, "State": {"Name": "running"},
                "SecurityGroups": [{"GroupId": group}], "Tags": [{"Key": "Name", "Value": id_.upper()}]}  # fmt: skip

    found = {"Reservations": [{"Instances": [
        one("i-1", "subnet-1", "198.20.30.1", "sg-1"), one("i-2", "subnet-2", "198.20.30.2", "sg-2"),
        one("i-3", "subnet-3", "198.20.30.3", "sg-1"), one("i-4", "subnet-1", "", "sg-1"),
    ]}]}  # fmt: skip
    told = standing.blast(rows, found, {"SubnetId": "subnet-1"})
    assert told == {"table": "rtb-1", "reached": [["i-1", "I-1", "198.20.30.1", True],
                                                  ["i-2", "I-2", "198.20.30.2", False]]}  # fmt: skip
    assert standing.blast({}, found, {"SubnetId": "subnet-1"})["reached"] is None
