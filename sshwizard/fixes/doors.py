"""Doors as what can be done about a cause: offered where one was seen open, and never walked through by itself."""

from __future__ import annotations

from functools import partial

from sshwizard.doors.marks import LEADS, MARK, OTHERWISE
from sshwizard.effects import Connect, Effect
from sshwizard.fixes.fix import Fix, Refusal, Situation
from sshwizard.probes.typed import GARBLED


def _through(door: str, at: Situation) -> tuple[Effect, ...] | Refusal:
    """Our own command in the person's terminal: it makes, uses and removes what the door needs."""
    if at.facts.get(MARK + (other := OTHERWISE.get(door, ""))) and at.facts[MARK + other].outcome == "open":
        door = other
    fact = at.facts.get(MARK + door)
    if fact is None or fact.outcome != "open":
        return Refusal(fact.says if fact else "whether this door is open was not asked")
    if GARBLED.search(" ".join(at.target.args)):
        return Refusal("the command as it was typed is garbled")
    return (Connect(("sshwizard", "connect", "--via", door, *at.target.args)),)


FIXES = tuple(Fix(action, partial(_through, door), around=True) for action, door in LEADS.items())
