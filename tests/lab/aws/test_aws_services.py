"""Keys, Instance Connect, Systems Manager, IAM, CloudTrail, CloudWatch: as AWS answers, through boto3."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from cloud import Network, client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sshwizard.lab.aws import Aws

pytestmark = pytest.mark.requires("moto")

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPz6B2b0g2qWJ0RkP0vY4mB1cJm0pQ0b6jB2l3nQ7h5d"
DER = serialization.Encoding.DER


def colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def test_the_three_forms_of_a_fingerprint(aws: Aws) -> None:
    ec2 = client(aws, "ec2")
    made = ec2.create_key_pair(KeyName="made")
    inner = serialization.load_pem_private_key(made["KeyMaterial"].encode(), None).private_bytes(
        DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    ec2.import_key_pair(KeyName="brought", PublicKeyMaterial=line)
    ec2.import_key_pair(KeyName="modern", PublicKeyMaterial=ED25519.encode())
    pairs = {one["KeyName"]: one for one in ec2.describe_key_pairs()["KeyPairs"]}
    spki = key.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert pairs["made"]["KeyFingerprint"] == made["KeyFingerprint"] == colons(hashlib.sha1(inner).hexdigest())
    assert pairs["brought"]["KeyFingerprint"] == colons(hashlib.md5(spki).hexdigest())
    blob = base64.b64decode(ED25519.split()[1])
    assert pairs["modern"]["KeyFingerprint"] == base64.b64encode(hashlib.sha256(blob).digest()).decode()
    assert [pairs[name]["KeyType"] for name in ("made", "brought", "modern")] == ["rsa", "rsa", "ed25519"]
    assert "PublicKey" not in pairs["modern"]
    asked = ec2.describe_key_pairs(KeyNames=["modern"], IncludePublicKey=True)["KeyPairs"][0]
    assert asked["PublicKey"].split()[:2] == ED25519.split()
    gone = ec2.describe_key_pairs(Filters=[{"Name": "key-name", "Values": ["gone"]}])
    assert gone["KeyPairs"] == []


def test_a_pushed_key_is_kept_for_a_minute(aws: Aws) -> None:
    net, connect = Network(aws), client(aws, "ec2-instance-connect")
    web = net.launch("web-1")
    told = connect.send_ssh_public_key(InstanceId=web, InstanceOSUser="ec2-user", SSHPublicKey=f"{ED25519} dana")
    assert told["Success"] is True
    (pushed,) = aws.pushed()
    assert (pushed["instance"], pushed["user"], pushed["key"]) == (web, "ec2-user", ED25519)
    assert 50 < pushed["until"] - time.time() <= 60


def test_instance_connect_refuses_as_it_does(aws: Aws) -> None:
    net, connect = Network(aws), client(aws, "ec2-instance-connect")
    web = net.launch("web-1")

    def push(instance: str, key: str = ED25519) -> None:
        connect.send_ssh_public_key(InstanceId=instance, InstanceOSUser="ec2-user", SSHPublicKey=key)

    with pytest.raises(connect.exceptions.EC2InstanceNotFoundException):
        push("i-0123456789abcdef0")
    with pytest.raises(connect.exceptions.InvalidArgsException):
        push(web, "ssh-dss AAAAB3NzaC1kc3MAAACBAJ" + "A" * 80)
    net.ec2.stop_instances(InstanceIds=[web])
    with pytest.raises(connect.exceptions.EC2InstanceStateInvalidException):
        push(web)
    assert aws.pushed() == []


def test_the_serial_console_is_off_until_somebody_enables_it(aws: Aws) -> None:
    net, connect = Network(aws), client(aws, "ec2-instance-connect")
    web = net.launch("web-1")
    assert net.ec2.get_serial_console_access_status()["SerialConsoleAccessEnabled"] is False
    with pytest.raises(connect.exceptions.SerialConsoleAccessDisabledException):
        connect.send_serial_console_ssh_public_key(InstanceId=web, SSHPublicKey=ED25519)
    net.ec2.enable_serial_console_access()
    assert connect.send_serial_console_ssh_public_key(InstanceId=web, SSHPublicKey=ED25519)["Success"] is True
    assert aws.pushed()[0]["user"] == "port0"


def test_agents_are_online_lost_or_never_came(aws: Aws) -> None:
    net, ssm = Network(aws), client(aws, "ssm")
    up, lost, never = net.launch("up"), net.launch("lost"), net.launch("never")
    aws.agent(up)
    aws.agent(lost, PingStatus="ConnectionLost")
    listed = {
        one["InstanceId"]: one["PingStatus"] for one in ssm.describe_instance_information()["InstanceInformationList"]
    }
    assert listed == {up: "Online", lost: "ConnectionLost"}
    wanted = [{"Key": "InstanceIds", "Values": [never]}]
    assert ssm.describe_instance_information(Filters=wanted)["InstanceInformationList"] == []
    assert [ssm.get_connection_status(Target=one)["Status"] for one in (up, lost, never)] == [
        "connected",
        "notconnected",
        "notconnected",
    ]
    with pytest.raises(ssm.exceptions.TargetNotConnected):
        ssm.start_session(Target=lost)
    started = ssm.start_session(Target=up, DocumentName="AWS-StartSSHSession", Parameters={"portNumber": ["22"]})
    assert started["StreamUrl"].startswith("wss://")
    ssm.terminate_session(SessionId=started["SessionId"])


def test_a_command_answers_by_its_text(aws: Aws) -> None:
    net, ssm = Network(aws), client(aws, "ssm")
    web, lost = net.launch("web-1"), net.launch("web-2")
    aws.agent(web)
    aws.reply("systemctl .*sshd", "inactive\n", status=3)
    run = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["systemctl is-active sshd"]}}
    command = ssm.send_command(InstanceIds=[web], **run)["Command"]["CommandId"]
    told = ssm.get_command_invocation(CommandId=command, InstanceId=web)
    assert (told["Status"], told["ResponseCode"], told["StandardOutputContent"]) == ("Failed", 3, "inactive\n")
    (listed,) = ssm.list_command_invocations(CommandId=command)["CommandInvocations"]
    assert (listed["InstanceId"], listed["Status"]) == (web, "Failed")
    with pytest.raises(ssm.exceptions.InvalidInstanceId):
        ssm.send_command(InstanceIds=[lost], **run)


def test_policies_are_simulated_for_users_and_roles(aws: Aws) -> None:
    iam = client(aws, "iam")
    user = iam.create_user(UserName="dana")["User"]["Arn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["ec2:Describe*", "ec2-instance-connect:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": "*"},
            {"Effect": "Deny", "Action": "ec2:Authorize*", "Resource": "*"},
        ],
    }
    iam.put_user_policy(UserName="dana", PolicyName="diagnose", PolicyDocument=json.dumps(policy))
    actions = ["ec2:DescribeInstances", "ec2:AuthorizeSecurityGroupIngress", "ssm:StartSession"]

    def decided(arn: str, *names: str) -> list[str]:
        results = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(names))["EvaluationResults"]
        return [one["EvalDecision"] for one in results]

    assert decided(user, *actions) == ["allowed", "explicitDeny", "implicitDeny"]
    aws.deny("ec2:DescribeInstances")
    assert decided(user, "ec2:DescribeInstances") == ["implicitDeny"]
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    assert decided(role, "ssm:UpdateInstanceInformation", "ec2:RunInstances") == ["allowed", "implicitDeny"]
    with pytest.raises(ClientError, match="InvalidInput"):
        decided("arn:aws:sts::123456789012:assumed-role/web/session", "ec2:RunInstances")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        decided("arn:aws:iam::123456789012:user/nobody", "ec2:RunInstances")


def test_the_caller_is_who_the_test_says(aws: Aws) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/Developers/dana"
    aws.become(arn)
    assert client(aws, "sts").get_caller_identity()["Arn"] == arn


def test_the_trail_holds_every_call_with_who_and_from_where(aws: Aws) -> None:
    net, trail = Network(aws), client(aws, "cloudtrail")
    aws.come_from("8.8.4.4")
    net.allow(net.group, "198.51.100.7/32")

    def events(key: str, value: str) -> list[dict[str, object]]:
        asked = [{"AttributeKey": key, "AttributeValue": value}]
        return list(trail.lookup_events(LookupAttributes=asked)["Events"])

    changes = [one for one in events("ResourceName", net.group) if one["ReadOnly"] == "false"]
    assert [one["EventName"] for one in changes] == ["AuthorizeSecurityGroupIngress", "CreateSecurityGroup"]
    told = json.loads(str(changes[0]["CloudTrailEvent"]))
    assert told["sourceIPAddress"] == "8.8.4.4"
    asked = told["requestParameters"]
    assert asked["groupId"] == net.group
    assert asked["ipPermissions"]["items"][0]["ipRanges"] == {"items": [{"cidrIp": "198.51.100.7/32"}]}
    assert changes[0]["Username"] == "dana"
    assert events("EventName", "CreateVpc")
    assert not events("EventName", "TerminateInstances")
    with pytest.raises(trail.exceptions.InvalidLookupAttributesException):
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "dana"}] * 2)
    later = trail.lookup_events(StartTime=datetime.now(UTC) + timedelta(hours=1))
    assert later["Events"] == []


def test_cpu_credits_come_back_as_they_were_put(aws: Aws) -> None:
    net, watch = Network(aws), client(aws, "cloudwatch")
    where = [{"Name": "InstanceId", "Value": net.launch("web-1")}]
    now = datetime.now(UTC)
    watch.put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[{"MetricName": "CPUCreditBalance", "Dimensions": where, "Timestamp": now, "Value": 0.5}],
    )
    told = watch.get_metric_statistics(
        Namespace="AWS/EC2",
        MetricName="CPUCreditBalance",
        Dimensions=where,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=5),
        Period=300,
        Statistics=["Average"],
    )
    assert [one["Average"] for one in told["Datapoints"]] == [0.5]
    assert watch.describe_alarms_for_metric(Namespace="AWS/EC2", MetricName="CPUCreditBalance")["MetricAlarms"] == []
    assert aws.gaps() == {}
