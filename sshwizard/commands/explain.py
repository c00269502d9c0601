"""`sshwizard explain`: a pasted error, a log, or one cause's page."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sshwizard import vocabulary
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import plain, report
from sshwizard.language import say
from sshwizard.model import Attempt
from sshwizard.runner import Runner
from sshwizard.verdict import Verdict

PIECE = 1 << 18
"""Bytes that are read at once."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "explain",
        "Explain a pasted error, an ssh -v log, an sshd log or a cause, with no access to anything.",
        "examples:\n  ssh -v me@host 2>&1 | sshwizard explain -\n  sshwizard explain ssh.log --json\n"
        "  journalctl -u ssh | sshwizard explain -\n  sshwizard explain key.permissions-too-open\n",
    )
    reader.add_argument("what", nargs="*", metavar="FILE|-|CODE", help="a log file, - for standard input, or a cause")
    reader.add_argument("--json", action="store_true", help="one JSON report a line, in the order of the files")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options = parser().parse_args(argv)
    names = options.what or ["-"]
    if len(names) == 1 and names[0] in vocabulary.causes():
        print(report.cause_page(names[0]))
        return Exit.WORKS
    codes = [_explain(name, as_json=options.json) for name in names]
    return max(codes)


def _explain(name: str, *, as_json: bool) -> Exit:
    runner = Runner.of_text(_pieces(name), name)
    found, attempts = asyncio.run(_walk(runner))
    if as_json:
        print(json.dumps(report.report(runner.state, found, attempts=attempts), ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found, attempts=attempts))
    return report.exit_for(found)


async def _walk(runner: Runner) -> tuple[Verdict, tuple[Attempt, ...]]:
    return await runner.walk(), await runner.attempts()


def _pieces(name: str) -> Iterator[bytes]:
    """The text, piece by piece: a log of any size takes the same memory."""
    if name == "-" and sys.stdin.isatty():
        print(say("Paste the error or log, then press ctrl+d:"), file=sys.stderr)
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            while piece := stream.read(PIECE):
                yield piece
    except OSError as error:
        raise UsageError(f"{name} is neither a readable file ({error.strerror}) nor a cause code") from None
