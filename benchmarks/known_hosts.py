"""How long the look into known_hosts takes, against `ssh-keygen -F` on the same file.

    python benchmarks/known_hosts.py [LINES]

A file of a hundred thousand hashed lines, and one of plain ones, of other hosts, with the wanted one near the end.
Both are asked in turn, five times; the ratio of the medians may be at most 1.5.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sshwizard.model import Target
from sshwizard.probes import known_hosts
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

NAME = "[192.0.2.7]:2222"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"
AT_MOST = 1.5
TIMES = 5


def hashed(name: str, number: int) -> str:
    """A name as `HashKnownHosts yes` writes it."""
    salt = hashlib.sha1(str(number).encode()).digest()
    digest = hmac.digest(salt, name.encode(), "sha1")
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def written(file: Path, lines: int, spell: Callable[[str, int], str]) -> None:
    """A file of `lines` lines, one of them for NAME."""
    hosts = [NAME if number == lines - 100 else f"[host-{number}.example]:22" for number in range(lines)]
    file.write_text("".join(f"{spell(host, number)} {KEY}\n" for number, host in enumerate(hosts)))


def look(file: Path) -> float:
    """Seconds of our look."""
    settings = {"hostname": ("192.0.2.7",), "port": ("2222",), "userknownhostsfile": (str(file),)}
    scene = Scene(Target("box", ("box",)), (Leg("box", settings),), 0, {}, Run())

    async def timed() -> float:
        began = time.monotonic()
        fact = await known_hosts.known.look(scene)
        took = time.monotonic() - began
        assert len(fact.data["entries"]) == 1, fact
        return took

    return asyncio.run(timed())


def keygen(file: Path) -> float:
    """Seconds of ssh-keygen."""
    began = time.monotonic()
    ran = subprocess.run(["ssh-keygen", "-F", NAME, "-f", str(file)], capture_output=True, check=True, timeout=20)
    took = time.monotonic() - began
    assert b"found: line" in ran.stdout
    return took


def main(lines: int) -> int:
    """Measure both kinds of file."""
    held = True
    with tempfile.TemporaryDirectory(prefix="sw-bench-") as place:
        for kind, spell in {"hashed": hashed, "plain": lambda host, number: host}.items():
            file = Path(place, kind)
            written(file, lines, spell)
            pairs = [(look(file), keygen(file)) for _ in range(TIMES)]
            ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
            held = held and ours / theirs <= AT_MOST
            print(
                f"{lines} {kind} lines: {ours:.3f} s, ssh-keygen -F {theirs:.3f} s, ratio {ours / theirs:.2f}", end=""
            )
            print(f" (at most {AT_MOST})")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
