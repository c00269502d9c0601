"""All benchmarks in one series, as one table: what was measured, against what, the ratio or figure, and its limit.

    python benchmarks/table.py [--quick] [NAME…]

Each runs by itself in a process of its own and prints more than this table shows. A row that says `missed` broke its
limit; `no figure` broke, or needs what this machine has not (a browser, the practice clouds). --quick leaves out what
takes longer than a minute, and takes smaller samples. Figures of different runs or machines do not compare; ratios do.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).parent
PATIENCE = 900
"""Seconds for one benchmark."""


class Row(NamedTuple):
    """One line of the table."""

    name: str
    what: str
    against: str
    found: str
    """Where its output says the figure: what the groups hold, one after the other."""
    limit: str
    quick: tuple[str, ...] | None = ()
    """Arguments of a quick run; None: left out of it."""


ROWS = (
    Row("first_frame", "first frame", "smallest Textual app", r"wizard +\d+ +\d+ +\d+ +([\d.]+)", "1.3 times", ("5",)),
    Row("imports", "a cause explained, CPU", "python -c pass", r"(?m)^explain CODE .* ([\d.]+)$", ""),
    Row("diagnose", "a verdict, 77 worlds", "bare ssh", r"ratio ([\d.]+)", "2 times", None),
    Row(
        "known_hosts",
        "a look into known_hosts",
        "ssh-keygen -F",
        r"hashed.*ratio ([\d.]+)",
        "1.5 times",
        ("20000",),
    ),
    Row(
        "explain_stream",
        "explain: a server's log",
        "grep -c",
        r"1 % sshd +\d+ +\d+ +([\d.]+) +([\d.]+)",
        "25 MB/s",
        ("32",),
    ),
    Row("explain_stream", "explain: peak memory, MB", "", r"server, 1 .* ([\d.]+)\n", "60 MB", ("32",)),
    Row("reachability", "an AWS path judged", "json.loads", r"([\d.]+) of json.loads", ""),
    Row("gcp_firewall", "Google's firewalls judged", "json.loads", r"([\d.]+) of json.loads", ""),
    Row("account", "an AWS account asked", "one call", r"judged +[\d.]+ s +([\d.]+) times", "", None),
    Row("project", "a Google project asked", "two rounds of calls", r"asked +[\d.]+ s +([\d.]+) times", "0.9 s", None),
    Row("ways", "a tunnel through AWS, to a shell", "plain ssh", r"adds ([\d.]+) s", "", None),
    Row("iap", "a tunnel through IAP, to a shell", "plain ssh", r"after [\d.]+ s: ([\d.]+) times", "", None),
    Row("watch", "an event on a watcher's pipe, ms", "", r"median (\d+) ms", "200 ms"),
    Row("key_to_paint", "a key to its paint, p95", "a small tree", r"percentiles: ([\d.]+)", "50 ms", ("1",)),
    Row("memory", "memory of each front, MB", "", r"(?m)^\S.*? +([\d.]+) +[\d.]+ +\d+", "", None),
    Row("serve", "an event in a browser, ms", "a pipe", r"two pages: median (\d+) ms", "", None),
)


def run(name: str, arguments: tuple[str, ...]) -> tuple[int, str]:
    """The exit status and the output of one benchmark."""
    command = [sys.executable, str(HOME / f"{name}.py"), *arguments]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return 1, f"did not end within {PATIENCE} s"
    return ran.returncode, ran.stdout + ran.stderr


def told(row: Row, code: int, said: str) -> str:
    """One line of the table."""
    found = re.search(row.found, said)
    figure = " / ".join(part for part in found.groups() if part) if found else "-"
    end = "no figure" if not found else "missed" if code else "holds" if row.limit else ""
    return f"{row.name:16}{row.what:34}{row.against:22}{figure:>14}  {row.limit:10}{end}"


def main() -> int:
    """Run, print row after row, and say whether every limit holds."""
    reader = argparse.ArgumentParser(description="All benchmarks, as one table.")
    reader.add_argument("names", nargs="*", metavar="NAME", help="only these")
    reader.add_argument("--quick", action="store_true", help="only what takes a minute at most, with small samples")
    options = reader.parse_args()
    print(f"{'benchmark':16}{'what':34}{'against':22}{'ratio, figure':>14}  {'limit':10}")
    ran: dict[str, tuple[int, str]] = {}
    worst = 0
    for row in ROWS:
        if (options.names and row.name not in options.names) or (options.quick and row.quick is None):
            continue
        if row.name not in ran:
            ran[row.name] = run(row.name, (row.quick or ()) if options.quick else ())
        line = told(row, *ran[row.name])
        print(line, flush=True)
        worst |= ran[row.name][0] != 0
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
