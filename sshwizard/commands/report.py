"""`sshwizard report`: a session as a report that can be shared."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sshwizard import clean, paths, store
from sshwizard.commands import arguments
from sshwizard.events import Event
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts.reports import recording, writing
from sshwizard.fronts.reports.content import content
from sshwizard.fronts.reports.writing import FORMATS, Format
from sshwizard.language import say


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "report",
        "Write a recorded session as a report for a ticket: Markdown, one HTML page, JSON, or a support bundle.\n"
        "Names and addresses are masked, the same value always by the same mask.",
        "examples:\n  sshwizard report                          the newest session as Markdown\n"
        "  sshwizard report -o report.html           one page, to read or print\n"
        "  sshwizard report --format bundle          everything that support needs, in one file\n"
        "  sshwizard report 20260101-101500 -o report.json\n"
        "  sshwizard report --legend                 which mask is which value; it never leaves this computer\n",
    )
    reader.add_argument(
        "session", nargs="?", default="last", metavar="SESSION|last|FILE",
        help="a session by its name or file, or a report in JSON or a bundle; the newest session if left out",
    )  # fmt: skip
    reader.add_argument("--format", choices=FORMATS, help="default: what the file's name says, else markdown")
    reader.add_argument("-o", "--output", metavar="FILE", help="a new file (-: standard output)")
    reader.add_argument("--no-redact", action="store_true", help="mask nothing: names, addresses and ids stay")
    reader.add_argument("--legend", action="store_true", help="print what the masks of a session stand for")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    session = found(options.session)
    if options.legend:
        return _legend(session)
    output: str | None = options.output
    wanted: Format = options.format or writing.format_of(output or "") or "markdown"
    if output is not None and output != "-" and Path(output).exists():
        raise UsageError(f"{output} is there already; name a new file")
    recorded = recording.opened(session)
    if recorded.note:
        print(say(recorded.note), file=sys.stderr)
    data = shared(recorded.events, session, wanted, redact=not options.no_redact, masked=recorded.masked)
    _put(data, wanted, output, session)
    return Exit.WORKS


def shared(
    events: Sequence[Event], session: Path | None, wanted: Format, *, redact: bool, masked: bool = False
) -> bytes:
    """A report in one format; its legend is kept beside the session, if there is one."""
    known = writing.known_masks(session) if session else None
    name = store.short_name(session) if session else "SESSION"
    told = content(events, name, redact=redact, masked=masked, known=known)
    if session and told.masks is not None:
        _keep(session, told.masks.legend)
    return writing.made(told, wanted)


def found(name: str) -> Path:
    """The file that a person means. Raises UsageError."""
    try:
        return store.find(name)
    except store.BadSession as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"the sessions cannot be read: {error}") from None


def _legend(session: Path) -> Exit:
    masks = writing.known_masks(session)
    if not masks:
        raise UsageError(f"no masked report was made of {clean.line(session.name)}, or nothing was masked in it")
    print("\n".join(writing.legend_lines(masks)))
    return Exit.WORKS


def _keep(session: Path, legend: Mapping[str, str]) -> None:
    try:
        writing.keep_legend(session, legend)
    except OSError as error:
        print(say(f"The legend of the masks cannot be kept: {error.strerror}"), file=sys.stderr)


def _put(data: bytes, wanted: Format, output: str | None, session: Path) -> None:
    if output == "-" or (output is None and wanted != "bundle"):
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(output) if output else writing.free_place(store.short_name(session), wanted)
    try:
        writing.save(path, data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    print(paths.short(path))
