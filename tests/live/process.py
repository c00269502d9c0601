"""Running commands as a person would, with a time limit and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOKEN = "this-world-is-in-order"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: bytes
    err: bytes
    seconds: float
    late: bool

    @property
    def text(self) -> str:
        """Everything it printed, standard output first."""
        return (self.out + b"\n" + self.err).decode(errors="replace")


def run(command: list[str], env: dict[str, str], cwd: Path, limit: float) -> Ran:
    """Run `command` without a terminal or input.  Output goes through files: a child that lives on cannot
    hold us up; at the limit the whole process group is killed."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
        try:
            code, late = process.wait(limit), False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code, late = process.wait(10), True
        out.seek(0)
        err.seek(0)
        return Ran(code, out.read(), err.read(), round(time.monotonic() - started, 2), late)


def marked_processes(mark: str) -> list[str]:
    """The command lines of processes that carry `mark` in their environment (Linux only)."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it ended meanwhile, or is not ours to look into
            continue
    return found
