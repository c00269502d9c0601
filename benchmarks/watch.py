"""How long after an event `sshwizard watch` shows it: 60 looks of a session, two watchers, each on a pipe of its own.

    python benchmarks/watch.py

The figure is the time from before the event is written to when its line is read from the watcher (at most 0.2 s).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, tell
from timing import Follower

from sshwizard.events import Began, Saw
from sshwizard.model import Fact, Target
from sshwizard.store import Store

MOST = 0.2
LOOKS = 60


def main() -> int:
    """Write, and see when it arrives."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create("watched", Path(folder))
        store.append(Began(Target("web-1", ("web-1",))))
        command = [sys.executable, "-m", "sshwizard", "watch", str(store.path)]
        watchers = [Follower(command) for _ in range(2)]
        end = time.monotonic() + 20
        while not all("web-1" in one.seen for one in watchers):
            if time.monotonic() > end:
                raise SystemExit("a watcher said nothing")
            time.sleep(0.05)
        written: dict[str, float] = {}
        for number in range(LOOKS):
            written[f"look-{number}"] = time.time()
            lines = tuple(f"debug1: line {row} of what ssh said" for row in range(20))
            store.append(Saw(0, "tcp", Fact("open", f"look-{number}", lines)))
            time.sleep(0.11)
        del store
        for watcher in watchers:
            watcher.end()
    took = [1000 * (one.seen[name] - began) for one in watchers for name, began in written.items()]
    return tell(
        [
            Figure("an event on a watcher's pipe: slowest", max(took), "ms", limit=1000 * MOST, of="most"),
            Figure("an event on a watcher's pipe: median", statistics.median(took), "ms"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
