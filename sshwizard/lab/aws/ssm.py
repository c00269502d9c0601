"""Systems Manager: agents, commands, sessions and automation, as far as a diagnosis asks."""

from __future__ import annotations

import re
import secrets
import subprocess
import threading
import uuid
from typing import Any

from sshwizard.doors.sealed import context
from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.instances import find
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.state import Opened, now

_LONGEST = 60
"""Seconds for a command on a machine."""
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


@before("ssm", "SendCommand")
def _send(call: Call) -> dict[str, Any]:
    instances = call.params.get("InstanceIds") or [
        value for one in call.params.get("Targets") or [] if one["Key"] == "InstanceIds" for value in one["Values"]
    ]
    for id_ in instances:
        if not online(call, id_):
            text = f"Instances [[{id_}]] not in a valid state for account {call.account}"
            raise ApiError("InvalidInstanceId", text)
    command = {
        "CommandId": str(uuid.uuid4()),
        "DocumentName": call.params["DocumentName"],
        "Comment": call.params.get("Comment", ""),
        "Parameters": call.params.get("Parameters", {}),
        "InstanceIds": instances,
        "Targets": call.params.get("Targets", []),
        "RequestedDateTime": now(),
        "Status": "Pending",
        "StatusDetails": "Pending",
        "TargetCount": len(instances),
        "CompletedCount": 0,
        "ErrorCount": 0,
    }
    call.here.commands[str(command["CommandId"])] = command
    if begins := call.lab.shells.get(instances[0]):
        told = call.here.outcomes[str(command["CommandId"])] = {}
        threading.Thread(target=_run, args=(begins, _text(command), told), daemon=True).start()
    return {"Command": command}


def _run(begins: list[str], text: str, told: dict[str, Any]) -> None:
    """On the machine itself, as its agent would."""
    try:
        ran = subprocess.run([*begins, "sh", "-c", text], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=_LONGEST, check=False, start_new_session=True)  # fmt: skip
        told.update(out=ran.stdout, err=ran.stderr, status=ran.returncode)
    except (OSError, subprocess.TimeoutExpired) as error:
        told.update(err=str(error), status=1)


def _text(command: dict[str, Any]) -> str:
    return "\n".join(command["Parameters"].get("commands", []))


@before("ssm", "GetCommandInvocation")
def _invocation(call: Call) -> dict[str, Any]:
    command = call.here.commands.get(call.params["CommandId"])
    if command is None or call.params["InstanceId"] not in command["InstanceIds"]:
        raise ApiError("InvocationDoesNotExist", "")
    return {**_outcome(call, command), "InstanceId": call.params["InstanceId"]}


def _outcome(call: Call, command: dict[str, Any]) -> dict[str, Any]:
    """What the commands wrote: the lab's replies, chosen by the first pattern that matches their text."""
    text = _text(command)
    reply = call.here.outcomes.get(command["CommandId"])
    runs = reply == {}
    if reply is None:
        reply = next((one for pattern, one in call.here.replies.items() if re.search(pattern, text)), {})
    status = -1 if runs else int(reply.get("status", 0))
    word = "InProgress" if runs else "Failed" if status else "Success"
    return {
        "CommandId": command["CommandId"],
        "DocumentName": command["DocumentName"],
        "Comment": command["Comment"],
        "PluginName": "aws:runShellScript",
        "ResponseCode": status,
        "Status": word,
        "StatusDetails": word,
        "StandardOutputContent": str(reply.get("out", ""))[:24000],
        "StandardErrorContent": str(reply.get("err", ""))[:8000],
    }


@before("ssm", "ListCommandInvocations")
def _invocations(call: Call) -> dict[str, Any]:
    wanted = call.params.get("CommandId")
    shown = []
    for id_, command in call.here.commands.items():
        for instance in command["InstanceIds"] if wanted in (None, id_) else []:
            outcome = _outcome(call, command)
            shown.append(
                {
                    "CommandId": id_,
                    "InstanceId": instance,
                    "DocumentName": command["DocumentName"],
                    "RequestedDateTime": command["RequestedDateTime"],
                    "Status": outcome["Status"],
                    "StatusDetails": outcome["StatusDetails"],
                }
            )
    return {"CommandInvocations": shown}


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
