"""`sshwizard lab`: practise on a broken world."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
import threading
from collections.abc import Mapping, Sequence

from sshwizard.commands import arguments, diagnose
from sshwizard.exits import Exit, UsageError
from sshwizard.lab import AWS_EXERCISES, EXERCISES, OPEN_ACCOUNT, Exercise, LabError, World, open_world
from sshwizard.lab.aws import HIDDEN
from sshwizard.probes import typed


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "lab",
        "Practise on a broken SSH server that runs on this machine: no root, no cloud account, no network.",
        "examples:\n"
        "  sshwizard lab --list\n"
        "  sshwizard lab open-key\n"
        "  sshwizard lab aws                       an AWS account of your own, on this machine\n"
        "  sshwizard lab stopped-instance --serve  break one of its servers, and solve it by hand\n",
    )
    reader.add_argument("exercise", nargs="?", help="which one (see --list), or aws")
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
    if options.exercise not in {**EXERCISES, **AWS_EXERCISES, OPEN_ACCOUNT.id: OPEN_ACCOUNT}:
        raise UsageError(f"there is no exercise {options.exercise!r}. See: sshwizard lab --list")
    try:
        world = open_world(options.exercise)
    except LabError as error:
        raise UsageError(str(error)) from None
    with world:
        if options.serve or options.exercise == OPEN_ACCOUNT.id:
            return _serve(world)
        if world.environment:
            _enter(world.environment)
        target = typed.parse(world.target_args)
        if options.json or options.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            print(world.exercise.story, file=sys.stderr)
            return asyncio.run(diagnose.diagnose(target, diagnose.Options(json=options.json, keep=False)))
        from sshwizard.fronts.tui import open_wizard

        return open_wizard(target, story=world.exercise.story, lab=world.root)


def _list() -> None:
    width = max(map(len, (*EXERCISES, *AWS_EXERCISES)))

    def show(exercises: Mapping[str, Exercise]) -> None:
        for id_, exercise in exercises.items():
            print(f"{id_:<{width}}  {exercise.title}")

    show(EXERCISES)
    print("\nOn an AWS that runs on this machine (Linux, with the extra `lab`):\n")
    show(AWS_EXERCISES)


def _enter(environment: Mapping[str, str]) -> None:
    """This process talks to the cloud of the world, and to no other."""
    for name in HIDDEN:
        os.environ.pop(name, None)
    os.environ.update(environment)


def _serve(world: World) -> Exit:
    """Tell how to reach the world from another terminal, and keep it open until ctrl+c."""
    print(f"# {world.exercise.story}")
    if world.environment:
        print("# For another terminal:")
        print(f"unset {' '.join(HIDDEN)}")
        for name, value in world.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print("# Then, for example: aws ec2 describe-instances")
    for program in ("ssh", "sshwizard"):
        print(f"# {shlex.join((program, *world.target_args))}")
    print("# It runs until ctrl+c.", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return Exit.WORKS
