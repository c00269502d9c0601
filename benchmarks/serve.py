"""How long after an event two visitors of `sshwizard serve` see it in Chromium, and how much of that is the terminal's.

    python benchmarks/serve.py

30 looks of a session; each page notes the time at which its terminal first holds a look. Beside them `sshwizard watch`
follows the same session on a pipe. At most 0.2 s may pass from before the event is written.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, tell
from timing import Follower

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


def main() -> int:
    """Write, and see when it arrives."""
    from fronts.browser import chromium, program
    from fronts.served import at_home, serving
    from told import story

    if program() is None:
        return tell([Figure("an event in a browser", None, "ms", "Chromium is not installed")])
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder) / "profile") as browser:
        store = Store.create("watched", Path(folder))
        for event in story():
            store.append(event)
        command = [sys.executable, "-m", "sshwizard", "watch", str(store.path)]
        watcher = Follower(command)
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
        watcher.end()
    took = [1000 * (page[name] - began) for page in seen for name, began in written.items() if name in page]
    pipe = [1000 * (watcher.seen[name] - began) for name, began in written.items() if name in watcher.seen]
    middle, base = statistics.median(took), statistics.median(pipe)
    lost = 2 * LOOKS - len(took)
    return tell(
        [
            Figure("an event in a browser: median", middle, "ms", "a pipe", base, 1000 * MOST, "most"),
            Figure("an event in a browser: slowest", max(took), "ms", "a pipe", max(pipe)),
            Figure("events that did not come", lost, f"of {2 * LOOKS}", limit=0, of="most"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
