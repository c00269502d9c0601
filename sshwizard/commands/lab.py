"""`sshwizard lab`: a course on broken worlds, and a team's own exercises."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, lab
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.lab import BadExercise, Exercise, LabError, course, open_world
from sshwizard.language import say

CHECK, NEXT = "check", "next"


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "lab",
        "A course on broken SSH servers that run on this machine: no root, no cloud account, no network.",
        "examples:\n"
        "  sshwizard lab --list                    the course by chapters, and what is solved\n"
        "  sshwizard lab next                      the next exercise\n"
        "  sshwizard lab open-key --try            a shell in which plain ssh meets the fault\n"
        "  sshwizard lab open-key --tutor          the wizard asks before it tells\n"
        "  sshwizard lab open-key --hint           one hint, then the next\n"
        "  sshwizard lab nologin --answer session.nologin-shell\n"
        "  sshwizard lab --progress                points, times and hints so far\n"
        "  sshwizard lab --create our-bastion      a file for an exercise of your team's\n"
        "  sshwizard lab check our-bastion         prove that it is broken as told, and can be solved\n"
        "  sshwizard lab aws                       an AWS account of your own, on this machine\n"
        "  sshwizard lab stopped-instance --serve  break one of its servers, and solve it by hand\n"
        "More: docs/course.md.\n",
    )
    reader.add_argument("exercise", nargs="?", help="which one (see --list), or next, check, aws, gcp")
    reader.add_argument("more", nargs="*", metavar="ID", help="with check: which ones; otherwise all")
    reader.add_argument("--list", action="store_true", help="list the exercises by chapter, with what is solved")
    reader.add_argument(
        "--try", action="store_true", dest="by_hand", help="a shell in the world; plain ssh meets the fault"
    )
    reader.add_argument("--tutor", action="store_true", help="the wizard asks before it tells")
    reader.add_argument("--hint", action="store_true", help="one hint, then the next")
    reader.add_argument("--answer", metavar="CODE", help="name the cause; none: nothing is wrong")
    reader.add_argument("--serve", action="store_true", help="open it for other terminals until ctrl+c")
    reader.add_argument("--progress", action="store_true", help="what was solved, with points, hints and times")
    reader.add_argument("--reset", action="store_true", help="forget the progress, of one exercise or of all")
    reader.add_argument("--create", metavar="NAME", help="write a file for a team's own exercise")
    reader.add_argument(
        "--from", metavar="PLACE", dest="place", type=Path, help="take exercises from this file or directory"
    )
    reader.add_argument("--faults", action="store_true", help="every fault that an exercise's file can name")
    reader.add_argument(
        "--jobs", metavar="N", type=int, default=min(4, (os.cpu_count() or 1) + 1), help="with check: so many at once"
    )
    reader.add_argument("--json", action="store_true", help="as JSON: the list, the progress, a diagnosis")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    arguments.may_look(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given = parser().parse_args(argv)
    arguments.dress(given)
    if given.more and given.exercise != CHECK:
        raise UsageError(f"only one exercise at a time, and not also {clean.line(given.more[0], 60)!r}")
    try:
        return _main(given)
    except BadExercise as error:
        raise UsageError(_reason(error)) from None
    except LabError as error:
        raise UsageError(str(error)) from None


def _reason(error: BadExercise) -> str:
    """What is wrong with a file: the reason in the reader's language, behind the file and the line."""
    said = clean.line(str(error), 600)
    place = re.match(r".*?: (?:line \d+: )?", said)
    at = place.end() if place else 0
    return said[:at] + say(said[at:])


def _main(given: argparse.Namespace) -> Exit:
    from sshwizard.commands import coursework

    if given.create is not None:
        return coursework.create(given.create)
    if given.faults:
        return coursework.faults()
    teams, bad = course.teams(given.place)
    for error in bad:
        print(f"sshwizard: {say(_reason(error))}", file=sys.stderr)
    if given.exercise == CHECK:
        return coursework.check(coursework.chosen(given.more, teams, given.place), max(1, given.jobs), json=given.json)
    if given.exercise == NEXT:
        given.exercise = coursework.following(teams)
    if given.reset:
        return coursework.reset(given.exercise, teams)
    if given.progress:
        return coursework.progress(teams, json=given.json)
    if given.list or not given.exercise:
        return coursework.listed(teams, json=given.json)
    exercise = course.named(given.exercise, teams)
    if given.hint:
        return coursework.hint(exercise)
    if given.answer is not None:
        return coursework.answer(exercise, given.answer)
    return _open(exercise, given)


def _open(exercise: Exercise, given: argparse.Namespace) -> Exit:
    from sshwizard.commands import practising
    from sshwizard.lab.practice import Practice

    with open_world(exercise) as world:
        if given.serve or exercise.id in lab.OPEN:
            return practising.serve(world)
        if given.by_hand:
            return practising.by_yourself(Practice(world))
        practising.enter(world)
        terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if given.json or ((given.plain or not terminal) and not given.tutor):
            return practising.plain(world, json=given.json)
        if given.plain or not terminal:
            return asyncio.run(practising.spoken(Practice(world, tutor=True)))
        if why := arguments.unfit():
            print(f"{say(why)}\n", file=sys.stderr)
            return asyncio.run(practising.spoken(Practice(world, tutor=given.tutor)))
        return practising.full_screen(Practice(world, tutor=given.tutor))
