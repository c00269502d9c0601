"""Systems Manager: the runbooks that AWS owns, played step by step. Their work is told, and not done."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.instances import find, state
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.ssm import AWS_OWNED, online
from sshwizard.lab.aws.state import now

_ONLINE = (("checkInstance", "aws:executeAwsApi"), ("runEC2Rescue", "aws:runCommand"))
_OFFLINE = (
    ("checkInstance", "aws:executeAwsApi"), ("createImage", "aws:createImage"),
    ("stopInstance", "aws:changeInstanceState"), ("runEC2RescueOffline", "aws:executeAutomation"),
    ("startInstance", "aws:changeInstanceState"),
)  # fmt: skip
_KNOWN = {
    "AWSSupport-TroubleshootSSH": {
        "InstanceId", "Action", "AllowOffline", "AllowEncryptedVolume", "SubnetId", "S3BucketName",
        "AutomationAssumeRole",
    },
}  # fmt: skip
"""The parameters of a runbook that is played in full."""


@before("ssm", "StartAutomationExecution")
def _start(call: Call) -> dict[str, Any] | None:
    name, given = str(call.params["DocumentName"]), dict(call.params.get("Parameters") or {})
    if not AWS_OWNED.match(name):
        return None
    token = str(call.params.get("ClientToken", ""))
    for id_, one in call.here.automations.items():
        if token and one["_token"] == token:
            return {"AutomationExecutionId": id_}
    if odd := set(given) - _KNOWN.get(name, set(given)):
        text = f"Parameters [{', '.join(sorted(odd))}] are not in the document {name}"
        raise ApiError("InvalidAutomationExecutionParametersException", text)
    target = next(iter(given.get("InstanceId", ())), "")
    offline = next(iter(given.get("AllowOffline", ())), "false") == "true"
    steps = _ONLINE if not target or online(call, target) else _OFFLINE if offline else _ONLINE[:1]
    text = " ".join([name, *(f"{key}={','.join(values)}" for key, values in given.items())])
    reply = next((one for pattern, one in call.here.replies.items() if re.search(pattern, text)), {})
    failed = bool(reply.get("status")) or len(steps) == 1
    if target:
        state(call, find(call, target))
    id_ = str(uuid.uuid4())
    call.here.automations[id_] = {
        "AutomationExecutionId": id_, "DocumentName": name, "DocumentVersion": "1", "ExecutionStartTime": now(),
        "AutomationExecutionStatus": "InProgress", "Parameters": given, "StepExecutions": [], "Outputs": {},
        "Mode": "Auto", "ExecutedBy": call.lab.arn, "_token": token, "_steps": steps, "_failed": failed,
        "_said": str(reply.get("err" if failed else "out", "")) or ("the instance is not managed" if failed else ""),
    }  # fmt: skip
    _go_on(call, call.here.automations[id_])
    return {"AutomationExecutionId": id_}


def _go_on(call: Call, one: dict[str, Any]) -> None:
    """One look further; at the end all steps are done."""
    over = call.lab.faults.automation_looks <= 0
    call.lab.faults.automation_looks -= 1
    steps = one["_steps"]
    count = len(steps) if over else min(len(one["StepExecutions"]) + 1, len(steps))
    last = "Failed" if one["_failed"] else "Success"
    one["StepExecutions"] = [
        {
            "StepName": name,
            "Action": action,
            "StepStatus": "Success" if number < count else last if over else "InProgress",
        }
        for number, (name, action) in enumerate(steps[:count], 1)
    ]
    if over:
        one |= {"AutomationExecutionStatus": last, "ExecutionEndTime": now()}
        if one["_failed"]:
            one["FailureMessage"] = one["_said"]
        elif one["_said"]:
            one["Outputs"] = {f"{steps[-1][0]}.Output": [one["_said"]]}


@before("ssm", "GetAutomationExecution", "DescribeAutomationStepExecutions")
def _see(call: Call) -> dict[str, Any]:
    found = call.here.automations.get(call.params["AutomationExecutionId"])
    if found is None:
        raise ApiError("AutomationExecutionNotFoundException", "There is no automation execution with this ID.")
    if found["AutomationExecutionStatus"] == "InProgress":
        _go_on(call, found)
    shown = {key: value for key, value in found.items() if not key.startswith("_")}
    if call.action == "GetAutomationExecution":
        return {"AutomationExecution": shown}
    return {"StepExecutions": shown["StepExecutions"]}
