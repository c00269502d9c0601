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
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.cloud.gcp.iap import target
from sshwizard.cloud.gcp.iap.knock import knock
from sshwizard.doors.way import Way
from sshwizard.lab.gcp.relay import Relay, listen

TIMES = 7
SLOWER = {"carried": 2.0, "apart": 3.0}
SPEED = 0.2
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
    plain, held = statistics.median(seconds["plain"]), True
    for name, some in seconds.items():
        ratio = statistics.median(some) / plain
        held &= ratio <= SLOWER.get(name, 1.0)
        print(f"{name:8} a shell after {statistics.median(some):.3f} s: {ratio:.2f} times plain ssh")
    trust = str(behind.served.certificate)
    took = [(await asyncio.to_thread(knock, TO, behind.secret, trust)).seconds for _ in range(TIMES)]
    print(f"a knock, to the banner: {1000 * statistics.median(took):.0f} ms")
    sent, speeds = os.urandom(size << 20), dict[str, float]()
    for name, opened in ways(behind).items():
        async with opened as way:
            begun = time.monotonic()
            ran = await behind.ssh(way, "box", "cat", typed=sent, limit=300)
            speeds[name] = size / (time.monotonic() - begun)
        whole = hashlib.sha256(ran.out).digest() == hashlib.sha256(sent).digest()
        held &= whole and speeds[name] >= SPEED * speeds["plain"]
        word = "intact" if whole else "BROKEN"
        print(f"{name:8} {size} MiB there and back {word}: {speeds[name]:.1f} MiB/s, "
              f"{speeds[name] / speeds['plain']:.2f} of plain ssh")  # fmt: skip
    return 0 if held else 1


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
