"""`sshwizard explain --run -- COMMAND`: a program that only says "exit 255" is run once more, and its ssh
writes down what it does.

A directory with a program `ssh` in it stands first on PATH: it hands everything on to the real one, with -vvv into a
file. scp and sftp start ssh by its whole path, so they are told where ours is (scp(1), sftp(1): -S).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sshwizard import clean, scratch
from sshwizard.commands import arguments, goingin
from sshwizard.exits import UsageError
from sshwizard.fronts.mending import lend

_WHOLE_PATH = {"scp", "sftp"}
"""Programs that look for ssh at the place where they were built."""
PIECE = 1 << 18


def texts(command: Sequence[str], *, confirmed: bool, quiet: bool) -> tuple[bytes, ...] | None:
    """What each ssh wrote that the command started, in order; None where the person leaves it. Raises UsageError.

    `quiet`: what the command itself says goes to standard error, because standard output is the report's.
    """
    real = shutil.which("ssh")
    if real is None:
        raise UsageError("there is no program named ssh on PATH")
    if arguments.switched_on("SSHWIZARD_READ_ONLY"):
        raise UsageError("this is read-only: no command of yours is run")
    with scratch.directory() as place:
        typed = _typed(command, place)
        goingin.say("This runs your command once more, with all that it does; only its ssh writes down what it says:")
        goingin.say(f"    PATH={place}:$PATH {shlex.join(typed)}")
        goingin.say("Needs whatever the command needs.")
        if not confirmed and not goingin.agreed("Run it? [y/N]"):
            goingin.say("Not run. To run it: --yes=confirm")
            return None
        shim = place / "ssh"
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(real)} -vvv -E {shlex.quote(str(place))}/log.$$ "$@"\n')
        shim.chmod(0o700)
        env = {**os.environ, "PATH": f"{place}:{os.environ.get('PATH', os.defpath)}"}
        try:
            with lend():
                code = subprocess.run(typed, env=env, check=False, stdout=sys.stderr if quiet else None).returncode
        except OSError as error:
            raise UsageError(f"{clean.line(command[0], 80)} could not be started: {error.strerror}") from None
        goingin.say(f"{clean.line(command[0], 80)} ended with {code}.")
        return tuple(_logs(place))


def _typed(command: Sequence[str], place: Path) -> tuple[str, ...]:
    """The command with our ssh in it."""
    name = Path(command[0]).name
    if name == "ssh":
        return ("ssh", *command[1:])
    return (command[0], "-S", str(place / "ssh"), *command[1:]) if name in _WHOLE_PATH else tuple(command)


def _logs(place: Path) -> Iterator[bytes]:
    """The end of each log is what counts; a log of -vvv is small."""
    for log in sorted(place.glob("log.*"), key=lambda path: path.stat().st_mtime_ns):
        with log.open("rb") as stream:
            if text := stream.read(64 * PIECE):
                yield text
