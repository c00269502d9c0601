"""`sshwizard lab`: practise on a broken world."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
import threading
from collections.abc import Mapping, Sequence

from sshwizard import lab
from sshwizard.commands import arguments, diagnose
from sshwizard.exits import Exit, UsageError
from sshwizard.lab import Exercise, LabError, World, open_world
from sshwizard.language import say
from sshwizard.probes import typed

_CLOUDS = (lab.OPEN_ACCOUNT.id, lab.OPEN_PROJECT.id)
"""To leave running: no exercises."""
_NAMES = (*lab.EXERCISES, *lab.AWS_EXERCISES, *lab.GCE_EXERCISES, *_CLOUDS)


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "lab",
        "Practise on a broken SSH server that runs on this machine: no root, no cloud account, no network.",
        "examples:\n"
        "  sshwizard lab --list\n"
        "  sshwizard lab open-key\n"
        "  sshwizard lab aws                       an AWS account of your own, on this machine\n"
        "  sshwizard lab gcp                       a Google Cloud project of your own, the same\n"
        "  sshwizard lab stopped-instance --serve  break one of its servers, and solve it by hand\n",
    )
    reader.add_argument("exercise", nargs="?", help="which one (see --list), or aws, or gcp")
    reader.add_argument("--list", action="store_true", help="list the exercises")
    reader.add_argument("--serve", action="store_true", help="open it for other terminals until ctrl+c")
    reader.add_argument("--json", action="store_true", help="diagnose it without a person, as JSON")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    if options.list or not options.exercise:
        _list()
        return Exit.WORKS
    if options.exercise not in _NAMES:
        raise UsageError(f"there is no exercise {options.exercise!r}. See: sshwizard lab --list")
    try:
        world = open_world(options.exercise)
    except LabError as error:
        raise UsageError(str(error)) from None
    with world:
        if options.serve or options.exercise in _CLOUDS:
            return _serve(world)
        if world.environment:
            _enter(world)
        target = typed.parse(world.target_args)
        if options.json or options.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            print(say(world.exercise.story), file=sys.stderr)
            return asyncio.run(diagnose.diagnose(target, diagnose.Options(json=options.json, keep=False)))
        from sshwizard.fronts.tui import open_wizard

        return open_wizard(target, story=world.exercise.story, lab=world.root)


def _list() -> None:
    width = max(map(len, _NAMES))

    def show(exercises: Mapping[str, Exercise]) -> None:
        for id_, exercise in exercises.items():
            print(f"{id_:<{width}}  {say(exercise.title)}")

    show(lab.EXERCISES)
    print(say("\nOn an AWS that runs on this machine (Linux, with the extra `lab`):\n"))
    show(lab.AWS_EXERCISES)
    print(say("\nOn a Google Cloud that runs on this machine (Linux, with the extra `gcp`):\n"))
    show(lab.GCE_EXERCISES)


def _enter(world: World) -> None:
    """This process talks to the cloud of the world, and to no other."""
    for name in world.hidden:
        os.environ.pop(name, None)
    os.environ.update(world.environment)


def _serve(world: World) -> Exit:
    """Tell how to reach the world from another terminal, and keep it open until ctrl+c."""
    print(f"# {say(world.exercise.story)}")
    if world.environment:
        print(f"# {say('For another terminal:')}")
        print(f"unset {' '.join(world.hidden)}")
        for name, value in world.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# {say('Then, for example:')} {world.example}")
    for program in ("ssh", "sshwizard"):
        print(f"# {shlex.join((program, *world.target_args))}")
    print(f"# {say('It runs until ctrl+c.')}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return Exit.WORKS
