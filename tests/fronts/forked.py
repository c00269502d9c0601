"""Children of a test that take on another account; whoever waits for one asks select(2) first, with a limit."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

LIMIT = 20.0


def as_another(account: int, work: Callable[[], bytes | None]) -> Callable[[], bytes]:
    """Do `work` as this user id in a child; what it gives is had from the result, which waits for it."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(account)
            os.write(theirs, work() or b"")
        finally:
            os._exit(0)
    os.close(theirs)

    def result() -> bytes:
        ended = os.pidfd_open(child)
        try:
            assert select.select([ended], [], [], LIMIT)[0], "the other account's process does not end"
            os.waitpid(child, 0)
            return os.read(ours, 4096)
        finally:
            os.close(ended)
            os.close(ours)

    return result
