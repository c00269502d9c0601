"""`sshwizard sweep`: many servers at once, and what they have in common."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from sshwizard import clean, frequency, paths
from sshwizard.cloud.together import Together
from sshwizard.commands import arguments, sweepinside
from sshwizard.exits import Exit, UsageError
from sshwizard.fleet import hosts, kept
from sshwizard.fleet.groups import Summary, summary
from sshwizard.fleet.rows import Row, to_json
from sshwizard.fleet.runcommand import Instances, Means, Rate, Sent
from sshwizard.fleet.sweeping import Limits, Sweep
from sshwizard.fronts import fleet
from sshwizard.language import say

if TYPE_CHECKING:
    from sshwizard.fleet.tagged import Found

EVERY = "*"


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "sweep",
        "Diagnose many servers at once, and group them by cause: one change may mend many. Changes nothing.",
        "examples:\n"
        "  sshwizard sweep web-1 web-2 web-3\n"
        "  sshwizard sweep --ssh-config              every host of your ssh config\n"
        "  sshwizard sweep --ssh-config 'web-*'      those whose names fit\n"
        "  sshwizard sweep --file hosts.txt -- -i key -l deploy\n"
        "  sshwizard sweep --file - --jsonl < hosts.txt\n"
        "  sshwizard sweep --ssh-config --html sweep.html\n"
        "  sshwizard sweep --tag env=prod --region eu-west-1\n"
        "  sshwizard sweep --tag env=prod --plan     what the account alone says; nothing is connected to\n"
        "  sshwizard sweep --tag env=prod --inside --max-concurrency 10% --max-errors 10%\n"
        "  sshwizard sweep --resume last             go on where a sweep was ended\n"
        "  sshwizard sweep --resume last --inside    look inside the servers that it found failing\n\n"
        "What stands after -- is ssh's, for every host. The hosts are looked at side by side, each machine by one\n"
        "connection at a time. --inside sends one reading script to the agents of those that fail, by Run Command of\n"
        "AWS: what it does is told first, and it is sent once you say yes (or --yes=confirm); ctrl+c cancels it.\n"
        "Exit code: 0 ssh works on all, 1 a cause was found for some, 3 it could not be told.\n",
    )
    reader.usage = "sshwizard sweep [HOST ...] [options] [-- SSH OPTIONS]"
    reader.add_argument("host", nargs="*", help="hosts, as for ssh")
    reader.add_argument("--file", metavar="FILE", help="a list of hosts; - reads standard input")
    reader.add_argument("--ssh-config", metavar="PATTERN", nargs="?", const=EVERY, help="hosts of your ssh config")
    reader.add_argument("--tag", metavar="K=V", action="append", default=[], help="the running instances of the cloud "
                        "account with this tag; repeat it for those with all of them")  # fmt: skip
    reader.add_argument("--plan", action="store_true", help="with --tag: only what the account says, and what would "
                        "mend it; nothing is connected to")  # fmt: skip
    reader.add_argument("--resume", metavar="SWEEP", nargs="?", const=kept.LAST, help="go on with a sweep: last, or "
                        "the beginning of its name")  # fmt: skip
    sweepinside.options(reader)
    reader.add_argument("--busy", metavar="N", type=int, help="walks at work at once (default: 4 a processor); those "
                        "that only wait do not count")  # fmt: skip
    reader.add_argument("--json", action="store_true", help="one JSON object at the end")
    reader.add_argument("--jsonl", action="store_true", help="one JSON line a host as it ends")
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    reader.add_argument("--read-only", action="store_true", help="also the wizard that is opened on a host changes "
                        "nothing")  # fmt: skip
    reader.add_argument("--html", metavar="FILE", help="write a page, too, with names masked")
    reader.add_argument("--md", metavar="FILE", help="write it as Markdown, too, with names masked")
    reader.add_argument("--no-redact", action="store_true", help="with --html or --md: mask nothing")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    ours, theirs = _parted(argv)
    given = parser().parse_args(ours)
    arguments.allow(given)
    if given.busy is not None and not 1 <= given.busy <= 1000:
        raise UsageError(f"--busy takes a number from 1 to 1000, not {given.busy}")
    if given.plan and not given.tag:
        raise UsageError("--plan judges the instances of an account: name them with --tag KEY=VALUE")
    pace = sweepinside.pace(given)
    before, clouds = _before(given, theirs), Together()
    account, sent = (before.account, before.sent) if before else (Instances(), ())
    own: Mapping[str, Sequence[str]] = {}
    done: tuple[Row, ...] = ()
    if before:
        folder, options, done, own = before.folder, before.options, before.rows, before.own
        names: Sequence[str] = before.left
    else:
        found = asyncio.run(_found(given, clouds)) if given.tag else None
        if found and given.plan:
            return _plan(asyncio.run(_planned(found, clouds)), given, clouds)
        if found:
            own, done, account = found.own, found.idle, _account(found, given)
        names, options = tuple(dict.fromkeys([*_names(given, theirs), *own])), tuple(theirs)
        if not names and not done:
            what = "no host was given. Try: sshwizard sweep --ssh-config"
            raise UsageError("no instance has these tags" if given.tag else what)
    targets = hosts.targets(names, options, own)
    if not before:
        try:
            folder = kept.create([*names, *(one.host for one in done)], options, own, account)
            for one in done:
                kept.add(folder, one)
        except OSError as error:
            where = paths.short(error.filename) if error.filename else "the state directory"
            raise UsageError(f"the sweep cannot be kept in {where}: {error.strerror}") from None
    sweep = Sweep(targets, folder, Limits(given.busy) if given.busy else None, clouds)
    rows = list(done)

    def keep(one: Row) -> None:
        _kept(sweep, lambda: kept.add(folder, one))

    def note(one: Sent) -> None:
        _kept(sweep, lambda: kept.note(folder, one))

    means = Means(note, pace or Rate(), account, sent, given.inside_all)
    try:
        if _screen(given):
            from sshwizard.fronts.tui import open_fleet

            sweepinside.tell(open_fleet(sweep, rows, keep, means, inside=bool(pace), read_only=_read_only(given)))
        else:
            asyncio.run(_run(sweep, keep, rows, given))
            if pace and len(rows) == len(done) + len(targets):
                sweepinside.look(rows, given, means, keep, read_only=_read_only(given))
    except KeyboardInterrupt:
        print(say(f"\nStopped. To go on: sshwizard sweep --resume {folder.name}"), file=sys.stderr)
        return Exit.INTERRUPTED
    if sweep.twice:
        count = len(sweep.twice)
        told_twice = f"{count} hosts were looked at twice: this computer was too busy to blame them for slowness."
        print(say(told_twice), file=sys.stderr)
    if sweep.lost:
        print(f"sshwizard: {say(f'Not all of this sweep is kept: {clean.line(sweep.lost)}')}", file=sys.stderr)
    proved = (one.cause for one in rows if one.confidence == "certain" and one.outcome == "failed")
    frequency.note(folder.name, proved)
    told = summary(rows)
    _write(told, rows, given, folder)
    if len(rows) < len(done) + len(targets):
        print(say(f"Not all was looked at. To go on: sshwizard sweep --resume {folder.name}"), file=sys.stderr)
        return Exit.INTERRUPTED
    return _exit(told)


def _screen(given: argparse.Namespace) -> bool:
    told = given.json or given.jsonl or given.plain
    return not told and arguments.on_screen()


def _read_only(given: argparse.Namespace) -> bool:
    return bool(given.read_only) or arguments.switched_on("SSHWIZARD_READ_ONLY")


def _account(found: Found, given: argparse.Namespace) -> Instances:
    from sshwizard.fleet import tagged

    return Instances(found.places, tagged.tags(given.tag))


def _kept(sweep: Sweep, write: Callable[[], None]) -> None:
    """Write to the file of the sweep; what stands in the way is said once, at the end."""
    try:
        write()
    except OSError as error:
        sweep.lost = sweep.lost or error.strerror or str(error)


def _parted(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(argv)
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _before(given: argparse.Namespace, theirs: Sequence[str]) -> kept.Kept | None:
    if given.resume is None:
        return None
    if given.host or given.file or given.ssh_config or given.tag or theirs:
        raise UsageError("--resume goes on with the hosts and options of that sweep; give no others")
    return kept.load(given.resume)


def _names(given: argparse.Namespace, theirs: Sequence[str]) -> list[str]:
    names = list(given.host)
    if given.file == "-":
        names += hosts.listed(sys.stdin.read())
    elif given.file:
        try:
            names += hosts.listed(Path(given.file).read_text("utf-8", "replace"))
        except OSError as error:
            raise UsageError(f"{clean.line(given.file)} cannot be read: {error.strerror}") from None
    if given.ssh_config:
        from sshwizard.probes.aliases import hosts_from_config

        config = next((Path(value) for word, value in itertools.pairwise(theirs) if word == "-F"), None)
        names += hosts.matching(hosts_from_config(config or paths.ssh_dir() / "config"), given.ssh_config)
    return names


async def _run(sweep: Sweep, keep: Callable[[Row], None], rows: list[Row], given: argparse.Namespace) -> None:
    whole = len(rows) + len(sweep.targets)
    plain = not (given.json or given.jsonl)
    async with aclosing(sweep.rows()) as ended:
        async for one in ended:
            rows.append(one)
            keep(one)
            if given.jsonl:
                print(json.dumps(to_json(one), ensure_ascii=False), flush=True)
            elif plain and not sys.stderr.isatty():
                print(fleet.line(one), flush=True)
            if sys.stderr.isatty():
                fleet.progress(len(rows), whole, sys.stderr)


async def _found(given: argparse.Namespace, clouds: Together) -> Found:
    """The machines with these tags: of the cloud that an option names, else of both."""
    from sshwizard.advice import Blind
    from sshwizard.fleet import tagged

    amazon, google = bool(given.profile or given.region), bool(given.project)
    either = not amazon and not google
    try:
        found = await tagged.ask(tagged.tags(given.tag), clouds, amazon=amazon or either, google=google or either)
    except Blind as blind:
        raise UsageError(f"--tag: {clean.line(str(blind), 300)}") from None
    for why in () if either else found.blind:
        print(f"sshwizard: {say(clean.line(why, 300))}", file=sys.stderr)
    return found


async def _planned(found: Found, clouds: Together) -> tuple[Row, ...]:
    try:
        return await found.plan(clouds)
    finally:
        await clouds.close()


def _plan(rows: Sequence[Row], given: argparse.Namespace, clouds: Together) -> Exit:
    told = summary(rows)
    if given.json:
        report = {**fleet.as_json(told, rows, fleet.PLAN), "calls": clouds.requests}
        print(json.dumps(report, ensure_ascii=False))
    elif given.jsonl:
        print("\n".join(json.dumps(to_json(one), ensure_ascii=False) for one in rows))
    else:
        print(fleet.tell(told, first=fleet.planned_numbers(told)))
    _share(rows, given, plan=True)
    return _exit(told)


def _write(told: Summary, rows: Sequence[Row], given: argparse.Namespace, folder: Path) -> None:
    if given.json:
        print(json.dumps(fleet.as_json(told, rows), ensure_ascii=False))
    elif not given.jsonl:
        print(fleet.tell(told, paths.short(folder)))
    _share(rows, given)


def _share(rows: Sequence[Row], given: argparse.Namespace, *, plan: bool = False) -> None:
    """The page and the Markdown that were asked for."""
    for form, name in (("html", given.html), ("md", given.md)):
        if name:
            from sshwizard.fronts import fleetpage
            from sshwizard.fronts.reports import writing

            try:
                text = fleetpage.written(rows, form, redact=not given.no_redact, plan=plan)
                writing.save(Path(name), text.encode())
            except OSError as error:
                raise UsageError(f"{clean.line(name)} cannot be written: {error.strerror}") from None


def _exit(told: Summary) -> Exit:
    if told.fails:
        return Exit.CAUSE_FOUND
    return Exit.CANNOT_TELL if told.unclear else Exit.WORKS
