"""A runbook of Systems Manager, followed to its end (SSM API: StartAutomationExecution, GetAutomationExecution;
Systems Manager Automation runbook reference, AWSSupport-TroubleshootSSH)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Refused, cautioned
from sshwizard.effects.following import follow, tell

LIMIT = 3600.0
"""Seconds. Offline it makes an image first, stops the instance, and works on a helper."""
_OVER = {
    "Success", "Failed", "TimedOut", "Cancelled", "Rejected", "Exited", "CompletedWithSuccess", "CompletedWithFailure",
}  # fmt: skip
_WELL = {"Success", "CompletedWithSuccess"}
MOST_LINES = 40
"""Lines of its output that are told; all of it stays in the account."""


@dataclass(frozen=True, slots=True)
class RunAutomation(Place):
    """Start a runbook, tell its steps, and its output at the end."""

    document: str
    parameters: tuple[tuple[str, str], ...]
    token: str
    """A UUID: AWS starts it once, however often it is asked."""
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"{self.document}: {', '.join(f'{name}={value}' for name, value in self.parameters)}"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        told = ",".join(f"{name}={shlex.quote(value)}" for name, value in self.parameters)
        start = self.command("start-automation-execution", "--document-name", self.document, "--parameters", told,
                             "--query", "AutomationExecutionId", "--output", "text", of="ssm")  # fmt: skip
        see = self.command("get-automation-execution", of="ssm")
        return f'run=$({start})\n{see} --automation-execution-id "$run"'

    def check(self) -> None:
        """Systems Manager has no dry run: whether one may start it, only the start shows."""

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        params = {name: [value] for name, value in self.parameters}
        made = asked(self, "start_automation_execution", of="ssm", DocumentName=self.document, Parameters=params,
                     ClientToken=self.token)  # fmt: skip
        id_ = str(made["AutomationExecutionId"])
        see = self.command("get-automation-execution", "--automation-execution-id", id_, of="ssm")
        last: Mapping[str, Any] = {}

        def look() -> tuple[bool, str]:
            nonlocal last
            last = asked(self, "get_automation_execution", of="ssm", AutomationExecutionId=id_)["AutomationExecution"]
            return str(last.get("AutomationExecutionStatus")) in _OVER, _state(last)

        try:
            follow(self.document, look, LIMIT)
        except Refused as refused:
            raise Refused(f"{refused}. It goes on in the account; see: {see}") from None
        for line in outputs(last):
            tell(line)
        if last.get("AutomationExecutionStatus") not in _WELL:
            why = clean.line(str(last.get("FailureMessage", "")), 300)
            raise Refused(f"the runbook ended as {last.get('AutomationExecutionStatus')}: {why or 'no reason given'}")


def _state(run: Mapping[str, Any]) -> str:
    """The status, and the step that is under way or was the last."""
    steps = [one for one in run.get("StepExecutions", ()) if one.get("StepStatus") != "Pending"]
    now = f", step {len(steps)}: {steps[-1].get('StepName')} {steps[-1].get('StepStatus')}" if steps else ""
    return clean.line(f"{run.get('AutomationExecutionStatus')}{now}", 200)


def outputs(run: Mapping[str, Any]) -> tuple[str, ...]:
    """What it gave, and what its steps say of why they failed: cleaned lines."""
    rows = [
        clean.line(f"{one.get('StepName')}: {one['FailureMessage']}", 300)
        for one in run.get("StepExecutions", ()) if one.get("FailureMessage")
    ]  # fmt: skip
    for name, values in (run.get("Outputs") or {}).items():
        for value in values:
            rows += [clean.line(f"{name}: {row}", 300) for row in clean.lines(str(value)) if row.strip()]
    return tuple(rows[:MOST_LINES])
