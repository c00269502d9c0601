"""How long until the first frame: the wizard against the smallest Textual app, alternating in one series.

    python benchmarks/first_frame.py [ROUNDS]

Each program runs on a terminal of 120 x 40; everything it writes is stamped and replayed through pyte. First paint is
the first chunk after which at least 20 cells are not blank; CPU is the user and system time spent until then.
"the whole tree" is the time until the tree stands, too: it is loaded behind the first frame. The curve is the first
frame of the screen without a host, which offers names, with many sessions of former times.
Compare only numbers of one series: the ratio is what counts (at most 1.3).
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyte
from figures import Curve, Figure, tell
from terminal import COLUMNS, MINIMAL, ROWS, WIZARD, Terminal
from timing import cpu_of

LIMIT = 1.3
RECORDED = Path(__file__).resolve().parents[1] / "screenshots" / "sessions" / "open-key.jsonl"
SESSIONS = (1, 10, 100, 1000)


def first_paint(code: str, arguments: Sequence[str], home: str, wanted: str = "") -> tuple[float, float]:
    """Seconds and CPU seconds until 20 cells are painted, or until `wanted` stands on the screen."""
    began = time.perf_counter()
    terminal = Terminal(code, arguments, home)
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    try:
        while data := terminal.read(20):
            now, used = time.perf_counter() - began, cpu_of(terminal.pid)
            stream.feed(data)
            painted = sum(not cell.isspace() for line in screen.display for cell in line) >= 20
            if painted and wanted in "\n".join(screen.display):
                return now, used
        raise SystemExit("the program never painted")
    finally:
        terminal.end()


def grown(rounds: int) -> Curve:
    """The first frame with ever more sessions in the state directory."""
    series: dict[str, list[tuple[float, float]]] = {"sshwizard": [], "smallest Textual app": []}
    with tempfile.TemporaryDirectory() as home:
        kept = Path(home, "sshwizard", "sessions")
        kept.mkdir(parents=True, mode=0o700)
        for count in SESSIONS:
            for number in range(count):
                shutil.copy(RECORDED, kept / f"20260101-{number:06}-web-{number}.jsonl")
            for name, code in (("sshwizard", WIZARD), ("smallest Textual app", MINIMAL)):
                middle = statistics.median(first_paint(code, (), home)[1] for _ in range(rounds))
                series[name].append((count, middle))
    title = "The first frame, with sessions of former times"
    return Curve("first-frame", title, "sessions kept", "seconds of CPU", series)


def main() -> int:
    """Measure, print, and say whether the ratio holds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    host = ("-p", "1", "nobody@127.0.0.1")
    programs: dict[str, tuple[str, Sequence[str], str]] = {
        "smallest": (MINIMAL, (), ""),
        "first frame, with a host": (WIZARD, host, ""),
        "first frame, no host": (WIZARD, (), ""),
        "first frame and the whole tree": (WIZARD, host, "Can ssh start"),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            for name, (code, arguments, wanted) in programs.items():
                found = first_paint(code, arguments, home, wanted)
                if number:  # the first round only warms the caches
                    times[name].append(found)
    (base, base_cpu), *others = (
        [1000 * statistics.median(column) for column in zip(*series, strict=True)] for series in times.values()
    )
    figures = []
    for (name, (_, _, whole)), (wall, cpu) in zip(list(programs.items())[1:], others, strict=True):
        limit = None if whole else LIMIT
        figures.append(Figure(name, wall, "ms", "smallest Textual app", base, limit))
        figures.append(Figure(f"{name}: CPU", cpu, "ms", "smallest Textual app", base_cpu))
    return tell(figures, [grown(max(rounds // 4, 1))])


if __name__ == "__main__":
    raise SystemExit(main())
