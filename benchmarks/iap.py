"""What an IAP tunnel costs: time to a shell, and speed, as a ratio against the same ssh without it.

    python benchmarks/iap.py [MEGABYTES]

A real sshd, a real ssh, and the practice relay for Google, with TLS, on the same processors: real figures are better
in speed, and have Google's distance in addition. The wizard's own tunnel may take up to twice as long to a shell as
plain ssh does, a process of its own 3 times; both carry at least a fifth of plain ssh's speed, intact.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import statistics
import sys
import tempfile
import time
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doors.iap import TO, Behind
from figures import Figure, tell
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.cloud.gcp.iap import target
from sshwizard.cloud.gcp.iap.knock import knock
from sshwizard.doors.way import Way
from sshwizard.lab.gcp.relay import Relay, listen

TIMES = 7
SLOWER = {"carried": 2.0, "apart": 3.0}
SPEED = 0.2
"""Of plain ssh's."""
PLAIN = Way("direct")


def ways(behind: Behind) -> dict[str, AbstractAsyncContextManager[Way]]:
    return {"plain": nullcontext(PLAIN), "carried": behind.way(), "apart": behind.way(apart=True)}


async def measure(behind: Behind, size: int) -> int:
    """All ways in turn, so that a busy moment hits each of them."""
    seconds: dict[str, list[float]] = {}
    for _ in range(TIMES):
        for name, opened in ways(behind).items():
            async with opened as way:
                seconds.setdefault(name, []).append((await behind.ssh(way, "box", "true")).seconds)
    plain = statistics.median(seconds.pop("plain"))
    figures = [
        Figure(f"IAP tunnel to a shell, {name}", statistics.median(some), "s", "plain ssh", plain, SLOWER[name])
        for name, some in seconds.items()
    ]
    trust = str(behind.served.certificate)
    took = [(await asyncio.to_thread(knock, TO, behind.secret, trust)).seconds for _ in range(TIMES)]
    figures.append(Figure("IAP: a knock, to the banner", 1000 * statistics.median(took), "ms"))
    broken = 0
    sent, speeds = os.urandom(size << 20), dict[str, float]()
    for name, opened in ways(behind).items():
        async with opened as way:
            begun = time.monotonic()
            ran = await behind.ssh(way, "box", "cat", typed=sent, limit=300)
            speeds[name] = size / (time.monotonic() - begun)
        broken += hashlib.sha256(ran.out).digest() != hashlib.sha256(sent).digest()
    base = speeds.pop("plain")
    for name, speed in speeds.items():
        what, least = f"IAP tunnel, {name}: {size} MiB there and back", round(SPEED * base, 1)
        figures.append(Figure(what, speed, "MB/s", "plain ssh", base, least, "least"))
    figures.append(Figure("IAP tunnels: streams that came in damaged", broken, "of 3", limit=0, of="most"))
    return tell(figures)


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    with tempfile.TemporaryDirectory(prefix="sw-iap-") as place:
        keys, home = Path(place) / "keys", Path(place) / "relay"
        keys.mkdir()
        home.mkdir()
        with closing(SshdWorld(Path(place), KeyRing(keys))) as world:
            served = listen(Relay(lambda asked: world.server.port), home)
            os.environ[target.INSTEAD] = served.url
            behind = Behind(served, world)
            behind.reset()
            try:
                return asyncio.run(measure(behind, size))
            finally:
                served.stop()


if __name__ == "__main__":
    sys.exit(main())
