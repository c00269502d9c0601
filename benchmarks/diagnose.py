"""How long a diagnosis takes, against one bare `ssh -o BatchMode=yes` in the same broken world.

    python benchmarks/diagnose.py [PATTERN | --quick]      every third world; '*' takes all

The worlds are those of the live tests: a real sshd, real faults. In each both commands run in turn, once. A
world in which bare ssh is still waiting after 6 s counts as silence and is judged apart.
Three figures: the ratio of the two sums (at most 2.5, aim 2), the median of what a diagnosis adds to one
connection (at most 0.35 s), and the longest diagnosis of silence. --quick takes the worlds in which keys are refused.
"""

from __future__ import annotations

import fnmatch
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from figures import Figure, tell
from live.keys import KeyRing
from live.networld import NetWorld
from live.process import Ran, run
from live.scenarios.network import NETWORK
from live.test_live import ON_LOOPBACK
from live.world import SshdWorld

SILENCE = 6.0
RATIO, ADDED = 2.5, 0.35


@dataclass(frozen=True)
class Row:
    """One world: seconds of bare ssh, and of a diagnosis."""

    name: str
    bare: float
    ours: float
    silent: bool


def bare(world: SshdWorld | NetWorld, args: list[str]) -> Ran:
    """One plain connection, with nobody there to answer questions."""
    command = ["ssh", "-o", "BatchMode=yes", *args, "true"]
    if isinstance(world, NetWorld):
        return run(world.client.as_account(*command, cwd=world.client.home), {}, Path("/"), SILENCE)
    return run(command, world.env(), world.home, SILENCE)


@contextmanager
def on_loopback(keys: KeyRing) -> Iterator[SshdWorld]:
    """A client's home and a real sshd."""
    with tempfile.TemporaryDirectory(prefix="sw-bench-") as place, closing(SshdWorld(Path(place), keys)) as world:
        yield world


def measure(scenario: Any, world: SshdWorld | NetWorld) -> Row:
    """Break the world, then time both commands in it."""
    args = scenario.build(world)
    plain, ours = bare(world, args), world.diagnose(args)
    return Row(scenario.name, plain.seconds, ours.seconds, plain.late)


def main() -> int:
    """Measure every world, print the table, and say whether the limits hold."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    pattern, step = {"": ("*", 3), "--quick": ("key-*", 3)}.get(asked, (asked, 1))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sw-keys-") as place:
        keys = KeyRing(Path(place))
        kinds: list[tuple[list[Any], Callable[[KeyRing], Any]]] = [(ON_LOOPBACK, on_loopback), (NETWORK, NetWorld)]
        for scenarios, build in kinds:
            for scenario in [one for one in scenarios if fnmatch.fnmatch(one.name, pattern)][::step]:
                with ExitStack() as stack:
                    rows.append(measure(scenario, stack.enter_context(build(keys))))
                print(f"{rows[-1].name:34} {rows[-1].bare:6.2f} {rows[-1].ours:6.2f}", flush=True)
    return verdict(rows)


def verdict(rows: list[Row]) -> int:
    """The figures of a series, each against its limit."""
    answering, silent = [row for row in rows if not row.silent], [row for row in rows if row.silent]
    figures = []
    if answering:
        ours, plain = sum(row.ours for row in answering), sum(row.bare for row in answering)
        figures.append(Figure(f"{len(answering)} faults, verdicts", ours, "s", "bare ssh, as often", plain, RATIO))
        added = statistics.median(row.ours - row.bare for row in answering)
        figures.append(Figure("a verdict, added to one connection", added, "s", limit=ADDED, of="most"))
    if silent:
        worst = max(silent, key=lambda row: row.ours)
        what = f"{len(silent)} silent faults, the longest verdict"
        figures.append(Figure(what, worst.ours, "s", "bare ssh waits 127 s"))
    return tell(figures, each=[(row.name, row.bare, row.ours) for row in rows])


if __name__ == "__main__":
    sys.exit(main())
