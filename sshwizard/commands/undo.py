"""`sshwizard undo`: take changes back, also next week, also after a crash."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from sshwizard import clean, store, vocabulary
from sshwizard.commands import arguments
from sshwizard.effects.following import followed
from sshwizard.events import Event
from sshwizard.exits import Exit, UsageError
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.runner import Runner, doors_of
from sshwizard.state import State


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "undo",
        "Take changes back: the newest one of all sessions, everything of one session, or one change of it.\n"
        "Refuses, and says why, where the world was changed since.",
        "examples:\n  sshwizard undo\n  sshwizard undo --list\n  sshwizard undo SESSION.jsonl\n"
        "  sshwizard undo SESSION.jsonl --change 2\n",
    )
    reader.add_argument("session", nargs="?", help="a session by its file or name: everything that it changed")
    reader.add_argument("--change", type=int, metavar="N", help="only change number N of the session")
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="open the door again through which a "
                        "change was made on a server")  # fmt: skip
    reader.add_argument("--list", action="store_true", help="list the changes that are in force, and change nothing")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given = parser().parse_args(argv)
    if given.change is not None and not given.session:
        raise UsageError("--change needs a session. See: sshwizard undo --list")
    found = list(_changed(given.session))
    if given.list:
        for path, runner in found:
            print("\n".join(_listed(path, runner.state)))
        return Exit.WORKS
    if not found:
        print(say("There is nothing to undo."), file=sys.stderr)
        return Exit.CAUSE_FOUND
    runner = found[0][1]
    runner.journal.hand_over = contextlib.nullcontext if sys.stdin.isatty() else None
    wanted = _wanted(runner.state, given.change, whole=bool(given.session))
    if not _may_open(runner, wanted, confirmed=given.yes == "confirm"):
        return Exit.CAUSE_FOUND
    try:
        runner.progress = _said
        if runner.state.pending:
            asyncio.run(_settle(runner))
        for number in _wanted(runner.state, given.change, whole=bool(given.session)):
            _take_back(runner, number)
    except CannotFix as refusal:
        print(say(f"Not undone: {clean.line(str(refusal))}"), file=sys.stderr)
        return Exit.CAUSE_FOUND
    print(say("Undone."))
    return Exit.WORKS


async def _settle(runner: Runner) -> None:
    async with runner.opened(doing.effect for doing in runner.state.pending):
        with followed(_said, threading.Event()):
            for told in runner.settle():
                print(say(f"A change was interrupted. {clean.line(told)}"))


def _may_open(runner: Runner, wanted: Sequence[int], *, confirmed: bool) -> bool:
    """Whether the doors may be opened again through which the changes were made; the person is asked about each."""
    state = runner.state
    known = [number for number in wanted if 0 <= number < len(state.changes)]
    effects = [effect for number in known for effect in state.changes[number].did.inverses]
    effects += [doing.effect for doing in state.pending]
    for door, *_ in dict.fromkeys(doors_of(effects)):
        from sshwizard.commands import goingin
        from sshwizard.doors.roads import ROADS

        if road := ROADS.get(door):
            goingin.say(f"It was made through {road.title} ({door}). To take it back, this {road.does}.")
            if not confirmed and not goingin.agreed():
                goingin.say("Not undone: the door was not opened. To open it: sshwizard undo --yes=confirm")
                return False
    return True


def _said(says: str) -> None:
    """How far a change is that takes minutes."""
    print(f"     {say(clean.line(says))}", file=sys.stderr, flush=True)


def _changed(session: str | None) -> Iterator[tuple[Path, Runner]]:
    """Sessions with something to take back, newest first."""
    try:
        places = [store.find(session)] if session else list(store.recent(100))
    except (OSError, store.BadSession) as error:
        raise UsageError(f"the sessions cannot be read: {error}") from None
    for path in places:
        try:
            events = _read(path)
        except UsageError:
            if session:
                raise
            continue
        runner = Runner(events, store=store.Store(path), read_only=arguments.switched_on("SSHWIZARD_READ_ONLY"))
        if runner.state.pending or runner.state.in_force:
            yield path, runner


def _read(path: Path) -> tuple[Event, ...]:
    try:
        return store.load(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except store.BadSession as error:
        raise UsageError(str(error)) from None


def _wanted(state: State, one: int | None, *, whole: bool) -> list[int]:
    """The numbers of the changes to take back, newest first."""
    if one is not None:
        return [one - 1]
    return list(state.in_force[::-1] if whole else state.in_force[-1:])


def _take_back(runner: Runner, number: int) -> None:
    if 0 <= number < len(runner.state.changes):
        for effect in runner.state.changes[number].did.inverses:
            print("\n".join(map(say, effect.preview())))
    asyncio.run(runner.undo(number))


def _listed(path: Path, state: State) -> Iterator[str]:
    yield clean.line(str(path))
    for number in state.in_force:
        did = state.changes[number].did
        yield f"  {number + 1}  {did.at}  {say(vocabulary.actions()[did.fix].title)}"
        for effect in did.effects:
            yield from (f"       {say(line)}" for line in effect.preview())
    for doing in state.pending:
        yield f"  ?  {doing.at}  {say('interrupted')}: {'; '.join(map(say, doing.effect.preview()))}"
