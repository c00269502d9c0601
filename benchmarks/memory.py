"""How much memory each front takes: resident set and what of it is private, in MB of 1,024 KB, when the work is done.

    python benchmarks/memory.py

The full screen is measured with a verdict on it, without a cloud (at most 45 MB) and with boto3 and a client for EC2
loaded (at most 110 MB), beside the smallest Textual application, a bare interpreter, and the commands that need no
screen. What Textual alone takes is nothing that a screen made with it can go below.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import Figure, tell
from terminal import MINIMAL, WIZARD, Terminal, running
from timing import resident

WITHOUT, WITH = 45.0, 110.0
RECORDED = Path(__file__).resolve().parents[1] / "screenshots" / "sessions" / "open-key.jsonl"
AWS = """
import boto3
client = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
"""

TELL = """
import atexit, resource, sys
atexit.register(lambda: print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr))
"""


def screen(code: str, arguments: list[str], home: str) -> tuple[float, float]:
    """A program on a terminal, once it paints no more."""
    with running(Terminal, code, arguments, home, quiet=1.5) as terminal:
        return resident(terminal.pid)


def peak(code: str, arguments: list[str], home: str, typed: str = "") -> float:
    """The most that a command had at any time, told by itself as it ends (getrusage(2))."""
    told = f"{TELL}{code}"
    env = {**os.environ, "XDG_STATE_HOME": home, "LC_ALL": "C.UTF-8"}
    ran = subprocess.run([sys.executable, "-c", told, *arguments], input=typed, env=env, capture_output=True, text=True,
                         check=False, timeout=60)  # fmt: skip
    return float(ran.stderr.rpartition("PEAK ")[2])


def main() -> int:
    """Measure, print, and say whether it holds."""
    figures = []
    with tempfile.TemporaryDirectory() as home:
        replay = ["replay", str(RECORDED)]
        base = screen(MINIMAL, [], home)[0]
        for name, code, arguments, most in (
            ("no host yet", WIZARD, [], WITHOUT),
            ("a verdict", WIZARD, replay, WITHOUT),
            ("AWS asked", AWS + WIZARD, replay, WITH),
        ):
            whole, own = screen(code, arguments, home)
            what = f"memory, full screen, {name} ({own:.0f} MB private)"
            figures.append(Figure(what, whole, "MB", "smallest Textual app", base, most, "most"))
        bare = peak("pass", [], home)
        nobody = ["-p", "1", "nobody@127.0.0.1"]
        for name, arguments, typed in (
            ("--version", ["--version"], ""),
            ("explain CODE", ["explain", "key.permissions-too-open"], ""),
            ("diagnose --json", ["diagnose", "--json", *nobody], ""),
            ("ask", ["ask", *nobody], "quit\n"),
        ):
            most_of_all = peak(WIZARD, arguments, home, typed)
            figures.append(Figure(f"memory, {name}: peak", most_of_all, "MB", "bare python", bare))
    return tell(figures)


if __name__ == "__main__":
    raise SystemExit(main())
