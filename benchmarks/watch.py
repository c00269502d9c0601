"""How long after an event `sshwizard watch` shows it: 60 looks of a session, two watchers, each on a pipe of its own.

    python benchmarks/watch.py

The figure is the time from before the event is written to when its line is read from the watcher (at most 0.2 s).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sshwizard.events import Began, Saw
from sshwizard.model import Fact, Target
from sshwizard.store import Store

MOST = 0.2
LOOKS = 60


def read(watcher: subprocess.Popen[bytes], seen: dict[str, float]) -> None:
    """Note when each line comes."""
    assert watcher.stdout is not None
    for line in watcher.stdout:
        seen.setdefault(line.decode().strip().rpartition(" ")[2], time.perf_counter())


def main() -> int:
    """Write, and see when it arrives."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create("watched", Path(folder))
        store.append(Began(Target("web-1", ("web-1",))))
        command = [sys.executable, "-m", "sshwizard", "watch", str(store.path)]
        watchers = [subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(2)]
        seen: list[dict[str, float]] = [{} for _ in watchers]
        readers = [threading.Thread(target=read, args=pair) for pair in zip(watchers, seen, strict=True)]
        for reader in readers:
            reader.start()
        end = time.monotonic() + 20
        while not all("web-1" in one for one in seen):
            if time.monotonic() > end:
                raise SystemExit("a watcher said nothing")
            time.sleep(0.05)
        written: dict[str, float] = {}
        for number in range(LOOKS):
            written[f"look-{number}"] = time.perf_counter()
            lines = tuple(f"debug1: line {row} of what ssh said" for row in range(20))
            store.append(Saw(0, "tcp", Fact("open", f"look-{number}", lines)))
            time.sleep(0.11)
        del store
        for watcher in watchers:
            watcher.wait(10)
        for reader in readers:
            reader.join(10)
    took = [one[name] - began for one in seen for name, began in written.items()]
    print(f"{len(took)} lines: median {statistics.median(took) * 1000:.0f} ms, slowest {max(took) * 1000:.0f} ms")
    return 0 if max(took) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
