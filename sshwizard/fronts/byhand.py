"""Answers by hand in plain lines: the questions of an interview, and any question that the way has come to."""

from __future__ import annotations

from sshwizard.fronts.prompts import Choice, Prompts
from sshwizard.fronts.report import question
from sshwizard.model import UNKNOWN, unknown
from sshwizard.runner import Runner
from sshwizard.session import Step, walk
from sshwizard.state import Place
from sshwizard.tree import TREE
from sshwizard.tree.hand import HOW, choices, whose
from sshwizard.tree.limbs import LIMBS, Limb

_BACK = Choice("back", "Take the last answer back")
_LEAVE = Choice("none", "Answer nothing, back to the verdict", ("back",))


async def sees(prompts: Prompts) -> Limb:
    """What the person sees; an interview begins there."""
    prompts.say("", "What do you see? The nearest one will do.")
    word = await prompts.choose("What do you see?", [Choice(limb.id, limb.sees) for limb in LIMBS])
    return next(limb for limb in LIMBS if limb.id == word)


async def open_question(runner: Runner, prompts: Prompts, place: Place) -> str:
    """Ask what nothing here can look at. Returns "over" where the person takes the very message back."""
    steps = walk(runner.state).steps
    given = next((len(limb.answers) for limb in LIMBS if limb.sees == runner.state.target.input), 0)
    prompts.say("", f"Question {len(steps) - given + 1}: {_asks(runner, place)}")
    word = await prompts.choose("Your answer?", [*_answers(runner, prompts, place), _BACK])
    if word != _BACK.word:
        runner.answer(place, word)
    elif len(steps) <= given:
        return "over"
    else:
        runner.take_back(steps[-1].place)
    return ""


async def answer_any(runner: Runner, prompts: Prompts) -> bool:
    """Answer a question of the way, or answer it anew; True when something was said."""
    state = runner.state
    steps = [step for step in walk(state).steps if step.node != "server-log"]
    prompts.say("", "The questions of the way, and what stands there now:")
    names = {f"{step.leg}.{step.node}" if step.leg > 0 else step.node: step for step in steps}
    rows = [Choice(name, f"{question(state, step)} {step.fact.says}") for name, step in names.items()]
    word = await prompts.choose("Which question?", [*rows, _LEAVE])
    if word == _LEAVE.word:
        return False
    place = names[word].place
    prompts.say("", _asks(runner, place))
    outcome = await prompts.choose("Your answer?", [*_answers(runner, prompts, place), _LEAVE])
    if outcome == _LEAVE.word:
        return False
    seen = state.facts.get(place)
    if seen is not None and outcome in {seen.outcome, UNKNOWN}:  # no answer of one's own
        runner.take_back(place)
    else:
        runner.answer(place, outcome)
    return True


def _asks(runner: Runner, place: Place) -> str:
    return question(runner.state, Step(*place, unknown("")))


def _answers(runner: Runner, prompts: Prompts, place: Place) -> list[Choice]:
    """The answers of a question, after who says what and how it is found out."""
    node, seen = TREE[place[1]], runner.state.facts.get(place)
    if seen is not None:
        who = whose(node.id, seen)
        prompts.say(f"By {who}: {seen.says}" if seen.known else f"By {who} it cannot be told: {seen.why or seen.says}")
    if how := HOW.get(node.id):
        prompts.say(f"How to find out: {how}")
    said = runner.state.answers.get(place)
    rows = []
    for outcome in choices(node, seen.outcome if seen is not None and seen.known else ""):
        says = "I do not know" if outcome == UNKNOWN else node.word(outcome)
        rows.append(Choice(outcome, says + (", as you said" if outcome == said else ""), ("?",) * (outcome == UNKNOWN)))
    return rows
