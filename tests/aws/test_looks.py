"""Looks of every kind against the embedded AWS, over HTTP: what the account says becomes a fact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloud import DEBIAN, OWN, UBUNTU, Network, client

from aws.asking import ADDRESS, look, public
from sshwizard.lab.aws import Aws
from sshwizard.model import UNKNOWN, Fact
from sshwizard.probes.aws import (
    agent,
    looks,
    processor,
)  # fmt: skip
from sshwizard.probes.aws.changes import read as read_changes
from sshwizard.probes.scene import Probe

pytestmark = pytest.mark.requires("moto")

LOOKS: tuple[Probe[Any], ...] = (
    looks.identity, looks.state, looks.status, looks.console, looks.image_user, looks.key_pair,
    looks.console_keys, looks.path, looks.changes, looks.processor, looks.agent, looks.endpoint,
    looks.pushed,
)  # fmt: skip


@pytest.mark.parametrize("probe", LOOKS, ids=lambda probe: probe.name)
async def test_every_look_has_a_known_outcome_in_a_plain_world(aws: Aws, probe: Probe[Any]) -> None:
    net = Network(aws)
    public(net, net.launch("web-1"))
    fact = await look(probe, ADDRESS)
    assert fact.outcome in probe.outcomes
    assert fact.says
    assert not aws.gaps()


@pytest.mark.parametrize("probe", LOOKS, ids=lambda probe: probe.name)
async def test_a_look_that_is_denied_everything_says_so(aws: Aws, probe: Probe[Any]) -> None:
    web = Network(aws).launch("web-1")
    aws.deny("*")
    fact = await look(probe, web)
    assert fact.outcome in {UNKNOWN, "denied"}
    assert fact.data["unseen"][0] == {
        "call": "ec2:DescribeInstances",
        "kind": "denied",
        "why": "you may not describe instances (ec2:DescribeInstances)",
        "unblock": "allow ec2:DescribeInstances",
        "code": "UnauthorizedOperation",
    }


@pytest.mark.parametrize("probe", LOOKS, ids=lambda probe: probe.name)
async def test_a_plain_host_costs_no_call(aws: Aws, probe: Probe[Any]) -> None:
    before = len(aws.calls())
    fact = await look(probe, "192.168.7.7")
    assert fact.outcome in {UNKNOWN, "not-asked"}
    assert len(aws.calls()) == before


async def seen(aws: Aws, probe: Probe[Any], instance: str, **more: Any) -> Fact[Any]:
    return await look(probe, instance, **more)


async def test_status_checks_and_states(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    aws.health(web, system_check="impaired", instance_check="impaired", since=datetime.now(UTC))
    fact = await look(looks.status, web)
    assert fact.outcome == "system-failed"
    assert "since" in fact.lines[0]
    aws.health(web, instance_check="impaired")
    assert (await look(looks.status, web)).outcome == "instance-failed"
    aws.health(web, instance_check="initializing", system_check="initializing")
    assert (await look(looks.status, web)).outcome == "initializing"
    began = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    event = {"Code": "instance-retirement", "Description": "degraded", "NotBefore": began}
    aws.health(web, events=[event])
    assert (await look(looks.status, web)).outcome == "event"
    aws.hold(web, "stopping")
    assert (await look(looks.state, web)).outcome == "stopped"


async def test_the_image_and_the_login_user(aws: Aws) -> None:
    net = Network(aws)
    ubuntu, debian, own = (net.launch(one, image=one) for one in (UBUNTU, DEBIAN, OWN))
    fact = await look(looks.image_user, ubuntu, user="ec2-user")
    assert (fact.outcome, fact.data["user_wanted"]) == ("other", "ubuntu")
    assert (await look(looks.image_user, debian, user="admin")).outcome == "same"
    assert (await look(looks.image_user, own, user="admin")).outcome == "unclear"
    aws.console(own, "ci-info: +++Authorized keys from /home/deploy/.ssh/authorized_keys for user deploy+++\n")
    assert (await look(looks.image_user, own, user="admin")).data["user_wanted"] == "deploy"


async def test_the_console_is_read(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    assert (await look(looks.console, web)).outcome == "empty"
    aws.console(web, "[   11.2] cloud-init[622]: OSError: [Errno 28] No space left on device: '/var/lib/x'\n")
    assert (await look(looks.console, web)).outcome == "server.disk-full"


async def test_a_host_key_is_held_against_the_console(aws: Aws) -> None:
    web = Network(aws).launch("web-1")
    print_ = "SHA256:" + "e" * 43
    text = f"-----BEGIN SSH HOST KEY FINGERPRINTS-----\n256 {print_} root@web (ED25519)\n-----END SSH HOST KEY"
    aws.console(web, f"{text} FINGERPRINTS-----\n")
    shown = {"hostkey": Fact("changed", "", data={"fingerprint": print_, "type": "ssh-ed25519"})}
    assert (await look(looks.console_keys, web, facts=shown)).outcome == "confirms"
    other = {"hostkey": Fact("changed", "", data={"fingerprint": "SHA256:x", "type": "ssh-ed25519"})}
    assert (await look(looks.console_keys, web, facts=other)).outcome == "contradicts"


async def test_without_a_key_pair(aws: Aws) -> None:
    net = Network(aws)
    assert (await look(looks.key_pair, net.launch("web-1"))).outcome == "no-key-pair"
    data = "#cloud-config\nssh_authorized_keys:\n - ssh-ed25519 AAAA\n"
    assert (await look(looks.key_pair, net.launch("web-2", UserData=data))).outcome == "unclear"


async def test_what_was_changed_lately(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    assert (await look(looks.changes, web)).outcome in {"changed", "nothing"}
    client(aws, "ec2").stop_instances(InstanceIds=[web])
    net.allow(net.group, "0.0.0.0/0")
    fact = await look(looks.changes, web)
    assert fact.outcome == "changed"
    assert {"StopInstances", "AuthorizeSecurityGroupIngress"} <= {one["event"] for one in fact.data["events"]}
    assert not [one for one in fact.data["events"] if one["event"].startswith("Describe")]


def test_a_change_that_was_refused_is_no_change() -> None:
    row = {"EventId": "1", "EventName": "StopInstances", "EventTime": "2026-11-22T08:00:00+00:00", "About": "i-1",
           "Username": "kim", "CloudTrailEvent": '{"errorCode": "Client.UnauthorizedOperation"}'}  # fmt: skip
    assert read_changes({"Events": [row]}).outcome == "nothing"
    fact = read_changes({"Events": [{**row, "CloudTrailEvent": "{}"}]}, datetime(2026, 11, 22, 10, 0, tzinfo=UTC))
    assert fact.says == "kim stopped it 2 hours ago (i-1)"


async def test_the_agent(aws: Aws) -> None:
    net = Network(aws)
    web = net.launch("web-1")
    assert (await look(looks.agent, web)).outcome == "no-role"
    aws.agent(web)
    assert (await look(looks.agent, web)).outcome == "online"
    aws.agent(web, PingStatus="ConnectionLost")
    assert (await look(looks.agent, web)).outcome == "offline"


async def test_a_role_that_may_not_report_itself_is_none(aws: Aws) -> None:
    iam, net = client(aws, "iam"), Network(aws)
    trust = '{"Version": "2012-10-17", "Statement": []}'
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=trust)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    web = net.launch("web-1", IamInstanceProfile={"Name": "web"})
    fact = await look(looks.agent, web)
    assert (fact.outcome, agent.NEEDED in fact.says) == ("no-role", True)
    iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    assert (await look(looks.agent, web)).outcome == "not-managed"
    aws.deny("iam:*")
    assert (await look(looks.agent, web)).outcome == "not-managed"


async def test_an_instance_connect_endpoint(aws: Aws) -> None:
    net = Network(aws)
    db = net.launch("db-1", public=False)
    assert (await look(looks.endpoint, db)).outcome == "none"
    door = net.new_group("door")
    net.ec2.create_instance_connect_endpoint(SubnetId=net.private, SecurityGroupIds=[door], PreserveClientIp=False)
    assert (await look(looks.endpoint, db)).outcome == "blocked"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": door}]}
    net.ec2.authorize_security_group_ingress(GroupId=net.group, IpPermissions=[rule])
    fact = await look(looks.endpoint, db)
    assert fact.outcome == "usable"
    assert fact.data["endpoint"].startswith("eice-")


def metrics(*load: float, credit: float | None = None) -> dict[str, Any]:
    stamps = [f"2026-11-22T09:{55 - 5 * number:02}:00+00:00" for number in range(len(load))]
    rows: list[dict[str, Any]] = [{"Id": "cpuutilization", "Timestamps": stamps, "Values": list(load)}]
    if credit is not None:
        rows.append({"Id": "cpucreditbalance", "Timestamps": stamps[:1], "Values": [credit]})
    return {"MetricDataResults": rows}


@pytest.mark.parametrize(
    ("answer", "credits_", "kind", "outcome"),
    [
        (metrics(3, 4, 5), {}, "t3.small", "fine"),
        (metrics(99, 98, 97), {}, "m5.large", "busy"),
        (metrics(99, 98, 20), {}, "m5.large", "fine"),
        (metrics(10, 10, 10, credit=0.0), {}, "t2.micro", "no-credits"),
        (metrics(10, 10, 10, credit=0.0), {}, "t3.micro", "fine"),
        (metrics(10, 10, 10, credit=0.0), {"InstanceCreditSpecifications": [{"CpuCredits": "standard"}]}, "t3.micro",
         "no-credits"),
        ({"MetricDataResults": []}, {}, "t3.micro", "no-data"),
    ],
)  # fmt: skip
def test_the_processor(answer: Any, credits_: Any, kind: str, outcome: str) -> None:
    assert processor.read(answer, credits_, kind).outcome == outcome
