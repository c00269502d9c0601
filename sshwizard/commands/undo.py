"""`sshwizard undo`: take a change back, also next week."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, store
from sshwizard.commands import arguments
from sshwizard.commands.replay import read_session
from sshwizard.exits import Exit, UsageError
from sshwizard.journal import CannotFix
from sshwizard.runner import Runner
from sshwizard.session import fold


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "undo",
        "Take back the newest change of a session; without one, of the newest session that changed something.",
        "examples:\n  sshwizard undo\n  sshwizard undo SESSION.jsonl\n",
    )
    reader.add_argument("session", nargs="?", help="a session file")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    try:
        paths = [Path(options.session)] if options.session else list(store.recent(100))
    except OSError as error:
        raise UsageError(f"the sessions cannot be read: {error}") from None
    for path in paths:
        try:
            events = read_session(path)
        except UsageError:
            if options.session:
                raise
            continue
        if any(not change.undone for change in fold(events).changes):
            runner = Runner(events, store=store.Store(path), read_only=arguments.switched_on("SSHWIZARD_READ_ONLY"))
            return _undo(runner)
    print("There is nothing to undo.", file=sys.stderr)
    return Exit.CAUSE_FOUND


def _undo(runner: Runner) -> Exit:
    last = next(change for change in reversed(runner.state.changes) if not change.undone)
    for effect in last.did.inverses:
        print("\n".join(effect.preview()))
    try:
        asyncio.run(runner.undo())
    except CannotFix as refusal:
        print(f"Not undone: {clean.line(str(refusal))}", file=sys.stderr)
        return Exit.CAUSE_FOUND
    print("Undone.")
    return Exit.WORKS
