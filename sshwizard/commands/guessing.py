"""`sshwizard doctor --auth-log FILE`: who guesses passwords, by a log of a server. Nothing is asked."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from sshwizard import clean
from sshwizard.advice import guessing
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import checkup
from sshwizard.fronts.checkup import Checkup, Row

_LONGEST = 1 << 16


def tell(given: argparse.Namespace) -> Exit:
    """Read the log, and print who should be blocked and how. Raises UsageError."""
    from sshwizard.commands.doctor import write

    try:
        with ExitStack() as undo:
            stream = sys.stdin.buffer if given.auth_log == "-" else undo.enter_context(Path(given.auth_log).open("rb"))
            sources = guessing.read(_lines(stream))
    except OSError as error:
        raise UsageError(f"{clean.line(given.auth_log)} cannot be read: {error.strerror}") from None
    rows = tuple(Row(one) for one in guessing.judge(sources, _own(given.own or "")))
    attempts = sum(one.attempts for one in sources.values())
    name = "standard input" if given.auth_log == "-" else clean.line(given.auth_log)
    seen = Checkup(rows, (f"{name} ({attempts} failed logins from {len(sources)} addresses)",), where=("auth-log",))
    if given.json:
        text = json.dumps(checkup.as_json(seen), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(checkup.markdown(seen) if given.md else checkup.plain(seen)).lstrip("\n")
    write(text, given.output)
    return seen.exit


def _lines(stream: BinaryIO) -> Iterator[str]:
    while line := stream.readline(_LONGEST):
        yield line.decode("utf-8", "replace")


def _own(given: str) -> tuple[str, ...]:
    """The addresses that were named, and the one from which this session came (ssh(1), SSH_CONNECTION)."""
    came = os.environ.get("SSH_CONNECTION", "").split()[:1]
    return (*(one.strip() for one in given.split(",") if one.strip()), *came)
