"""Run Command of Systems Manager: a script on many machines, so many at once, until too many have failed.

Where a machine has a shell of its own the script really runs there; another one answers by the lab's replies.
"""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sshwizard.lab.aws.errors import ApiError
from sshwizard.lab.aws.instances import find
from sshwizard.lab.aws.overlay import Call, before
from sshwizard.lab.aws.ssm import online
from sshwizard.lab.aws.state import now

_LONGEST = 60.0
"""Seconds for a script on a machine, where the command itself does not say less."""
_MOST = 50
"""Instances that one command names (SendCommand, InstanceIds and Targets)."""
_THREADS = 16
_OUT, _ERR, _SHORT = 24000, 8000, 2500
"""Characters of an output that GetCommandInvocation and ListCommandInvocations give."""
_OPEN = ("Pending", "InProgress")


@dataclass
class Sent:
    """A command on its way."""

    row: dict[str, Any]
    """As SendCommand gives it."""
    begins: dict[str, list[str]]
    """What begins a program on each machine that has a shell."""
    replies: dict[str, dict[str, Any]]
    told: dict[str, dict[str, Any]]
    """What became of it on each machine."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    over: bool = False
    """It was cancelled."""

    @property
    def text(self) -> str:
        return "\n".join(self.row["Parameters"].get("commands", []))

    @property
    def errors(self) -> int:
        return sum(one["Status"] in {"Failed", "TimedOut"} for one in self.told.values())


@before("ssm", "SendCommand")
def _send(call: Call) -> dict[str, Any]:
    instances = _chosen(call)
    row = {
        "CommandId": str(uuid.uuid4()),
        "DocumentName": call.params["DocumentName"],
        "Comment": call.params.get("Comment", ""),
        "Parameters": call.params.get("Parameters", {}),
        "InstanceIds": call.params.get("InstanceIds", []),
        "Targets": call.params.get("Targets", []),
        "RequestedDateTime": now(),
        "Status": "Pending",
        "StatusDetails": "Pending",
        "MaxConcurrency": str(call.params.get("MaxConcurrency", "50")),
        "MaxErrors": str(call.params.get("MaxErrors", "0")),
        "TargetCount": len(instances),
        "CompletedCount": 0,
        "ErrorCount": 0,
    }
    shells = {id_: call.lab.shells[id_] for id_ in instances if call.lab.shells.get(id_)}
    told: dict[str, dict[str, Any]] = {id_: {"Status": "Pending", "StatusDetails": "Pending"} for id_ in instances}
    sent = call.here.commands[row["CommandId"]] = Sent(row, shells, call.here.replies, told)
    if instances:
        _begin(sent, waits=not shells)
    return {"Command": row}


def _chosen(call: Call) -> list[str]:
    """The machines that it is for. Named ones must have an agent; of targets those that have none are left out."""
    named, targets = call.params.get("InstanceIds") or [], call.params.get("Targets") or []
    if any(len(values) > _MOST for values in (named, *(one["Values"] for one in targets))):
        raise ApiError("ValidationException", f"Member must have length less than or equal to {_MOST}")
    for id_ in named:
        if not online(call, id_):
            text = f"Instances [[{id_}]] not in a valid state for account {call.account}"
            raise ApiError("InvalidInstanceId", text)
    return named or [id_ for id_ in call.here.agents if online(call, id_) and all(_fits(call, id_, t) for t in targets)]


def _fits(call: Call, id_: str, target: dict[str, Any]) -> bool:
    key, values = target["Key"], target["Values"]
    if key == "InstanceIds":
        return id_ in values
    return any(one["key"] == key.removeprefix("tag:") and one["value"] in values for one in find(call, id_).get_tags())


def _begin(sent: Sent, *, waits: bool) -> None:
    count = len(sent.told)
    many, ahead = max(1, min(_limit(sent.row["MaxConcurrency"], count), _THREADS)), iter(list(sent.told))
    threads = [threading.Thread(target=_work, args=(sent, ahead, count), daemon=True) for _ in range(min(many, count))]
    for thread in threads:
        thread.start()
    for thread in threads if waits else ():
        thread.join(_LONGEST)


def _limit(said: str, count: int) -> int:
    """A number, or a share of all of them."""
    return math.floor(int(said[:-1]) * count / 100) if said.endswith("%") else int(said)


def _work(sent: Sent, ahead: Any, count: int) -> None:
    most = _limit(sent.row["MaxErrors"], count)
    while True:
        with sent.lock:
            id_ = next(ahead, None)
            if id_ is None:
                return
            if sent.over or sent.errors > most:
                word = "Cancelled" if sent.over else "Terminated"
                sent.told[id_] = {"Status": "Cancelled", "StatusDetails": word}
                continue
            sent.told[id_] = {"Status": "InProgress", "StatusDetails": "InProgress"}
        found = _ran(sent, id_) if id_ in sent.begins else _replied(sent)
        with sent.lock:
            sent.told[id_] = {"Status": "Cancelled", "StatusDetails": "Cancelled"} if sent.over else found


def _ran(sent: Sent, id_: str) -> dict[str, Any]:
    """On the machine itself, as its agent would."""
    seconds = min(_LONGEST, float(sent.row["Parameters"].get("executionTimeout", [_LONGEST])[0]))
    try:
        child = subprocess.Popen(
            [*sent.begins[id_], "sh", "-c", sent.text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return {"Status": "Failed", "StatusDetails": "Failed", "code": 1, "err": str(error)}
    sent.running[id_] = child
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _kill(child)
        return {"Status": "TimedOut", "StatusDetails": "ExecutionTimedOut", "code": 137}
    finally:
        sent.running.pop(id_, None)
    word = "Failed" if child.returncode else "Success"
    return {"Status": word, "StatusDetails": word, "code": child.returncode, "out": out, "err": err}


def _kill(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        child.communicate(timeout=5)


def _replied(sent: Sent) -> dict[str, Any]:
    """The lab's reply, chosen by the first pattern that matches the text."""
    reply = next((one for pattern, one in sent.replies.items() if re.search(pattern, sent.text)), {})
    code = int(reply.get("status", 0))
    word = "Failed" if code else "Success"
    out, err = str(reply.get("out", "")), str(reply.get("err", ""))
    return {"Status": word, "StatusDetails": word, "code": code, "out": out, "err": err}


