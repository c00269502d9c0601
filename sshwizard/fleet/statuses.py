"""How a command of Run Command stands on one server, as its rows say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sshwizard import clean

Status = Literal["answered", "failed", "timed-out", "cancelled", "not-reached", "not-managed", "unread"]
STATUSES: Mapping[str, str] = {
    "answered": "answered", "failed": "failed", "timed-out": "timed out", "cancelled": "cancelled",
    "not-reached": "not reached", "not-managed": "not managed", "unread": "not read",
}  # fmt: skip
"""How it can end on one server, in words."""

_ENDS: Mapping[str, Status] = {
    "Success": "answered", "Failed": "failed", "TimedOut": "timed-out", "Cancelled": "cancelled",
}  # fmt: skip
_DETAILS: Mapping[str, str] = {
    "DeliveryTimedOut": "the agent did not take the command in time",
    "ExecutionTimedOut": "the script did not end in time",
    "Terminated": "Systems Manager sent no more: too many servers had failed (MaxErrors)",
    "Undeliverable": "the command could not be delivered",
    "InvalidPlatform": "the server is none that can run it",
    "AccessDenied": "Systems Manager may not send to this server",
    "Cancelled": "the command was cancelled",
}
"""StatusDetails, without spaces (Systems Manager user guide, Understanding command statuses)."""


def ended(row: Mapping[str, Any]) -> Status | None:
    """How it ended; None while it goes on."""
    return _ENDS.get(str(row.get("Status", "")))


def words(row: Mapping[str, Any]) -> str:
    if status := ended(row):
        return STATUSES[status]
    return "pending" if row.get("Status") in {"Pending", "Delayed"} else "in progress"


def why(row: Mapping[str, Any]) -> str:
    said = str(row.get("StatusDetails") or row.get("Status") or "no reason was given")
    return _DETAILS.get(said.replace(" ", ""), f"the agent says {clean.line(said, 60)}")
