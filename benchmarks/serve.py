"""How long after an event two visitors of `sshwizard serve` see it in Chromium, and how much of that is the terminal's.

    python benchmarks/serve.py

30 looks of a session; each page notes the time at which its terminal first holds a look. Beside them `sshwizard watch`
follows the same session on a pipe. At most 0.2 s may pass from before the event is written, and at most 0.2 s more than
for the pipe.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sshwizard.events import Saw
from sshwizard.model import Fact
from sshwizard.store import Store

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
MOST, LOOKS = 0.2, 30
_NOTE = """(() => {
  window.__seen = {};
  const look = () => {
    const buffer = window.__shown.terminal.buffer.active;
    for (let row = 0; row < window.__shown.terminal.rows; row++)
      for (const found of buffer.getLine(row).translateToString(true).matchAll(/look-\\d+/g))
        window.__seen[found[0]] ??= Date.now() / 1000;
  };
  setInterval(look, 4);
})()"""


def read(watcher: subprocess.Popen[bytes], seen: dict[str, float]) -> None:
    """Note when each line comes."""
    assert watcher.stdout is not None
    for line in watcher.stdout:
        seen.setdefault(line.decode().strip().rpartition(" ")[2], time.time())


def main() -> int:
    """Write, and see when it arrives."""
    from fronts.browser import chromium, program
    from fronts.served import at_home, serving
    from told import story

    if program() is None:
        print("no Chromium is installed")
        return 0
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder) / "profile") as browser:
        store = Store.create("watched", Path(folder))
        for event in story():
            store.append(event)
        command = [sys.executable, "-m", "sshwizard", "watch", str(store.path)]
        watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        piped: dict[str, float] = {}
        reader = threading.Thread(target=read, args=(watcher, piped))
        reader.start()
        with (
            serving("--session", str(store.path), env=at_home(Path(folder))) as server,
            browser.page(server.address()) as one,
            browser.page(server.address()) as two,
        ):
            for page in (one, two):
                page.until("No verdict yet")
                page.js(_NOTE)
            time.sleep(1)
            written: dict[str, float] = {}
            for number in range(LOOKS):
                name = f"look-{number}"
                written[name] = time.time()
                store.append(Saw(0, "proxy", Fact("direct", name)))
                time.sleep(0.3)
            seen = [page.js("window.__seen") for page in (one, two)]
        del store
        watcher.wait(10)
        reader.join(10)
    took = [page[name] - began for page in seen for name, began in written.items() if name in page]
    pipe = [piped[name] - began for name, began in written.items() if name in piped]
    more = statistics.median(took) - statistics.median(pipe)
    for where, times in (("two pages", took), ("a pipe", pipe)):
        middle, last = statistics.median(times) * 1000, max(times) * 1000
        print(f"{len(times)} looks on {where}: median {middle:.0f} ms, slowest {last:.0f} ms")
    return 0 if len(took) == 2 * LOOKS and statistics.median(took) <= MOST and more <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
