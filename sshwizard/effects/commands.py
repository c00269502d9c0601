"""Changes that another program makes, and options of this run."""

from __future__ import annotations

import contextlib
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sshwizard import clean
from sshwizard.effects.effect import Effect, Refused
from sshwizard.effects.spelling import Spelling, harmless, spelled
from sshwizard.paths import short


@dataclass(frozen=True, slots=True)
class InTerminal(Effect):
    """Hand the person's terminal to a program that may ask: ssh-add(1), sudo(8). Nothing it is told reaches us."""

    command: tuple[str, ...]
    back: tuple[str, ...] = ()
    terminal: ClassVar[bool] = True

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(shlex.join(self.command), 4000),)

    @property
    def undoable(self) -> bool:
        return bool(self.back)

    def inverse(self) -> Effect | None:
        return InTerminal(self.back, self.command) if self.back else None

    def apply(self) -> None:
        must(self.command, None)


def must(command: tuple[str, ...], limit: float | None) -> None:
    """Run a program: with a limit quietly and without input, else in the terminal. Raises Refused when it fails."""
    quiet = limit is not None
    stdin = subprocess.DEVNULL if quiet else None
    try:
        ran = subprocess.run(command, stdin=stdin, capture_output=quiet, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"{clean.line(command[0])} did not end within {limit:g} s") from None
    except FileNotFoundError:
        raise Refused(f"there is no program named {clean.line(command[0])}") from None
    if ran.returncode == -signal.SIGINT:
        raise Refused(f"{clean.line(command[0])} was interrupted")
    if ran.returncode:
        raise Refused(f"{clean.line(command[0])} did not succeed (it ended with {ran.returncode})")


@dataclass(frozen=True, slots=True)
class CloseShared(Effect):
    """End the master of a shared connection, or take the socket away of one that no longer answers."""

    path: str
    host: str

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(shlex.join(self._ask()), 4000), f"rm -f {name(self.path)}")

    @property
    def undoable(self) -> bool:
        return False

    def check(self) -> None:
        if not stat.S_ISSOCK(Path(self.path).lstat().st_mode):
            raise Refused(f"{short(self.path)} is no socket")

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        self.check()
        with contextlib.suppress(Refused):
            must(self._ask(), 2)
        Path(self.path).unlink(missing_ok=True)

    def _ask(self) -> tuple[str, ...]:
        return ("ssh", "-F", "none", "-o", "ProxyCommand=false", "-S", self.path, "-O", "exit", "--", self.host)


@dataclass(frozen=True, slots=True)
class Retarget(Effect):
    """Other options, or another destination, for this run only; the world stays as it is."""

    overrides: tuple[str, ...]
    was: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    """ssh's other arguments; empty: as they were typed."""
    args_were: tuple[str, ...] = ()
    changes: ClassVar[bool] = False

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        if self.args:
            return ("ssh " + clean.line(shlex.join((*self.overrides, *self.args)), 400),)
        if not self.overrides:
            return ("ssh …   (without the options of this run)",)
        return ("ssh " + shlex.join(self.overrides) + " …   (this run only)",)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        return harmless((shlex.join(("ssh", *self.overrides, *(self.args or args))),))

    def inverse(self) -> Effect:
        return Retarget(self.was, self.overrides, self.args_were, self.args)

    def apply(self) -> None:
        """The session itself keeps the options."""


@dataclass(frozen=True, slots=True)
class Connect(Effect):
    """The person's own connection, in their terminal: without our guards, for it is they who answer."""

    command: tuple[str, ...]
    terminal: ClassVar[bool] = True
    changes: ClassVar[bool] = False

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        return (clean.line(shlex.join(self.command), 4000),)

    @property
    def undoable(self) -> bool:
        return False

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        """ssh(1), EXIT STATUS: 255 when ssh itself failed, else the status of what ran on the server."""
        program = clean.line(self.command[0])
        try:
            code = subprocess.run((*_OURS.get(self.command[0], self.command[:1]), *self.command[1:]),
                                  check=False).returncode  # fmt: skip
        except FileNotFoundError:
            raise Refused(f"there is no program named {program}") from None
        if code:
            with contextlib.suppress(EOFError, OSError):
                input(f"\n{program} ended with {code}. Enter goes back.")
        if code == FAILED or code < 0:
            how = f"signal {-code} ended it" if code < 0 else f"it ended with {FAILED}"
            raise Refused(f"{program} did not get in: {how}")


FAILED = 255
_OURS = {"sshwizard": (sys.executable, "-m", "sshwizard")}
"""Our own command need not be on PATH."""


@dataclass(frozen=True, slots=True)
class Wait(Effect):
    """Let time pass, and look again once; ended by the person whenever they like."""

    seconds: int
    host: str = ""
    """Where SSH is to greet: the wait ends as soon as it does. Empty: the time passes whole."""
    port: int = 22
    changes: ClassVar[bool] = False

    def preview(self, name: Spelling = spelled) -> tuple[str, ...]:
        if self.host:
            return (f"knock at {clean.line(self.host)} port {self.port} with growing pauses, for at most "
                    f"{self.seconds} s, until SSH greets; then look again, once",)  # fmt: skip
        return (f"wait {self.seconds} s, then look again, once",)

    def typed(self, args: Sequence[str]) -> tuple[str, ...]:
        again = shlex.join(("ssh", *args))
        if self.host:
            knock = f"""timeout {self.seconds} sh -c 'until nc -z -w 5 "$0" "$1"; do sleep 5; done'"""
            return harmless((f"{knock} {shlex.quote(self.host)} {self.port}; {again}",))
        return harmless((f"sleep {self.seconds}; {again}",))

    @property
    def undoable(self) -> bool:
        return False

    def inverse(self) -> Effect | None:
        return None

    def apply(self) -> None:
        """The runner has let the time pass."""
