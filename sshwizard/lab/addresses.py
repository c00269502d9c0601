"""Public addresses that exist on this machine: a block of 127.N.0.0/16, and a port that is free on all of it.

Linux answers on all of 127.0.0.0/8, without root. Several labs at once have a block each.
"""

from __future__ import annotations

import random
import socket
from contextlib import suppress

_BLOCKS = 64
"""Of 1,024 addresses each."""
_PORTS = (2222, 2022, 8022, 10022)
"""Where the machines' SSH servers listen: 22 would need root."""


class Addresses:
    """One block, held as long as the object lives: nobody else can bind its last address on our port."""

    def __init__(self, net: int) -> None:
        """`net`: the N of 127.N.0.0/16, one for each cloud."""
        self._net = net
        self._first = 0
        self._used = 0
        self._holder = socket.socket()
        self.port = 0
        """0 where this system has no such addresses."""
        for port in _PORTS:
            for block in random.sample(range(_BLOCKS), _BLOCKS):
                with suppress(OSError):
                    self._holder.bind((f"127.{net}.{block * 4 + 3}.254", port))
                    self._first, self.port = block * 4, port
                    return

    def next(self) -> str:
        """The next address; from the start again once the block is used up."""
        self._used = self._used % 1000 + 1
        return f"127.{self._net}.{self._first + self._used // 250}.{self._used % 250 + 1}"

    def close(self) -> None:
        """Leave the block to others."""
        self._holder.close()

    def restart(self) -> None:
        """Give all of them back."""
        self._used = 0
