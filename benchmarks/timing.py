"""How the benchmarks measure: time on a clock, time of a processor, memory, and the middle of several runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def best(work: Callable[[], object], times: int) -> float:
    """Seconds of CPU of the cheapest of several runs: what the work costs, not what else the machine did."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def middle(work: Callable[[], object], times: int) -> float:
    """Seconds of some runs, the median."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def percentile(times: Sequence[float], share: float) -> float:
    """The time that `share` of all do not pass."""
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def spent(command: Sequence[str | Path]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one program: seconds on the wall are those of the whole machine."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def cpu_of(pid: int) -> float:
    """Seconds of user and system time so far (proc(5), stat); 0 of a process that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> tuple[float, float]:
    """Resident and private megabytes of a process (proc(5), smaps_rollup)."""
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(value.split()[0]) for name, value in rows.items()}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return kilobytes["Rss"] / 1024, private / 1024


class Follower:
    """A program that prints events: notes when the last word of each line comes."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.seen: dict[str, float] = {}
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.program.stdout is not None
        for line in self.program.stdout:
            self.seen.setdefault(line.decode().strip().rpartition(" ")[2], time.time())

    def end(self) -> None:
        """Wait for its own end, which the end of what it follows brings."""
        self.program.wait(10)
        self._reader.join(10)
