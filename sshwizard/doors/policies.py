"""The least that somebody must be allowed to walk through one door, as a policy of IAM: this account, this instance.

Actions, resources and condition keys: Service Authorization Reference, EC2 Instance Connect and Systems Manager.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.aws.identify import Row
from sshwizard.cloud.unseen import Unseen
from sshwizard.doors.door import DoorFact
from sshwizard.doors.endpoint_tunnel import LONGEST, choose
from sshwizard.doors.machine import machine, user_of
from sshwizard.doors.way import Shut
from sshwizard.probes.scene import Scene
from sshwizard.reach.aws.connect_endpoint import PORTS

RUNBOOK = "AWSSupport-TroubleshootSSH"
Statement = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """What a policy names."""

    account: str
    region: str
    instance: str
    user: str
    """The login name on the instance."""
    address: str = ""
    """Private, of the instance."""
    port: int = 22
    vpc: str = ""
    subnet: str = ""
    groups: tuple[str, ...] = ()
    """The security groups of the instance."""
    endpoint: str = ""
    """The Instance Connect Endpoint that would be taken; empty where the VPC has none."""
    endpoint_groups: tuple[str, ...] = ()

    @property
    def partition(self) -> str:
        """The first part of every ARN behind "arn"."""
        kinds = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
        return next((name for start, name in kinds.items() if self.region.startswith(f"{start}-")), "aws")

    def arn(self, service: str, what: str, account: str | None = None) -> str:
        """An ARN of this region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account if account is None else account}:{what}"

    @property
    def machine(self) -> str:
        """The instance."""
        return self.arn("ec2", f"instance/{self.instance}")


async def place(scene: Scene) -> Place:
    """What the account says of the target. Raises Shut where it does not tell."""
    found = await machine(scene)
    if isinstance(found, DoorFact):
        raise Shut(found.why, unblock=next(iter(found.needs), ""))
    row, who = found.row, found.who
    nics: Iterable[Row] = row.get("NetworkInterfaces", ())
    account = who.account or next((str(nic["OwnerId"]) for nic in nics if nic.get("OwnerId")), "")
    if not account:
        raise Shut("AWS did not say which account the instance belongs to")
    ends = await found.asked.part("connect-endpoints")
    rows = () if isinstance(ends, Unseen) else ends.get("InstanceConnectEndpoints", ())
    end: Row = choose(rows, row) or {}
    return Place(
        account, who.region, found.id, await user_of(scene, found), str(row.get("PrivateIpAddress", "")),
        scene.leg.port, str(row.get("VpcId", "")), str(row.get("SubnetId", "")),
        tuple(str(one.get("GroupId")) for one in row.get("SecurityGroups", ())),
        str(end.get("InstanceConnectEndpointId", "")), tuple(str(one) for one in end.get("SecurityGroupIds", ())),
    )  # fmt: skip


def _allow(sid: str, actions: Iterable[str], resources: Iterable[str], **conditions: Mapping[str, Any]) -> Statement:
    made: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**made, "Condition": dict(conditions)} if conditions else made


def _see(*actions: str) -> Statement:
    """Reads that know no resource."""
    return _allow("Look", actions, ("*",))


def _push(at: Place) -> Statement:
    return _allow("PushKey", ("ec2-instance-connect:SendSSHPublicKey",), (at.machine,),
                  StringEquals={"ec2:osuser": at.user})  # fmt: skip


def _eic(at: Place) -> list[Statement]:
    return [_push(at), _see("ec2:DescribeInstances")]


def _eice(at: Place) -> list[Statement]:
    if at.port not in PORTS:
        raise Shut(f"an Instance Connect Endpoint leads to the ports 22 and 3389 only, not to {at.port}")
    tunnel = _allow(
        "OpenTunnel", ("ec2-instance-connect:OpenTunnel",),
        (at.arn("ec2", f"instance-connect-endpoint/{at.endpoint or '*'}"),),
        NumericEquals={"ec2-instance-connect:remotePort": str(at.port)},
        IpAddress={"ec2-instance-connect:privateIpAddress": f"{at.address}/32"},
        NumericLessThanEquals={"ec2-instance-connect:maxTunnelDuration": str(LONGEST)},
    )  # fmt: skip
    return [tunnel, _push(at), _see("ec2:DescribeInstances", "ec2:DescribeInstanceConnectEndpoints")]