@before("ssm", "CancelCommand")
def _cancel(call: Call) -> dict[str, Any]:
    sent = call.here.commands.get(call.params["CommandId"])
    if sent is None:
        raise ApiError("InvalidCommandId", "")
    with sent.lock:
        sent.over = True
        for id_, one in sent.told.items():
            if one["Status"] in _OPEN:
                sent.told[id_] = {"Status": "Cancelled", "StatusDetails": "Cancelled"}
    for child in list(sent.running.values()):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    return {}


@before("ssm", "GetCommandInvocation")
def _invocation(call: Call) -> dict[str, Any]:
    sent, instance = call.here.commands.get(call.params["CommandId"]), call.params["InstanceId"]
    if sent is None or instance not in sent.told:
        raise ApiError("InvocationDoesNotExist", "")
    one = sent.told[instance]
    return {
        "CommandId": sent.row["CommandId"],
        "InstanceId": instance,
        "DocumentName": sent.row["DocumentName"],
        "Comment": sent.row["Comment"],
        "PluginName": "aws:runShellScript",
        "ResponseCode": int(one.get("code", -1)),
        "Status": one["Status"],
        "StatusDetails": one["StatusDetails"],
        "StandardOutputContent": str(one.get("out", ""))[:_OUT],
        "StandardErrorContent": str(one.get("err", ""))[:_ERR],
    }


@before("ssm", "ListCommandInvocations")
def _invocations(call: Call) -> dict[str, Any]:
    wanted, alone = call.params.get("CommandId"), call.params.get("InstanceId")
    shown = []
    for id_, sent in call.here.commands.items():
        for instance, one in sent.told.items() if wanted in (None, id_) else []:
            if alone in (None, instance):
                row = {
                    "CommandId": id_,
                    "InstanceId": instance,
                    "DocumentName": sent.row["DocumentName"],
                    "RequestedDateTime": sent.row["RequestedDateTime"],
                    "Status": one["Status"],
                    "StatusDetails": one["StatusDetails"],
                }
                details = [{"Status": one["Status"], "Output": str(one.get("out", ""))[:_SHORT]}]
                shown.append({**row, "CommandPlugins": details} if call.params.get("Details") else row)
    return {"CommandInvocations": shown}
