"""What this computer lost itself is no silence of a server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sshwizard.probes.lateness import Clock, Pressure, lost

BURN = "import time\nwhile True: pass"


@contextlib.contextmanager
def programs(count: int) -> Iterator[list[int]]:
    """So many programs that want the whole of one and the same processor, ended with the block."""
    cpu = min(os.sched_getaffinity(0))
    made = [subprocess.Popen((sys.executable, "-c", BURN), preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
            for _ in range(count)]  # fmt: skip
    try:
        yield [one.pid for one in made]
    finally:
        for one in made:
            one.kill()
            one.wait(5)


@pytest.mark.parametrize(
    ("passed", "waited", "said"),
    [(0.03, 0.0, 0.0), (0.04, 0.0, 0.0), (2.03, 0.0, 2.0), (0.03, 0.02, 0.02), (2.0, 1.5, 1.97), (0.5, 9.0, 0.5)],
)
def test_what_is_lost_is_the_longer_of_both_and_no_more_than_passed(passed: float, waited: float, said: float) -> None:
    assert lost(passed, 0.03, waited) == pytest.approx(said)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="schedstat is Linux's")
def test_a_program_that_waits_for_a_processor_does_not_age() -> None:
    with programs(4) as pids:
        clock, began = Clock(pids[0], 0.03), time.monotonic()
        first, ticks = clock.now(), 0
        while time.monotonic() - began < 0.8:
            time.sleep(0.03)
            ticks += 1
            last = clock.now()
        assert last - first < 0.6 * (time.monotonic() - began)  # four share one processor: a quarter is its own


def test_a_program_that_has_ended_only_leaves_our_own_lateness() -> None:
    clock = Clock(2**22 + 1, 0.03)
    first = clock.now()
    time.sleep(0.4)  # we were away for thirteen ticks
    assert clock.now() - first == pytest.approx(0.03, abs=0.02)


async def test_a_loop_that_is_held_up_is_strain() -> None:
    pressure = Pressure()
    task = asyncio.create_task(pressure.watch(0.02))
    await asyncio.sleep(0)
    mark = pressure.mark()
    time.sleep(0.3)  # noqa: ASYNC251 - the loop is held up
    await asyncio.sleep(0.05)
    assert pressure.strained(mark)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
