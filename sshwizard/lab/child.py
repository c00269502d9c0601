"""Child processes of the lab: each lives as long as its standard input is open, and tells how to reach it."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Never

from sshwizard.lab.bench import LabError

_START_SECONDS = 20
_STOP_SECONDS = 3
_PACKAGE_HOME = Path(__file__).resolve().parents[2]


def start(name: str, module: str, arguments: tuple[str, ...], complaints: Path, undo: ExitStack) -> dict[str, Any]:
    """Start a module of ours; returns what it told once it answers, and stops it with `undo`.

    What it writes to standard error stands in the file `complaints`. Raises LabError with `name` and the last line
    of that, when it does not answer in time.
    """
    with complaints.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # -m looks here first: found without being installed, and never in a stranger's directory.
            cwd=_PACKAGE_HOME,
            # Ctrl+C in the wizard's terminal must not end the practice server.
            start_new_session=True,
        )
    undo.callback(_stop, child)
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], _START_SECONDS)
    line = child.stdout.readline() if ready else b""
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        said = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        why = said[-1] if said else f"it said nothing within {_START_SECONDS} seconds"
        raise LabError(f"{name} did not start: {why}") from None
    return told


def serve(told: dict[str, Any], scratch: Path) -> Never:
    """The child's side: tell how it is reached, live until standard input ends, remove its directory."""
    print(json.dumps(told), flush=True)
    while sys.stdin.buffer.read(4096):
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    # At once: calls that hang hold nothing worth waiting for.
    os._exit(0)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Close the lifeline, so that the child leaves by itself; insist when it does not."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    child.stdout.close()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
