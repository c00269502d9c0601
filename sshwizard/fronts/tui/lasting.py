"""A terminal that may be closed while it is written to.

Textual writes in a thread with a short queue. The first error ends that thread, and whoever fills the queue then waits
for ever: a closed window would leave a process that never ends.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual.driver import Driver


class Takes:
    """A file that takes everything, also when its terminal is gone."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write, if anybody is there."""
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush, if anybody is there."""
        with suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        """Of the terminal."""
        return int(self._file.fileno())


def lasting(kind: type[Driver]) -> type[Driver]:
    """The same driver, whose terminal may go."""

    def begin(self: Any, *args: Any, **options: Any) -> None:
        kind.__init__(self, *args, **options)
        if getattr(self, "_file", None) is not None:
            self._file = Takes(self._file)

    return type(f"Lasting{kind.__name__}", (kind,), {"__init__": begin})
