"""`sshwizard inside`: look at the server itself through another way in, and repair it from there."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from sshwizard import clean, vocabulary
from sshwizard.commands import arguments
from sshwizard.commands.diagnose import new_store
from sshwizard.doors.way import Way
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import FIXES
from sshwizard.fronts import plain, report
from sshwizard.journal import CannotFix
from sshwizard.model import Finding, Remedy, Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.verdict import Verdict


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "inside",
        "Diagnose, then look at the server itself through another way in: one more connection, which reads and writes\n"
        "nothing there. What it proves becomes the finding. Repairs are made from there, too.",
        "examples:\n  sshwizard inside me@web-1 --as admin\n  sshwizard inside me@web-1 --as admin --fix --dry-run\n"
        "  sshwizard inside me@web-1 --as admin --fix --yes=confirm\n"
        "  sshwizard inside me@web-1 --as admin --fix --type web-1\n\n"
        "A change that could cut the last way in is taken back by the server itself after 120 s, unless a second\n"
        "login works. What was there before is kept on the server, and `sshwizard undo` takes it back.\n",
    )
    reader.usage = "sshwizard inside TARGET [ssh options] --as USER [options]"
    reader.add_argument("--as", dest="user", metavar="USER", help="look as this account of the same server")
    reader.add_argument("--port", metavar="PORT", type=int, help="by another port, where a second sshd answers")
    reader.add_argument("--identity", metavar="FILE", help="the key of that account, if it is another")
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    reader.add_argument("--fix", action="store_true", help="repair what was found, and look again")
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --fix: also those to be confirmed")
    reader.add_argument("--type", metavar="HOST", help="with --fix: the host's name, for those that ask to type it")
    reader.add_argument("--dry-run", action="store_true", help="with --fix: print the preview only")
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    target = typed.parse(theirs)
    if not given.user and not given.port:
        raise UsageError("which way in? --as USER names another account of the same server")
    return asyncio.run(_inside(target, given))


def by_user(user: str, identity: str = "", port: int | None = None) -> Way:
    """Another account by the same road. Options that stand first win."""
    if user.startswith("-") or any(letter.isspace() for letter in user):
        raise UsageError(f"--as takes a login name, not {clean.line(user, 60)!r}")
    name = ("-o", f"User={user}") if user else ()
    key = ("-i", identity) if identity else ()
    at = ("-o", f"Port={port}") if port else ()
    said = " ".join(part for part in (f"as {user}" if user else "", f"by port {port}" if port else "") if part)
    return Way("user", (*name, *at, *key), {}, said, None)


def _opened(given: argparse.Namespace) -> AbstractAsyncContextManager[Way]:
    return nullcontext(by_user(given.user or "", given.identity or "", given.port))


async def _inside(target: Target, given: argparse.Namespace) -> Exit:
    read_only = given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    runner = Runner.live(target, store=new_store(target.input), read_only=read_only)
    where = str(runner.store.path) if runner.store else ""
    runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    try:
        found = await runner.walk()
        if found.root is not None:
            async with _opened(given) as way:
                seen = await runner.look_inside(way, direct=True)
                print(f"inside, {clean.line(way.says)}: {clean.line(seen.says)}", file=sys.stderr)
                found = runner.verdict() or found
                if given.fix:
                    found = await _mend(runner, found, given)
    finally:
        await runner.close()
    if given.json:
        print(json.dumps(report.report(runner.state, found, where), ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found, where))
    return report.exit_for(found)


async def _mend(runner: Runner, found: Verdict, given: argparse.Namespace) -> Verdict:
    """Make the first repair that may be made, and let ssh itself prove it."""
    chosen = _choose(found.root, given, runner.state.who(found.root.leg if found.root else -1)["host"])
    if chosen is None:
        return found
    print("\n".join(chosen.preview), file=sys.stderr)
    if not chosen.undoable:
        print("this cannot be undone", file=sys.stderr)
    if given.dry_run:
        return found
    try:
        await runner.apply(chosen.id)
    except CannotFix as refusal:
        print(f"not applied: {clean.line(str(refusal))}", file=sys.stderr)
        if isinstance(runner_next := runner.verdict(), Verdict):
            return runner_next
    return await runner.walk()


def _choose(root: Finding | None, given: argparse.Namespace, host: str) -> Remedy | None:
    """The first repair of the server that the options allow; what holds the others back is said."""
    for remedy in root.remedies if root else ():
        if not FIXES.get(remedy.id) or not FIXES[remedy.id].inside:
            continue
        title = vocabulary.actions()[remedy.id].title
        if not remedy.applicable or not remedy.preview:
            print(f"{title}: {clean.line(remedy.refusal)}", file=sys.stderr)
            continue
        if remedy.risk == "confirm" and given.yes != "confirm" and not given.dry_run:
            print(f"{title}: this is to be confirmed: --yes=confirm", file=sys.stderr)
            continue
        if remedy.risk == "typed" and not given.dry_run and given.type != host:
            print(f"{title}: type the host's name for it: --type {clean.line(host)}", file=sys.stderr)
            continue
        return remedy
    return None
