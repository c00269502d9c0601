"""`sshwizard lab`: practise on a broken world."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from sshwizard.commands import arguments, diagnose
from sshwizard.exits import Exit, UsageError
from sshwizard.lab import EXERCISES, LabError, open_world
from sshwizard.probes import typed


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "lab",
        "Practise on a broken SSH server that runs on this machine: no root, no cloud, no network.",
        "examples:\n  sshwizard lab --list\n  sshwizard lab open-key\n",
    )
    reader.add_argument("exercise", nargs="?", help="which one (see --list)")
    reader.add_argument("--list", action="store_true", help="list the exercises")
    reader.add_argument("--json", action="store_true", help="diagnose it without a person, as JSON")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    if options.list or not options.exercise:
        width = max(map(len, EXERCISES))
        for id_, exercise in EXERCISES.items():
            print(f"{id_:<{width}}  {exercise.title}")
        return Exit.WORKS
    if options.exercise not in EXERCISES:
        raise UsageError(f"there is no exercise {options.exercise!r}. See: sshwizard lab --list")
    try:
        world = open_world(options.exercise)
    except LabError as error:
        raise UsageError(str(error)) from None
    with world:
        target = typed.parse(world.target_args)
        if options.json or options.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            print(world.exercise.story, file=sys.stderr)
            return asyncio.run(diagnose.diagnose(target, diagnose.Options(json=options.json, keep=False)))
        from sshwizard.fronts.tui import open_wizard

        return open_wizard(target, story=world.exercise.story, lab=world.root)
