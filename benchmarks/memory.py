"""How much memory each front takes: resident set and what of it is private, in MB, when the work is done.

    python benchmarks/memory.py

The full screen is measured with a verdict on it, without a cloud (at most 45 MB) and with boto3 and a client for EC2
loaded (at most 110 MB), beside the smallest Textual application, a bare interpreter, and the commands that need no
screen. What Textual alone takes is nothing that a screen made with it can go below.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from first_frame import MINIMAL

WITHOUT, WITH = 45.0, 110.0
RECORDED = Path(__file__).resolve().parents[1] / "screenshots" / "sessions" / "open-key.jsonl"
WIZARD = "from sshwizard.cli import run; run()"
AWS = """
import boto3
client = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
"""

TELL = """
import atexit, resource, sys
atexit.register(lambda: print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr))
"""


def screen(code: str, arguments: list[str], home: str) -> tuple[float, float]:
    """A program on a terminal, once it paints no more."""
    pid, master = pty.fork()
    if pid == 0:
        env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_STATE_HOME": home, "COLUMNS": "120"}
        os.execve(sys.executable, [sys.executable, "-c", code, *arguments], env)
    try:
        end, painted = time.monotonic() + 30, False
        while time.monotonic() < end:
            if select.select([master], [], [], 1.5 if painted else 5)[0]:
                os.read(master, 1 << 16)
                painted = True
            elif painted:
                break
        return resident(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)


def resident(pid: int) -> tuple[float, float]:
    """Resident and private megabytes of a process (proc(5), smaps_rollup)."""
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(value.split()[0]) for name, value in rows.items()}
    private = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return kilobytes["Rss"] * 1024 / 1e6, private * 1024 / 1e6


def peak(code: str, arguments: list[str], home: str, typed: str = "") -> float:
    """The most that a command had at any time, told by itself as it ends (getrusage(2))."""
    told = f"{TELL}{code}"
    env = {**os.environ, "XDG_STATE_HOME": home, "LC_ALL": "C.UTF-8"}
    ran = subprocess.run([sys.executable, "-c", told, *arguments], input=typed, env=env, capture_output=True, text=True,
                         check=False, timeout=60)  # fmt: skip
    return int(ran.stderr.rpartition("PEAK ")[2]) * 1024 / 1e6


def main() -> int:
    """Measure, print, and say whether it holds."""
    held = True
    with tempfile.TemporaryDirectory() as home:
        replay = ["replay", str(RECORDED)]
        rows = {
            "empty Textual app": (screen(MINIMAL, [], home), 0.0),
            "full screen, pick": (screen(WIZARD, [], home), WITHOUT),
            "full screen, verdict": (screen(WIZARD, replay, home), WITHOUT),
            "full screen, AWS": (screen(AWS + WIZARD, replay, home), WITH),
        }
        print(f"{'':22} {'RSS MB':>8} {'private':>8} {'at most':>8}")
        for name, ((whole, own), most) in rows.items():
            print(f"{name:22} {whole:>8.1f} {own:>8.1f} {most or '':>8}")
            held = held and (not most or whole <= most)
        nobody = ["-p", "1", "nobody@127.0.0.1"]
        print(f"\n{'':22} {'peak MB':>8}")
        for name, code, arguments, typed in (
            ("bare python", "pass", [], ""),
            ("--version", WIZARD, ["--version"], ""),
            ("explain CODE", WIZARD, ["explain", "key.permissions-too-open"], ""),
            ("diagnose --json", WIZARD, ["diagnose", "--json", *nobody], ""),
            ("ask", WIZARD, ["ask", *nobody], "quit\n"),
        ):
            print(f"{name:22} {peak(code, arguments, home, typed):>8.1f}")
    print(f"{'holds' if held else 'MISSED'}: at most {WITHOUT:.0f} MB without AWS, {WITH:.0f} MB with it")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
