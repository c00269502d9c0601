"""Who came in lately: keys, tunnels and sessions, as CloudTrail keeps them; and a key whose minute was over."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloud import Network, client

from aws.asking import look
from sshwizard.cloud.aws import trail
from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.aws.account import Aws as Account
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors import audit
from sshwizard.doors.endpoint_tunnel import choose, place
from sshwizard.doors.relay import Trouble, dial
from sshwizard.lab.aws import REGION, Aws
from sshwizard.probes.aws import looks, pushed, visits

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOtAlK45MAEWZ7MUY2QEmi3M6W+peGL3VCrc0qH54xRu"
PRINT = visits.fingerprint(KEY)
WEB: dict[str, Any] = {"InstanceId": "i-0123456789abcdef0", "PrivateIpAddress": "10.0.2.5"}
ME = "arn:aws:iam::123456789012:user/dana"


def event(name: str, asked: dict[str, Any], ago: float = 300, arn: str = ME, **more: Any) -> dict[str, Any]:
    told = {"eventName": name, "requestParameters": asked, "userIdentity": {"arn": arn},
            "sourceIPAddress": "198.51.100.9", **more}  # fmt: skip
    at = (NOW - timedelta(seconds=ago)).isoformat()
    return {"EventId": f"{name}{ago}", "EventName": name, "EventTime": at, "Username": arn.rpartition("/")[2],
            "CloudTrailEvent": json.dumps(told)}  # fmt: skip


PUSH = {"instanceId": WEB["InstanceId"], "instanceOSUser": "ec2-user", "sSHPublicKey": KEY}
TUNNEL = {"instanceConnectEndpointId": "eice-1", "remotePort": "22", "privateIpAddress": "10.0.2.5"}


def test_only_this_instance_and_who_it_was() -> None:
    other = "arn:aws:sts::123456789012:assumed-role/Ops/kim"
    answer = {"Events": [
        event("SendSSHPublicKey", PUSH, 60),
        event("SendSSHPublicKey", {**PUSH, "instanceId": "i-0fedcba9876543210"}, 70),
        event("OpenTunnel", TUNNEL, 80, other),
        event("OpenTunnel", {**TUNNEL, "instanceConnectEndpointId": "eice-of-another-vpc"}, 90),
        event("ResumeSession", {"sessionId": "kim-1"}, 100, other),
        event("ResumeSession", {"sessionId": "kim-2"}, 105, other),
        event("StartSession", {"target": WEB["InstanceId"]}, 110, other, responseElements={"sessionId": "kim-1"}),
        event("SendSSHPublicKey", PUSH, 120, errorCode="AccessDenied"),
    ]}  # fmt: skip
    fact = visits.read(answer, WEB, ME, 7, ["eice-1"], NOW)
    found = [(one["event"], one["mine"], bool(one["refused"])) for one in fact.data["visits"]]
    assert found == [
        ("SendSSHPublicKey", True, False), ("OpenTunnel", False, False), ("ResumeSession", False, False),
        ("StartSession", False, False), ("SendSSHPublicKey", True, True),
    ]  # fmt: skip
    assert "dana (you) pushed a key for ec2-user 1 minute ago, from 198.51.100.9" in fact.says
    assert "15 minutes may not stand there yet" in fact.says
    assert "refused (AccessDenied)" in fact.lines[-1]
    assert KEY.split()[1] not in json.dumps(fact.data)
    nobody = visits.read(answer, WEB, "", 7, [], NOW)
    assert {one["mine"] for one in nobody.data["visits"]} == {None}


def test_what_was_not_seen_is_named_and_never_nothing() -> None:
    denied = Unseen("cloudtrail:LookupEvents", "denied", "you may not", "allow cloudtrail:LookupEvents")
    assert visits.read({"Events": [], "Unseen": (denied,)}, WEB).outcome == "unknown"
    part = visits.read({"Events": [event("OpenTunnel", TUNNEL)], "Unseen": (denied,), "More": ["StartSession"]}, WEB)
    told = audit.told(part)
    assert (part.outcome, told["unknown"][0]["unblock"], told["cut_short"]) == (
        "seen", "allow cloudtrail:LookupEvents", ["StartSession"],
    )  # fmt: skip
    assert "not known: you may not" in "\n".join(audit.lines(part))
    assert visits.read({"Events": []}, WEB).outcome == "nothing"
    broken = [{"EventName": "OpenTunnel", "CloudTrailEvent": text} for text in ("", "[]", '{"requestParameters": 7}')]
    assert visits.read({"Events": broken}, WEB).outcome == "nothing"


async def test_pages_are_counted_and_a_slow_trail_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "PACE", 0.0)

    async def endless(call: Call) -> Answer:
        token = int(str(call.params.get("NextToken", "0")))
        return {"Events": [{"EventId": f"{call.params['LookupAttributes']}{token}"}], "NextToken": str(token + 1)}

    found = await trail.visits(endless, 7)
    assert not isinstance(found, Unseen)
    assert (len(found["Events"]), len(found["More"])) == (12, 3)

    async def silent(call: Call) -> Answer:
        await asyncio.sleep(30)
        raise AssertionError

    late = await trail.visits(silent, 7, seconds=0.05)
    assert not isinstance(late, Unseen)
    assert [one.kind for one in late["Unseen"]] == ["slow"]


@pytest.mark.parametrize(
    ("ago", "error", "outcome"), [(61, "", "expired"), (30, "", "fresh"), (30, "AccessDenied", "refused")]
)
def test_a_key_that_was_pushed(ago: float, error: str, outcome: str) -> None:
    more = {"errorCode": error} if error else {}
    answer = {"Events": [event("SendSSHPublicKey", PUSH, ago, **more)]}
    fact = pushed.read(answer, WEB, {PRINT}, now=NOW)
    assert (fact.outcome, fact.data["seconds"]) == (outcome, ago)
    assert pushed.read(answer, WEB, {"SHA256:other"}, now=NOW).outcome == "none"
    assert pushed.read(answer, WEB, {PRINT}, serial=True, now=NOW).outcome == "none"


def test_a_proxy_command_that_pushes() -> None:
    command = "sh -c 'aws ec2-instance-connect send-ssh-public-key --instance-id i-0 && nc %h %p'"
    refusal = "An error occurred (AccessDeniedException) when calling the SendSSHPublicKey operation: no"
    for rows, outcome in (([], "fresh"), (['{ "Success": true }'], "fresh"), ([refusal], "refused")):
        fact = pushed.by_command(rows, command)
        assert fact is not None
        assert fact.outcome == outcome
    assert pushed.by_command([refusal], "nc %h %p") is None


# ------------------------------------------------------------------ the practice AWS records as CloudTrail does


def tunnel(access: Access, net: Network, instance: str) -> None:
    rows = net.ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"]
    row = net.instance(instance)
    chosen = choose(rows, row)
    assert chosen is not None
    with suppress(Trouble), dial(place(chosen, row, 22, REGION).url(access.sign)):
        pass


@pytest.mark.requires("moto")
async def test_every_door_leaves_its_event(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "PACE", 0.0)  # the practice AWS counts no look-ups
    net = Network(aws)
    net.ec2.create_instance_connect_endpoint(SubnetId=net.private, SecurityGroupIds=[net.group])
    instance = net.launch("db-1", public=False)
    aws.agent(instance)
    net.ec2.enable_serial_console_access()
    connect, ssm = client(aws, "ec2-instance-connect"), client(aws, "ssm")
    connect.send_ssh_public_key(InstanceId=instance, InstanceOSUser="ec2-user", SSHPublicKey=KEY)
    connect.send_serial_console_ssh_public_key(InstanceId=instance, SerialPort=0, SSHPublicKey=KEY.ljust(80))
    session = ssm.start_session(Target=instance, DocumentName="AWS-StartSSHSession")
    ssm.resume_session(SessionId=session["SessionId"])
    aws.become("arn:aws:sts::123456789012:assumed-role/Ops/kim")
    account = Account()
    try:
        tunnel(account.access(""), net, instance)
        aws.deny("ec2-instance-connect:OpenTunnel")
        tunnel(account.access(""), net, instance)
        aws.heal()
    finally:
        await account.close()
    aws.become(ME)
    fact = await look(looks.visits, instance)
    found = [(one["event"], one["who"], one["mine"], one["refused"]) for one in reversed(fact.data["visits"])]
    assert found == [
        ("SendSSHPublicKey", "dana", True, ""),
        ("SendSerialConsoleSSHPublicKey", "dana", True, ""),
        ("StartSession", "dana", True, ""),
        ("ResumeSession", "dana", True, ""),
        ("OpenTunnel", "kim", False, ""),
        ("OpenTunnel", "kim", False, "AccessDenied"),
    ]
    assert {one["from"] for one in fact.data["visits"]} == {"192.88.99.7"}
    events = client(aws, "cloudtrail").lookup_events()["Events"]
    assert not [secret for secret in aws.secrets() if secret in json.dumps(events, default=str)]
    aws.deny("cloudtrail:LookupEvents")
    blind = await look(looks.visits, instance)
    assert (blind.outcome, blind.data["unseen"][0]["unblock"]) == ("unknown", "allow cloudtrail:LookupEvents")
    assert not aws.gaps()
