"""All benchmarks in one series, as one table: what, ours, what it is compared with, ratio, limit, verdict.

    python benchmarks/table.py [--quick] [NAME…]

Each runs by itself in a process of its own. MISSED: a limit is broken. FAILED: the benchmark broke, or needs what this
machine has not; the row says what. Either makes the exit status 1. --quick leaves out what takes longer than a minute,
and takes smaller samples. A whole run keeps what it measured in benchmarks/measured, and writes docs/benchmarks.md and
its pictures from it (page.py).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from figures import HEAD, KEEP, Figure, line

HOME = Path(__file__).parent
MEASURED = HOME / "measured"
PATIENCE = 1800
"""Seconds for one benchmark."""

QUICK: dict[str, tuple[str, ...] | None] = {
    "first_frame": ("4",),
    "imports": (),
    "diagnose": ("--quick",),
    "known_hosts": ("20000",),
    "explain_stream": ("32",),
    "reachability": (),
    "gcp_firewall": (),
    "plan": (),
    "sweep": ("20",),
    "account": None,
    "project": None,
    "ways": None,
    "iap": ("4",),
    "watch": (),
    "key_to_paint": ("1",),
    "memory": None,
    "serve": None,
}
"""Every benchmark, with the arguments of a quick run; None: left out of it."""


def run(name: str, arguments: tuple[str, ...], keep: Path) -> list[Figure]:
    """The rows of one benchmark; where it broke, one that says how."""
    command = [sys.executable, str(HOME / f"{name}.py"), *arguments]
    keep.unlink(missing_ok=True)
    began = time.monotonic()
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, KEEP: str(keep)},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return [Figure(f"{name} FAILED", None, "", f"it did not end within {PATIENCE} s")]
    if not keep.exists():
        last = (ran.stderr.strip() or ran.stdout.strip() or "it said nothing").splitlines()[-1]
        return [Figure(f"{name} FAILED", None, "", last[:160])]
    told = json.loads(keep.read_text())
    keep.write_text(json.dumps({**told, "seconds": round(time.monotonic() - began, 1)}, indent=1) + "\n")
    return [Figure(**one) for one in told["figures"]]


def conditions() -> dict[str, Any]:
    """What the figures depend on."""
    ssh = subprocess.run(("ssh", "-V"), capture_output=True, text=True, check=False).stderr.partition(",")[0]
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return {
        "processors": os.cpu_count(),
        "system": system,
        "ssh": ssh,
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> int:
    """Run, print row after row, and say whether every limit holds."""
    reader = argparse.ArgumentParser(description="All benchmarks, as one table.")
    reader.add_argument("names", nargs="*", metavar="NAME", choices=[[], *QUICK], help="only these")
    reader.add_argument("--quick", action="store_true", help="only what takes a minute at most, with small samples")
    options = reader.parse_args()
    names = [name for name in options.names or QUICK if not options.quick or QUICK[name] is not None]
    print(line(HEAD))
    good = True
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(scratch) if options.quick else MEASURED
        where.mkdir(exist_ok=True)
        if not options.quick:
            (where / "conditions.json").write_text(json.dumps(conditions(), indent=1) + "\n")
        for name in names:
            for one in run(name, (QUICK[name] or ()) if options.quick else (), where / f"{name}.json"):
                print(line(one.cells()), flush=True)
                good = good and one.held and not one.what.endswith("FAILED")
    if not options.quick:
        subprocess.run((sys.executable, HOME / "page.py"), check=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
