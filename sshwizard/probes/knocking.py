"""Wait until SSH greets: one short TCP connection after another, with growing pauses. The person asks for it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from sshwizard import clean

FIRST, LONGEST = 1.0, 30.0
"""Seconds between two knocks: at the beginning, and at most."""
_ANSWER = 5.0
"""Seconds for a connection and a greeting."""
_SETTLE = 1.0
"""Seconds after a greeting, in which the server forgets the knock (MaxStartups counts it for a moment)."""
_GREETING = b"SSH-"
_MOST = 4096
"""Bytes of what may come before the greeting (RFC 4253, 4.2)."""


async def until_greeted(host: str, port: int, seconds: float, tell: Callable[[str], None]) -> bool:
    """True once SSH greets there; False after `seconds`. Each knock and the next pause is told."""
    end, pause, number = time.monotonic() + seconds, FIRST, 0
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, left))
        number += 1
        says = await _knock(host, port)
        if not says:
            tell(f"knock {number}: SSH greets")
            await asyncio.sleep(_SETTLE)
            return True
        pause = min(2 * pause, LONGEST)
        tell(f"knock {number}: {says}; the next one in {min(pause, max(end - time.monotonic(), 0)):.0f} s")
    return False


async def _knock(host: str, port: int) -> str:
    """Nothing where SSH greets, else what happened."""
    try:
        async with asyncio.timeout(_ANSWER):
            reader, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25)
            try:
                seen = b""
                while len(seen) < _MOST and (part := await reader.read(_MOST)):
                    seen += part
                    if any(line.startswith(_GREETING) for line in seen.split(b"\n")):
                        return ""
                return "it closed without a greeting"
            finally:
                writer.close()
    except TimeoutError:
        return "no answer"
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        says = os.strerror(number) if number and number > 0 else getattr(error, "strerror", "") or str(error)
        return clean.line(says, 60).lower()
