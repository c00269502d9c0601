"""What can be done about a cause: the fixes that apply here, with their previews, and guides in words. Pure."""

from __future__ import annotations

import os
from pathlib import Path

from sshwizard import clean, effects, vocabulary
from sshwizard.effects import EditLines, Effect, Refused, RepairKeyText, WriteFile
from sshwizard.fixes import FIXES, Fix, Refusal, Situation
from sshwizard.model import Remedy
from sshwizard.probes.scene import Leg
from sshwizard.session import Step
from sshwizard.state import State

WINDOWS_ONLY = {"reset-key-acl", "toggle-windows-ssh"}
"""Actions on access lists and services that only Windows has."""


MOST_GUIDES = 4
"""Guides shown with a finding; the cause's page has all of them."""


def leg_of(state: State, index: int) -> Leg:
    legs = state.legs
    return legs[max(index, 0)] if legs else Leg(state.target.input)


def situation(state: State, step: Step, answer: str = "") -> Situation:
    """What a fix for the cause at `step` may know."""
    return Situation(state.target, leg_of(state, step.leg), state.on(step.leg), step.fact, answer)


def remedies(state: State, code: str, step: Step, leg: Leg, answer: str) -> tuple[Remedy, ...]:
    """What can be done about a cause: fixes with their previews first, guides after."""
    at = situation(state, step, answer)
    found: list[Remedy] = []
    for id_ in vocabulary.causes()[code].actions:
        action = vocabulary.actions().get(id_)
        if action is None or (id_ in WINDOWS_ONLY and os.name != "nt"):
            continue
        fix = FIXES.get(id_)
        if fix and state.mode == "live":
            plan = planned(fix, at)
            if isinstance(plan, Refusal):
                waits = bool(fix.asks or fix.needs)
                found.append(Remedy(id_, action.title, action.risk, (), True, waits, plan.why))
            else:
                preview = tuple(line for effect in plan for line in effect.preview())
                undoable = all(effect.undoable for effect in plan)
                found.append(Remedy(id_, action.title, action.risk, preview, undoable))
        elif action.group in {"guide", "repair", "try"}:
            found.append(Remedy(id_, action.title, "guide", (action.does,), False, applicable=False))
    found.sort(key=lambda remedy: (not remedy.applicable, remedy.risk == "guide"))
    fixes = [remedy for remedy in found if remedy.risk != "guide"]
    return (*fixes, *(remedy for remedy in found if remedy.risk == "guide"))[: len(fixes) + MOST_GUIDES]


def planned(fix: Fix, at: Situation) -> tuple[Effect, ...] | Refusal:
    """The plan, where no file is in its way; a session of another version may lack what it reads."""
    try:
        plan = fix.plan(at)
    except (KeyError, ValueError):
        return Refusal("what it needs was not seen; look again first")
    try:
        for effect in () if isinstance(plan, Refusal) else plan:
            if isinstance(effect, EditLines | WriteFile | RepairKeyText):
                effects.replaceable(Path(effect.path))
    except Refused as refused:
        return Refusal(clean.line(str(refused)))
    except OSError as error:
        return Refusal(effects.in_words(error))
    return plan
