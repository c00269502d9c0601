"""Other ways in, and switches: made in an account, followed to their end, found again and taken back."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from cloud import Network, client

from sshwizard import effects
from sshwizard.cloud import cloud
from sshwizard.cloud.aws.clues import Wish
from sshwizard.effects import Effect, Refused
from sshwizard.effects.aws import (
    AddRoute,
    AskAs,
    AttachRole,
    GiveAddress,
    Metadata,
    OpenEndpoint,
    RebootInstance,
    RunAutomation,
    SerialConsole,
    StopStartInstance,
)
from sshwizard.effects.following import followed
from sshwizard.events import Doing
from sshwizard.journal import Journal
from sshwizard.lab.aws import REGION, Aws
from sshwizard.store import Store

pytestmark = pytest.mark.requires("moto")

NOTE = "ssh for kim (sshwizard 2026-11-22)"
HERE = ("", REGION)


@pytest.fixture
def net(aws: Aws) -> Network:
    return Network(aws)


def told(effect: Effect) -> list[str]:
    """What is said while it is made."""
    said: list[str] = []
    with followed(said.append, threading.Event()):
        effects.apply_all((effect,))
    return said


def world(net: Network) -> dict[str, Any]:
    """All that these changes touch."""
    ec2 = net.ec2
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {
        "groups": sorted(one["GroupId"] for one in groups),
        "rules": [rule for one in groups if one["GroupId"] == net.group for rule in one["IpPermissions"]],
        "endpoints": [one["SubnetId"] for one in ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]],
        "addresses": ec2.describe_addresses()["Addresses"],
        "routes": ec2.describe_route_tables(RouteTableIds=[net.routes])["RouteTables"][0]["Routes"],
        "serial": ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"],
        "options": [one["MetadataOptions"]["HttpEndpoint"] for row in ec2.describe_instances()["Reservations"]
                    for one in row["Instances"]],
        "roles": [one["IamInstanceProfile"]["Arn"] for one in
                  ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]],
    }  # fmt: skip


def endpoint(net: Network) -> OpenEndpoint:
    return OpenEndpoint(*HERE, net.vpc, net.private, net.group, 22, "sshwizard-0a1b2c", NOTE)


def samples(net: Network, web: str) -> list[Effect]:
    """One of each that can be taken back."""
    options = net.instance(web)["MetadataOptions"]
    was = options["HttpEndpoint"], options["HttpTokens"]
    return [
        endpoint(net),
        GiveAddress(*HERE, web, "ssh-0a1b2c", net.instance(web)["PublicIpAddress"]),
        AddRoute(*HERE, net.routes, "198.51.100.7/32", net.gateway),
        SerialConsole(*HERE, True),
        Metadata(*HERE, web, "disabled", "required", *was),
        AttachRole(*HERE, web, "for-ssm"),
    ]


def role(net: Network) -> None:
    iam = client(net.aws, "iam")
    iam.create_instance_profile(InstanceProfileName="for-ssm")


def test_each_is_made_once_and_taken_back_to_the_same_account(net: Network) -> None:
    web = net.launch("web-1")
    role(net)
    before = world(net)
    for effect in samples(net, web):
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
    web = net.launch("web-1")
    role(net)
    before = world(net)
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    for effect in samples(net, web):
        doing = Doing("x", effect, effect.inverse(), "2026-01-02")
        if made:
            effect.apply()
        (said,) = journal.settle((doing,))
        assert ("was taken back" in said) is made, said
        assert world(net) == before


def test_what_is_denied_leaves_nothing_half_made(net: Network) -> None:
    web = net.launch("web-1")
    role(net)
    before = world(net)
    net.aws.deny("ec2:CreateInstanceConnectEndpoint", "ec2:AssociateAddress", "ec2:CreateRoute",
                 "ec2:EnableSerialConsoleAccess", "ec2:ModifyInstanceMetadataOptions",
                 "ec2:AssociateIamInstanceProfile")  # fmt: skip
    for effect in samples(net, web):
        with pytest.raises(Refused, match="allow ec2:"):
            effects.apply_all((effect,))
        with pytest.raises(Refused):
            effect.apply()
        assert world(net) == before, effect


def test_an_endpoint_is_followed_until_it_can_be_used(net: Network) -> None:
    net.aws.endpoints(3)
    said = told(endpoint(net))
    assert [row.partition(": ")[2].partition(" (")[0] for row in said] == ["create-in-progress", "create-complete"]
    (made,) = net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
    (own,) = net.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["sshwizard-0a1b2c"]}])[
        "SecurityGroups"
    ]
    assert (made["SecurityGroupIds"], made["SubnetId"]) == ([own["GroupId"]], net.private)
    (rule,) = world(net)["rules"]
    assert (rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == (22, 22, [])
    assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [own["GroupId"]]


def test_who_ends_the_waiting_gets_the_account_as_it_was(net: Network) -> None:
    net.aws.endpoints(1000)
    before, stop = world(net), threading.Event()
    with followed(lambda says: stop.set(), stop), pytest.raises(Refused, match="you ended the waiting"):
        endpoint(net).apply()
    assert world(net) == before


def test_a_deadline_ends_it_as_well(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sshwizard.effects.aws.endpoint.LIMIT", 0.1)
    net.aws.endpoints(1000)
    before = world(net)
    with pytest.raises(Refused, match="did not end within"):
        endpoint(net).apply()
    assert world(net) == before


def test_a_stop_and_start_moves_it_and_leaves_it_running(net: Network) -> None:
    web = net.launch("web-1")
    was = net.instance(web)
    said = told(StopStartInstance(*HERE, web, ("its public address changes",)))
    assert [row.partition(": ")[2].partition(" (")[0] for row in said] == ["stopped", "running"]
    now = net.instance(web)
    assert now["State"]["Name"] == "running"
    assert now["LaunchTime"] > was["LaunchTime"]


def test_a_crash_while_it_is_stopped_starts_it(net: Network) -> None:
    web = net.launch("web-1")
    effect = StopStartInstance(*HERE, web)
    doing = Doing("stop-start-instance", effect, effect.inverse(), "2026-01-02")
    net.ec2.stop_instances(InstanceIds=[web])
    journal = Journal(Store.create("web-1"), read_only=False, noted=lambda doing: None)
    journal.settle((doing,))
    assert net.instance(web)["State"]["Name"] == "running"


def test_a_restart(net: Network) -> None:
    web = net.launch("web-1")
    told(RebootInstance(*HERE, web))
    assert [one["action"] for one in net.aws.calls() if one["mutating"]][-1] == "RebootInstances"
    net.ec2.stop_instances(InstanceIds=[web])
    with pytest.raises(Refused, match="is stopped, not running"):
        told(RebootInstance(*HERE, web))


async def test_another_profile_is_asked_from_the_next_look_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (cloud.PROFILE, cloud.REGION):
        monkeypatch.setenv(name, "")
    asked = cloud.Cloud()
    back = effects.apply_all((AskAs("ops", "us-east-2"),))
    await asked.forget()
    assert asked.aws.wish == Wish(("ops",), "us-east-2")
    effects.apply_all(back)
    await asked.forget()
    assert asked.aws.wish == Wish()
    await asked.close()


# ------------------------------------------------------------------ the runbook


def runbook(web: str, **more: str) -> RunAutomation:
    parameters = {"InstanceId": web, "Action": "CheckAll", **more}
    token = str(uuid.uuid5(uuid.NAMESPACE_OID, str(parameters)))
    return RunAutomation(*HERE, "AWSSupport-TroubleshootSSH", tuple(parameters.items()), token)


def test_the_runbook_is_followed_step_by_step_and_its_output_told(net: Network) -> None:
    web = net.launch("web-1")
    net.aws.agent(web)
    net.aws.reply("TroubleshootSSH.*Action=CheckAll", "sshd_config: fine\nhost keys: \x1b[31mbad modes")
    net.aws.runbook(2)
    said = told(runbook(web))
    assert [row.partition(": ")[2].partition(" (")[0] for row in said[:2]] == [
        "InProgress, step 2: runEC2Rescue InProgress", "Success, step 2: runEC2Rescue Success",
    ]  # fmt: skip
    assert said[2].endswith("sshd_config: fine")
    assert "host keys: " in said[3]
    assert "\x1b" not in "".join(said)


def test_a_runbook_that_fails_says_why(net: Network) -> None:
    web = net.launch("web-1")
    with pytest.raises(Refused, match="ended as Failed: the instance is not managed"):
        told(runbook(web))
    net.aws.reply("AllowOffline=true", "", err="the volume is encrypted", status=1)
    with pytest.raises(Refused, match="the volume is encrypted"):
        told(runbook(web, Action="FixAll", AllowOffline="true"))


def test_a_runbook_goes_on_when_the_waiting_ends(net: Network) -> None:
    web = net.launch("web-1")
    net.aws.agent(web)
    net.aws.runbook(1000)
    stop = threading.Event()
    with followed(lambda says: stop.set(), stop), pytest.raises(Refused, match="It goes on in the account"):
        runbook(web).apply()
