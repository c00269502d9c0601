"""Runs the real command in a process of its own."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT = 60


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams, for a failed comparison."""
        return f"exit {self.code}\n--- out\n{self.out[-3000:]}\n--- err\n{self.err[-3000:]}"

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        report = json.loads(self.out)
        assert isinstance(report, dict)
        return report


def sshwizard(
    *args: str | bytes | Path, feed: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run `sshwizard ARGS`."""
    return python(("-m", "sshwizard", *args), feed, env, cwd)


def python(
    args: Sequence[str | bytes | Path], feed: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run this Python with `args`."""
    done = subprocess.run(
        [sys.executable, *args],
        input=feed,
        capture_output=True,
        timeout=LIMIT,
        check=False,
        env={**os.environ, **(env or {})},
        cwd=cwd,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


@contextmanager
def running(
    args: Sequence[str], *, cwd: Path | None = None, err: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program beside the test, with unbuffered pipes; it is killed when the test is through with it, or fails."""
    program = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=err, bufsize=0, cwd=cwd)
    try:
        yield program
    finally:
        program.kill()
        program.communicate(timeout=20)


def first_line(process: subprocess.Popen[Any], seconds: float = 20) -> str:
    """The first line that a program writes, which must come in time; what follows it stays unread."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, f"not a word from {process.args!r} within {seconds:g} s"
    line = process.stdout.readline()
    return line if isinstance(line, str) else line.decode()


def lines_to(process: subprocess.Popen[bytes], end: str, seconds: float = 20) -> list[str]:
    """What a program writes, up to the line that holds `end`; its pipe must not be buffered (bufsize=0)."""
    told = [first_line(process, seconds).rstrip()]
    while end not in told[-1]:
        told.append(first_line(process, seconds).rstrip())
    return told


VISIBLE_FORMAT = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
"""Format characters that are seen: the number signs of Arabic, Syriac and Kaithi."""


def harmful(text: str, allowed: str = "") -> list[str]:
    """Characters of `text` that control a terminal, reorder it, or are not seen."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return sorted(
        {
            f"U+{ord(letter):04X}"
            for letter in text
            if unicodedata.category(letter) in kinds and letter not in allowed and not VISIBLE_FORMAT.match(letter)
        }
    )


def strings(value: Any) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [found for key, part in value.items() for found in (*strings(key), *strings(part))]
    if isinstance(value, list):
        return [found for part in value for found in strings(part)]
    return []
