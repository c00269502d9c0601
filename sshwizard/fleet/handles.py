"""How many walks may be open at once: each holds files of this process, of which a system gives it only so many."""

from __future__ import annotations

from contextlib import suppress

MOST = 256
"""Walks, where there are files enough."""
EACH = 10
"""Files of one walk: six while ssh is silent (its pipes, its log, the session), and those of the looks beside it."""
OURS = 64
"""Files of this process itself."""


def walks(most: int = MOST) -> int:
    """As many of `most` as there are files for. The limit is raised as far as anybody may (setrlimit(2)): macOS begins
    with 256 files, Linux with 1,024."""
    try:
        import resource
    except ImportError:  # Windows counts no such files
        return most
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OURS + most * EACH
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return most
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(1, min(most, (soft - OURS) // EACH))
