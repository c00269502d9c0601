"""A change in plain lines: what it needs to know, its preview, a whole yes, and the way back."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sshwizard import clean, vocabulary
from sshwizard.effects import Effect, Wait
from sshwizard.fixes import FIXES
from sshwizard.fronts import ownssh, previews, resting
from sshwizard.fronts.prompts import Prompts
from sshwizard.journal import CannotFix
from sshwizard.probes import vouching
from sshwizard.runner import Runner

KEEP = "write-host-block"
_READ_ONLY = "This is read-only: nothing is changed."


async def mend(runner: Runner, prompts: Prompts, fix_id: str, asks: str = "") -> bool:
    """Preview a fix and apply it after a yes; True when the walk should go on. `asks`: what it asks here only."""
    fix, action = FIXES[fix_id], vocabulary.actions()[fix_id]
    found = runner.verdict()
    if fix.needs and found and found.root:
        prompts.say(f"Waiting for {fix.needs.waits}." if fix.needs.waits else "One more look.")
        await runner.prepare(fix_id)
    asks = asks or runner.asks(fix_id)
    if not asks and fix.needs is vouching.offered and not _planned(runner, fix_id, ""):
        asks = "The fingerprint that a trusted source gave you"
    answer, planned = await _asked(runner, prompts, fix_id, asks)
    if not planned:
        return False
    prompts.say("", f"{action.title}. This is what will be done:")
    prompts.say(*(f"    {row}" for row in previews.told(planned)))
    prompts.say(f"Needs {action.needs}.", *([action.price] if action.price else []))
    prompts.say(f"Proof: {previews.proof(runner)}", f"Way back: {previews.way_back(action.undo, planned, '`undo`')}")
    if runner.read_only and any(effect.changes for effect in planned):
        prompts.say(_READ_ONLY)
        return False
    if not await _confirmed(runner, prompts, action.risk):
        prompts.say("Nothing was changed.")
        return False
    seconds = sum(effect.seconds for effect in planned if isinstance(effect, Wait))
    try:
        if seconds and not await resting.counted(runner, fix_id, answer, seconds, sys.stdout):
            prompts.say("The wait was ended.")
            return False
        if not seconds:
            await runner.apply(fix_id, answer)
    except CannotFix as refusal:
        prompts.say(f"Not applied: {refusal}.")
        return await _overtaken(runner)
    return True


async def _asked(runner: Runner, prompts: Prompts, fix_id: str, asks: str) -> tuple[str, tuple[Effect, ...]]:
    """What the fix has to be told, asked until it can be planned; no plan where the person leaves it."""
    offer = previews.offered(runner, fix_id)
    while True:
        answer = (await prompts.line(f"{asks}, or an empty line to leave it:", offer)).strip() if asks else ""
        if asks and not answer:
            prompts.say("Nothing was changed.")
            return "", ()
        try:
            return answer, runner.plan(fix_id, answer)
        except CannotFix as refusal:
            prompts.say(f"That cannot be done: {refusal}.")
            if not asks:
                return "", ()
            offer = ""


def _planned(runner: Runner, fix_id: str, answer: str) -> tuple[Effect, ...]:
    try:
        return runner.plan(fix_id, answer)
    except CannotFix:
        return ()


async def _confirmed(runner: Runner, prompts: Prompts, risk: str) -> bool:
    if risk != "typed":
        return await prompts.agrees("Do it?")
    legs = runner.state.legs
    name = legs[-1].name if legs else runner.state.target.input
    asks = f"To do it, type {clean.line(name)}; anything else leaves it:"
    return (await prompts.line(asks)).strip() == name


async def undo(runner: Runner, prompts: Prompts) -> bool:
    """Preview the way back of the newest change, and go it after a yes."""
    last = runner.state.changes[runner.state.in_force[-1]].did
    prompts.say("", f"Take back: {vocabulary.actions()[last.fix].title}. This is what will be done:")
    prompts.say(*(f"    {row}" for row in previews.told(last.inverses)))
    if runner.read_only:
        prompts.say(_READ_ONLY)
        return False
    if not await prompts.agrees("Take it back?"):
        prompts.say("Nothing was changed.")
        return False
    try:
        await runner.undo()
    except CannotFix as refusal:
        prompts.say(f"Not undone: {refusal}.")
        return await _overtaken(runner)
    return True


async def _overtaken(runner: Runner) -> bool:
    """What was begun and taken back may have touched what was seen, so that is looked at again."""
    if runner.verdict() is not None:
        return False
    await runner.again()
    return True


@contextmanager
def lend() -> Iterator[None]:
    """The terminal belongs to another program in this block: ctrl+c is for that program alone."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # unlike SIG_IGN, it is not inherited
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def session(runner: Runner) -> tuple[str, ...]:
    """The person's own ssh in their terminal; what it said, and what became of it. One that broke is a finding."""
    with lend():
        try:
            ended = ownssh.run(("ssh", *runner.state.target.ssh_args))
        except OSError as error:
            return (f"ssh could not be started: {error.strerror}.",)
    broke = ownssh.lost(ended)
    if broke and runner.state.legs:
        runner.broke(broke)
    return (*ended.lines, f"The session ended (ssh said {ended.code}).", *((broke.says,) if broke else ()))
