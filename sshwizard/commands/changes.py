"""`sshwizard changes`: what was changed lately about a server and the way to it, when, by whom, and from where."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from sshwizard import __version__, clean
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import report
from sshwizard.language import say
from sshwizard.model import Fact, Target
from sshwizard.probes import typed
from sshwizard.runner import Runner

SCHEMA = "sshwizard/changes/1"
_LONGEST = 90
"""Days that CloudTrail's event history reaches back."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "changes",
        "What was changed lately about an EC2 instance and the way to it: rules, routes, addresses, keys, starts and\n"
        "stops, with the time, who did it, and from which address. Nothing is connected to.",
        "examples:\n  sshwizard changes web-1\n  sshwizard changes i-0123456789abcdef0 --days 30\n"
        "  sshwizard changes web-1 --profile prod --region eu-west-1 --json\n\n"
        "It reads CloudTrail's event history: 90 days of one region, some 15 minutes late. Changes that AWS refused\n"
        "are left out. More: docs/aws.md.\nexit codes: 0 the history was read, 3 it could not be.\n",
    )
    reader.usage = "sshwizard changes TARGET [ssh options] [options]"
    reader.add_argument("--days", metavar="DAYS", help=f"how far back: 1 to {_LONGEST}, else 7")
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    return asyncio.run(changes(typed.parse(theirs), _days(given.days), as_json=given.json))


def _days(word: str | None) -> int:
    if word is None:
        return 7
    if not word.isascii() or not word.isdecimal() or not 1 <= int(word[:6]) <= _LONGEST:
        raise UsageError(f"--days takes a number from 1 to {_LONGEST}: CloudTrail's history ends there")
    return int(word)


async def changes(target: Target, days: int, *, as_json: bool) -> Exit:
    """Ask once, and print."""
    runner = Runner.live(target, read_only=True)
    try:
        fact = await runner.changes(days)
    finally:
        await runner.close()
    if as_json:
        print(json.dumps(told(fact, days, report.target(runner.state)), ensure_ascii=False))
    else:
        print("\n".join(_lines(fact)), file=sys.stdout if fact.known else sys.stderr)
    return Exit.WORKS if fact.known else Exit.CANNOT_TELL


def told(fact: Fact[Any], days: int, target: dict[str, Any]) -> dict[str, Any]:
    """For JSON."""
    keys = ("at", "ago", "who", "what", "event", "resource", "from")
    return {
        "schema": SCHEMA, "version": __version__, "target": target, "known": fact.known, "days": days,
        "says": clean.line(fact.says, 400),
        "events": [{key: row.get(key, "") for key in keys} for row in fact.data.get("events", ())],
    }  # fmt: skip


def _lines(fact: Fact[Any]) -> Iterator[str]:
    """For people: the newest first."""
    if not fact.data.get("events"):
        yield f"{say(fact.says)}."
    for row in fact.data.get("events", ()):
        where = f"  from {row['from']}" if row.get("from") else ""
        yield clean.line(f"{row['at']}  {row['who']} {say(row['what'])}  {row['resource']}{where}", 300)
    for row in fact.data.get("unseen", ()):
        yield clean.line(f"{say('to see it')}: {row.get('unblock', '')}", 200)
