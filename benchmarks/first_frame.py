"""How long until the first frame: the wizard against the smallest Textual app, alternating in one series.

    python benchmarks/first_frame.py [ROUNDS]

Each program runs on a pty of 120 x 40; everything it writes is stamped and replayed through pyte. First paint is
the first chunk after which at least 20 cells are not blank; CPU is the user and system time spent until then.
The row "whole" is the time until the tree stands, too: it is loaded behind the first frame.
Compare only numbers of one series: the ratio is what counts (at most 1.3).
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

import pyte

ROWS, COLUMNS = 40, 120
LIMIT = 1.3
_TICKS = os.sysconf("SC_CLK_TCK")

MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("The smallest Textual application.")
Minimal().run()
"""

WIZARD = "from sshwizard.cli import run; run()"


def first_paint(code: str, arguments: list[str], home: str, wanted: str = "") -> tuple[float, float]:
    """Seconds and CPU seconds until 20 cells are painted, or until `wanted` stands on the screen."""
    pid, master = pty.fork()
    if pid == 0:
        env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": home}
        os.execve(sys.executable, [sys.executable, "-c", code, *arguments], env)
    began = time.perf_counter()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    try:
        while True:
            ready, _, _ = select.select([master], [], [], 20)
            if not ready:
                raise SystemExit("the program never painted")
            data = os.read(master, 1 << 16)
            now, used = time.perf_counter() - began, _cpu(pid)
            stream.feed(data)
            painted = sum(not cell.isspace() for line in screen.display for cell in line) >= 20
            if painted and wanted in "\n".join(screen.display):
                return now, used
    finally:
        _end(pid, master)


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _end(pid: int, master: int) -> None:
    os.kill(pid, signal.SIGTERM)
    for _ in range(200):
        if os.waitpid(pid, os.WNOHANG)[0]:
            break
        if select.select([master], [], [], 0.01)[0]:
            try:
                os.read(master, 1 << 16)
            except OSError:
                pass
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)  # nothing outlives SIGKILL for long
    os.close(master)


def main() -> int:
    """Measure, print, and say whether the ratio holds."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    programs = {
        "minimal": (MINIMAL, []),
        "wizard": (WIZARD, ["-p", "1", "nobody@127.0.0.1"]),
        "pick": (WIZARD, []),
        "whole": (WIZARD, ["-p", "1", "nobody@127.0.0.1"]),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            for name, (code, arguments) in programs.items():
                found = first_paint(code, list(arguments), home, "Can ssh start" if name == "whole" else "")
                if number:  # the first round only warms the caches
                    times[name].append(found)
    print(f"{'':10} {'median ms':>10} {'min ms':>8} {'CPU ms':>8}   ratio   CPU ratio   ({rounds} rounds)")
    base = times["minimal"]
    worst = 0.0
    for name, series in times.items():
        wall, cpu = statistics.median(t for t, _ in series), statistics.median(c for _, c in series)
        ratio = wall / statistics.median(t for t, _ in base)
        ratio_cpu = cpu / statistics.median(c for _, c in base)
        worst = max(worst, ratio if name != "whole" else 0)
        low = min(t for t, _ in series)
        print(f"{name:10} {wall * 1000:10.0f} {low * 1000:8.0f} {cpu * 1000:8.0f}   {ratio:5.2f}   {ratio_cpu:9.2f}")
    print(f"{'holds' if worst <= LIMIT else 'MISSED'}: at most {LIMIT}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
