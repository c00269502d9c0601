"""What a way in costs: time to a shell, and speed, against the same ssh without it.

    python benchmarks/ways.py [MEGABYTES]

A real sshd, a real ssh, and the practice AWS for the other end. Three ways: the Instance Connect tunnel that the wizard
carries (at most 0.15 s more than plain ssh), the same by a process of its own (at most 0.4 s more), and our own data
channel of Session Manager. Both tunnels carry 64 MB each way, intact and at 15 MiB/s or more; the channel an eighth of
that, of which only the bytes are judged. The other end runs on the same processors, so real figures are better.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doors.private import Private, Ran, made
from figures import Figure, tell
from live.keys import KeyRing
from live.world import SshdWorld

from sshwizard.doors.endpoint_tunnel import tunnel
from sshwizard.doors.session_manager import session
from sshwizard.doors.way import Way
from sshwizard.lab.aws import open_aws

TIMES = 7
ADDED = {"carried": 0.15, "apart": 0.4}
SPEED = 15.0
PLAIN = Way("direct")
SECONDS = 300.0

Open = Callable[[], AbstractAsyncContextManager[Way]]


async def moved(private: Private, way: Way, sent: bytes) -> tuple[float, float, bool]:
    """MiB/s up and down, and whether it was intact. The time to log in is in it."""
    size, digest = len(sent) / (1 << 20), hashlib.sha256(sent).hexdigest()
    up = await private.ssh(way, "box", "sha256sum", typed=sent, limit=SECONDS)
    file = private.world.home / "sent"
    file.write_bytes(sent)
    down = await private.ssh(way, "box", f"cat {file}", limit=SECONDS)
    whole = up.out.decode().startswith(digest) and hashlib.sha256(down.out).hexdigest() == digest
    return size / up.seconds, size / down.seconds, whole


async def login(private: Private, way: Way) -> Ran:
    return await private.ssh(way, "box", "true")


async def measure(private: Private, size: int) -> int:
    """All ways in turn, so that a busy moment hits each of them."""
    access, to = private.access, private.to()
    ways: dict[str, Open] = {
        "carried": lambda: tunnel(access, to),
        "apart": lambda: tunnel(access, to, apart=True),
        "channel": lambda: session(private.sessions, native=True),
    }
    begun = time.monotonic()
    async with tunnel(access, to):
        print(f"ready to carry after {time.monotonic() - begun:.2f} s (once: boto3, credentials, libraries)")
    seconds: dict[str, list[float]] = {name: [] for name in ("plain", *ways)}
    for _ in range(TIMES):
        seconds["plain"].append((await login(private, PLAIN)).seconds)
        for name, opened in ways.items():
            async with opened() as way:
                seconds[name].append((await login(private, way)).seconds)
    plain = statistics.median(seconds.pop("plain"))
    figures, base, broken = [], (0.0, 0.0), 0
    for name, some in seconds.items():
        took = statistics.median(some)
        limit = ADDED.get(name)
        figures.append(Figure(f"AWS tunnel to a shell, {name}", took, "s", "plain ssh", plain, limit, "more"))
    ways = {"plain": lambda: nullcontext(PLAIN), **ways}
    for name, opened in ways.items():
        sent = os.urandom((size if name != "channel" else size // 8) << 20)
        async with opened() as way:
            up, down, whole = await moved(private, way, sent)
        broken += not whole
        base = base if any(base) else (up, down)
        if name != "plain":
            limit = SPEED if name in ADDED else None
            for where, ours, theirs in (("up", up, base[0]), ("down", down, base[1])):
                what = f"AWS tunnel, {name}: {len(sent) >> 20} MiB {where}"
                figures.append(Figure(what, ours, "MB/s", "plain ssh", theirs, limit, "least"))
    figures.append(Figure("AWS tunnels: streams that came in damaged", broken, "of 4", limit=0, of="most"))
    return tell(figures)


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    with tempfile.TemporaryDirectory(prefix="sw-doors-") as place, open_aws() as aws:
        os.environ.update(aws.environment)
        keys = Path(place) / "keys"
        keys.mkdir()
        with closing(SshdWorld(Path(place), KeyRing(keys))) as world:
            return asyncio.run(measure(made(aws, world), size))


if __name__ == "__main__":
    sys.exit(main())
