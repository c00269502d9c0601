"""Which door leads inside, and whether the person lets us open it."""

from __future__ import annotations

import sys
from typing import Any

from sshwizard import clean, language
from sshwizard.doors.marks import CALLED, COMMAND, leads_inside
from sshwizard.exits import UsageError
from sshwizard.model import Fact
from sshwizard.runner import Runner

ANYWHERE = "best"
"""No door was named: the best one that is open, once it was named and confirmed."""


def named(via: str) -> str:
    """The id of a door. Raises UsageError for what is none, or carries no script."""
    from sshwizard.doors.roads import ROADS

    door = CALLED.get(via, via)
    if door not in ROADS or door == COMMAND:
        known = ", ".join(sorted({*CALLED, *ROADS} - {COMMAND}))
        raise UsageError(f"there is no door {clean.line(via, 40)!r} that leads inside. One of: {known}")
    return door


async def chosen(runner: Runner, via: str, *, confirmed: bool) -> str:
    """The door to go in by: the named one, else the best that is open, once it is confirmed. Empty, with a sentence,
    where there is none."""
    from sshwizard.doors.roads import ROADS

    if via != ANYWHERE:
        return named(via)
    found = runner.verdict()
    await runner.doors()
    root = found.root if found else None
    door = leads_inside(runner.state.on(root.leg), root.cause) if root else ""
    if not door:
        say("No door that leads inside was seen open. By another account: sshwizard inside TARGET --as USER")
        return ""
    say(f"The best way in is {ROADS[door].title} ({door}): it {ROADS[door].does}.")
    if not confirmed and not agreed():
        say(f"Not opened. To open it: --via {door}, or --yes=confirm")
        return ""
    return door


def tell_packages(seen: Fact[Any]) -> None:
    """What a look inside saw of the packages around logins."""
    from sshwizard.advice.server import sentences
    from sshwizard.probes.inside.packages import from_data

    for says in sentences(from_data(seen.data)) if seen.known else ():
        say(says)


def agreed(asks: str = "Open it? [y/N]") -> bool:
    """Whether the person says yes, in a terminal; nobody there says no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(language.say(asks) + " ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def say(text: str) -> None:
    """To standard error: standard output is the report's."""
    print(clean.line(language.say(text), 400), file=sys.stderr, flush=True)
