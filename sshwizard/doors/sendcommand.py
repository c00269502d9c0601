"""A sh script by Run Command of Systems Manager: the agent runs it as root, and AWS keeps it with its output.

Its output is cut off at 24,000 characters (GetCommandInvocation), so repairs go this way, and looks do not.
"""

from __future__ import annotations

import time

from sshwizard.cloud.aws.access import Access, Call
from sshwizard.cloud.unseen import Answer, Unseen
from sshwizard.doors.way import Shut

DOCUMENT = "AWS-RunShellScript"
_WAITING = {"Pending", "InProgress", "Delayed", "Cancelling"}
_PAUSE = 0.4
"""Seconds between two questions whether it has ended."""


def run(access: Access, instance: str, region: str, script: bytes, seconds: float) -> tuple[int, bytes]:
    """Its exit status, and what it wrote. Waits. Raises Shut where it was not run."""
    until = time.monotonic() + seconds
    params = {
        "InstanceIds": [instance], "DocumentName": DOCUMENT, "TimeoutSeconds": 30, "Comment": "sshwizard",
        "Parameters": {"commands": [script.decode()], "executionTimeout": [f"{max(1, int(seconds))}"]},
    }  # fmt: skip
    sent = access.now(Call("ssm", "send_command", params), region)
    if isinstance(sent, Unseen):
        raise Shut(f"the command was not sent: {sent.why}", unblock=sent.unblock)
    asked = Call("ssm", "get_command_invocation", {
        "CommandId": str(sent["Command"]["CommandId"]), "InstanceId": instance})  # fmt: skip
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        answer = access.now(asked, region)
        if not _waits(answer):
            return _read(answer)
    raise Shut(f"the agent on {instance} did not end the command within {seconds:.0f} s")


def _waits(answer: Answer) -> bool:
    """What was sent just now may not be known everywhere yet."""
    if isinstance(answer, Unseen):
        return answer.code == "InvocationDoesNotExist"
    return answer.get("Status") in _WAITING


def _read(answer: Answer) -> tuple[int, bytes]:
    if isinstance(answer, Unseen):
        raise Shut(f"what became of the command was not told: {answer.why}", unblock=answer.unblock)
    status = int(answer.get("ResponseCode", -1))
    if status < 0:
        raise Shut(f"the agent did not run the command: {answer.get('StatusDetails', 'no reason was given')}")
    said = f"{answer.get('StandardOutputContent', '')}\n{answer.get('StandardErrorContent', '')}"
    return status, said.strip().encode()
