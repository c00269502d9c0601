"""`sshwizard sweep --inside` without a screen: what would be sent is told first, and sent once the person says yes."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from sshwizard import clean, language
from sshwizard.exits import UsageError
from sshwizard.fleet.rows import Row, to_json
from sshwizard.fleet.runcommand import Means, Rate, rate

if TYPE_CHECKING:
    from sshwizard.fleet.insides import Insides

_LONG = 2000


def options(reader: argparse.ArgumentParser) -> None:
    """What may be said about it."""
    reader.add_argument("--inside", action="store_true", help="where ssh fails on instances of AWS and the server may "
                        "show why: look at them from inside, too, by Run Command; asks first")  # fmt: skip
    reader.add_argument("--inside-all", action="store_true", help="the same on all that fail, whatever was found")
    reader.add_argument("--max-concurrency", metavar="N", default="10%", help="with --inside: servers of a command at "
                        "once, a number or a share (default: 10%%)")  # fmt: skip
    reader.add_argument("--max-errors", metavar="N", default="10%", help="with --inside: AWS stops where more than so "
                        "many fail (default: 10%%)")  # fmt: skip
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --inside: send without asking")


def pace(given: argparse.Namespace) -> Rate | None:
    """How fast, where a look inside is wanted. Raises UsageError."""
    if not (given.inside or given.inside_all):
        if given.yes or given.max_concurrency != "10%" or given.max_errors != "10%":
            raise UsageError("--yes, --max-concurrency and --max-errors belong to --inside")
        return None
    if given.plan:
        raise UsageError("--plan connects to nothing and sends nothing: leave --inside out")
    return rate(given.max_concurrency, given.max_errors)


def look(rows: list[Row], given: argparse.Namespace, means: Means, keep: Callable[[Row], None], *,
         read_only: bool) -> None:  # fmt: skip
    """Make it, and put what it shows into `rows`. Raises KeyboardInterrupt once what was sent is cancelled."""
    from sshwizard.fleet.insides import Insides
    from sshwizard.fronts import fleetinside

    places = {one.host: number for number, one in enumerate(rows)}

    def take(one: Row) -> None:
        rows[places[one.host]] = one
        keep(one)
        if given.jsonl:
            print(json.dumps(to_json(one), ensure_ascii=False), flush=True)

    made = Insides(take, means)
    try:
        asyncio.run(_look(made, rows, given, read_only=read_only))
    finally:
        tell(fleetinside.obstacles(made))


async def _look(made: Insides, rows: Sequence[Row], given: argparse.Namespace, *, read_only: bool) -> None:
    from sshwizard.fronts import fleetinside

    if sys.stderr.isatty():
        made.moved = lambda: print("\r" + clean.line(language.say(fleetinside.counted(made)), 200), end="",
                                   file=sys.stderr, flush=True)  # fmt: skip
    try:
        await made.pick_up(rows)
        plan = await made.plan(rows)
        if not plan.orders:
            tell((fleetinside.NOBODY, *fleetinside.beside(plan)))
        else:
            tell((*fleetinside.preview(plan, made.pace), *fleetinside.beside(plan)))
            if read_only:
                tell([f"Not sent: {fleetinside.READ_ONLY}."])
                return
            if given.yes != "confirm" and not _agreed():
                tell(["Not sent. To send it: --yes=confirm"])
                return
        await made.run(plan)
    finally:
        if sys.stderr.isatty() and made.followed:
            print(file=sys.stderr)
        await made.close()


def _agreed() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(language.say("Send it? [y/N]") + " ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def tell(lines: Iterable[str]) -> None:
    """To standard error: standard output is the report's."""
    for line in lines:
        print(clean.line(language.say(line), _LONG), file=sys.stderr, flush=True)
