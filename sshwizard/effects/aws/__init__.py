"""Changes in an AWS account: each names exactly what it touches, is tried dry first, and finds its way back.

A rule or an entry is found again by what it says and not by an id: so it can be taken back after a crash, too.
"""

from sshwizard.effects.aws.acls import AddEntry, RemoveEntry
from sshwizard.effects.aws.addresses import GiveAddress, TakeAddress
from sshwizard.effects.aws.agentscript import AgentReady, AgentScript
from sshwizard.effects.aws.alarms import CreateAlarm, DeleteAlarm
from sshwizard.effects.aws.automation import RunAutomation
from sshwizard.effects.aws.diskcopy import DropCopy, LendCopy
from sshwizard.effects.aws.documents import RunDocument
from sshwizard.effects.aws.endpoint import CloseEndpoint, OpenEndpoint
from sshwizard.effects.aws.gateways import CloseGateway, OpenGateway
from sshwizard.effects.aws.groups import AllowSource, RevokeSource
from sshwizard.effects.aws.logfilters import CreateFilter, DeleteFilter
from sshwizard.effects.aws.parameters import DropParameter, PutParameter
from sshwizard.effects.aws.power import RebootInstance, StartInstance, StopInstance, StopStartInstance
from sshwizard.effects.aws.profile import AskAs
from sshwizard.effects.aws.rescue import EndRescue, RescueBoot
from sshwizard.effects.aws.rootdisk import LendRoot, ReturnRoot, SwapBack, SwapRoot
from sshwizard.effects.aws.routes import AddRoute, RemoveRoute
from sshwizard.effects.aws.rules import AddRule, DescribeRule, RemoveRule
from sshwizard.effects.aws.standby import EnterStandby, LeaveStandby
from sshwizard.effects.aws.switches import AttachRole, DetachRole, Metadata, SerialConsole
from sshwizard.effects.aws.volumes import DropSnapshot, GrowVolume, MakeSnapshot

__all__ = [
    "KINDS",
    "AddEntry",
    "AddRoute",
    "AddRule",
    "AgentReady",
    "AgentScript",
    "AllowSource",
    "AskAs",
    "AttachRole",
    "CloseEndpoint",
    "CloseGateway",
    "CreateAlarm",
    "CreateFilter",
    "DeleteAlarm",
    "DeleteFilter",
    "DescribeRule",
    "DetachRole",
    "DropCopy",
    "DropParameter",
    "DropSnapshot",
    "EndRescue",
    "EnterStandby",
    "GiveAddress",
    "GrowVolume",
    "LeaveStandby",
    "LendCopy",
    "LendRoot",
    "MakeSnapshot",
    "Metadata",
    "OpenEndpoint",
    "OpenGateway",
    "PutParameter",
    "RebootInstance",
    "RemoveEntry",
    "RemoveRoute",
    "RemoveRule",
    "RescueBoot",
    "ReturnRoot",
    "RevokeSource",
    "RunAutomation",
    "RunDocument",
    "SerialConsole",
    "StartInstance",
    "StopInstance",
    "StopStartInstance",
    "SwapBack",
    "SwapRoot",
    "TakeAddress",
]  # fmt: skip

KINDS = (
    AllowSource, RevokeSource, AddEntry, RemoveEntry, StartInstance, StopInstance, StopStartInstance, RebootInstance,
    OpenEndpoint, CloseEndpoint, GiveAddress, TakeAddress, AddRoute, RemoveRoute, SerialConsole, Metadata, AttachRole,
    DetachRole, RunAutomation, RescueBoot, EndRescue, AskAs, AddRule, RemoveRule, DescribeRule, CreateAlarm,
    DeleteAlarm, OpenGateway, CloseGateway, MakeSnapshot, DropSnapshot, GrowVolume, LendRoot, ReturnRoot, SwapRoot,
    SwapBack, LendCopy, DropCopy, EnterStandby, LeaveStandby, CreateFilter,
    DeleteFilter, RunDocument, PutParameter, DropParameter, AgentReady, AgentScript,
)  # fmt: skip