def _session(at: Place, document: str) -> list[Statement]:
    """Only one's own sessions are ended: their ids begin with the name of who started them."""
    own = [at.arn("ssm", f"session/${{aws:{who}}}-*") for who in ("username", "userid")]
    return [
        _allow("StartSession", ("ssm:StartSession",), (at.machine, document),
               BoolIfExists={"ssm:SessionDocumentAccessCheck": "true"}),
        _allow("OwnSessions", ("ssm:ResumeSession", "ssm:TerminateSession"), own),
        _see("ec2:DescribeInstances", "ssm:DescribeInstanceInformation"),
    ]  # fmt: skip


def _ssm(at: Place) -> list[Statement]:
    return [*_session(at, at.arn("ssm", "document/AWS-StartSSHSession", "")), _push(at)]


def _shell(at: Place) -> list[Statement]:
    return _session(at, at.arn("ssm", "document/SSM-SessionManagerRunShell"))


def _serial(at: Place) -> list[Statement]:
    push = _allow("PushKey", ("ec2-instance-connect:SendSerialConsoleSSHPublicKey",), (at.machine,))
    return [push, _see("ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:GetSerialConsoleAccessStatus")]


def _command(at: Place) -> list[Statement]:
    run = _allow("RunCommand", ("ssm:SendCommand",), (at.machine, at.arn("ssm", "document/AWS-RunShellScript", "")))
    return [run, _see("ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation")]


def _runbook(at: Place) -> list[Statement]:
    definition = at.arn("ssm", f"automation-definition/{RUNBOOK}:*", "*")
    runs = at.arn("ssm", "automation-execution/*")
    documents = [at.arn("ssm", f"document/{name}", "") for name in ("AWS-ConfigureAWSPackage", "AWS-RunShellScript")]
    return [
        _allow("StartRunbook", ("ssm:StartAutomationExecution",),
               (definition, runs, at.arn("ssm", f"document/{RUNBOOK}", ""))),
        _allow("FollowRunbook", ("ssm:GetAutomationExecution",), (runs,)),
        _allow("RunCommand", ("ssm:SendCommand",), (at.machine, *documents)),
        _see("ec2:DescribeInstances", "ssm:DescribeAutomationStepExecutions", "ssm:DescribeInstanceInformation",
             "ssm:ListCommandInvocations", "ssm:ListCommands"),
    ]  # fmt: skip


def _user_data(at: Place) -> list[Statement]:
    actions = ("ec2:StartInstances", "ec2:StopInstances", "ec2:ModifyInstanceAttribute")
    return [
        _allow("StopAndEdit", actions, (at.machine,)),
        _see("ec2:DescribeInstances", "ec2:DescribeInstanceAttribute"),
    ]


POLICIES: Mapping[str, Callable[[Place], list[Statement]]] = {
    "eic": _eic, "eice": _eice, "ssm": _ssm, "ssm-shell": _shell, "serial": _serial, "run-command": _command,
    "runbook": _runbook, "user-data": _user_data,
}  # fmt: skip
"""Each door of AWS that a policy can be written for, and Run Command, which a look inside may use."""

NOTES: Mapping[str, str] = {
    "ssm": "A role's sessions begin with the name of its session: aws:userid stands for roles, aws:username for users.",
    "ssm-shell": "Where the account's session preferences name another document, put it in place of this one.",
    "serial": "The account's switch is another matter: ec2:EnableSerialConsoleAccess.",
    "runbook": "This is enough while the agent is online. Offline it also needs what AWSSupport-StartEC2RescueWorkflow "
    "lists in its documentation: it stops the instance and starts a helper.",
}  # fmt: skip


def policy(door: str, at: Place) -> dict[str, Any]:
    """The document. Raises Shut where the door cannot lead there."""
    return {"Version": "2012-10-17", "Statement": POLICIES[door](at)}


def note(door: str, at: Place) -> str:
    """What the policy cannot say by itself; empty where there is nothing."""
    if door == "eice" and not at.endpoint:
        return "The VPC has no endpoint that works, so the policy names any: the name is known once one stands."
    return NOTES.get(door, "")


def named(at: Place, door: str) -> str:
    """A name for it, in letters that IAM takes."""
    return clean.line(f"ssh-{door}-{at.instance}", 120)
