"""How doors stand, judged from an embedded account: nothing is knocked at, and nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud import AMAZON, DEBIAN, UBUNTU, Network, client

from sshwizard import effects
from sshwizard.cloud.cloud import Cloud
from sshwizard.doors import allowed
from sshwizard.doors.door import Door, DoorFact
from sshwizard.doors.serial import consoles
from sshwizard.doors.survey import survey
from sshwizard.doors.table import DOORS
from sshwizard.doors.way import Shut
from sshwizard.effects.aws import AllowSource
from sshwizard.lab.aws import REGION, Aws
from sshwizard.model import Fact, Target
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

pytestmark = pytest.mark.requires("moto")

REFUSED: dict[str, Fact[Any]] = {"login": Fact("denied", "Permission denied (publickey)"), "tcp": Fact("open", "")}
SILENT: dict[str, Fact[Any]] = {"tcp": Fact("silent", "nothing answers")}


def scene(cloud: Cloud, id_: str, facts: dict[str, Fact[Any]]) -> Scene:
    leg = Leg(id_, {"hostname": (id_,), "user": ("ec2-user",), "port": ("22",)})
    return Scene(Target(id_, (id_,)), (leg,), 0, facts, Run(), cloud=cloud)


async def judged(door: str, id_: str, facts: dict[str, Fact[Any]] | None = None) -> DoorFact:
    cloud = Cloud()
    try:
        return await DOORS[door].judge(scene(cloud, id_, REFUSED if facts is None else facts))
    finally:
        await cloud.close()


async def walked(door: str, id_: str) -> Shut:
    cloud = Cloud()
    walk = DOORS[door].walk
    assert walk is not None
    try:
        with pytest.raises(Shut) as shut:
            async with walk(scene(cloud, id_, REFUSED)):
                raise AssertionError("it opened")
    finally:
        await cloud.close()
    return shut.value


async def test_instance_connect_depends_on_the_image_and_on_how_far_ssh_came(aws: Aws) -> None:
    net = Network(aws)
    for image, state in ((AMAZON, "open"), (UBUNTU, "open"), (DEBIAN, "unknown")):
        assert (await judged("eic", net.launch("web", image=image))).state == state, image
    web = net.launch("web-1")
    assert (await judged("eic", web, SILENT)).state == "shut"
    assert (await judged("eic", web, {})).state == "unknown"
    net.ec2.stop_instances(InstanceIds=[web])
    assert (await judged("eic", web)).code == "aws.instance-stopped"


def allows(*users: str, condition: str = "ec2:osuser") -> str:
    """A policy that lets a key be pushed on one condition."""
    row = {"Effect": "Allow", "Action": "ec2-instance-connect:*", "Resource": "*",
           "Condition": {"StringEquals": {condition: list(users)}}}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [row]})


async def test_the_login_name_that_iam_excludes_is_named(aws: Aws) -> None:
    """The policies are those of dana, as whom the account is asked; the door tells whom they let in instead."""
    net = Network(aws)
    web, iam = net.launch("web-1"), client(aws, "iam")
    assert (await judged("eic", web)).state == "open"  # there is no such user: the simulator says nothing
    iam.create_user(UserName="dana")
    for policy, state in ((allows("ec2-user"), "open"), (allows("ops", "ubuntu"), "shut"),
                          (allows("x", condition="aws:ResourceTag/team"), "open")):  # fmt: skip
        iam.put_user_policy(UserName="dana", PolicyName="push", PolicyDocument=policy)
        assert (await judged("eic", web)).state == state, policy
    iam.put_user_policy(UserName="dana", PolicyName="push", PolicyDocument=allows("ops", "ubuntu"))
    told = await judged("eic", web)
    assert told.code == "eic.permission-missing"
    assert told.why == "IAM lets you push a key for ubuntu, and not for ec2-user: the condition ec2:osuser"
    aws.deny("ec2-instance-connect:SendSSHPublicKey")
    assert "the condition ec2:osuser" not in str(await walked("eic", web))
    aws.deny("iam:SimulatePrincipalPolicy")
    assert (await judged("eic", web)).state == "open"


async def test_the_browser_comes_from_a_range_of_aws(aws: Aws) -> None:
    """The list is AWS's; a rule for our address alone does not let it in, and the fix names exactly that list."""
    net = Network(aws)
    web = net.launch("web-1")
    lists = net.ec2.describe_managed_prefix_lists()["PrefixLists"]
    (made,) = [one["PrefixListId"] for one in lists
               if one["PrefixListName"] == f"com.amazonaws.{REGION}.ec2-instance-connect"]  # fmt: skip
    net.allow(net.group, "198.51.100.7/32")
    told = await judged("browser", web)
    assert (told.state, told.code) == ("shut", "eic.service-range-blocked")
    assert "18.202.216.48/29" in told.why
    rule = AllowSource("", REGION, net.group, 22, made, "ssh for kim")
    back = effects.apply_all((rule,))
    assert (await judged("browser", web)).state == "open"
    with pytest.raises(effects.Refused):
        effects.apply_all((rule,))
    effects.apply_all(back)
    assert (await judged("browser", web)).state == "shut"
    aws.deny("ec2:DescribeManagedPrefixLists")
    assert (await judged("browser", web)).state == "unknown"
    assert aws.gaps() == {}


