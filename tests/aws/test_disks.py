"""Snapshots, larger volumes, a root disk on a helper or another in its place, a gateway, standby: made, taken back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from cloud import AMAZON, Network, client

from sshwizard import effects
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import (
    EnterStandby,
    GrowVolume,
    LendCopy,
    LendRoot,
    MakeSnapshot,
    OpenGateway,
    StopInstance,
    SwapRoot,
)
from sshwizard.effects.following import followed
from sshwizard.events import Doing
from sshwizard.journal import Journal
from sshwizard.lab.aws import REGION, Aws
from sshwizard.store import Store

from .test_account_changes import HERE, NOTE, told

pytestmark = pytest.mark.requires("moto")
ROOT = "/dev/xvda"


@pytest.fixture
def net(aws: Aws) -> Network:
    return Network(aws)


def root(net: Network, instance: str) -> tuple[str, str]:
    """The device and the volume that it boots from."""
    row = net.instance(instance)
    (disk,) = [one for one in row["BlockDeviceMappings"] if one["DeviceName"] == row["RootDeviceName"]]
    return disk["DeviceName"], disk["Ebs"]["VolumeId"]


def world(net: Network) -> dict[str, Any]:
    """All that these changes touch."""
    ec2 = net.ec2
    volumes = ec2.describe_volumes()["Volumes"]
    return {
        "volumes": sorted((one["VolumeId"], one["Size"], [at["InstanceId"] for at in one["Attachments"]],
                           [at["Device"] for at in one["Attachments"]]) for one in volumes),
        "snapshots": sorted(one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]),
        "states": sorted((one["InstanceId"], one["State"]["Name"]) for row in ec2.describe_instances()["Reservations"]
                         for one in row["Instances"]),
        "gateways": sorted(one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]),
    }  # fmt: skip


def samples(net: Network) -> list[Effect]:
    """One of each that can be taken back, on one server and its helper."""
    web, helper = net.launch("web-1"), net.launch("helper")
    device, volume = root(net, web)
    old = net.ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    other = net.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    zone = f"{REGION}a"
    return [
        MakeSnapshot(*HERE, web, volume, "snapshot-1", NOTE),
        LendRoot(*HERE, web, volume, device, helper),
        SwapRoot(*HERE, web, volume, device, old, "restore-1", zone, "gp3"),
        LendCopy(*HERE, web, volume, device, "copy-1", NOTE, helper, zone, "gp3"),
        OpenGateway(*HERE, other, "gateway-1"),
    ]


def test_each_is_made_once_and_taken_back_to_the_same_account(net: Network) -> None:
    every = samples(net)
    before = world(net)
    for effect in every:
        back = effects.apply_all((effect,))
        made = world(net)
        assert made != before, effect
        with pytest.raises(Refused):
            effects.apply_all((effect,))
        assert world(net) == made
        effects.apply_all(back)
        assert world(net) == before, effect
        with pytest.raises(Refused):
            effects.apply_all(back)
    assert net.aws.gaps() == {}


@pytest.mark.parametrize("made", [True, False], ids=["after it", "before it"])
def test_a_crash_in_the_middle_is_settled(net: Network, made: bool) -> None:
    every = samples(net)
    before = world(net)
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    for effect in every:
        doing = Doing("x", effect, effect.inverse(), "2026-01-02")
        if made:
            effect.apply()
        (said,) = journal.settle((doing,))
        assert ("was taken back" in said) is made, said
        assert world(net) == before


def test_a_crash_between_the_steps_is_settled(net: Network) -> None:
    """Stopped; detached; attached nowhere: the same steps put the disk back and start the server."""
    every = samples(net)
    before = world(net)
    lend = next(one for one in every if isinstance(one, LendRoot))
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    for steps in (0, 1):
        net.ec2.stop_instances(InstanceIds=[lend.instance])
        if steps:
            net.ec2.detach_volume(VolumeId=lend.volume)
        journal.settle((Doing("x", lend, lend.inverse(), "2026-01-02"),))
        assert world(net) == before


def test_what_is_denied_leaves_nothing_half_made(net: Network) -> None:
    every = samples(net)
    before = world(net)
    net.aws.deny("ec2:CreateSnapshot", "ec2:AttachVolume", "ec2:CreateVolume", "ec2:AttachInternetGateway")
    for effect in every:
        if not isinstance(effect, OpenGateway):
            with pytest.raises(Refused, match="allow ec2:"):
                effects.apply_all((effect,))
    net.aws.deny("ec2:AttachInternetGateway")
    with pytest.raises(Refused, match="allow ec2:"):
        every[-1].apply()
    assert world(net) == before


def test_a_snapshot_is_followed_and_who_ends_the_waiting_leaves_none(net: Network) -> None:
    snapshot = samples(net)[0]
    before = world(net)
    net.aws.disks(1)
    assert [row.partition(": ")[2].partition(" (")[0] for row in told(snapshot)] == ["pending 40%", "completed 100%"]
    snapshot_back = snapshot.inverse()
    assert snapshot_back is not None
    snapshot_back.apply()
    net.aws.disks(1000)
    stop = threading.Event()
    with followed(lambda says: stop.set(), stop), pytest.raises(Refused, match="you ended the waiting"):
        snapshot.apply()
    assert world(net) == before


def test_who_ends_the_waiting_leaves_no_copy(net: Network) -> None:
    every = samples(net)
    before = world(net)
    net.aws.disks(1)
    stop = threading.Event()
    with followed(lambda says: stop.set(), stop), pytest.raises(Refused, match="you ended the waiting"):
        every[3].apply()
    assert world(net) == before


def test_a_volume_grows_and_never_shrinks(net: Network) -> None:
    web = net.launch("web-1")
    _, volume = root(net, web)
    (row,) = net.ec2.describe_volumes(VolumeIds=[volume])["Volumes"]
    grow = GrowVolume(*HERE, web, volume, row["Size"], row["Size"] + 5)
    net.aws.disks(1)
    assert [one.partition(": ")[2].partition(",")[0] for one in told(grow)] == ["modifying", "optimizing"]
    assert net.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"] == row["Size"] + 5
    assert not grow.undoable
    with pytest.raises(Refused, match=f"has {row['Size'] + 5} GiB now"):
        effects.apply_all((grow,))


def test_a_helper_must_run_in_the_same_zone_with_room_for_the_disk(net: Network) -> None:
    web, far, off = net.launch("web-1"), net.launch("far", public=False), net.launch("off")
    device, volume = root(net, web)
    net.ec2.stop_instances(InstanceIds=[off])
    for helper, says in ((far, "no volume leaves its zone"), (off, "not running")):
        with pytest.raises(Refused, match=says):
            LendRoot(*HERE, web, volume, device, helper).check()
    assert net.instance(web)["State"]["Name"] == "running"


def test_standby_around_a_stop(net: Network) -> None:
    """Out of service, stopped, started, and back: the group launches nobody in its place."""
    scaling = client(net.aws, "autoscaling")
    web = net.launch("web-1")
    scaling.create_launch_configuration(LaunchConfigurationName="shop", ImageId=AMAZON, InstanceType="t3.small")
    scaling.create_auto_scaling_group(AutoScalingGroupName="shop", LaunchConfigurationName="shop", MinSize=0, MaxSize=2,
                                      DesiredCapacity=0, VPCZoneIdentifier=net.public)  # fmt: skip
    scaling.attach_instances(InstanceIds=[web], AutoScalingGroupName="shop")

    def group() -> tuple[str, int]:
        (row,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return row["Instances"][0]["LifecycleState"], row["DesiredCapacity"]

    before = group()
    back = effects.apply_all((EnterStandby(*HERE, web, "shop"),))
    assert group() == ("Standby", before[1] - 1)
    with pytest.raises(Refused, match="is Standby"):
        effects.apply_all((EnterStandby(*HERE, web, "shop"),))
    started = effects.apply_all((StopInstance(*HERE, web),))
    effects.apply_all(started)
    effects.apply_all(back)
    assert group() == before
    assert net.aws.gaps() == {}
