"""How an exercise is done: in the full screen, in plain lines, or by hand in a shell of its own; and what is kept."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from sshwizard.commands import diagnose
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts.lessons import named_among
from sshwizard.fronts.telling import told
from sshwizard.fronts.tutor import name_it, teach
from sshwizard.lab import World
from sshwizard.lab.exercise import Exercise
from sshwizard.lab.practice import Practice
from sshwizard.lab.progress import Row
from sshwizard.lab.world import LOG
from sshwizard.language import say
from sshwizard.model import Target
from sshwizard.probes import typed
from sshwizard.runner import Runner

_PROGRAMS = ("ssh", "scp", "sftp")


def by_hand(world: World) -> str:
    """What to type in another terminal, to meet the fault without the wizard."""
    if world.exercise.log:
        return f"less {shlex.quote(str(world.root / LOG))}"
    return shlex.join(("ssh", *world.target_args))


def story(world: World) -> str:
    """The story, and how to try it first."""
    command = by_hand(world)
    return "\n".join(
        (
            told(world.exercise, world.exercise.story),
            say(f"Try it yourself first, in another terminal: {command}"),
            say(f"Or in a shell of its own: sshwizard lab {world.exercise.id} --try"),
        )
    )


def enter(world: World) -> None:
    """This process talks to the cloud of the world, and to no other."""
    for name in world.hidden:
        os.environ.pop(name, None)
    os.environ.update(world.environment)


def target(world: World) -> Target:
    """Whom the wizard is asked about."""
    return typed.parse(world.target_args)


def text(exercise: Exercise) -> Runner:
    """The wizard on the text of an exercise."""
    return Runner.of_text(exercise.log.encode(), LOG)


# ---------------------------------------------------------------- with the wizard


def full_screen(practice: Practice) -> Exit:
    """The wizard on the world, and then what was done."""
    from sshwizard.fronts.tui import open_practice

    world = practice.world
    runner = text(practice.exercise) if practice.exercise.log else None
    code, tried = open_practice(None if runner else target(world), practice, story(world), runner)
    asyncio.run(debrief(practice, tried))
    return code


def plain(world: World, *, json: bool) -> Exit:
    """The diagnosis in lines; nothing is asked, and it counts as no try."""
    print(story(world), file=sys.stderr)
    if world.exercise.log:
        from sshwizard.commands import explain

        return explain.main([str(world.root / LOG), *(["--json"] if json else [])])
    return asyncio.run(diagnose.diagnose(target(world), diagnose.Options(json=json, keep=False)))


async def spoken(practice: Practice) -> Exit:
    """The tutor, and then the wizard as plain questions."""
    from sshwizard.fronts.prompts import Stopped, prompts
    from sshwizard.fronts.talk import Talk
    from sshwizard.store import Store

    asker, world = prompts(), practice.world
    asker.show(told(practice.exercise, practice.exercise.title), *story(world).splitlines(), "")
    runner = (
        text(practice.exercise)
        if practice.exercise.log
        else Runner.live(target(world), store=Store.create("practice", world.root))
    )
    tried: tuple[str, ...] = ()
    try:
        if practice.tutor:
            await teach(runner, practice, asker)
        await Talk(runner, asker).go()
    except EOFError:
        print(flush=True)
    except (Stopped, asyncio.CancelledError):
        print(flush=True)
        return Exit.INTERRUPTED
    finally:
        tried = runner.state.target.ssh_args
        await runner.close()
    return await debrief(practice, tried)


# ---------------------------------------------------------------- by hand


def by_yourself(practice: Practice) -> Exit:
    """A shell in which plain ssh meets the fault; when it ends, whether it is solved."""
    world = practice.world
    shell = os.environ.get("SHELL") or "/bin/sh"
    if not shutil.which(shell):
        raise UsageError(f"$SHELL is no program here: {shell}")
    print(f"{told(world.exercise, world.exercise.title)}\n\n{told(world.exercise, world.exercise.story)}\n")
    command = " ".join(("less", LOG) if world.exercise.log else ("ssh", "lab-web"))
    print(say(f"A shell in the practice world, in {world.root}. Try: {command}"))
    print(f"{say('exit leaves it, and tells whether it is solved.')}\n", flush=True)
    with suppress(KeyboardInterrupt, OSError):
        subprocess.run([shell], cwd=world.root, env=_shell_environment(world), check=False)
    with suppress(EOFError):
        return asyncio.run(debrief(practice, (), asks=True))
    return Exit.CAUSE_FOUND


def _shell_environment(world: World) -> dict[str, str]:
    """Plain ssh, scp and sftp take the config of the world; the cloud is the one of the world."""
    tools = world.root / "bin"
    tools.mkdir(mode=0o700, exist_ok=True)
    for name in _PROGRAMS:
        if found := shutil.which(name):
            config = shlex.quote(str(world.root / "config"))
            (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(found)} -F {config} "$@"\n', encoding="utf-8")
            (tools / name).chmod(0o700)
    env = {name: value for name, value in os.environ.items() if name not in {*world.hidden, "SSH_AUTH_SOCK"}}
    path = os.pathsep.join((str(tools), env.get("PATH", os.defpath)))
    return {**env, **world.environment, "PATH": path, "SSHWIZARD_LAB": world.exercise.id}


def serve(world: World) -> Exit:
    """Tell how to reach the world from another terminal, and keep it open until ctrl+c."""
    print(f"# {told(world.exercise, world.exercise.story)}")
    if world.environment:
        print(f"# {say('For another terminal:')}")
        print(f"unset {' '.join(world.hidden)}")
        for name, value in world.environment.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"# {say('Then, for example:')} {world.example}")
    for program in ("ssh", "sshwizard"):
        print(f"# {shlex.join((program, *world.target_args))}")
    if world.exercise.log:
        print(f"# sshwizard explain {shlex.quote(str(Path(world.root) / LOG))}")
    print(f"# {say('It runs until ctrl+c.')}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return Exit.WORKS


# ---------------------------------------------------------------- afterwards


async def debrief(practice: Practice, tried: tuple[str, ...], *, asks: bool = False) -> Exit:
    """Whether it is solved, by a real ssh or by its name, and what is worth keeping. Raises EOFError."""
    if asks and practice.wants_name and sys.stdin.isatty() and not practice.solved(tried):
        from sshwizard.fronts.prompts import Stopped, prompts

        with suppress(Stopped):
            await name_it(practice, prompts())
    if practice.exercise.ends == "works":
        print(say("Trying whether ssh gets in now."), flush=True)
    if not await asyncio.to_thread(practice.solved, tried):
        print(unsolved(practice.exercise))
        return Exit.CAUSE_FOUND
    print(solved(practice.exercise, practice.keep()))
    return Exit.WORKS


def solved(exercise: Exercise, row: Row | None) -> str:
    """What is told at the end."""
    if row is None:
        rows = [say(f"Solved: {exercise.id}.")]
    elif not row.seconds:
        rows = [say(f"Solved: {exercise.id}. {row.points} points.")]
    else:
        rows = [say(f"Solved: {exercise.id}. {row.points} points. It took {row.seconds} s; your best is {row.best} s.")]
    if exercise.remember:
        rows += ["", f"{say('Remember:')} {told(exercise, exercise.remember)}"]
    if exercise.shows:
        rows += [f"{say('By hand:')} {exercise.shows}"]
    return "\n".join([*rows, "", say("Next: sshwizard lab next")])


def unsolved(exercise: Exercise) -> str:
    """What is told when it is not solved yet."""
    if exercise.ends == "works":
        return say(f"Not solved yet: ssh does not get in. More: sshwizard lab {exercise.id} --hint, --tutor")
    first = "Not solved yet: nobody on this side can mend it, so it is solved when you name it. Is it one of these?"
    rows = [f"  {code:<32} {say(title)}" for code, title in named_among(exercise.causes)]
    last = f"Name it: sshwizard lab {exercise.id} --answer CODE. More: --hint, --tutor"
    return "\n".join([say(first), *rows, say(last)])