@pytest.mark.parametrize(("passwords", "code"), [(0, "serial.no-password-user"), (1, ""), (None, "")])
async def test_a_console_without_a_password_is_shut_once_somebody_looked_inside(
    aws: Aws, passwords: int | None, code: str
) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    net.ec2.enable_serial_console_access()
    saw: Fact[Any] = Fact("nothing", "", data={"passwords": passwords})
    assert (await judged("serial", web, {**REFUSED, "inside": saw})).code == code


def test_a_session_is_its_role() -> None:
    assert allowed.principal("arn:aws:sts::123456789012:assumed-role/Ops/kim") == "arn:aws:iam::123456789012:role/Ops"
    assert allowed.principal("arn:aws:iam::123456789012:user/dana") == "arn:aws:iam::123456789012:user/dana"
    assert allowed.principal("arn:aws:iam::123456789012:root") == ""


async def test_a_key_that_cannot_be_read_is_not_pushed_in_hope(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    net.ec2.modify_instance_metadata_options(InstanceId=web, HttpEndpoint="disabled")
    assert (await judged("eic", web)).code == "eic.metadata-unreachable"


async def test_the_serial_console_needs_the_account_s_leave_and_nitro(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    assert (await judged("serial", web)).code == "serial.account-access-off"
    net.ec2.enable_serial_console_access()
    fact = await judged("serial", web, SILENT)
    assert fact.state == "open"
    assert fact.commands[-1] == f"ssh -i KEY {web}.port0@{consoles()['eu-west-1'].host}"
    aws.deny("ec2:GetSerialConsoleAccessStatus")
    denied = await judged("serial", web)
    assert (denied.state, denied.needs[0]) == ("unknown", "allow ec2:GetSerialConsoleAccessStatus")
    aws.heal()
    aws.deny("ec2-instance-connect:SendSerialConsoleSSHPublicKey")
    assert (await walked("serial", web)).code == "serial.access-denied"


async def test_an_old_type_has_no_serial_console(aws: Aws) -> None:
    net = Network(aws)
    net.ec2.enable_serial_console_access()
    interface = {"DeviceIndex": 0, "SubnetId": net.public, "Groups": [net.group], "AssociatePublicIpAddress": True}
    made = net.ec2.run_instances(
        ImageId=AMAZON, MinCount=1, MaxCount=1, InstanceType="m4.large", NetworkInterfaces=[interface]
    )
    fact = await judged("serial", made["Instances"][0]["InstanceId"])
    assert (fact.state, fact.code) == ("shut", "serial.not-supported")


async def test_the_endpoint_and_its_rules(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1", public=False)
    assert (await judged("eice", web)).code == "eic.endpoint-missing"
    group = net.new_group("endpoint")
    net.ec2.create_instance_connect_endpoint(SubnetId=net.private, SecurityGroupIds=[group])
    assert (await judged("eice", web)).code == "eic.endpoint-blocked"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": group}]}
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[rule])
    assert (await judged("eice", web)).state == "open"


async def test_session_manager_says_what_it_lacks(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    assert (await judged("ssm", web)).code == "ssm.instance-role-missing"
    aws.agent(web, PingStatus="ConnectionLost")
    assert (await judged("ssm", web)).code == "ssm.agent-offline"
    aws.agent(web)
    assert (await judged("ssm", web)).state == "open"


async def test_what_a_stop_would_destroy_shuts_the_ways_that_stop_it(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    for door in ("runbook", "user-data", "volume"):
        fact = await judged(door, web)
        assert fact.state == "unknown"
        assert "stops and starts the instance" in fact.interrupts
        assert any(web in line for line in fact.commands)
    assert (await judged("clone", web)).interrupts == ""
    net.ec2.create_tags(Resources=[web], Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}])
    for door in ("runbook", "user-data", "volume"):
        assert (await judged(door, web)).state == "shut"


async def test_the_disk_s_guides_are_filled_in_and_leave_nothing_but_the_helper_open(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    row = net.instance(web)
    (disk,) = [one for one in row["BlockDeviceMappings"] if one["DeviceName"] == row["RootDeviceName"]]
    volume, zone = disk["Ebs"]["VolumeId"], row["Placement"]["AvailabilityZone"]
    for door, mine in (("volume", volume), ("clone", "$copy")):
        lines = (await judged(door, web)).commands
        text = "\n".join(lines)
        assert volume in text
        assert zone in text
        assert f"attach-volume --volume-id {mine}" in text or f'--volume-id "{mine}"' in text
        assert "nouuid" in text
        assert not {"VOLUME", "ZONE"} & set(text.split())
    text = "\n".join((await judged("volume", web)).commands)
    assert f"nvme-Amazon_Elastic_Block_Store_{volume.replace('-', '')}" in text
    assert text.endswith(f"start-instances --instance-ids {web} --region eu-west-1")
    assert f"--instance-id {web} --device {row['RootDeviceName']}" in text


async def test_a_shut_door_says_what_would_open_it(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1", public=False)
    opens = {"eice": "create-instance-connect-endpoint", "ssm": "attach-ssm-role", "serial": "enable-serial-console"}
    for door, action in opens.items():
        fact = await judged(door, web)
        assert fact.state == "shut"
        assert any(f"--do {action}" in line for line in fact.commands), fact


async def test_without_an_answer_no_door_is_open(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.deny("ec2:*", "ssm:*")
    for door in ("eic", "eice", "ssm", "serial", "runbook"):
        fact = await judged(door, web)
        assert (fact.state, bool(fact.needs)) == ("unknown", True), door
    assert (await walked("eic", web)).unblock == "allow ec2:DescribeInstances"


async def test_a_plain_host_has_plain_doors_only_and_nobody_is_asked(aws: Aws) -> None:
    before = len(aws.calls())
    for name, door in DOORS.items():
        fact = await judged(name, "192.168.7.7")
        assert fact.state == "shut", (door.title, fact)
    assert len(aws.calls()) == before


async def test_a_judge_that_breaks_or_hangs_is_unknown(aws: Aws) -> None:
    async def breaks(_: Scene) -> DoorFact:
        raise KeyError("x")

    aws.hang("ec2:GetSerialConsoleAccessStatus")
    web = Network(aws).launch("web-1")
    table = {"broken": Door("broken", "Broken", "", breaks), "serial": DOORS["serial"]}
    cloud = Cloud()
    try:
        facts = await survey(table, scene(cloud, web, REFUSED), 1.0)
    finally:
        await cloud.close()
    assert {name: fact.outcome for name, fact in facts.items()} == {
        "door.broken": "unknown",
        "door.serial": "unknown",
    }
    assert "no answer came within 1 s" in facts["door.serial"].says


def test_every_door_has_an_action_of_the_vocabulary() -> None:
    from sshwizard import vocabulary

    for door in DOORS.values():
        assert not door.action or door.action in vocabulary.actions(), door.id


def test_every_region_has_one_server_and_one_fingerprint() -> None:
    rows = consoles()
    assert len(rows) == 38
    assert all(region in server.host for region, server in rows.items())
    assert len({server.fingerprint for server in rows.values()}) == len(rows)
    assert all(len(server.fingerprint) == len("SHA256:") + 43 for server in rows.values())
