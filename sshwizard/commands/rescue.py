"""`sshwizard rescue`: what can be done about an instance of EC2 or a VM of Compute Engine in its account, also while
nobody can log in."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shlex
import sys
from collections.abc import Iterator, Sequence

from sshwizard import clean, vocabulary
from sshwizard.commands import arguments
from sshwizard.commands.diagnose import new_store
from sshwizard.effects import Effect, Refused
from sshwizard.effects.online import Online
from sshwizard.exits import Exit, UsageError
from sshwizard.fixes import FIXES, account, ascode, awsdisks, gcp, offline, oldkernel
from sshwizard.fronts import plain, report
from sshwizard.journal import CannotFix
from sshwizard.language import say
from sshwizard.model import Target
from sshwizard.probes import typed
from sshwizard.probes.standing import standing
from sshwizard.remedies import by_hand
from sshwizard.runner import Runner

PASSWORD = "set-serial-password"
ACTIONS = (
    *(fix.id for fix in (*offline.FIXES, *awsdisks.FIXES, *oldkernel.FIXES, *account.FIXES)
      if fix.id != "use-found-profile"), PASSWORD,
)  # fmt: skip
"""Of EC2."""
GOOGLE = (*gcp.RESCUE, oldkernel.ID)
EVERY = tuple(dict.fromkeys((*ACTIONS, *GOOGLE)))


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "rescue",
        "What can be done about an EC2 instance or a VM of Compute Engine in its account when ssh fails: a repair at\n"
        "the next boot, a restart, a snapshot, a copy to look at, other ways in. Without --do nothing is changed.",
        "examples:\n  sshwizard rescue i-0123456789abcdef0\n"
        "  sshwizard rescue web-1 --do create-instance-connect-endpoint --dry-run\n"
        "  sshwizard rescue web-1 --do rescue-with-user-data --with start-sshd --type i-0123456789abcdef0\n"
        "  sshwizard rescue web-1 --do guide-debug-clone --with i-0fedcba9876543210 --terraform\n"
        "  sshwizard rescue web-1 --do guide-previous-kernel --with 'i-0fedcba9876543210 me@helper' --dry-run\n"
        "  sshwizard rescue web-1 --do guide-previous-kernel --with newest --type web-1\n"
        "  sshwizard rescue web-1 --do run-troubleshoot-ssh --with Action=FixAll --yes=confirm\n"
        "  sshwizard rescue gce:shop-1/europe-west1-b/web-1 --do snapshot-root-volume --yes=confirm\n"
        "  sshwizard rescue gce:web-1 --do run-gcp-startup-script --with collect --type web-1\n\n"
        "What costs money or interrupts wants the instance id, or the VM's name, typed: --type. Each change is tried\n"
        "dry or its rights are asked first, stands in the journal before it is made, and is followed to its end;\n"
        "ctrl+c takes back what was begun.\n"
        f"of EC2: {', '.join(ACTIONS)}.\nof Compute Engine: {', '.join(GOOGLE)}.\n",
    )
    reader.usage = "sshwizard rescue TARGET [ssh options] [--do ACTION] [options]"
    reader.add_argument("--do", metavar="ACTION", help="make this change")
    reader.add_argument("--with", dest="answer", metavar="TEXT", help="what the action asks for: the repair, the "
                        "runbook's NAME=VALUE, the name of a role")  # fmt: skip
    reader.add_argument("--type", metavar="INSTANCE", help="the instance id or the VM's name, for what costs "
                        "money or interrupts")  # fmt: skip
    reader.add_argument("--yes", metavar="confirm", choices=("confirm",), help="for what is only to be confirmed")
    reader.add_argument("--dry-run", action="store_true", help="with --do: print the preview, and ask the cloud "
                        "whether it would succeed")  # fmt: skip
    reader.add_argument("--terraform", action="store_true", help="with --do: print the change as Terraform, and make "
                        "nothing")  # fmt: skip
    reader.add_argument("--read-only", action="store_true", help="change nothing")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    if given.do is not None and given.do not in EVERY:
        raise UsageError(f"there is no action {clean.line(given.do, 60)!r}. One of: {', '.join(EVERY)}")
    if given.terraform and given.do is None:
        raise UsageError("--terraform belongs to --do ACTION")
    return asyncio.run(rescue(typed.parse(theirs), given))


async def rescue(target: Target, given: argparse.Namespace) -> Exit:
    """Diagnose, see how the instance stands, then list what can be done, or do it."""
    read_only = given.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    runner = Runner.live(target, store=new_store(target.input), read_only=read_only)
    runner.listeners.append(lambda event: plain.progress(event, runner.state, sys.stderr))
    runner.progress = lambda says: _say(f"     {says}")
    try:
        found = await runner.walk()
        if given.do == oldkernel.ID and oldkernel.alone(str(given.answer or "")):
            return await _done(runner, given, oldkernel.called(target))
        if found.root is None:
            print(plain.tell(runner.state, found))
            return report.exit_for(found)
        await runner.prepare(GOOGLE[0])
        seen = runner.state.on(found.root.leg).get(standing.name)
        if seen is None or seen.outcome != "known":
            _say(f"Nothing can be done in an account: {seen.says if seen else 'nobody was asked'}.")
            return Exit.CANNOT_TELL
        if given.do == PASSWORD:  # it goes through a door, and asks in the terminal
            await runner.doors()
            runner.journal.hand_over = contextlib.nullcontext if sys.stdin.isatty() else None
        here = GOOGLE if "vm" in seen.data else ACTIONS
        for id_ in (given.do,) if given.do in here else here:
            if id_ != PASSWORD:
                await runner.prepare(id_)
        if given.do is None:
            print("\n".join(_listed(runner, here, str(given.answer or ""))))
            return report.exit_for(found)
        if given.do not in here:
            raise CannotFix(f"{given.do} is not for this machine; there are: {', '.join(here)}")
        return await _done(runner, given, str(seen.data["vm"] if here is GOOGLE else seen.data["instance"]))
    except CannotFix as refusal:
        _say(f"not applied: {refusal}")
        return Exit.CAUSE_FOUND
    finally:
        await runner.close()


def _listed(runner: Runner, here: Sequence[str], answer: str) -> Iterator[str]:
    """Each action with its risk, and what it would do or why it cannot."""
    for id_ in here:
        action = vocabulary.actions()[id_]
        yield f"{say(action.title)} ({say(action.risk)}): --do {id_}"
        try:
            lines = _previewed(runner.plan(id_, answer))
        except CannotFix as refusal:
            asked = runner.asks(id_)
            asks = f" (--with: {asked})" if asked else ""
            lines = [f"not now: {refusal}{asks}"]
        yield from (clean.line(f"    {say(line)}", 400) for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"    {say(f'… {len(lines) - _MOST} more lines')}: --do {id_} --dry-run"
        yield ""


_MOST = 12
"""Lines of a preview in the list."""


def _previewed(planned: Sequence[Effect]) -> list[str]:
    return [line for effect in planned for line in effect.preview()]


async def _done(runner: Runner, given: argparse.Namespace, instance: str) -> Exit:
    id_, answer = str(given.do), str(given.answer or "")
    action, planned = vocabulary.actions()[id_], runner.plan(id_, answer)
    if given.terraform:
        return _as_code(planned)
    for line in _previewed(planned):
        _say(line)
    if typed_ := by_hand(id_, planned, runner.state.target):
        _say("The same by hand:")
        for line in typed_:
            _say(f"    {line}", 20_000)
    if not all(effect.undoable for effect in planned):
        _say("This cannot be undone.")
    if given.dry_run:
        return await _tried(planned)
    if action.risk == "typed" and given.type != instance:
        raise CannotFix(f"this costs money or interrupts; type the instance for it: --type {instance}")
    if action.risk == "confirm" and given.yes != "confirm" and given.type != instance:
        raise CannotFix("this is to be confirmed: --yes=confirm")
    await runner.apply(id_, answer)
    found = await runner.walk()
    print(plain.tell(runner.state, found, str(runner.store.path) if runner.store else ""))
    if id_ == oldkernel.ID and answer != oldkernel.NEWEST and found.outcome == "healthy":
        ours = shlex.join(("sshwizard", "rescue", *runner.state.target.args, "--do", id_, "--with", oldkernel.NEWEST))
        name = clean.line(oldkernel.called(runner.state.target))
        _say(f"It boots an older kernel. The newest one again: {clean.line(ours)} --type {name}")
    if FIXES[id_].around and found.outcome == "failed":
        ours = shlex.join(("sshwizard", "doors", *runner.state.target.args))
        _say(f"It was made; ssh itself goes the old way still. The doors now: {clean.line(ours)}")
    return report.exit_for(found)


def _as_code(planned: Sequence[Effect]) -> Exit:
    """The change as Terraform."""
    if not (told := ascode.terraform(planned)):
        _say("This is nothing that Terraform makes: a start, a stop, a repair, or an argument of the instance itself.")
        return Exit.CANNOT_TELL
    print("\n".join(told))
    return Exit.WORKS


async def _tried(planned: Sequence[Effect]) -> Exit:
    """Ask the cloud whether it would succeed; an effect that needs one before it is not asked about."""
    first = next((number for number, effect in enumerate(planned) if effect.changes), 0)
    try:
        for effect in planned[: first + 1]:
            await asyncio.to_thread(effect.check)
    except Refused as refused:
        _say(f"It would be refused: {refused}")
        return Exit.CAUSE_FOUND
    if any(isinstance(effect, Online) for effect in planned):
        _say("The cloud says that it would succeed; nothing was changed.")
    else:
        _say("What it needs is there; nothing was changed.")
    return Exit.WORKS


def _say(text: str, limit: int = 400) -> None:
    print(clean.line(say(text), limit) if text else "", file=sys.stderr, flush=True)
