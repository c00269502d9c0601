"""The commands: one file each, with `parser()` and `main(argv)`. The first line of a parser's text is its summary."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

NAMES = (
    "ask", "diagnose", "sweep", "explain", "inside", "doors", "connect", "rescue", "changes", "reach", "lab", "replay",
    "watch", "serve", "report", "undo", "doctor", "rotate", "causes", "completion", "help",
)  # fmt: skip
"""In the order in which help and man page list them."""


def load(name: str) -> ModuleType:
    """The module of a command; imported only when it is wanted, since each needs other parts."""
    return import_module(f"sshwizard.commands.{name}")
