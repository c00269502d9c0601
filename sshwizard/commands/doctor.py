"""`sshwizard doctor`: what to set right before it breaks, on this computer and in the clouds."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sshwizard import clean, paths, vocabulary
from sshwizard.advice import Advice, Blind, checklist, mending
from sshwizard.cloud import cloud
from sshwizard.commands import arguments
from sshwizard.effects import EditLines
from sshwizard.effects.online import Online
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import Refusal
from sshwizard.fronts import checkup
from sshwizard.fronts.checkup import Checkup, Row
from sshwizard.fronts.mending import lend
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.work import Work

WHERE = ("local", "aws", "gcp")


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "doctor",
        "What to set right before it breaks: the whole ~/.ssh, the agent and the programs here, and the account in\n"
        "a cloud. Each advice says what was seen and why it matters, with a previewed fix or the exact text.",
        "examples:\n  sshwizard doctor\n  sshwizard doctor --only local --json\n"
        "  sshwizard doctor --fix --dry-run             show the changes that --fix would make\n"
        "  sshwizard doctor --fix --yes=confirm         make them; sshwizard undo takes them back\n"
        "  sshwizard doctor --export-config -o team.config\n"
        "  sshwizard doctor --new-member --team team.config\n"
        "  sshwizard doctor --checklist production -o production.md\n"
        "  sshwizard doctor --change-note last           for the ticket, with room for a second person\n"
        "  sshwizard doctor --reminders\n\n"
        "exit codes: 0 nothing to do, 1 something found, 2 usage, 3 could not look, 4 a fix is not proved to have\n"
        "helped. What is only worth knowing does not count.\n",
    )
    reader.add_argument("--json", action="store_true", help="the result as JSON (docs/doctor.md)")
    reader.add_argument("--md", action="store_true", help="the result as Markdown")
    reader.add_argument("--only", choices=WHERE, help="look there alone")
    reader.add_argument("--dir", metavar="DIR", help="another directory than ~/.ssh; its own config is read")
    reader.add_argument("--fix", action="store_true", help="make the changes that are safe")
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="with --fix: also those that are to be "
                        "confirmed")  # fmt: skip
    reader.add_argument("--dry-run", action="store_true", help="with --fix: only show them")
    reader.add_argument("--read-only", action="store_true", help="change nothing")
    reader.add_argument("--do", metavar="ACTION", help="make the change of one advice, whatever its risk")
    reader.add_argument("--about", metavar="WORDS", help="with --do: which advice, by words of what it is about")
    reader.add_argument("--with", dest="answer", metavar="TEXT", help="with --do: what the action asks for")
    reader.add_argument("--type", metavar="ID", help="with --do: the id that is changed, for what may cut somebody off")
    reader.add_argument("--text", metavar="NAME", help="print one exact text alone, as security-groups.tf; --about "
                        "says of which advice")  # fmt: skip
    reader.add_argument("--auth-log", metavar="FILE", help="who guesses passwords, by a server's log; - for standard "
                        "input")  # fmt: skip
    reader.add_argument("--own", metavar="ADDRESSES", help="with --auth-log: addresses of your own, parted by commas, "
                        "which are never listed")  # fmt: skip
    reader.add_argument("--export-config", action="store_true", help="write Host blocks that a team can share: no "
                        "personal key, path or login name")  # fmt: skip
    reader.add_argument("--checklist", choices=checklist.ENVIRONMENTS, help="a checklist for an environment, with what "
                        "a look shows ticked")  # fmt: skip
    reader.add_argument("--change-note", metavar="SESSION", help="a note about what a session changed (or last), with "
                        "room for a second person's word")  # fmt: skip
    reader.add_argument("--reminders", action="store_true", help="what was opened for a repair and waits for a review")
    reader.add_argument("--done", metavar="N", type=int, help="with --reminders: number N was looked at, or is dropped")
    reader.add_argument("--new-member", action="store_true", help="make this computer ready for the team's hosts: key, "
                        "agent, ssh config, programs, a proof for each host")  # fmt: skip
    reader.add_argument("--team", metavar="FILE", help="with --new-member: the team's ssh config")
    reader.add_argument("--tag", metavar="KEY=VALUE", help="with --export-config or --new-member: the instances of the "
                        "account with this tag")  # fmt: skip
    reader.add_argument("--keep-user", metavar="NAMES", help="with --export-config: login names that the team shares")
    reader.add_argument("-o", "--output", metavar="FILE", help="write it there instead of on standard output")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given = parser().parse_args(argv)
    arguments.allow(given)
    if given.json and given.md:
        raise UsageError("--json and --md are two forms of the same; take one")
    given.read_only = given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    if given.checklist or given.change_note or given.reminders:
        from sshwizard.commands import practice

        if given.checklist:
            return asyncio.run(practice.list_for(given))
        return practice.note(given) if given.change_note else practice.reminders(given)
    if given.new_member:
        from sshwizard.commands import newcomer

        return asyncio.run(newcomer.welcome(given))
    if given.export_config:
        from sshwizard.commands import exporting

        return asyncio.run(exporting.export(given))
    if given.auth_log:
        from sshwizard.commands import guessing

        return guessing.tell(given)
    if given.do or given.text:
        from sshwizard.commands import doing

        return asyncio.run(doing.do(given) if given.do else doing.text(given))
    return asyncio.run(_doctor(given))


async def _doctor(given: argparse.Namespace) -> Exit:
    seen = await look(given)
    if given.fix:
        seen = await _mend(given, seen)
    if given.json:
        text = json.dumps(checkup.as_json(seen), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(checkup.markdown(seen) if given.md else checkup.plain(seen)).lstrip("\n")
    write(text, given.output)
    return seen.exit


def write(text: str, file: str | None) -> None:
    """Print a text, or put it into a new file. Raises UsageError: nothing is written over."""
    if file is None or file == "-":
        print(text)
        return
    try:
        with Path(file).open("x", encoding="utf-8") as stream:
            stream.write(text.rstrip("\n") + "\n")
    except FileExistsError:
        raise UsageError(f"{clean.line(file)} is there already; nothing is written over") from None
    except OSError as error:
        raise UsageError(f"{clean.line(file)} cannot be written: {error.strerror}") from None
    print(say(f"Written: {clean.line(file)}"), file=sys.stderr)


# ------------------------------------------------------------------ looking


async def look(given: argparse.Namespace) -> Checkup:
    wanted = [where for where in WHERE if given.only in {None, where}]
    if os.environ.get(cloud.NO_CLOUD) and not given.only:
        wanted = ["local"]
    parts = dict(zip(wanted, await asyncio.gather(*(_part(where, given) for where in wanted)), strict=True))
    found = [one for part, _ in parts.values() if not isinstance(part, Blind) for one in part]
    asked = {"aws": given.profile or given.region, "gcp": given.project}
    blind = [(where, said, str(part)) for where, (part, said) in parts.items() if isinstance(part, Blind)]
    return Checkup(
        rows=tuple([Row(one, await mending.planned(one) if one.fix else None) for one in found]),
        looked=tuple(said for part, said in parts.values() if not isinstance(part, Blind)),
        blind=tuple((who, why) for where, who, why in blind if given.only or asked.get(where)),
        left=tuple((who, why) for where, who, why in blind if not (given.only or asked.get(where))),
        where=tuple(where for where, (part, _) in parts.items() if not isinstance(part, Blind)),
    )


async def _part(where: str, given: argparse.Namespace) -> tuple[tuple[Advice, ...] | Blind, str]:
    try:
        if where == "aws":
            from sshwizard.advice import aws

            return await aws.look(), "the AWS account"
        if where == "gcp":
            from sshwizard.advice import gcp

            return await gcp.look(), "the Google Cloud project"
    except Blind as blind:
        return blind, {"aws": "AWS", "gcp": "Google Cloud"}[where]
    from sshwizard.advice import local, reading

    seen = await reading.read(Path(given.dir).absolute() if given.dir else None)
    counts = f"{len(seen.keys)} keys, {len(seen.lines)} lines of config, {len(seen.known)} known hosts"
    return local.judge(seen), f"{paths.short(seen.place)} ({counts})"


# ------------------------------------------------------------------ mending


async def _mend(given: argparse.Namespace, seen: Checkup) -> Checkup:
    """Make the changes one by one, each planned anew; then look once more, and mend what that still shows."""
    work = Work("doctor", read_only=given.read_only)
    work.hand_over = lend if sys.stdin.isatty() else None
    done: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for _ in range(PASSES):
        before = len(done)
        await _pass(given, seen, work, done)
        if len(done) == before or given.dry_run:
            break
        seen = await look(given)
    if work.path:
        _say(f"To take it back: sshwizard undo {clean.line(str(work.path))}")
    left = {_identity(row.advice) for row in seen.rows}
    return replace(seen, mended=tuple((title, key not in left) for key, title in done.items()))


PASSES = 3
"""Times that it is looked again: lines that were taken out of a file move those after them."""


def _identity(one: Advice) -> tuple[str, str, tuple[str, ...]]:
    return one.code, one.subject, one.seen


async def _pass(
    given: argparse.Namespace, seen: Checkup, work: Work, done: dict[tuple[str, str, tuple[str, ...]], str]
) -> None:
    """Every change that may be made, but of a file that lost lines only the first."""
    allowed = {"safe", "confirm"} if given.yes == "confirm" else {"safe"}
    moved: set[str] = set()
    for row in seen.rows:
        if not row.preview or _identity(row.advice) in done or row.advice.subject in moved:
            continue
        action = vocabulary.actions()[row.advice.fix]
        if isinstance(row.plan, tuple) and any(isinstance(effect, Online) for effect in row.plan):
            _say(f"{action.title}: an account is changed one thing at a time, {row.by_hand}")
            continue
        if action.risk not in allowed:
            what = row.advice.title
            _say(f"{action.title}: to be confirmed (--yes=confirm): {what}")
            continue
        plan = await mending.planned(row.advice)
        if isinstance(plan, Refusal):
            _say(f"{action.title}: {plan.why}")
            continue
        for line in (line for effect in plan for line in effect.preview()):
            _say(line)
        if any(isinstance(effect, EditLines) and effect.remove for effect in plan):
            moved.add(row.advice.subject)
        if given.dry_run:
            continue
        try:
            work.change(row.advice.fix, row.advice.code, plan)
            done[_identity(row.advice)] = f"{action.title} ({paths.short(row.advice.subject)})"
        except CannotFix as refusal:
            _say(f"not applied: {refusal}")


def _say(text: str) -> None:
    print(say(clean.line(text, 4000)), file=sys.stderr, flush=True)
