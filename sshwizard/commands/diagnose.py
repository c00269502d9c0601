"""`sshwizard diagnose`: the walk without a person."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sshwizard import clean, followup, paths, vocabulary
from sshwizard.commands import arguments, goingin
from sshwizard.commands.goingin import ANYWHERE
from sshwizard.doors.way import Shut
from sshwizard.effects import Effect
from sshwizard.events import Event, Saw
from sshwizard.exits import Exit
from sshwizard.fixes.connects import LONGEST
from sshwizard.fronts import plain, report
from sshwizard.journal import CannotFix, Overtaken
from sshwizard.language import say
from sshwizard.model import Remedy, Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.store import Store
from sshwizard.verdict import Verdict

SLOW = 2.0
"""Seconds after which a look says what it waits for."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a diagnosis may do, and how it tells."""

    json: bool = False
    jsonl: bool = False
    fix: bool = False
    confirmed: bool = False
    fingerprint: str = ""
    dry_run: bool = False
    read_only: bool = False
    keep: bool = True
    shared: Literal["", "markdown", "html"] = ""
    """The format of a report to share, which has its names masked unless `redact` is False."""
    redact: bool = True
    inside: str | None = None
    """The door for a look inside; None: none is made."""
    wait: int = 0
    """Seconds to wait at most, where only time helps."""
    also_as: str = ""
    """Another account to try, to compare."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "diagnose",
        "Walk to one root cause without a person. Asks nothing, and changes nothing unless told.",
        "examples:\n  sshwizard diagnose web-1\n  sshwizard diagnose me@host -p 2222 --json\n"
        "  sshwizard diagnose web-1 --md > ticket.md\n"
        "  sshwizard diagnose me@host --fix --dry-run\n"
        "  sshwizard diagnose me@host --fix --yes=confirm --fingerprint SHA256:…\n"
        "  sshwizard diagnose web-1 --json --inside=instance-connect\n"
        "  sshwizard diagnose web-1 --wait 600           until it has booted\n",
    )
    reader.usage = "sshwizard diagnose TARGET [ssh options] [options]"
    reader.add_argument("--json", action="store_true", help="one JSON object on standard output")
    reader.add_argument("--jsonl", action="store_true", help="one JSON line a look, the report last")
    reader.add_argument("--md", action="store_true", help="a report in Markdown to share, with names masked")
    reader.add_argument("--html", action="store_true", help="the same as one HTML page")
    reader.add_argument("--no-redact", action="store_true", help="with --md or --html: mask nothing")
    reader.add_argument("--fix", action="store_true", help="apply the safe repairs (never a try), look again, repeat")
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --fix: also those to be confirmed")
    reader.add_argument("--fingerprint", metavar="SHA256:…", help="you vouch for a host key with this fingerprint")
    reader.add_argument("--dry-run", action="store_true", help="with --fix: print the previews only")
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    arguments.may_ask(reader)
    reader.add_argument("--inside", metavar="DOOR", nargs="?", const=ANYWHERE, help="where ssh fails: look at the "
                        "server itself, too, through this door (see: sshwizard inside --help); without a name the best "
                        "open one, with --yes=confirm")  # fmt: skip
    reader.add_argument("--also-as", metavar="USER", type=_user, help="where ssh fails: one more connection as this "
                        "account, to see whether only one is affected")  # fmt: skip
    waits = "where only time helps (a server that boots, a ban): knock and look again, for at most so long"
    reader.add_argument("--wait", metavar="SECONDS", type=_seconds, help=waits)
    reader.add_argument("--no-session", action="store_true", help="keep no session file")
    return reader


def _user(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", text):
        raise argparse.ArgumentTypeError(f"{clean.line(text, 60)!r} is no login name")
    return text


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LONGEST):
        raise argparse.ArgumentTypeError(f"a number of seconds, from 1 to {LONGEST}")
    return int(text)


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    if given.inside not in {None, ANYWHERE}:
        given.inside = goingin.named(given.inside)
    options = Options(
        given.json,
        given.jsonl,
        given.fix,
        given.yes == "confirm",
        given.fingerprint or "",
        given.dry_run,
        given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY"),
        not given.no_session,
        "html" if given.html else "markdown" if given.md else "",
        not given.no_redact,
        given.inside,
        given.wait or 0,
        given.also_as or "",
    )
    return asyncio.run(diagnose(typed.parse(theirs), options))


async def diagnose(target: Target, options: Options) -> Exit:
    """Walk, mend if told, and print. Progress goes to standard error, the report to standard output."""
    runner = Runner.live(target, store=new_store(target.input) if options.keep else None, read_only=options.read_only)
    quiet = (options.json or options.jsonl) and not sys.stderr.isatty()
    runner.listeners.append(lambda event: _told(event, runner, options, quiet))
    where = str(runner.store.path) if runner.store else ""
    if not quiet and (waits := followup.line()):
        print(say(waits), file=sys.stderr)
    clock = asyncio.create_task(_tell_slow(runner)) if not quiet else None
    try:
        found = await runner.walk()
        if options.inside is not None and found.root is not None:
            await _look_inside(runner, options)
            found = runner.verdict() or found
        if options.also_as and found.root is not None:
            from sshwizard.comparing import compare

            goingin.say((await compare(runner, options.also_as)).says)
            found = runner.verdict() or found
        code = report.exit_for(found)
        if options.fix:
            found, code = await _mend(runner, options)
        if options.wait and found.outcome == "failed" and not options.dry_run:
            from sshwizard.commands.waiting import wait_out

            after = await wait_out(runner, found, options.wait, sys.stderr)
            code = report.exit_for(after) if after is not found else code
            found = after
    finally:
        if clock:
            clock.cancel()
            with suppress(asyncio.CancelledError):
                await clock
        await runner.close()
    if runner.lost:
        where = ""
        print(f"sshwizard: {say('no session is kept')}: {runner.lost}", file=sys.stderr)
    if options.shared:
        from sshwizard.commands.report import shared

        session = runner.store.path if runner.store else None
        print(shared(runner.events, session, options.shared, redact=options.redact).decode(), end="")
    elif options.json or options.jsonl:
        print(json.dumps(report.report(runner.state, found, where), ensure_ascii=False))
    else:
        print(plain.tell(runner.state, found, where))
    return code


async def _look_inside(runner: Runner, options: Options) -> None:
    """What it proves becomes the finding; a door that does not open leaves it as it is."""
    try:
        door = await goingin.chosen(runner, options.inside or goingin.ANYWHERE, confirmed=options.confirmed)
        if door:
            async with runner.way_in(door) as way:
                goingin.say(way.says)
                seen = await runner.look_inside(way)
                goingin.say(f"inside: {seen.says}")
                goingin.tell_packages(seen)
    except Shut as shut:
        goingin.say(f"The way in did not open: {shut}")


def _told(event: Event, runner: Runner, options: Options, quiet: bool) -> None:
    if options.jsonl and isinstance(event, Saw):
        print(json.dumps(report.event_line(event), ensure_ascii=False), flush=True)
    elif not quiet:
        plain.progress(event, runner.state, sys.stderr)


async def _tell_slow(runner: Runner) -> None:
    told = None
    while True:
        look = runner.waiting
        await asyncio.sleep(SLOW)
        if look and look is runner.waiting and look is not told:
            told = look
            plain.awaited(look[1], sys.stderr)


async def _mend(runner: Runner, options: Options) -> tuple[Verdict, Exit]:
    """Apply the first repair that may be applied, look again, and repeat until none is left."""
    tried: set[tuple[str, tuple[Effect, ...]]] = set()
    overtaken = 0
    while overtaken <= _OVERTAKEN:
        try:
            chosen = await _choose(runner, options, tried)
            if chosen is None:
                break
            await runner.apply(chosen, options.fingerprint)
        except CannotFix as refusal:
            print(say(f"not applied: {clean.line(str(refusal))}"), file=sys.stderr)
            overtaken += isinstance(refusal, Overtaken)
            if isinstance(refusal, Overtaken) or runner.verdict() is None:
                await runner.again()
        await runner.walk()
    found = await runner.walk()
    code = report.exit_for(found)
    changed = [change for change in runner.state.changes if not change.undone]
    if code is not Exit.WORKS and any(not change.proved for change in changed):
        code = Exit.NOT_PROVED
    return found, code


_OVERTAKEN = 2
"""How often somebody else's change to the same files is a reason to look again."""
_KNOWN_HOSTS = {"pin-host-key", "repair-known-hosts", "remove-known-host"}
"""Without a person, only a fingerprint that was given changes what known_hosts says."""


