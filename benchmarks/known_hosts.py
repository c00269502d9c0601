"""How long the look into known_hosts takes, against `ssh-keygen -F` on the same file.

    python benchmarks/known_hosts.py [LINES]

A file of a hundred thousand hashed lines, and one of plain ones, of other hosts, with the wanted one near the end.
Both are asked in turn, five times; the ratio of the medians of CPU time may be at most 1.5. The same with a host that
is not there, whose key may stand under another name: ssh-keygen tells that by two questions, `-F` and `-l`. The curve
is the same for shorter files.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from figures import Curve, Figure, tell
from timing import spent

from sshwizard.model import Fact, Target
from sshwizard.probes import known_hosts
from sshwizard.probes.run import Run
from sshwizard.probes.scene import Leg, Scene

NAME = "[192.0.2.7]:2222"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtT9p0YyVw4vGmZC0yJgmYv5kcq6ZZV3a5c8yJx0k2m"
ABSENT = "[192.0.2.99]:2222"
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


def look(file: Path, name: str) -> None:
    """Our look, at a server that showed a key which the file does not have."""
    host, _, port = name.removeprefix("[").partition("]:")
    settings = {"hostname": (host,), "port": (port,), "userknownhostsfile": (str(file),)}
    seen: Fact[str] = Fact("unknown-key", "", data={"fingerprint": "SHA256:" + "A" * 43, "type": "ssh-ed25519"})
    scene = Scene(Target("box", ("box",)), (Leg("box", settings),), 0, {"hostkey": seen}, Run())

    async def told() -> Fact[known_hosts.Known]:
        return await known_hosts.known.look(scene)

    fact = asyncio.run(told())
    assert len(fact.data["entries"]) == (name == NAME), fact


def pair(file: Path, name: str) -> tuple[float, float]:
    """Seconds of CPU of our look and of ssh-keygen."""
    pairs = []
    for _ in range(TIMES):
        began = time.process_time()
        look(file, name)
        ours = time.process_time() - began
        theirs = spent(("ssh-keygen", "-F", name, "-f", file))[0]
        pairs.append((ours, theirs + (spent(("ssh-keygen", "-l", "-f", file))[0] if name == ABSENT else 0)))
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return ours, theirs


def main(lines: int) -> int:
    """Measure both kinds of file."""
    figures, series = [], dict[str, list[tuple[float, float]]]()
    with tempfile.TemporaryDirectory(prefix="sw-bench-") as place:
        for kind, spell in {"hashed": hashed, "plain": lambda host, number: host}.items():
            file = Path(place, kind)
            for many in (lines // 100, lines // 10, lines):
                written(file, many, spell)
                ours, theirs = pair(file, NAME)
                series.setdefault(f"sshwizard, {kind}", []).append((many, ours))
                series.setdefault(f"ssh-keygen -F, {kind}", []).append((many, theirs))
            what = f"known_hosts, {lines:,} {kind} lines: a host"
            figures.append(Figure(what, ours, "s", "ssh-keygen -F", theirs, AT_MOST))
            ours, theirs = pair(file, ABSENT)
            what = f"known_hosts, {lines:,} {kind} lines: whose key?"
            figures.append(Figure(what, ours, "s", "ssh-keygen -F and -l", theirs, AT_MOST))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures.append(Figure(f"known_hosts, {lines:,} lines: peak memory", peak, "MB"))
    curve = Curve("known-hosts", "A look into known_hosts", "lines", "seconds of CPU", series)
    return tell(figures, [curve])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
