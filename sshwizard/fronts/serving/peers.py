"""Whose process holds the other end of a loopback connection: Linux says it in /proc/net/tcp (proc_net_tcp.rst)."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from pathlib import Path
from typing import NamedTuple

End = tuple[str, int]


class Line(NamedTuple):
    """A TCP connection."""

    theirs: End
    ours: End


def account(line: Line | None, tables: Path = Path("/proc/net")) -> int | None:
    """The uid of the process at their end; None where that cannot be known."""
    if line is None:
        return None
    table = tables / ("tcp6" if ":" in line.theirs[0] else "tcp")
    wanted = [_shown(line.theirs), _shown(line.ours)]
    with contextlib.suppress(OSError, ValueError):
        for row in table.read_text("ascii").splitlines()[1:]:
            fields = row.split()
            if fields[1:3] == wanted:
                return int(fields[7])
    return None


def _shown(end: End) -> str:
    """An address as the table has it: words of 32 bits in the machine's own order, in hex."""
    raw = ipaddress.ip_address(end[0]).packed
    words = [raw[at : at + 4] for at in range(0, len(raw), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    return f"{b''.join(words).hex().upper()}:{end[1]:04X}"
