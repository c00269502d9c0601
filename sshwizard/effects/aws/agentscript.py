"""A script on an instance by its agent of Systems Manager, where no ssh leads there (SSM API: SendCommand,
GetCommandInvocation). The agent runs it as root; what it wrote is told when it has ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sshwizard import clean
from sshwizard.cloud.unseen import Unseen
from sshwizard.effects.aws.documents import RunDocument
from sshwizard.effects.aws.place import answer, asked
from sshwizard.effects.effect import Refused
from sshwizard.effects.following import ended, follow, patient, tell
from sshwizard.effects.longscript import LongScript, Ready
from sshwizard.effects.online import refused
from sshwizard.effects.remote import BY_USER, Lent
from sshwizard.effects.spelling import harmless

DOCUMENT = "AWS-RunShellScript"
DELIVERY = 60
"""Seconds in which the agent has to take it (SendCommand, TimeoutSeconds: 30 at least)."""
_WAITING = {"Pending", "InProgress", "Delayed", "Cancelling"}


@dataclass(frozen=True, slots=True)
class AgentScript(LongScript):
    """A LongScript whose target is an instance; profile and region stand in `account`."""

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        sent = _asked_of(self.account, self.target).command(
            "send-command", "--document-name", DOCUMENT, "--instance-ids", self.target[-1],
            "--parameters", "file://commands.json", of="ssm",
        )  # fmt: skip
        rows = json.dumps(_parameters(self.script, self.limit), indent=1).splitlines()
        return harmless(("cat >commands.json <<'SSHWIZARD'", *rows, "SSHWIZARD", sent))

    def _by_ssh(self, how: Lent, script: str, limit: float) -> tuple[int, bytes]:
        """What has begun there goes on whatever the person does: its end is awaited, so that it can be taken back."""
        place = _asked_of(self.account, self.target)
        sent = asked(place, "send_command", of="ssm", DocumentName=DOCUMENT, InstanceIds=[self.target[-1]],
                     Parameters=_parameters(script, limit), TimeoutSeconds=DELIVERY, Comment="sshwizard")  # fmt: skip
        last: Mapping[str, Any] = {}

        def look() -> tuple[bool, str]:
            nonlocal last
            found = answer(place, "get_command_invocation", {"CommandId": sent["Command"]["CommandId"],
                                                             "InstanceId": self.target[-1]}, "ssm")  # fmt: skip
            if isinstance(found, Unseen):
                if found.code != "InvocationDoesNotExist":  # what was sent just now is not known everywhere yet
                    raise refused(found)
                return False, "Pending"
            last = found
            return found.get("Status") not in _WAITING, clean.line(str(found.get("Status")), 40)

        with patient():
            follow(f"the agent on {self.target[-1]}", look, limit + DELIVERY)
        for line in clean.lines(str(last.get("StandardOutputContent", ""))):
            tell(line)
        code = int(last.get("ResponseCode", -1))
        if code < 0:
            raise Refused(f"the agent did not run it: {clean.line(str(last.get('StatusDetails', '')), 80)}")
        if ended() and not code:
            tell("you ended the waiting: what was made is taken back")
        return code, str(last.get("StandardErrorContent", "")).encode()


@dataclass(frozen=True, slots=True)
class AgentReady(Ready):
    """The same look by the agent."""

    account: tuple[str, ...] = ("", "")
    """Profile and region."""

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        place, whom = _asked_of(self.account, self.target), f"Key=InstanceIds,Values={self.target[-1]}"
        return (place.command("describe-instance-information", "--filters", whom, of="ssm"),)

    def check(self) -> None:
        _asked_of(self.account, self.target).check()
        AgentScript("0", BY_USER, (), self.target, self.look, "true", watch=0, helper=True,
                    account=self.account).check()  # fmt: skip


def _parameters(script: str, limit: float) -> dict[str, list[str]]:
    """Of AWS-RunShellScript: its lines make one script, and it is ended after so many seconds."""
    return {"commands": script.splitlines(), "executionTimeout": [f"{limit:.0f}"]}


def _asked_of(account: Sequence[str], target: Sequence[str]) -> RunDocument:
    """Where the instance is, and how its agent is asked."""
    profile, region = account
    return RunDocument(profile, region, DOCUMENT, (target[-1],))
