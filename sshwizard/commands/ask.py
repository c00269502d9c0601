"""`sshwizard ask`: the wizard as plain questions, line by line."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from sshwizard import clean, followup, paths
from sshwizard.commands import arguments
from sshwizard.commands.diagnose import new_store
from sshwizard.exits import Exit, UsageError
from sshwizard.fronts import byhand
from sshwizard.fronts.hosts import hosts_from_config, recent_targets, understand
from sshwizard.fronts.previews import exit_code
from sshwizard.fronts.prompts import Choice, Prompts, Stopped, prompts
from sshwizard.fronts.talk import OVER, Talk
from sshwizard.model import Target
from sshwizard.probes import typed
from sshwizard.runner import Runner
from sshwizard.tree.limbs import Limb

MOST = 20
"""Hosts that are listed; any other can be typed."""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser(
        "ask",
        "The whole wizard as plain questions, line by line: for screen readers, chat, pairing and pipes.\n"
        "Without TARGET it asks whom it is about: a host, a pasted error, or nobody (questions only).",
        "examples:\n  sshwizard ask web-1\n  sshwizard ask -- ssh -i key -p 2222 me@host\n"
        "  sshwizard ask                             pick a host, paste an error, or answer questions\n"
        "  printf 'fix\\nyes\\nquit\\n' | sshwizard ask web-1\n\n"
        "Each question lists its answers; a number, a word in brackets or its beginning chooses one.\n"
        "ctrl+c leaves at once. SSHWIZARD_PLAIN=1 or TERM=dumb: no line editing either. More: docs/ask.md.\n",
    )
    reader.usage = "sshwizard ask [TARGET | -- ssh ARGS…] [ssh options] [options]"
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    arguments.may_ask(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    given, theirs = arguments.split(parser(), argv)
    arguments.allow(given)
    target = typed.parse(theirs) if theirs else None
    if given.read_only:
        os.environ["SSHWIZARD_READ_ONLY"] = "1"  # also for the doors that are gone through
    return asyncio.run(talk(target, read_only=arguments.switched_on("SSHWIZARD_READ_ONLY")))


async def talk(about: Target | Limb | None, *, read_only: bool, lab: Path | None = None) -> Exit:
    """Talk until the person leaves. The end of the input is an end like any other; `lab` keeps a practice session."""
    task, asker, runner = asyncio.current_task(), prompts(), None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, lambda: task and task.cancel())
    if waits := followup.line():
        asker.say(waits)
    try:
        runner = await _begun(about, asker, lab, read_only=read_only)
        while await Talk(runner, asker).go() == OVER:
            runner = await _by_hand(asker)
    except EOFError:
        print(flush=True)
    except (Stopped, asyncio.CancelledError):
        print(flush=True)
        return Exit.INTERRUPTED
    finally:
        if runner is not None:
            await runner.close()
    return exit_code(runner, Exit.CANNOT_TELL) if runner is not None else Exit.CANNOT_TELL


async def _begun(named: Target | Limb | None, asker: Prompts, lab: Path | None, *, read_only: bool) -> Runner:
    """A session on what the person names."""
    about = named or await _whom(asker)
    if about is None:
        return await _by_hand(asker)
    if isinstance(about, Limb):
        return Runner.by_hand(about, store=new_store(about.id))
    if isinstance(about, Target):
        return Runner.live(about, store=new_store(about.input, lab), read_only=read_only)
    return Runner.of_text(about.encode(), "pasted text")


async def _by_hand(asker: Prompts) -> Runner:
    limb = await byhand.sees(asker)
    return Runner.by_hand(limb, store=new_store(limb.id))


async def _whom(asker: Prompts) -> Target | str | None:
    """A target, a pasted text, or nobody."""
    recent = recent_targets()
    config = [name for name in hosts_from_config(paths.ssh_dir() / "config") if name not in recent]
    hosts = [*((name, "recent") for name in recent), *((name, "ssh config") for name in config)][:MOST]
    paste, nobody = Choice("paste", "Paste an error or a log"), Choice("questions", "No host: answer questions")
    offered = [*(Choice(name, f"{clean.line(name)}, {source}") for name, source in hosts), paste, nobody]
    asker.say("Whom do you want to reach?")
    asker.listed(offered)
    while True:
        said = await asker.typed("Whom?", offered, "user@host, or a whole ssh command")
        if said == nobody.word:
            return None
        if said == paste.word:
            said = await asker.text("Paste what ssh or another program printed.")
        try:
            return said if "\n" in said else understand(said)
        except UsageError as error:
            asker.say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
