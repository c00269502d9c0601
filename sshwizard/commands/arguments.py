"""How arguments are read: our own long options, and everything else for ssh."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.probes import egress


class Reader(argparse.ArgumentParser):
    """A parser that says what was wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See: {self.prog} --help")


def parser(name: str, description: str, examples: str = "") -> argparse.ArgumentParser:
    """A parser in the style of all commands; `examples` are commands, one a line."""
    return Reader(
        prog=f"sshwizard {name}".strip(),
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def split(reader: argparse.ArgumentParser, argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own long options, and what belongs to ssh.

    Raises UsageError for a long option that is not ours: ssh has none.
    """
    takes = {
        option: action.nargs is None and action.const is None and action.default is None
        for action in reader._actions
        for option in action.option_strings
    }
    ours: list[str] = []
    theirs: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            theirs += rest
            break
        name = word.partition("=")[0]
        if word == "-h" or (word.startswith("--") and name in takes):
            ours.append(word)
            if takes[name] and "=" not in word and rest:
                ours.append(rest.pop(0))
        elif word.startswith("--"):
            raise UsageError(f"{word} is not an option here. See: {reader.prog} --help")
        else:
            theirs.append(word)
    return reader.parse_args(ours), theirs


def switched_on(variable: str) -> bool:
    """True when an environment variable is set to something other than nothing or 0."""
    return os.environ.get(variable, "") not in {"", "0"}


def allow_control(place: str | None) -> None:
    """Let the looks ask the SSH server that the person names: they read it from the environment, as from a shell.

    Raises UsageError for what is no HOST or HOST:PORT.
    """
    if place is not None:
        if not egress.control(place)[0]:
            raise UsageError(f"--control takes HOST or HOST:PORT of a public SSH server, not {clean.line(place, 60)!r}")
        os.environ[egress.CONTROL] = place


CONTROL_HELP = "a public SSH server of your choice that may be asked whether this network lets SSH out"
