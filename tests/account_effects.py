"""One change of each kind that is made in an account."""

from __future__ import annotations

from sshwizard.effects import Effect
from sshwizard.effects.aws import (
    KINDS,
    AddEntry,
    AddRoute,
    AddRule,
    AgentReady,
    AgentScript,
    AllowSource,
    AskAs,
    AttachRole,
    CloseEndpoint,
    CloseGateway,
    CreateAlarm,
    CreateFilter,
    DeleteAlarm,
    DeleteFilter,
    DescribeRule,
    DetachRole,
    DropCopy,
    DropParameter,
    DropSnapshot,
    EndRescue,
    EnterStandby,
    GiveAddress,
    GrowVolume,
    LeaveStandby,
    LendCopy,
    LendRoot,
    MakeSnapshot,
    Metadata,
    OpenEndpoint,
    OpenGateway,
    PutParameter,
    RebootInstance,
    RemoveEntry,
    RemoveRoute,
    RemoveRule,
    RescueBoot,
    ReturnRoot,
    RevokeSource,
    RunAutomation,
    RunDocument,
    SerialConsole,
    StartInstance,
    StopInstance,
    StopStartInstance,
    SwapBack,
    SwapRoot,
    TakeAddress,
)

_AT = ("p", "eu-west-1")
_WEB = "i-0123456789abcdef0"
_DISK = (*_AT, _WEB, "vol-0123456789abcdef0")
_NOTE = "ssh for kim (sshwizard 2026-11-22)"
_RESCUE = (*_AT, _WEB, "0a1b2c", "true", "true", "0" * 64, "2026-01-02T03:04:05+00:00")

EVERY: tuple[Effect, ...] = (
    *(kind(*_AT, "sg-1", 22, "198.20.30.40/32", _NOTE) for kind in (AllowSource, RevokeSource)),
    *(kind(*_AT, "acl-1", 9, True, "2001:db8::7/128", 1024, 65535) for kind in (AddEntry, RemoveEntry)),
    *(kind(*_AT, _WEB) for kind in (StartInstance, StopInstance, RebootInstance)),
    StopStartInstance(*_AT, _WEB, ("its address changes",)),
    *(kind(*_AT, "vpc-1", "subnet-1", "sg-1", 22, "sshwizard-1", _NOTE) for kind in (OpenEndpoint, CloseEndpoint)),
    *(kind(*_AT, _WEB, "ssh-1", "198.20.30.50") for kind in (GiveAddress, TakeAddress)),
    *(kind(*_AT, "rtb-1", "198.20.30.40/32", "igw-1") for kind in (AddRoute, RemoveRoute)),
    SerialConsole(*_AT, True),
    Metadata(*_AT, _WEB, "enabled", "required", "disabled", "optional"),
    *(kind(*_AT, _WEB, "for-ssm") for kind in (AttachRole, DetachRole)),
    RunAutomation(*_AT, "AWSSupport-TroubleshootSSH", (("InstanceId", _WEB),), "0-1", ("it only looks",)),
    RescueBoot(*_RESCUE, ("its address changes",)),
    EndRescue(*_RESCUE, "/b"),
    *(kind(*_AT, "sg-1", "tcp", 22, 22, "198.20.30.0/24", _NOTE) for kind in (AddRule, RemoveRule)),
    DescribeRule(*_AT, "sg-1", "-1", 0, 65535, "sg-2", "ours", ""),
    *(kind(*_AT, "check-1", _WEB, "arn:aws:sns:eu-west-1:123456789012:ops") for kind in (CreateAlarm, DeleteAlarm)),
    *(
        kind(*_AT, "failed-logins", "/var/log/secure", '?"Failed password"', "sshwizard", "FailedLogins")
        for kind in (CreateFilter, DeleteFilter)
    ),
    *(kind(*_AT, "AmazonCloudWatch-ssh-logins", "{}") for kind in (PutParameter, DropParameter)),
    RunDocument(*_AT, "AWS-UpdateSSMAgent", (_WEB,), (("allowDowngrade", "false"),), ("sessions may be cut",)),
    *(kind(*_AT, "vpc-1", "gateway-1") for kind in (OpenGateway, CloseGateway)),
    *(kind(*_DISK, "snapshot-1", _NOTE) for kind in (MakeSnapshot, DropSnapshot)),
    GrowVolume(*_DISK, 8, 13),
    *(kind(*_DISK, "/dev/xvda", "i-0123456789abcdef1") for kind in (LendRoot, ReturnRoot)),
    *(kind(*_DISK, "/dev/xvda", "snap-1", "restore-1", "eu-west-1a", "gp3") for kind in (SwapRoot, SwapBack)),
    *(
        kind(*_DISK, "/dev/xvda", "copy-1", _NOTE, "i-0123456789abcdef1", "eu-west-1a", "gp3")
        for kind in (LendCopy, DropCopy)
    ),
    *(kind(*_AT, _WEB, "shop") for kind in (EnterStandby, LeaveStandby)),
    AgentReady((_WEB,), "true", _AT),
    AgentScript("0a", "user", (), (_WEB,), "true", "a", "b", 0, account=_AT, words="a disk is mended", helper=True),
    AskAs("team", "eu-west-1", "", "us-east-1"),
)
assert {type(one) for one in EVERY} == set(KINDS)
