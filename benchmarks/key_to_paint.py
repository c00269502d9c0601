"""How long from a key to the last byte that paints its answer: a tree of 500 lines, and 10,000 lines of evidence.

    python benchmarks/key_to_paint.py [ROUNDS]

A recorded session with 24 hops is opened on a pty of 120 x 40, and unfolded question by question. Keys go down the
tree, through the evidence, and from page to page; an answer is over when nothing more has come for 60 ms. The same is
asked of the smallest Textual application that paints one line a key, in the same run: its time is what Textual and
this machine take; the CPU time of a key does not depend on what else this machine does. At most 50 ms at the 95th
percentile.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from figures import Figure, tell
from terminal import MINIMAL, WIZARD, Terminal, running
from timing import cpu_of, percentile

from sshwizard import events
from sshwizard.events import Began, Ended, Saw
from sshwizard.model import Fact, Target
from sshwizard.session import Look, fold, need
from sshwizard.tree import TREE

MOST = 0.050
HOPS, EVIDENCE = 24, 10_000
UNFOLDED = 330
"""Rows that are unfolded on the way down; the tree has 500 lines then."""


def session() -> Iterator[events.Event]:
    """A way over 24 hops; the target does not speak SSH, which 10,000 lines show."""
    names = [*(f"hop-{number}" for number in range(1, HOPS)), "web-1"]
    legs = [{"name": name, "settings": {}} for name in names]
    target = Target("web-1", ("-J", ",".join(names[:-1]), "web-1"))
    seen: list[events.Event] = [Began(target)]
    yield seen[0]
    while isinstance(step := need(fold(seen)), Look):
        fact: Fact[Any] = Fact("ok", "as it should be", ("debug1: a line of what ssh said",))
        if step.node == "client":
            fact = replace(fact, data={"legs": legs})
        elif step.leg == HOPS - 1 and step.node == "banner":
            fact = Fact(
                "not-ssh", "it is no SSH server", tuple(f"{row}: 日本語, {'x' * 60}" for row in range(EVIDENCE))
            )
        elif "ok" not in TREE[step.node].via.outcomes:
            fact = replace(fact, outcome=TREE[step.node].via.outcomes[0])
        seen.append(Saw(step.leg, step.node, fact))
        yield seen[-1]
    yield Ended("failed", 400)


DOWN, UP, PAGE_DOWN, PAGE_UP, ESC = "\x1b[B", "\x1b[A", "\x1b[6~", "\x1b[5~", "\x1b"


def wizard(terminal: Terminal, rounds: int) -> tuple[dict[str, list[float]], float]:
    """The keys of a person, by what they do, and the CPU time that one key takes on the average."""
    taken: dict[str, list[float]] = {}

    def press(what: str, *keys: str) -> None:
        for key in keys:
            taken.setdefault(what, []).append(terminal.press(key))

    terminal.press("g")
    for _ in range(UNFOLDED):  # one by one: of keys that come faster than frames, most go into what just unfolded
        terminal.press("lj", 0.02, 5)
    terminal.settle()
    before = cpu_of(terminal.pid)
    for _ in range(rounds):
        press("tree, a line", *([UP] * 20), *([DOWN] * 20))
        press("tree, a page", *([PAGE_UP] * 5), *([PAGE_DOWN] * 5))
        press("tree, fold", *("hl" * 5))
        press("tree, an end", "g", "G")
        press("back to the verdict", ESC)
        press("evidence, open", "e")
        press("evidence, a line", *("j" * 20), *("k" * 20))
        press("evidence, a page", *([PAGE_DOWN] * 10))
        press("evidence, an end", "G", "g")
        press("evidence, close", ESC)
        press("find, open", "/")
        press("find, a letter", *"key", *("\x7f" * 3))
        press("find, close", ESC)
    return taken, (cpu_of(terminal.pid) - before) / sum(map(len, taken.values()))


def main() -> int:
    """Measure, print, and say whether it holds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    with tempfile.TemporaryDirectory() as home:
        recording = Path(home) / "long.jsonl"
        rows = [json.dumps({"schema": events.SCHEMA, **events.to_json(event)}) for event in session()]
        recording.write_text("\n".join(rows) + "\n")
        with running(MINIMAL, [], home) as terminal:
            before = cpu_of(terminal.pid)
            empty = [terminal.press("x") for _ in range(60)]
            cpu_empty = (cpu_of(terminal.pid) - before) / len(empty)
        with running(WIZARD, ["replay", str(recording)], home) as terminal:
            taken, cpu = wizard(terminal, rounds)
    print(f"{'':22} {'keys':>5} {'median ms':>10} {'p95 ms':>8} {'max ms':>8}")
    everything = [time for times in taken.values() for time in times if time]
    for name, times in {"empty Textual app": empty, **taken, "all": everything}.items():
        seen = [time for time in times if time] or [0.0]
        high, most = percentile(seen, 0.95), max(seen)
        print(f"{name:22} {len(seen):>5} {statistics.median(seen) * 1e3:>10.1f} {high * 1e3:>8.1f} {most * 1e3:>8.1f}")
    print()
    high, base = percentile(everything, 0.95), percentile([time for time in empty if time], 0.95)
    middle, low = statistics.median(everything), statistics.median(time for time in empty if time)
    app = "smallest Textual app"
    return tell(
        [
            Figure("a key to its paint, 500 lines: p95", high * 1e3, "ms", app, base * 1e3, MOST * 1e3, "most"),
            Figure("a key to its paint, 500 lines: median", middle * 1e3, "ms", app, low * 1e3),
            Figure("a key, 500 lines: CPU, on the average", cpu * 1e3, "ms", app, cpu_empty * 1e3),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
