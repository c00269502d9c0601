"""Whom a sweep is about: hosts that somebody named, never a range of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sshwizard import clean
from sshwizard.exits import UsageError
from sshwizard.model import Target
from sshwizard.probes import typed

_NONE: Mapping[str, Sequence[str]] = {}
MOST = 100_000
"""Hosts of one sweep."""

_RANGE = re.compile(r"[0-9a-fA-F.:]+/\d{1,3}|(\d{1,3}\.){3}\d{1,3}-\d{1,3}")


def targets(names: Iterable[str], options: Sequence[str], own: Mapping[str, Sequence[str]] = _NONE
            ) -> tuple[Target, ...]:  # fmt: skip
    """Each name once, in order, as `ssh OPTIONS NAME`. Raises UsageError that names the one which is none.

    `own`: further options of a host. ssh takes what stands first, so they fill in what OPTIONS leave open.
    """
    made = []
    for number, name in enumerate(dict.fromkeys(names), 1):
        if number > MOST:
            raise UsageError(f"a sweep takes {MOST} hosts at most")
        if _RANGE.fullmatch(name):
            said = clean.line(name, 60)
            raise UsageError(
                f"{said} is a range of addresses, and a sweep knocks only where it was told to: name hosts"
            )
        try:
            made.append(typed.parse([*options, *own.get(name, ()), name]))
        except UsageError as error:
            raise UsageError(f"host {number} of the sweep: {error}") from None
    return tuple(made)


def listed(text: str) -> list[str]:
    """The hosts of a list: one a line, or several with spaces between them; # begins a comment."""
    return [word for line in text.splitlines() for word in line.partition("#")[0].split()]


def matching(names: Iterable[str], pattern: str) -> list[str]:
    """Of the names of an ssh config those that fit a pattern of ssh_config(5): * and ? stand for anything."""
    whole = re.compile("".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern))
    return [name for name in names if whole.fullmatch(name)]
