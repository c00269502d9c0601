"""`sshwizard doors`: every way in, whether it is open, and why not."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sshwizard import __version__, clean, wording
from sshwizard.commands import arguments
from sshwizard.doors.marks import MARK
from sshwizard.doors.table import DOORS
from sshwizard.exits import Exit
from sshwizard.fronts import plain, report
from sshwizard.model import Fact, Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.wording import Mark

SCHEMA = "sshwizard/doors/1"
_SIGN: dict[str, Mark] = {"open": "ok", "shut": "ahead"}


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "doors",
        "List every way into a server: open, shut or unknown, and why; what each needs, costs and interrupts.",
        "examples:\n  sshwizard doors web-1\n  sshwizard doors i-0123456789abcdef0 --json\n"
        "  sshwizard doors ec2-user@203.0.113.20 --profile prod --region eu-west-1\n\n"
        "Plain ssh is tried once, as in a diagnosis; the other doors are judged from what the account says.\n"
        "sshwizard connect TARGET walks through the best one. More: docs/doors.md.\n"
        "exit codes: 0 a door is open, 1 none is, 3 it cannot be told.\n",
    )
    reader.usage = "sshwizard doors TARGET [ssh options] [options]"
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    return asyncio.run(doors(typed.parse(theirs), as_json=given.json))


async def doors(target: Target, *, as_json: bool) -> Exit:
    """Look once, judge, print."""
    runner = Runner.live(target, read_only=True)
    if not as_json or sys.stderr.isatty():
        runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    try:
        await runner.walk()
        facts = await runner.doors()
    finally:
        await runner.close()
    if as_json:
        rows = [report.door(name, fact) for name, fact in facts.items()]
        told = {"schema": SCHEMA, "version": __version__, "target": report.target(runner.state), "doors": rows}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(listed(facts, clean.line(target.input)))
    return exit_for(facts)


def exit_for(facts: Mapping[str, Fact[Any]]) -> Exit:
    """Whether there is a way in without stopping the server."""
    states = {fact.outcome for name, fact in facts.items() if not DOORS[name.removeprefix(MARK)].offline}
    if "open" in states:
        return Exit.WORKS
    return Exit.CANNOT_TELL if "unknown" in states else Exit.CAUSE_FOUND


def listed(facts: Mapping[str, Fact[Any]], name: str) -> str:
    """The doors as plain lines."""
    rows: list[str] = []
    for key, fact in facts.items():
        row = report.door(key, fact)
        sign = wording.mark(_SIGN.get(fact.outcome, "unknown"), ascii_only=True)
        rows += ["", f"{sign} {row['title']} ({row['door']}): {fact.outcome}", f"     {row['why']}"]
        if fact.outcome == "shut":
            rows += [f"     to open it: {line}" for line in row["commands"]]
            continue
        if DOORS[row["door"]].walk:
            rows.append(f"     $ sshwizard connect --via {row['door']} {name}")
        rows += [f"     $ {line}" for line in row["commands"]]
        rows += [f"     needs: {'; '.join(row['needs'])}"] if row["needs"] else []
        rows += [f"     costs: {row['costs']}"] if row["costs"] != "nothing" else []
        rows += [f"     interrupts: {row['interrupts']}"] if row["interrupts"] else []
    return "\n".join(rows).lstrip("\n")
