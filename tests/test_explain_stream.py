"""A log of any size takes the same memory: it is read in pieces, and only what decides is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LOGS = Path(__file__).parent / "data" / "logs"
ROOM = 400 << 20
"""Bytes of address space that a process may have: an interpreter with our modules takes a third of it."""

PROGRAM = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({ROOM}, {ROOM}))
from sshwizard.cli import main
code = main(["explain", "--json", sys.argv[1]])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({{"code": int(code), "peak": peak}}), file=sys.stderr)
"""


def verbose(number: int) -> bytes:
    return (
        (LOGS / "auth-shell-missing.log")
        .read_bytes()
        .replace(b"127.0.0.1", b"10.0.%d.%d" % (number // 250, number % 250))
    )


def journal(number: int) -> bytes:
    return b"Mar  4 09:15:02 web-1 sshd[%d]: Invalid user adm%d from 192.0.2.7 port 5\n" % (number, number)


def ansible(number: int) -> bytes:
    return (
        b'fatal: [web-%d]: UNREACHABLE! => {"msg": "Failed to connect to the host via ssh: ssh: connect to host 10.0.'
        b"0.1 "
        b'port 22: Connection refused", "unreachable": true}\n'
    ) % number


KINDS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "runs of ssh": (verbose, 1),
    "a journal": (journal, 1),
    "an ansible run": (ansible, 3),
    "one line": (lambda _: b"x" * (1 << 16), 3),
    "NUL bytes": (lambda _: b"\0" * (1 << 16), 3),
    "lone carriage returns": (lambda _: b"word " * 20 + b"\r", 3),
}


def explained(path: Path) -> tuple[int, int]:
    """The exit code, and the peak of resident memory in kilobytes."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, path],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ},
    )
    assert "Traceback" not in ran.stderr, ran.stderr[-2000:]
    told = json.loads(ran.stderr.splitlines()[-1])
    return told["code"], told["peak"]


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow_with_the_text(kind: str, tmp_path: Path) -> None:
    make, slower = KINDS[kind]
    peaks = []
    for size in (1 << 20, (8 << 20) // slower):
        path = tmp_path / "text.log"
        with path.open("wb") as stream:
            number = 0
            while stream.tell() < size:
                stream.write(make(number))
                number += 1
        code, peak = explained(path)
        assert code in (1, 3)
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 12 << 10, peaks
