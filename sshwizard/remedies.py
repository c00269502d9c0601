"""What can be done about a cause: the fixes that apply here, with their previews, and guides in words. Pure."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, effects, vocabulary
from sshwizard.doors.marks import COMMAND
from sshwizard.effects import EditLines, Effect, Refused, RemoteScript, RepairKeyText, WriteFile, harmless
from sshwizard.effects.remote import BY_USER
from sshwizard.fixes import FIXES, PRINTED, Fix, Refusal, Situation, lines
from sshwizard.fixes.gcp.place import place
from sshwizard.model import Cause, Remedy, Target
from sshwizard.probes import vouching
from sshwizard.probes.scene import Leg
from sshwizard.session import Step, lead_of
from sshwizard.state import State
from sshwizard.tree import INSIDE
from sshwizard.vocabulary import Action

WINDOWS_ONLY = {"reset-key-acl"}
"""Actions on access lists, which only Windows has."""
UNTRIED = {"reset-key-acl"}
"""Written from the manuals of a system on which they never ran."""

MOST_GUIDES = 4
"""Guides shown with a finding; the cause's page has all of them."""


def leg_of(state: State, index: int) -> Leg:
    legs = state.legs
    return legs[max(index, 0)] if legs else Leg(state.target.input)


def situation(state: State, step: Step, answer: str = "") -> Situation:
    """What a fix for the cause at `step` may know."""
    lead = lead_of(step.node, step.fact.outcome, hop=0 <= step.leg < len(state.legs) - 1)
    code = lead.code if isinstance(lead, Cause) else ""
    return Situation(state.target, leg_of(state, step.leg), state.on(step.leg), step.fact, answer, code)


def remedies(state: State, code: str, step: Step, leg: Leg, answer: str) -> tuple[Remedy, ...]:
    """What can be done about a cause: fixes with their previews first, guides after."""
    at = situation(state, step, answer)
    found: list[Remedy] = []
    for id_ in vocabulary.causes()[code].actions:
        action = vocabulary.actions().get(id_)
        if action is None or (id_ in WINDOWS_ONLY and os.name != "nt"):
            continue
        fix = FIXES.get(id_)
        copied = lines(id_, at)
        made = fix is not None and state.mode == "live" and _here(fix, at)
        if copied and not made:
            found.append(Remedy(id_, action.title, "guide", copied, False, applicable=False, commands=copied))
        elif id_ in PRINTED and action.risk == "safe":
            continue  # it is its lines, and nothing else
        elif fix and made:
            plan = planned(fix, at)
            if isinstance(plan, Refusal) and (action.group == "door" or not plan.why):
                continue  # a shut door is told among the doors
            if isinstance(plan, Refusal) and fix.told:
                found.append(Remedy(id_, action.title, "guide", (action.does,), False, applicable=False))
                continue
            if isinstance(plan, Refusal):
                waits = bool(fix.asks or fix.needs)
                looks = fix.needs is not None and fix.needs is not vouching.offered and not fix.asks
                typed = _ours(action, state.target) if looks else ()  # what it looks at first, our own command does
                found.append(Remedy(id_, action.title, action.risk, (), True, waits, plan.why, typed or copied))
            else:
                preview = tuple(line for effect in plan for line in effect.preview())
                undoable = all(effect.undoable for effect in plan)
                typed = by_hand(id_, plan, state.target)
                found.append(Remedy(id_, action.title, action.risk, preview, undoable, commands=typed or copied))
        elif fix and fix.account and "gcp" not in fix.clouds and place(at) is not None:
            continue  # it is for another cloud
        elif action.group in {"guide", "repair", "try"}:
            found.append(Remedy(id_, action.title, "guide", (action.does,), False, applicable=False))
    found.sort(key=lambda remedy: (not remedy.applicable, remedy.risk == "guide"))
    fixes = [remedy for remedy in found if remedy.risk != "guide"]
    return (*fixes, *(remedy for remedy in found if remedy.risk == "guide"))[: len(fixes) + MOST_GUIDES]


def _here(fix: Fix, at: Situation) -> bool:
    """Whether it can be made at all: on a server only after a look inside, in an account only for an instance of it."""
    if fix.account:
        amazon = any(str(fact.data.get("instance", "")).startswith("i-") for fact in at.facts.values())
        return (amazon and "aws" in fix.clouds) or ("gcp" in fix.clouds and place(at) is not None)
    return INSIDE in at.facts or not fix.inside


def commands(plan: Sequence[Effect], args: Sequence[str]) -> tuple[str, ...]:
    """The whole plan as lines for a shell; none where one of its steps has none."""
    steps = [effect.typed(args) for effect in plan]
    return tuple(line for step in steps for line in step) if all(steps) else ()


def by_hand(id_: str, plan: Sequence[Effect], target: Target) -> tuple[str, ...]:
    """The copyable lines for a fix: its own commands, else (of a repair) our command that applies it."""
    action = vocabulary.actions()[id_]
    for effect in plan:
        if isinstance(effect, RemoteScript) and effect.door != BY_USER:
            door = effect.door if effect.door != COMMAND else "ssm-shell"
            login = ("--as", effect.login) if effect.login else ()
            return _ours(action, target, "inside", "--via", door, *login)
    return commands(plan, target.args) or _ours(action, target)


def _ours(action: Action, target: Target, *command: str) -> tuple[str, ...]:
    if action.group != "repair" or action.risk == "typed":
        return ()
    yes = ("--yes=confirm",) if action.risk == "confirm" else ()
    return harmless((shlex.join(("sshwizard", *(command or ("diagnose",)), *target.args, "--fix", *yes)),))


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
