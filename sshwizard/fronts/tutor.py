"""The tutor in plain lines: it asks before it tells, and then shows what was really seen."""

from __future__ import annotations

import asyncio

from sshwizard.fronts.lessons import Lesson, lessons, named_among
from sshwizard.fronts.prompts import Choice, Prompts
from sshwizard.lab.practice import Practice
from sshwizard.language import say
from sshwizard.runner import Runner

DUNNO = "?"


async def teach(runner: Runner, practice: Practice, prompts: Prompts) -> None:
    """Walk without a word, then lead the learner along the forks of that walk. Raises EOFError."""
    prompts.say("The wizard looks for itself now, and keeps to itself what it sees. Then it asks you.")
    await asyncio.shield(asyncio.ensure_future(runner.walk()))
    asked = right = 0
    try:
        for lesson in lessons(runner.state):
            right += await _ask(lesson, practice, prompts)
            asked += 1
    finally:
        if asked:
            practice.taught(asked, right)
            prompts.say("", f"The tutor asked {asked}, and you were right {right} times.")


async def _ask(lesson: Lesson, practice: Practice, prompts: Prompts) -> bool:
    prompts.say("")
    words = [Choice(word, says) for word, says in lesson.choices]
    said = await prompts.choose(lesson.asks, [*words, Choice(DUNNO, "I do not know")])
    if lesson.names:
        practice.name(said, free=True)
    _answer(lesson, said, prompts)
    return said == lesson.right


def _answer(lesson: Lesson, said: str, prompts: Prompts) -> None:
    """What the tutor says to an answer: right or not, what was seen, and how it is found by hand."""
    prompts.say("Right." if said == lesson.right else f"It was this: {lesson.says}.")
    prompts.show(f"{say('What it means:' if lesson.names else 'Seen:')} {say(lesson.told)}")
    prompts.show(*(f"    {line}" for line in lesson.lines))
    if lesson.command:
        prompts.show(f"    $ {lesson.command}")
    if lesson.how:
        prompts.show(f"{say('By hand:')} {say(lesson.how)}")


async def name_it(practice: Practice, prompts: Prompts) -> None:
    """Ask for the cause of an exercise that nobody here can mend. Raises EOFError."""
    prompts.say("", "Nobody on this side can mend this one, so it is solved when you name it.")
    words = [Choice(code, says) for code, says in named_among(practice.exercise.causes)]
    said = await prompts.choose("What is it?", words)
    prompts.say("Right." if practice.name(said) else "No, that is not it. Look again, or take a hint.")
