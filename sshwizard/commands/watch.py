"""`sshwizard watch`: what another terminal does, followed from this one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, paths, store, verdict
from sshwizard.commands import arguments
from sshwizard.events import Ended, Event, Saw
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import report, watching
from sshwizard.fronts.watching import Tail
from sshwizard.language import say
from sshwizard.session import fold

LAST = "last"


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "watch",
        "Follow a session of another terminal while it goes on: read-only, or with its keyboard where its owner hands "
        "it over.",
        "examples:\n  sshwizard watch last                the session that goes on now, else the newest one\n"
        "  sshwizard watch 20260101-101500-web-1\n  sshwizard watch last --jsonl\n"
        "  sshwizard watch last --screen\n"
        "  sshwizard watch last --join          ask for the keyboard of a session on this machine\n\n"
        "It ends when the session ends, with that session's exit code. Several may watch at once.\n",
    )
    reader.add_argument("session", help="a session file, the beginning of its name, or last")
    reader.add_argument("--jsonl", action="store_true", help="one JSON line a look, a report at each verdict")
    reader.add_argument("--screen", action="store_true", help="on the full screen")
    reader.add_argument(
        "--join", action="store_true", help="on the full screen, to ask for the keyboard: ctrl+k (same account only)"
    )
    arguments.may_look(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given = parser().parse_args(argv)
    arguments.dress(given)
    path = chosen(given.session)
    if given.join and (given.jsonl or not arguments.on_screen()):
        raise UsageError("--join needs a terminal; without it the session can be followed")
    try:
        if (given.screen or given.join) and not given.jsonl and arguments.on_screen():
            from sshwizard.fronts.tui import open_watch

            return open_watch(path, join=given.join)
        return _follow(Tail(path), as_json=given.jsonl)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        if given.join and path.exists():
            raise UsageError(
                f"the keyboard of {path.name} cannot be asked for ({error.strerror}): the session is over, or is not "
                "on a full screen; without --join it can be followed"
            ) from None
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except store.BadSession as error:
        raise UsageError(str(error)) from None


def _follow(tail: Tail, *, as_json: bool) -> Exit:
    tail.begun()
    for shown, event in enumerate(tail.follow(), 1):
        if as_json:
            _told(event, tail.events[:shown], str(tail.path))
        else:
            watching.line(event, tail.events[:shown], sys.stdout)
    found = verdict.judge(fold(tail.events))
    if found is None:
        print(say("The session ended before a verdict."), file=sys.stderr)
        return Exit.CANNOT_TELL
    if not as_json:
        print(say("The session is over."), file=sys.stderr)
    return report.exit_for(found)


def _told(event: Event, so_far: tuple[Event, ...], name: str) -> None:
    """The lines of `diagnose --jsonl`."""
    if isinstance(event, Saw):
        print(json.dumps(report.event_line(event), ensure_ascii=False), flush=True)
    elif isinstance(event, Ended):
        state = fold(so_far)
        if found := verdict.judge(state):
            print(json.dumps(report.report(state, found, name), ensure_ascii=False), flush=True)


def chosen(name: str) -> Path:
    """The file that a person means; of several that go on, `last` is the newest. Raises UsageError."""
    if name != LAST and ("/" in name or Path(name).exists()):
        return Path(name)
    try:
        kept = [path for path in store.recent(1000) if name == LAST or path.name.startswith(name)]
        if not kept:
            what = "is kept yet" if name == LAST else f"is named {clean.line(name, 60)!r}"
            raise UsageError(f"no session {what} in {paths.short(paths.sessions_dir())}")
        return next((path for path in kept if store.is_open(path)), kept[0]) if name == LAST else kept[0]
    except OSError as error:
        raise UsageError(f"the sessions cannot be read: {error.strerror}") from None
