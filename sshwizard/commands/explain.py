"""`sshwizard explain`: a pasted error, a log, or one cause's page."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
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
        "  journalctl -u ssh | sshwizard explain -\n  sshwizard explain key.permissions-too-open\n"
        "  sshwizard explain --run -- git push\n  sshwizard explain --run -- rsync -a dir box:\n",
    )
    reader.add_argument("what", nargs="*", metavar="FILE|-|CODE", help="a log file, - for standard input, or a cause")
    reader.add_argument("--json", action="store_true", help="one JSON report a line, in the order of the files")
    reader.add_argument("--run", action="store_true", help="run the command after -- once more, once you say yes, and "
                        "explain what the ssh said that it starts")  # fmt: skip
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --run: do not ask")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    words = list(argv)
    at = words.index("--") if "--" in words else len(words)
    options, command = parser().parse_args(words[:at]), words[at + 1 :]
    if options.run or command:
        if not options.run or not command or options.what:
            raise UsageError("to run a command once more: sshwizard explain --run -- COMMAND")
        return _wrapped(command, confirmed=options.yes == "confirm", as_json=options.json)
    names = options.what or ["-"]
    if len(names) == 1 and names[0] in vocabulary.causes():
        print(report.cause_page(names[0]))
        return Exit.WORKS
    codes = [_explain(name, as_json=options.json) for name in names]
    return max(codes)


def _wrapped(command: Sequence[str], *, confirmed: bool, as_json: bool) -> Exit:
    from sshwizard.commands.wrapped import texts

    logs = texts(command, confirmed=confirmed, quiet=as_json)
    if logs is None:
        return Exit.CANNOT_TELL
    if not logs:
        print(say("It started no ssh by that name, so there is nothing to explain."), file=sys.stderr)
        return Exit.CANNOT_TELL
    return _told(Runner.of_text(logs, shlex.join(command)), as_json=as_json)


def _explain(name: str, *, as_json: bool) -> Exit:
    return _told(Runner.of_text(_pieces(name), name), as_json=as_json)


def _told(runner: Runner, *, as_json: bool) -> Exit:
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
