"""What is known of doors where none is judged: names only."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sshwizard.model import Fact
from sshwizard.probes.inside.ruling import stage_of

MARK = "door."
"""What the name of a door's fact begins with."""
IDS = (
    "direct", "other-login", "eic", "browser", "eice", "ssm", "ssm-shell", "serial", "iap", "gce-serial", "jump",
    "runbook", "user-data", "volume", "clone",
)  # fmt: skip
LEADS: Mapping[str, str] = MappingProxyType({
    "connect-instance-connect": "eic",
    "connect-instance-connect-endpoint": "eice",
    "connect-over-ssm": "ssm",
    "open-ssm-session": "ssm-shell",
    "connect-serial-console": "serial",
    "connect-over-iap": "iap",
})  # fmt: skip
"""The doors that are walked through by an action of the vocabulary."""
OTHERWISE: Mapping[str, str] = MappingProxyType({"serial": "gce-serial"})
"""The other cloud's door, which the same action goes through."""

COMMAND = "ssm-command"
"""Run Command, which is no door for a person: repairs only."""
CALLED: Mapping[str, str] = MappingProxyType({
    "instance-connect": "eic", "instance-connect-endpoint": "eice", "session-manager": "ssm", "shell": "ssm-shell",
})  # fmt: skip
"""Doors by which a look inside can be made, as people call them."""
INSIDE = frozenset({"eic", "eice", "ssm", "ssm-shell"})
"""Those themselves (roads.py opens them)."""
_WITHOUT_SSHD = ("ssm-shell", "eice", "ssm")
_TO_SSHD = ("eic", "ssm-shell", "eice", "ssm")
"""A shell of the agent's may become root, and leaves no key behind."""


def leads_inside(facts: Mapping[str, Fact[Any]], code: str) -> str:
    """The first open door that leads in where ssh stopped with this finding; empty where none is known to be open.

    Where nobody answers on the port, what needs no sshd comes first.
    """
    order = _WITHOUT_SSHD if stage_of(code, facts) == "reach" else _TO_SSHD
    return next((door for door in order if (fact := facts.get(MARK + door)) and fact.outcome == "open"), "")
