"""`sshwizard replay`: a recorded session again."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence

from sshwizard import clean, verdict
from sshwizard.commands import arguments
from sshwizard.commands.report import found as session_of
from sshwizard.events import Began, Ended, Event, Rewound
from sshwizard.exits import Exit
from sshwizard.fronts import plain, report
from sshwizard.fronts.reports import recording
from sshwizard.fronts.reports.content import headline
from sshwizard.language import say
from sshwizard.session import after, fold
from sshwizard.state import State


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "replay",
        "Step through a recorded session, also an old one, a JSON report or a support bundle; nothing is looked at.",
        "examples:\n  sshwizard replay last                 the newest session on the full screen\n"
        "  sshwizard replay 20260101-101500 --plain\n"
        "  sshwizard replay ~/.local/state/sshwizard/sessions/20260101-101500-web-1.jsonl\n"
        "  sshwizard replay sshwizard-report.tar.gz\n"
        "keys: ← → one event back and on, v the next verdict, home the beginning.\n",
    )
    reader.add_argument("file", help="a session by its file or name, last, a JSON report, or a support bundle")
    reader.add_argument("--json", action="store_true", help="the report of its end")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    arguments.may_look(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    arguments.dress(options)
    path = session_of(options.file)
    recorded = recording.opened(path)
    plainly = options.plain or arguments.switched_on("SSHWIZARD_PLAIN")
    if arguments.on_screen() and not (options.json or plainly):
        from sshwizard.fronts.tui import open_replay

        return open_replay(recorded.events, path, recorded.note, masked=recorded.masked)
    if recorded.note:
        print(say(recorded.note), file=sys.stderr)
    state = fold(recorded.events)
    found = verdict.judge(state)
    if not options.json:
        print("\n".join(_lines(recorded.events)))
    if found is None:
        print(say("The session ended before a verdict."), file=sys.stderr)
        return Exit.CANNOT_TELL
    if options.json:
        print(json.dumps(report.report(state, found, clean.line(str(path))), ensure_ascii=False))
    else:
        print(plain.tell(state, found))
    return report.exit_for(found)


def _lines(seen: Sequence[Event]) -> Iterator[str]:
    """Each event, with its time of day where it is known."""
    state: State | None = None
    for event in seen:
        state = after(state, event)
        for row in _told(event, state).splitlines():
            yield f"{clean.line(event.at)[11:19]}  {row}" if event.at else row


def _told(event: Event, state: State) -> str:
    if isinstance(event, Began):
        return say(f"Recorded {clean.line(event.at)}: {clean.line(event.target.input)}") if event.at else ""
    if isinstance(event, Ended):
        return f"[=>] {say(headline(verdict.judge(state)))}"
    if isinstance(event, Rewound):
        return say("[again] looked again")
    stream = io.StringIO()
    plain.progress(event, state, stream)
    return stream.getvalue()
