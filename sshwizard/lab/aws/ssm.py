"""Systems Manager: agents, sessions and documents, as far as a diagnosis asks."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sshwizard.doors.sealed import context
from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.instances import find
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.state import Opened, now

AWS_OWNED = re.compile(r"(AWS|AWSSupport|AWSEC2|AmazonCloudWatch)-")


def online(call: Call, instance: str) -> bool:
    """Whether the agent on it answers."""
    agent = call.here.agents.get(instance)
    return agent is not None and agent.get("PingStatus", "Online") == "Online"


@before("ssm", "DescribeInstanceInformation")
def _agents(call: Call) -> dict[str, Any]:
    shown = [_agent(call, id_, told) for id_, told in call.here.agents.items()]
    names = {"InstanceIds": "InstanceId", "AgentVersion": "AgentVersion", "PlatformTypes": "PlatformType"}
    asked = {one["Key"]: one["Values"] for one in call.params.get("Filters") or []}
    asked |= {one["key"]: one["valueSet"] for one in call.params.get("InstanceInformationFilterList") or []}
    for key, values in asked.items():
        shown = [one for one in shown if one.get(names.get(key, key)) in values]
    return {"InstanceInformationList": shown}


def _agent(call: Call, id_: str, told: dict[str, Any]) -> dict[str, Any]:
    instance = find(call, id_)
    return {
        "InstanceId": id_,
        "PingStatus": "Online",
        "LastPingDateTime": now(),
        "AgentVersion": "3.3.2299.0",
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        "ComputerName": instance.private_dns_name,
        "AssociationStatus": "Success",
        "SourceId": id_,
        "SourceType": "AWS::EC2::Instance",
        **told,
    }


@before("ssm", "ListInventoryEntries")
def _inventory(call: Call) -> dict[str, Any]:
    id_, kind = call.params["InstanceId"], call.params["TypeName"]
    names = call.here.inventory.get(id_, []) if kind == "AWS:Application" else []
    entries = [{"Name": name, "Version": "1.0", "Architecture": "x86_64"} for name in names]
    return {"TypeName": kind, "InstanceId": id_, "SchemaVersion": "1.1", "Entries": entries}


@before("ssm", "GetConnectionStatus")
def _connection(call: Call) -> dict[str, Any]:
    target = call.params["Target"]
    return {"Target": target, "Status": "connected" if online(call, target) else "notconnected"}


@before("ssm", "StartSession")
def _start_session(call: Call) -> dict[str, Any]:
    target = call.params["Target"]
    if not online(call, target):
        raise ApiError("TargetNotConnected", f"{target} is not connected.")
    id_ = f"dana-{secrets.token_hex(9)}"
    call.here.sessions[id_] = {
        "SessionId": id_,
        "Target": target,
        "Status": "Connected",
        "StartDate": now(),
        "DocumentName": call.params.get("DocumentName", "SSM-SessionManagerRunShell"),
        "Owner": call.lab.arn,
    }
    port = call.params.get("Parameters", {}).get("portNumber", ["0"])[0]
    return _open(call, id_, target, int(port))


def _open(call: Call, id_: str, target: str, port: int) -> dict[str, Any]:
    account, region = call.account, call.region

    def decrypt(blob: bytes) -> bytes:
        from moto.kms.models import kms_backends

        return bytes(kms_backends[account][region].decrypt(blob, context(id_, target))[0])

    call.lab.opened[id_] = Opened(secrets.token_urlsafe(96), target, port, decrypt)
    call.lab.secrets.append(call.lab.opened[id_].token)
    stream = f"{call.lab.stream}/v1/data-channel/{id_}?role=publish_subscribe"
    return {"SessionId": id_, "TokenValue": call.lab.opened[id_].token, "StreamUrl": stream}


@before("ssm", "ResumeSession")
def _resume_session(call: Call) -> dict[str, Any]:
    id_ = call.params["SessionId"]
    session = call.here.sessions.get(id_)
    if session is None or session["Status"] != "Connected":
        raise ApiError("DoesNotExistException", f"Session {id_} does not exist.")
    before_ = call.lab.opened.get(id_)
    return _open(call, id_, session["Target"], before_.port if before_ else 0)


@before("ssm", "TerminateSession")
def _end_session(call: Call) -> dict[str, Any]:
    if session := call.here.sessions.get(call.params["SessionId"]):
        session |= {"Status": "Terminated", "EndDate": now()}
        call.lab.opened.pop(call.params["SessionId"], None)
    return {"SessionId": call.params["SessionId"]}


@before("ssm", "DescribeSessions")
def _sessions(call: Call) -> dict[str, Any]:
    active = call.params["State"] == "Active"
    return {"Sessions": [one for one in call.here.sessions.values() if (one["Status"] == "Connected") == active]}


@before("ssm", "DescribeDocument")
def _document(call: Call) -> dict[str, Any] | None:
    """The documents that AWS owns, which moto has none of."""
    name = call.params["Name"]
    if not AWS_OWNED.match(name):
        return None
    kind = "Session" if "Session" in name else "Automation" if name.startswith("AWSSupport") else "Command"
    return {
        "Document": {
            "Name": name,
            "Owner": "Amazon",
            "Status": "Active",
            "DocumentVersion": "1",
            "DefaultVersion": "1",
            "LatestVersion": "1",
            "DocumentType": kind,
            "PlatformTypes": ["Linux"],
            "SchemaVersion": "1.0" if kind == "Session" else "0.3" if kind == "Automation" else "2.2",
        }
    }


@before("ssm", "GetServiceSetting")
def _setting(call: Call) -> dict[str, Any]:
    """Nothing was changed from AWS's defaults: no Default Host Management."""
    id_ = call.params["SettingId"]
    setting = {"SettingId": id_, "SettingValue": "$None", "Status": "Default", "LastModifiedDate": now()}
    return {"ServiceSetting": {**setting, "ARN": f"arn:aws:ssm:{call.region}:{call.account}:servicesetting{id_}"}}
