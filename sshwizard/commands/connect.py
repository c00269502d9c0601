"""`sshwizard connect`: through the best door that is open, with the person's own ssh in their terminal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Sequence

from sshwizard import clean, vocabulary
from sshwizard.commands import arguments
from sshwizard.doors.door import Door
from sshwizard.doors.marks import MARK
from sshwizard.doors.passage import FAILED, Passage, through
from sshwizard.doors.table import DOORS
from sshwizard.doors.way import Shut
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import plain
from sshwizard.language import say
from sshwizard.model import Target
from sshwizard.probes import typed
from sshwizard.probes.scene import Scene
from sshwizard.runner import Runner


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "connect",
        "Get in through the best door that is open: your own ssh, in this terminal.",
        "examples:\n  sshwizard connect web-1\n  sshwizard connect --via eic web-1\n"
        "  sshwizard connect --via serial i-0123456789abcdef0 --region eu-west-1\n\n"
        f"doors: {', '.join(_named())}. Without --via, ssh is tried once and the doors are judged first.\n"
        "Without a terminal the command is printed. A temporary key lives as long as the connection.\n"
        "exit codes: those of ssh (255: it did not get in); 2 usage.\n",
    )
    reader.usage = "sshwizard connect TARGET [--via DOOR] [ssh options] [options]"
    reader.add_argument("--via", metavar="DOOR", help="this door, and no other: " + ", ".join(_named()))
    arguments.may_ask(reader)
    return reader


def _named() -> list[str]:
    return [door.id for door in DOORS.values() if not door.offline]


def main(argv: Sequence[str]) -> int:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    if given.via is not None and given.via not in _named():
        raise UsageError(f"there is no door {clean.line(given.via, 40)!r}. One of: {', '.join(_named())}")
    return asyncio.run(connect(typed.parse(theirs), given.via))


async def connect(target: Target, via: str | None) -> int:
    """Choose, open, walk through; returns ssh's exit status."""
    runner = Runner.live(target, read_only=True)
    task = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, lambda: task and task.cancel())
    try:
        door = DOORS[via] if via else await _best(runner)
        if door is None:
            return FAILED
        if door.action and arguments.switched_on("SSHWIZARD_READ_ONLY"):
            raise Shut("this is read-only, and the door needs a temporary key on the server or a session of its own")
        scene = await runner.ready()
        if door.walk is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return await _told(door, scene)
        return _said(await _walked(door, scene))
    except Shut as shut:
        _say(f"{shut}.")
        if shut.unblock:
            _say(f"What it needs: {shut.unblock}")
        return _because(shut.code)
    except asyncio.CancelledError:  # told to end: nothing is left behind
        return FAILED
    finally:
        await runner.close()


async def _best(runner: Runner) -> Door | None:
    """The first door that is open, after one try of plain ssh."""
    runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    await runner.walk()
    facts = await runner.doors()
    for name, fact in facts.items():
        door = DOORS[name.removeprefix(MARK)]
        if fact.outcome == "open" and door.walk:
            _say(f"{door.title}: {fact.says}")
            return door
    _say(f"No door is open that can be walked through from here. See: sshwizard doors {runner.state.target.input}")
    return None


async def _walked(door: Door, scene: Scene) -> Passage:
    """While ssh has the terminal, ctrl+c is for ssh alone."""
    loop = asyncio.get_running_loop()

    def tell(text: str) -> None:
        _say(f"{text}.")
        loop.add_signal_handler(signal.SIGINT, lambda: None)

    return await through(door, scene, tell)


async def _told(door: Door, scene: Scene) -> int:
    """The command, for another terminal."""
    fact = await door.judge(scene)
    ours = clean.line(shlex.join(("sshwizard", "connect", "--via", door.id, *scene.target.args)), 400)
    rows = (*((ours,) if door.walk and door.id != "direct" else ()), *fact.commands)
    _say("This needs a terminal; type one of these there." if door.walk else "This door is walked by hand.")
    if fact.state == "shut":
        _say(f"It is shut: {fact.why}")
    with contextlib.suppress(BrokenPipeError):
        print("\n".join(rows), flush=True)
    return Exit.CAUSE_FOUND if fact.state == "shut" else Exit.WORKS


def _said(passage: Passage) -> int:
    for line in passage.says:
        _say(line)
    for code in (passage.cause, *passage.also) if passage.cause else ():
        sure = say("likely" if code == passage.cause else "possible")
        _say(f"  {sure}: {say(vocabulary.causes()[code].title)} [{code}]")
    return passage.code


def _because(code: str) -> int:
    if code:
        _say(f"  {say(vocabulary.causes()[code].title)} [{code}]")
    return FAILED


def _say(text: str) -> None:
    print(clean.line(say(text), 400), file=sys.stderr, flush=True)
