"""Changes that another program makes, and options of this run."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass

from sshwizard import clean
from sshwizard.effects.effect import Effect, Refused

LIMIT = 10.0
"""Seconds for a program that asks nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """Run a program that asks nothing: no shell, no terminal, ended at its limit."""

    command: tuple[str, ...]
    back: tuple[str, ...] = ()
    """The command that takes it back; empty when there is nothing to take back."""
    undoable: bool = True
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        return (clean.line(shlex.join(self.command), 400),)

    def check(self) -> None:
        """A command carries no picture of the world."""

    def inverse(self) -> Effect | None:
        return Run(self.back, self.command) if self.back else None

    def apply(self) -> None:
        _must(self.command, subprocess.DEVNULL, LIMIT)


@dataclass(frozen=True, slots=True)
class InTerminal:
    """Hand the person's terminal to a program that may ask: ssh-add(1), sudo(8). Nothing it is told reaches us."""

    command: tuple[str, ...]
    back: tuple[str, ...] = ()
    undoable: bool = True
    terminal: bool = True

    def preview(self) -> tuple[str, ...]:
        return (clean.line(shlex.join(self.command), 400),)

    def check(self) -> None:
        """A command carries no picture of the world."""

    def inverse(self) -> Effect | None:
        return InTerminal(self.back, self.command) if self.back else None

    def apply(self) -> None:
        _must(self.command, None, None)


def _must(command: tuple[str, ...], stdin: int | None, limit: float | None) -> None:
    quiet = stdin is not None
    try:
        ran = subprocess.run(command, stdin=stdin, capture_output=quiet, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"{clean.line(command[0])} did not end within {limit:g} s") from None
    except FileNotFoundError:
        raise Refused(f"there is no program named {clean.line(command[0])}") from None
    if ran.returncode:
        said = clean.lines((ran.stderr or b"").decode("utf-8", "replace"), 1) if quiet else ()
        raise Refused(
            f"{clean.line(command[0])} ended with {ran.returncode}: {said[0] if said else 'it gave no reason'}"
        )


@dataclass(frozen=True, slots=True)
class Retarget:
    """Other options, or another destination, for this run only; the world stays as it is."""

    overrides: tuple[str, ...]
    was: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    """ssh's other arguments; empty: as they were typed."""
    args_were: tuple[str, ...] = ()
    undoable: bool = True
    terminal: bool = False

    def preview(self) -> tuple[str, ...]:
        if self.args:
            return ("ssh " + clean.line(shlex.join((*self.overrides, *self.args)), 400),)
        if not self.overrides:
            return ("ssh …   (without the options of this run)",)
        return ("ssh " + shlex.join(self.overrides) + " …   (this run only)",)

    def check(self) -> None:
        """Nothing of the world is changed."""

    def inverse(self) -> Effect:
        return Retarget(self.was, self.overrides, self.args_were, self.args)

    def apply(self) -> None:
        """The session itself keeps the options."""
