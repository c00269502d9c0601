"""`sshwizard doors`: every way in, whether it is open, why not, who came by it, and what it needs of the account."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sshwizard import __version__, clean, wording
from sshwizard.commands import arguments
from sshwizard.doors import audit
from sshwizard.doors.marks import MARK
from sshwizard.doors.table import DOORS
from sshwizard.doors.way import Shut
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import plain, report
from sshwizard.language import say
from sshwizard.model import Fact, Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.wording import Mark

SCHEMA = "sshwizard/doors/1"
_SIGN: dict[str, Mark] = {"open": "ok", "shut": "ahead"}
_LONGEST = 90
"""Days that CloudTrail's event history reaches back."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "doors",
        "List every way into a server: open, shut or unknown, and why; what each needs, costs and interrupts.",
        "examples:\n  sshwizard doors web-1\n  sshwizard doors i-0123456789abcdef0 --json\n"
        "  sshwizard doors ec2-user@203.0.113.20 --profile prod --region eu-west-1\n"
        "  sshwizard doors web-1 --audit --days 30\n  sshwizard doors web-1 --policy eice > policy.json\n"
        "  sshwizard doors web-1 --terraform eice > ssh-endpoint.tf\n\n"
        "Plain ssh is tried once, as in a diagnosis; the other doors are judged from what the account says.\n"
        "--policy and --terraform try nothing. sshwizard connect TARGET walks through the best door.\n"
        "More: docs/doors.md.\nexit codes: 0 a door is open, 1 none is, 3 it cannot be told.\n",
    )
    reader.usage = "sshwizard doors TARGET [ssh options] [options]"
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    reader.add_argument("--audit", action="store_true", help="also who pushed keys, opened tunnels and sessions lately")
    reader.add_argument("--days", metavar="DAYS", help=f"how far back --audit reads: 1 to {_LONGEST}, else 7")
    reader.add_argument("--policy", metavar="DOOR", help="print the least that IAM must allow for a door, as JSON")
    reader.add_argument("--terraform", metavar="DOOR", help="print the same, and the endpoint of eice, as Terraform")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    days = _days(given.days)
    if given.days is not None and not given.audit:
        raise UsageError("--days belongs to --audit")
    for name in ("policy", "terraform"):
        if door := getattr(given, name):
            if given.audit or given.json or (given.policy and given.terraform):
                raise UsageError(f"--{name} prints one text, and nothing else goes with it")
            return asyncio.run(text(typed.parse(theirs), door, hcl=name == "terraform"))
    return asyncio.run(doors(typed.parse(theirs), as_json=given.json, days=days if given.audit else 0))


def _days(word: str | None) -> int:
    if word is None:
        return 7
    if not word.isascii() or not word.isdecimal() or not 1 <= int(word[:6]) <= _LONGEST:
        raise UsageError(f"--days takes a number from 1 to {_LONGEST}: CloudTrail's history ends there")
    return int(word)


async def doors(target: Target, *, as_json: bool, days: int = 0) -> Exit:
    """Look once, judge, print; `days`: who came in so lately, too."""
    runner = Runner.live(target, read_only=True)
    if not as_json or sys.stderr.isatty():
        runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    try:
        await runner.walk()
        facts = await runner.doors()
        lately = await runner.visits(days) if days else None
    finally:
        await runner.close()
    if as_json:
        rows = [report.door(name, fact) for name, fact in facts.items()]
        told = {"schema": SCHEMA, "version": __version__, "target": report.target(runner.state), "doors": rows,
                "audit": audit.told(lately) if lately else None}  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(listed(facts, clean.line(target.input)))
        if lately:
            print("", *map(say, audit.lines(lately)), sep="\n")
    return exit_for(facts)


async def text(target: Target, door: str, *, hcl: bool) -> Exit:
    """What a door needs of the account, as a policy or as Terraform. Nothing is tried."""
    from sshwizard.doors import policies, terraform

    if door not in policies.POLICIES:
        raise UsageError(f"there is no policy for {clean.line(door, 40)!r}. One of: {', '.join(policies.POLICIES)}")
    runner = Runner.live(target, read_only=True)
    try:
        at = await policies.place(await runner.ready())
        told = terraform.terraform(door, at) if hcl else json.dumps(policies.policy(door, at), indent=2)
    except Shut as shut:
        _say(f"{shut}.")
        if shut.unblock:
            _say(f"What it needs: {shut.unblock}")
        return Exit.CANNOT_TELL
    finally:
        await runner.close()
    print(told)
    if told := policies.note(door, at):
        _say(told)
    return Exit.WORKS


def _say(told: str) -> None:
    print(clean.line(say(told), 400), file=sys.stderr)


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
        rows += ["", f"{sign} {say(row['title'])} ({row['door']}): {say(fact.outcome)}", f"     {say(row['why'])}"]
        if fact.outcome == "shut":
            rows += [f"     {say('to open it')}: {line}" for line in row["commands"]]
            continue
        if DOORS[row["door"]].walk:
            rows.append(f"     $ sshwizard connect --via {row['door']} {name}")
        rows += [f"     $ {line}" for line in row["commands"]]
        rows += [f"     {say('needs')}: {'; '.join(map(say, row['needs']))}"] if row["needs"] else []
        rows += [f"     {say('costs')}: {say(row['costs'])}"] if row["costs"] != "nothing" else []
        rows += [f"     {say('interrupts')}: {say(row['interrupts'])}"] if row["interrupts"] else []
    return "\n".join(rows).lstrip("\n")
