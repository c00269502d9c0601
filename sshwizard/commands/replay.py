"""`sshwizard replay`: a recorded session again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import verdict
from sshwizard.commands import arguments
from sshwizard.events import Event
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import plain, report
from sshwizard.session import fold
from sshwizard.store import BadSession, load


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "replay",
        "Show a recorded session again, without looking at anything.",
        "examples:\n  sshwizard replay ~/.local/state/sshwizard/sessions/20260101-101500-web-1.jsonl\n",
    )
    reader.add_argument("file", help="a session file (.jsonl)")
    reader.add_argument("--json", action="store_true", help="the report of its end")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    events = read_session(Path(options.file))
    if sys.stdin.isatty() and sys.stdout.isatty() and not (options.json or options.plain):
        from sshwizard.fronts.tui import open_replay

        return open_replay(events)
    state = fold(events)
    found = verdict.judge(state)
    if not options.json:
        for number, event in enumerate(events, 1):
            plain.progress(event, fold(events[:number]), sys.stdout)
    if found is None:
        print("The session ended before a verdict.", file=sys.stderr)
        return Exit.CANNOT_TELL
    if options.json:
        print(json.dumps(report.report(state, found, options.file), ensure_ascii=False))
    else:
        print(plain.tell(state, found))
    return report.exit_for(found)


def read_session(path: Path) -> tuple[Event, ...]:
    """The events of a session file. Raises UsageError."""
    try:
        return load(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except BadSession as error:
        raise UsageError(str(error)) from None
