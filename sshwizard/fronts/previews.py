"""A change as it is put to the person, in every front end: what will be done, how it is proved, the way back."""

from __future__ import annotations

from collections.abc import Sequence

from sshwizard import clean
from sshwizard.effects import Effect, Retarget
from sshwizard.exits import Exit
from sshwizard.fronts.report import exit_for
from sshwizard.runner import Runner
from sshwizard.session import walk
from sshwizard.tree import TREE


def told(effects: Sequence[Effect]) -> tuple[str, ...]:
    """The lines of the preview."""
    rows: list[str] = []
    for effect in effects:
        if isinstance(effect, Retarget) and not effect.overrides:
            rows.append("and from then on ssh without the options of this run")
        else:
            rows += effect.preview()
    return tuple(rows)


def way_back(words: str, effects: Sequence[Effect], key: str) -> str:
    """What becomes of it afterwards. The vocabulary's words hold for what has a way back, and for nothing else."""
    if not any(effect.changes for effect in effects):
        ends = any(effect.undoable for effect in effects)
        return f"{key} afterwards ends the try; nothing on this computer changes" if ends else "nothing is left to undo"
    if not all(effect.undoable for effect in effects):
        return "this cannot be undone"
    return f"{key} afterwards takes it back" if words.startswith(("no", "im")) else f"{key} afterwards: {words}"


def proof(runner: Runner) -> str:
    """What will show whether it helped."""
    steps = walk(runner.state).steps
    short = TREE[steps[-1].node].asks.split("{")[0] if steps else ""
    ends = TREE[steps[-1].node].short or short if steps else "the same question"
    return f"The walk goes on by itself and asks again: {ends}"


def offered(runner: Runner, fix_id: str) -> str:
    """What stands in the input already: the login name that the server itself asked for, the narrowest route."""
    if fix_id == "add-internet-route":
        return "mine"
    steps = walk(runner.state).steps
    return clean.line(str(steps[-1].fact.data.get("user_wanted", ""))) if steps and "user" in fix_id else ""


def exit_code(runner: Runner, without: Exit) -> Exit:
    """What a script learns where the person leaves; `without` where there is no verdict."""
    try:
        found = runner.verdict()
    except IndexError:  # not a single question was answered
        found = None
    if found is None:
        return without
    code = exit_for(found)
    changed = [change for change in runner.state.changes if change.lasts and not change.undone]
    unproved = bool(changed) and not all(change.proved for change in changed)
    return Exit.NOT_PROVED if unproved and code is not Exit.WORKS else code
