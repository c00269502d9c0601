"""`sshwizard explain`: a pasted error, a log, or one cause's page."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sshwizard import vocabulary
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import plain, report
from sshwizard.runner import Runner


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
    runner = Runner.of_text(_text(name), name)
    found = asyncio.run(runner.walk())
    if as_json:
        print(json.dumps(report.report(runner.state, found), ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found))
    return report.exit_for(found)


def _text(name: str) -> bytes:
    if name == "-":
        if sys.stdin.isatty():
            print("Paste the error or log, then press ctrl+d:", file=sys.stderr)
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} is neither a readable file ({error.strerror}) nor a cause code") from None
