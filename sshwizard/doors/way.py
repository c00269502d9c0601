"""A way in that a door has opened: what ssh must be told to go through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """It holds as long as the block that gave it."""

    door: str
    """The id of the door."""
    options: tuple[str, ...] = ()
    """ssh's options that stand before the person's own arguments: -i KEY, -o ProxyCommand=…; never a secret."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What ssh's environment needs beside ours: secrets, such as a presigned URL, stand here only."""
    says: str = ""
    """What was done to open it, for the person."""
    until: float | None = None
    """When it shuts, by time.monotonic(); a pushed key lives 60 s."""
    target: tuple[str, ...] = ()
    """Arguments in place of the person's own, where another server answers (the serial console); empty: theirs."""


class Shut(Exception):
    """The door did not open. `code` is the cause, as far as the answer tells it apart."""

    def __init__(self, why: str, code: str = "", unblock: str = "") -> None:
        super().__init__(why)
        self.code, self.unblock = code, unblock
