"""How many walks a sweep has open at once is what the system's limit on files allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sshwizard.fleet.hosts import targets
from sshwizard.fleet.sweeping import Limits, Sweep

TELL = "from sshwizard.fleet.handles import walks; import resource; print(walks(), *resource.getrlimit(7))"


@pytest.mark.skipif(sys.platform != "linux", reason="7 is RLIMIT_NOFILE on Linux")
@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [
        (1024, 4096, "256 2624 4096"),
        (256, 1024, "96 1024 1024"),
        (100, 100, "3 100 100"),
        (40, 40, "1 40 40"),
        (4096, 4096, "256 4096 4096"),
    ],
    ids=["raised", "raised as far as it may be", "few", "one at least", "enough"],
)
def test_the_walks_fit_into_the_files(soft: int, hard: int, told: str) -> None:
    code = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); {TELL}"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.strip() == told


async def test_no_more_walks_are_open_than_allowed(tmp_path: Path) -> None:
    """Nobody listens at these addresses, so each walk is over at once and the next one wants to begin."""
    names = [f"127.7.9.{number}" for number in range(1, 13)]
    sweep = Sweep(targets(names, ("-F", "/dev/null", "-p", "1")), tmp_path, Limits(busy=3, open=3))
    most = 0

    def count(*_: object) -> None:
        nonlocal most
        most = max(most, len(sweep.under_way))

    sweep.listeners.append(count)
    rows = [row async for row in sweep.rows()]
    assert sorted(row.host for row in rows) == sorted(names)
    assert most <= 3
