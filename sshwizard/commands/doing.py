"""`sshwizard doctor --do ACTION`: the change of one advice, previewed, confirmed, proved, undone by `undo`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable

from sshwizard import clean, vocabulary
from sshwizard.advice import Advice, mending
from sshwizard.commands import arguments, doctor
from sshwizard.effects import Refused, in_words
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import FIXES, Refusal
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.work import Work

Again = Callable[[], Awaitable[Iterable[Advice]]]


async def do(given: argparse.Namespace) -> Exit:
    """Look, find the one advice that is meant, and make its change."""
    seen = await doctor.look(given)
    found = [row.advice for row in seen.rows if row.advice.fix == given.do and _meant(row.advice, given.about or "")]
    if not found:
        known = sorted({row.advice.fix for row in seen.rows if row.advice.fix})
        raise UsageError(
            f"no advice leads to {clean.line(given.do, 60)} here; those there are: {', '.join(known or ['-'])}"
        )
    if len(found) > 1:
        raise UsageError(f"several are meant; say which with --about: {', '.join(one.subject for one in found[:8])}")

    async def again() -> Iterable[Advice]:
        return [row.advice for row in (await doctor.look(given)).rows]

    return await change(given, found[0], again)


async def change(given: argparse.Namespace, advice: Advice, again: Again) -> Exit:
    """Make it, and look `again` whether it is still to be advised."""
    try:
        return await _made(given, advice, again)
    except CannotFix as refusal:
        _say(f"not applied: {refusal}")
        return Exit.CAUSE_FOUND


async def text(given: argparse.Namespace) -> Exit:
    """One exact text and nothing else, to be kept in a file."""
    seen = await doctor.look(given)
    found = [(row.advice, text) for row in seen.rows for name, text in row.advice.texts
             if name == given.text and _meant(row.advice, given.about or "")]  # fmt: skip
    if not found:
        known = sorted({name for row in seen.rows for name, _ in row.advice.texts})
        raise UsageError(f"there is no text {clean.line(given.text, 60)} here; those there are: {', '.join(known)}")
    if len(found) > 1:
        raise UsageError(f"several are meant; say which with --about: {', '.join(one.subject for one, _ in found[:8])}")
    doctor.write(found[0][1], given.output)
    return Exit.WORKS


def _meant(advice: Advice, words: str) -> bool:
    return all(word.lower() in advice.subject.lower() for word in words.split())


def id_of(advice: Advice) -> str:
    """What is typed for it: the group, the network, or the words of what it is about."""
    data = dict(advice.data)
    return data.get("group") or data.get("vpc") or advice.subject


async def _made(given: argparse.Namespace, advice: Advice, again: Again) -> Exit:
    answer, action, fix = str(given.answer or ""), vocabulary.actions()[given.do], FIXES.get(given.do)
    plan = await mending.planned(advice, answer)
    if isinstance(plan, Refusal):
        asks = f" (--with: {fix.asks})" if fix and fix.asks else ""
        raise CannotFix(f"{plan.why}{asks}")
    for line in (line for effect in plan for line in effect.preview()):
        _say(line)
    if given.dry_run:
        return await _tried(plan[0].check)
    if action.risk == "typed" and given.type != id_of(advice):
        raise CannotFix(f"this may cut somebody off; type what is changed: --type {id_of(advice)}")
    if action.risk == "confirm" and given.yes != "confirm" and given.type != id_of(advice):
        raise CannotFix("this is to be confirmed: --yes=confirm")
    read_only = given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    work = Work("doctor", read_only=read_only)
    await asyncio.to_thread(work.change, given.do, advice.code, plan)
    if fix and fix.proof and (missing := await fix.proof(mending.situation(advice, answer))):
        if work.runner:
            await work.runner.undo()
        raise CannotFix(f"{missing}; it was taken back")
    _say(f"To take it back: sshwizard undo {clean.line(str(work.path))}")
    left = [(one.code, one.subject, one.seen) for one in await again()]
    proved = (advice.code, advice.subject, advice.seen) not in left
    says = "proved, a second look no longer sees it" if proved else "done, and a second look still sees it"
    print(say(f"Change: {clean.line(action.title)}: {says}"))
    return Exit.WORKS if proved else Exit.NOT_PROVED


async def _tried(check: Callable[[], None]) -> Exit:
    """Ask whether the first step would succeed."""
    try:
        await asyncio.to_thread(check)
    except Refused as refused:
        _say(f"It would be refused: {refused}")
        return Exit.CAUSE_FOUND
    except OSError as error:
        _say(f"It would be refused: {in_words(error)}")
        return Exit.CAUSE_FOUND
    _say("It would succeed; nothing was changed.")
    return Exit.WORKS


def _say(text: str) -> None:
    print(say(clean.line(text, 4000)), file=sys.stderr, flush=True)
