"""`sshwizard inside`: look at the server itself through another way in, and repair it from there."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sshwizard import clean, vocabulary
from sshwizard.advice.server import sentences
from sshwizard.commands import arguments, goingin
from sshwizard.commands.diagnose import new_store
from sshwizard.commands.goingin import ANYWHERE, chosen, named
from sshwizard.doors.way import Shut, Way
from sshwizard.effects.remote import BY_USER
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import FIXES
from sshwizard.fronts import plain, report
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.model import Finding, Remedy, Target
from sshwizard.probes import typed
from sshwizard.probes.inside.packages import Packages, from_data
from sshwizard.runner import Runner
from sshwizard.state import State
from sshwizard.tree import INSIDE
from sshwizard.verdict import Verdict


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "inside",
        "Diagnose, then look at the server itself through another way in: one more connection, which reads and writes\n"
        "nothing there. What it proves becomes the finding. Repairs are made from there, too.",
        "examples:\n  sshwizard inside me@web-1 --as admin\n  sshwizard inside web-1 --via instance-connect\n"
        "  sshwizard inside me@web-1 --as admin --log\n"
        "  sshwizard inside i-0123456789abcdef0 --via ssm-shell --fix --dry-run\n"
        "  sshwizard inside me@web-1 --as admin --fix --yes=confirm\n"
        "  sshwizard inside me@web-1 --as admin --fix --type web-1\n"
        "  sshwizard inside web-1 --updates             which packages around logins are old there\n"
        "  sshwizard inside web-1 --updates --fix --yes=confirm\n\n"
        "DOOR is one of: instance-connect (eic), instance-connect-endpoint (eice), session-manager (ssm), shell\n"
        "(ssm-shell: needs no sshd). Without --as and --via the best open one is named, and opened once you say yes\n"
        "(or --yes=confirm).\n\n"
        "A change that could cut the last way in is taken back by the server itself after 120 s, unless a second\n"
        "login works. What was there before is kept on the server, and `sshwizard undo` takes it back.\n",
    )
    reader.usage = "sshwizard inside TARGET [ssh options] [--as USER] [--via DOOR] [options]"
    reader.add_argument("--as", dest="user", metavar="USER", help="look as this account of the same server")
    reader.add_argument("--via", metavar="DOOR", help="through this door, in place of plain ssh")
    reader.add_argument("--port", metavar="PORT", type=int, help="by another port, where a second sshd answers")
    reader.add_argument("--identity", metavar="FILE", help="the key of that account, if it is another")
    reader.add_argument("--log", action="store_true", help="show the server's own log of its logins, as far as it was "
                        "read (200 lines)")  # fmt: skip
    reader.add_argument(
        "--updates",
        action="store_true",
        help="only whether packages around logins (sshd, EC2 Instance Connect, agents) are old there, also where ssh "
        "works; with --fix: update them",
    )
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    reader.add_argument("--fix", action="store_true", help="repair what was found, and look again")
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="open the best door; with --fix: also "
                        "the repairs that are to be confirmed")  # fmt: skip
    reader.add_argument("--type", metavar="HOST", help="with --fix: the host's name, for those that ask to type it")
    reader.add_argument("--answer", metavar="TEXT", default=None, help="with --fix: what a repair asks for, such as "
                        "the process group to end")  # fmt: skip
    reader.add_argument("--dry-run", action="store_true", help="with --fix: print the preview only")
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    target = typed.parse(theirs)
    if given.user and (given.user.startswith("-") or any(letter.isspace() for letter in given.user)):
        raise UsageError(f"--as takes a login name, not {clean.line(given.user, 60)!r}")
    if given.via is not None:
        given.via = named(given.via)
        if given.port or given.identity:
            raise UsageError("--port and --identity are for another account by the same road, not for a door")
    return asyncio.run(_inside(target, given))


_NO_LOG = "No line of the server's log was read."


def by_user(user: str, identity: str = "", port: int | None = None) -> Way:
    """Another account by the same road. Options that stand first win."""
    name = ("-o", f"User={user}") if user else ()
    key = ("-i", identity) if identity else ()
    at = ("-o", f"Port={port}") if port else ()
    said = " ".join(part for part in (f"as {user}" if user else "", f"by port {port}" if port else "") if part)
    return Way(BY_USER, (*name, *at, *key), {}, said, None)


@asynccontextmanager
async def _opened(runner: Runner, given: argparse.Namespace, *, works: bool = False) -> AsyncIterator[Way | None]:
    """The way that the person named, or None where there is none; `works`: else this very login. Raises Shut."""
    user = given.user or ""
    if given.via is None and (user or given.port):
        yield by_user(user, given.identity or "", given.port)
    elif given.via is None and works:
        yield by_user("")
    elif door := await chosen(runner, given.via or ANYWHERE, confirmed=given.yes == "confirm"):
        async with runner.way_in(door, user) as way:
            yield way
    else:
        yield None


def packages_of(state: State) -> Packages | None:
    """What the newest look inside saw of the packages around logins; None where no look was made."""
    seen = [fact for (_, node), fact in state.facts.items() if node == INSIDE and fact.known]
    return from_data(seen[-1].data) if seen else None


async def _inside(target: Target, given: argparse.Namespace) -> Exit:
    read_only = given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    runner = Runner.live(target, store=new_store(target.input), read_only=read_only)
    where = str(runner.store.path) if runner.store else ""
    runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    try:
        found = await runner.walk()
        if given.updates:
            from sshwizard.commands import upgrading

            works = found.outcome in {"healthy", "degraded"}
            return await upgrading.tell(runner, given, lambda: _opened(runner, given, works=works))
        if found.root is not None:
            found = await _looked(runner, found, given)
    finally:
        await runner.close()
    log, seen = report.server_log(runner.state), packages_of(runner.state)
    if given.json:
        told = report.report(runner.state, found, where)
        told |= {} if seen is None else {"packages": seen.data["packages"]}
        print(json.dumps({**told, **({"server_log": list(log)} if given.log else {})}, ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found, where))
        for sentence in sentences(seen) if seen else ():
            print(say(clean.line(sentence, 400)))
        if seen and any(one.standing == "old" for one in seen.found):
            print(say("To update them: sshwizard inside TARGET --updates --fix"))
        if given.log:
            print("\n".join(("", say("The server's own log, the newest line last:"), *log)) if log else say(_NO_LOG))
    return report.exit_for(found)


async def _looked(runner: Runner, found: Verdict, given: argparse.Namespace) -> Verdict:
    """What the look proves, and what became of a repair. A door that stays shut leaves the finding as it is."""
    try:
        async with _opened(runner, given) as way:
            if way is None:
                return found
            goingin.say(way.says)
            seen = await runner.look_inside(way, direct=way.door == BY_USER)
    except Shut as shut:
        goingin.say(f"The way in did not open: {shut}" + (f". What it needs: {shut.unblock}" if shut.unblock else ""))
        return found
    goingin.say(f"inside: {seen.says}")
    found = runner.verdict() or found
    return await _mend(runner, found, given) if given.fix else found


async def _mend(runner: Runner, found: Verdict, given: argparse.Namespace) -> Verdict:
    """Make the first repair that may be made, and let ssh itself prove it."""
    answer = given.answer or ""
    found = runner.verdict(answer) or found
    chosen = _choose(found.root, given, runner.state.who(found.root.leg if found.root else -1)["host"])
    if chosen is None:
        return found
    print("\n".join(map(say, chosen.preview)), file=sys.stderr)
    if not chosen.undoable:
        print(say("this cannot be undone"), file=sys.stderr)
    if given.dry_run:
        return found
    try:
        await runner.apply(chosen.id, answer)
    except CannotFix as refusal:
        print(say(f"not applied: {clean.line(str(refusal))}"), file=sys.stderr)
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
            print(f"{say(title)}: {say(clean.line(remedy.refusal))}", file=sys.stderr)
            continue
        if remedy.risk == "confirm" and given.yes != "confirm" and not given.dry_run:
            print(say(f"{title}: this is to be confirmed: --yes=confirm"), file=sys.stderr)
            continue
        if remedy.risk == "typed" and not given.dry_run and given.type != host:
            print(say(f"{title}: type the host's name for it: --type {clean.line(host)}"), file=sys.stderr)
            continue
        return remedy
    return None
