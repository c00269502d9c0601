"""A sweep against what it is made of: `ssh-keyscan` over the same servers, and one plain ssh login each.

    python benchmarks/sweep.py [SERVERS…]      100, 300 and 1,000 of them by default

The servers are addresses of loopback, 127.7.x.y, at one sshd. All three go to them with the same number at once
(ssh-keyscan: one connection each of its own, as many as that). The sweep is the command as a person would type it, with
its start and with a session kept of each host. At most 2x the time of both together, and 250 MB of its own memory: the
ssh programs that it runs, of which all have to run, are told beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from figures import Curve, Figure, tell

MOST_RATIO = 2.0
MOST_MEMORY = 250
AT_ONCE = 4 * (os.cpu_count() or 1)
"""As many as a sweep has at work (fleet/sweeping.py, Limits)."""


def free_port() -> int:
    """One that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


PORT = free_port()


@contextlib.contextmanager
def server(place: Path) -> Iterator[Path]:
    """One sshd for all addresses of loopback, and the ssh config that leads to it. It ends with the block."""
    for name in ("host", "id"):
        subprocess.run(("ssh-keygen", "-qt", "ed25519", "-N", "", "-f", place / name), check=True)
    shutil.copy(place / "id.pub", place / "authorized")
    kind, key, *_ = (place / "host.pub").read_text().split()
    (place / "known").write_text(f"[127.7.*]:{PORT} {kind} {key}\n")
    (place / "sshd").write_text(
        f"Port {PORT}\nListenAddress 0.0.0.0\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized\n"
        f"StrictModes no\nUsePAM no\nPidFile none\nMaxStartups 2000\n"
        f"SetEnv HOME={place}\n"  # the login scripts of this account are none of what is measured
    )
    config = place / "config"
    config.write_text(
        f"Host 127.7.*\n  Port {PORT}\n  User {getpass.getuser()}\n  IdentityFile {place}/id\n  IdentitiesOnly yes\n"
        f"  IdentityAgent none\n  UserKnownHostsFile {place}/known\n  GlobalKnownHostsFile /dev/null\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    daemon = subprocess.Popen((shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-f", place / "sshd"))
    try:
        time.sleep(0.5)
        if daemon.poll() is not None:
            raise SystemExit(f"sshd does not start; is port {PORT} taken?")
        yield config
    finally:
        daemon.terminate()
        daemon.wait(10)


async def logins(config: Path, names: list[str]) -> float:
    """Plain ssh, one login each."""
    gate, began = asyncio.Semaphore(AT_ONCE), time.monotonic()

    async def one(name: str) -> int:
        async with gate:
            words = ("ssh", "-F", str(config), "-oBatchMode=yes", name, "true")
            return await (await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL)).wait()

    codes = await asyncio.gather(*(one(name) for name in names))
    if any(codes):
        raise SystemExit(f"plain ssh failed: {Counter(codes)}")
    return time.monotonic() - began


def keyscan(names: list[str]) -> float:
    """`ssh-keyscan`, which would have all of them open at once: most would wait for the one sshd too long."""
    began = time.monotonic()
    words = ("sh", "-c", f"ulimit -n {AT_ONCE + 16}; exec ssh-keyscan -T 60 -p {PORT} -t ed25519 -f -")
    told = subprocess.run(words, input="\n".join(names), capture_output=True, text=True, check=False, timeout=900)
    if len(told.stdout.splitlines()) < len(names):
        raise SystemExit("ssh-keyscan did not get every key")
    return time.monotonic() - began


def swept(config: Path, names: list[str], place: Path) -> tuple[float, float, float]:
    """The sweep: seconds, its own peak memory, and the most that its programs had at a time, in megabytes."""
    listed, out = place / "hosts", place / "rows"
    listed.write_text("\n".join(names))
    words = (sys.executable, "-m", "sshwizard", "sweep", "--file", listed, "--jsonl", "--", "-F", config)
    most, began = 0.0, time.monotonic()
    with out.open("wb") as rows:
        sweep = subprocess.Popen(words, stdout=rows, env={**os.environ, "XDG_STATE_HOME": str(place / "state")})
        while True:
            pid, _, used = os.wait4(sweep.pid, os.WNOHANG)
            if pid:
                break
            most = max(most, children(sweep.pid))
            time.sleep(0.1)
    took, sweep.returncode = time.monotonic() - began, 0
    found = Counter(row["outcome"] for line in out.read_text().splitlines() if "outcome" in (row := json.loads(line)))
    if found != {"healthy": len(names)}:
        raise SystemExit(f"the sweep told {dict(found)} of {len(names)} servers that work")
    return took, used.ru_maxrss / 1024, most


def children(pid: int) -> float:
    """Resident megabytes of the programs that a process has started (proc(5))."""
    pages = 0
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                pages += int(Path(f"/proc/{child}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> int:
    """All three in one series for each number of servers."""
    counts = [int(word) for word in sys.argv[1:]] or [100, 300, 1000]
    series: dict[str, list[tuple[float, float]]] = {
        "sshwizard sweep": [],
        "plain ssh, a login each": [],
        "ssh-keyscan": [],
    }
    figures = []
    for count in counts:
        names = [f"127.7.{number // 250}.{number % 250 + 1}" for number in range(count)]
        with tempfile.TemporaryDirectory(prefix="sw-bench-") as folder, server(Path(folder)) as config:
            keys = keyscan(names)
            plain = asyncio.run(logins(config, names))
            took, memory, others = swept(config, names, Path(folder))
        print(f"{count} servers: {keys:.1f} s, {plain:.1f} s; sweep {took:.1f} s", flush=True)
        for name, seconds in zip(series, (took, plain, keys), strict=True):
            series[name].append((count, seconds))
        both = f"ssh-keyscan {keys:.1f} s and logins {plain:.1f} s:"
        figures.append(Figure(f"sweep of {count:,} servers", took, "s", both, keys + plain, MOST_RATIO))
    what = f"sweep of {counts[-1]:,} servers: peak memory of its own"
    figures.append(Figure(what, memory, "MB", "with its ssh programs", memory + others, MOST_MEMORY, "most"))
    return tell(figures, [Curve("sweep", f"A sweep, {AT_ONCE} at once", "servers", "seconds", series)])


if __name__ == "__main__":
    raise SystemExit(main())
