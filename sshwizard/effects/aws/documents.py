"""A document of Systems Manager that AWS owns, run on named instances and followed to its end (SSM API: SendCommand,
ListCommandInvocations; Systems Manager User Guide, AWS-UpdateSSMAgent)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sshwizard import clean
from sshwizard.effects.aws.place import Place, asked
from sshwizard.effects.effect import Refused, cautioned
from sshwizard.effects.following import follow

LIMIT = 900.0
"""Seconds for all of them."""
DELIVERY = 120
"""Seconds in which an agent has to take it (SendCommand, TimeoutSeconds: 30 at least)."""
_OVER = {"Success", "Failed", "TimedOut", "Cancelled"}
"""CommandInvocationStatus; the others go on."""


@dataclass(frozen=True, slots=True)
class RunDocument(Place):
    """Send it, and wait until every instance has ended."""

    document: str
    instances: tuple[str, ...]
    """Fifty at most (SendCommand, InstanceIds)."""
    parameters: tuple[tuple[str, str], ...] = ()
    cautions: tuple[str, ...] = ()
    slow: ClassVar[bool] = True

    @property
    def undoable(self) -> bool:
        return False

    @property
    def words(self) -> str:
        return f"{self.document} on {', '.join(self.instances)}"

    def preview(self, *_: object) -> tuple[str, ...]:
        return cautioned(self.words, self.cautions)

    def by_hand(self) -> str:
        told = {name: [value] for name, value in self.parameters}
        words = ("--parameters", json.dumps(told, separators=(",", ":"))) if told else ()
        return self.command("send-command", "--document-name", self.document, *words, "--instance-ids",
                            *self.instances, of="ssm")  # fmt: skip

    def check(self) -> None:
        """Systems Manager has no dry run: an agent that does not answer is seen before, the permission is not."""
        asking = [{"Key": "InstanceIds", "Values": list(self.instances)}]
        found = asked(self, "describe_instance_information", of="ssm", Filters=asking)
        online = {str(row["InstanceId"]) for row in found.get("InstanceInformationList", ())
                  if row.get("PingStatus") == "Online"}  # fmt: skip
        if silent := [one for one in self.instances if one not in online]:
            raise Refused(f"no agent of Systems Manager answers on {', '.join(silent)}")

    def inverse(self) -> None:
        return None

    def apply(self) -> None:
        sent = asked(self, "send_command", of="ssm", DocumentName=self.document, InstanceIds=list(self.instances),
                     Parameters={name: [value] for name, value in self.parameters}, TimeoutSeconds=DELIVERY,
                     Comment="sshwizard")  # fmt: skip
        id_ = str(sent["Command"]["CommandId"])
        see = self.command("list-command-invocations", "--command-id", id_, of="ssm")
        rows: Mapping[str, Mapping[str, Any]] = {}

        def look() -> tuple[bool, str]:
            nonlocal rows
            found = asked(self, "list_command_invocations", of="ssm", CommandId=id_)
            rows = {str(row.get("InstanceId")): row for row in found.get("CommandInvocations", ())}
            over = sum(str(row.get("Status")) in _OVER for row in rows.values())
            return over >= len(self.instances), f"{over} of {len(self.instances)} have ended"

        try:
            follow(self.document, look, LIMIT)
        except Refused as refused:
            raise Refused(f"{refused}. It goes on in the account; see: {see}") from None
        failed = [f"{one}: {clean.line(str(row.get('StatusDetails') or row.get('Status')), 80)}"
                  for one, row in rows.items() if row.get("Status") != "Success"]  # fmt: skip
        if failed:
            raise Refused(f"it did not succeed everywhere: {'; '.join(failed)}. See: {see}")
