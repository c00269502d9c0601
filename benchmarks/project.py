"""How long Google takes to say why nothing answers: a project on this machine whose every call takes 150 ms longer.

    python benchmarks/project.py

The cloud part: every part that a look may ask, in a process of its own, from its first import on; against the floor
(two rounds of calls) and, where gcloud is installed, against one call by gcloud. At most 0.9 s, and 40 MB more than a
program that only imports the walk.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping

from figures import Figure, tell
from timing import middle

from sshwizard.lab.gcp import HIDDEN, PROJECT, ZONE, open_gcp

LATENCY = 0.15
TIMES, ROUNDS = 5, 2
LONGEST, MOST = 0.9, 40.0
"""Seconds, and MB."""
_PEAK = "import resource; peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024"
_IDLE = f"import sshwizard.walker\n{_PEAK}\nprint(0, peak)"
_CLOUD = f"""
import asyncio, time
import sshwizard.walker
began = time.perf_counter()
from sshwizard.cloud.cloud import Cloud
from sshwizard.cloud.gcp import parts
from sshwizard.cloud.gcp.clues import Question
from sshwizard.cloud.unseen import Unseen

async def ask():
    cloud = Cloud()
    asked = cloud.gcp.about(0, Question("gce:{PROJECT}/{ZONE}/web-1", "gce:{PROJECT}/{ZONE}/web-1"))
    names = [*parts.BY_PLACE, *parts.BY_ROW]
    asked.ahead()
    answers = await asyncio.gather(asked.identity(), *(asked.part(name) for name in names))
    held = [name for name, one in zip(names, answers[1:]) if isinstance(one, Unseen) and one.kind != "missing"]
    await cloud.close()
    return held

held = asyncio.run(ask())
took = time.perf_counter() - began
assert not held, held
{_PEAK}
print(took, peak)
"""


def run(program: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds and megabytes, as the program itself tells them: the median of some runs."""
    told = [
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, timeout=60, text=True, env=environment
        ).stdout.split()
        for _ in range(TIMES)
    ]
    return statistics.median(float(row[0]) for row in told), statistics.median(float(row[1]) for row in told)


def by_gcloud(environment: Mapping[str, str]) -> float | None:
    """Seconds of one call by gcloud, None without it. Its --troubleshoot, ten calls and more, asks Google's DNS for the
    caller's address and ends there on a machine without the internet."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        return None
    words = (gcloud, "compute", "instances", "describe", "web-1", "--zone", ZONE, "--project", PROJECT)
    return middle(lambda: subprocess.run(words, check=True, capture_output=True, timeout=60, env=environment), TIMES)


def main() -> int:
    """Measure, print, and say whether the limits hold."""
    with open_gcp() as google:
        environment = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        environment |= google.environment
        google.instance("web-1", metadata={"serial-port-enable": "TRUE", "enable-guest-attributes": "TRUE"},
                        attributes={"hostkeys/ssh-ed25519": "AAAAC3NzaC1lZDI1NTE5AAAAIA"})  # fmt: skip
        google.allow("ssh", "198.51.100.0/24")
        idle = run(_IDLE, environment)[1]
        google.slow(LATENCY)
        took, peak = run(_CLOUD, environment)
        other = by_gcloud(environment)
    each = f"{LATENCY * 1000:.0f} ms a call"
    rounds, what = f"physical floor, {ROUNDS} rounds", f"a Google project asked, {each}"
    return tell(
        [
            Figure(what, took, "s", rounds, ROUNDS * LATENCY, LONGEST, "most"),
            Figure("the same", took, "s", "gcloud is not installed" if other is None else "one call of gcloud", other),
            Figure("the same: memory", peak - idle, "MB", "more than", idle, MOST, "most"),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
