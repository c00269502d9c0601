"""A way in that a door has opened: what ssh must be told to go through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Runs = Callable[[bytes, float], tuple[int, bytes]]
"""Runs a sh script on the server, as root where that is possible, within so many seconds: its exit status and what it
wrote. Waits; raises Shut where nothing ran."""


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
    instead: Callable[[], str] | None = None
    """What takes the terminal in ssh's place, on a thread, and what it says at the end; None: ssh does."""
    target: tuple[str, ...] = ()
    """Arguments in place of the person's own, where another server answers (the serial console); empty: theirs."""
    login: str = ""
    """As whom it leads in; empty where that is ssh's own affair."""
    account: tuple[str, str] = ("", "")
    """Profile and region with which it was opened, so that it can be opened again."""
    renew: Callable[[], None] | None = None
    """Opens it for another while, where it would shut soon. Waits; raises Shut."""
    runs: Runs | None = None
    """What runs a script on the server where no ssh does; None: ssh does."""


class Shut(Exception):
    """The door did not open. `code` is the cause, as far as the answer tells it apart."""

    def __init__(self, why: str, code: str = "", unblock: str = "") -> None:
        super().__init__(why)
        self.code, self.unblock = code, unblock