def _mode_only(remedy: Remedy) -> bool:
    return bool(remedy.preview) and all(line.startswith("chmod ") for line in remedy.preview)


async def _choose(runner: Runner, options: Options, tried: set[tuple[str, tuple[Effect, ...]]]) -> str | None:
    """The next repair for the root cause, and not the very change that was tried before (two bad lines are two);
    its preview is printed. Tries and doors are for people."""
    allowed = {"safe", "confirm"} if options.confirmed else {"safe"}
    verdict = runner.verdict()
    root = verdict.root if verdict else None
    for remedy in root.remedies if root else ():
        action = vocabulary.actions()[remedy.id]
        vouched = bool(options.fingerprint) and remedy.id in _KNOWN_HOSTS
        if action.group != "repair" or not (remedy.risk in allowed or vouched):
            continue
        if remedy.id in _KNOWN_HOSTS and not vouched and not _mode_only(remedy):
            continue
        try:
            if remedy.applicable:
                await runner.prepare(remedy.id)
            planned = runner.plan(remedy.id, options.fingerprint)
        except Overtaken:
            raise
        except CannotFix as refusal:
            if remedy.applicable:
                print(f"{say(action.title)}: {say(clean.line(str(refusal)))}", file=sys.stderr)
            continue
        if not remedy.applicable or (remedy.id, planned) in tried:
            continue
        tried.add((remedy.id, planned))
        print("\n".join(say(line) for effect in planned for line in effect.preview()), file=sys.stderr)
        if not all(effect.undoable for effect in planned):
            print(say("this cannot be undone"), file=sys.stderr)
        if not options.dry_run:
            return remedy.id
    return None


def new_store(name: str, lab: Path | None = None) -> Store | None:
    """A file for this session (a practice session goes with its world); None, with a sentence, when there is none."""
    try:
        return Store.create(name, lab)
    except OSError as error:
        where = f": {paths.short(error.filename)}" if error.filename else ""
        why = clean.line(f"{error.strerror or error}{where}")
        print(f"sshwizard: {say('no session is kept')}: {why}", file=sys.stderr)
        return None
