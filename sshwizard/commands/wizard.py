"""`sshwizard [TARGET]`: the full screen."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sshwizard import __version__
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.language import say

if TYPE_CHECKING:
    from sshwizard.model import Target
    from sshwizard.tree.limbs import Limb

EXAMPLES = """\
commands (each has --help): ask, diagnose, sweep, explain, inside, doors, connect, rescue, changes, reach, lab,
  replay, watch, serve, report, undo, doctor, rotate, causes, completion, help

examples:
  sshwizard                                pick a host, or paste an error
  sshwizard web-1                          the wizard on a host of your ssh config
  sshwizard -- ssh -i key -p 2222 me@host  the wizard on an ssh command that failed
  sshwizard ask web-1                      the same as plain questions, for screen readers, chat and pipes
  sshwizard diagnose me@host --json        the same walk for a script
  sshwizard watch last                     follow what another terminal does
  sshwizard doors web-1                    every way in, open or shut, and why
  ssh -v me@host 2>&1 | sshwizard explain -
  sshwizard --see permission-denied        no host: answer questions, from what you see
  sshwizard lab                            practise on a broken server on this machine

ssh's own options pass through: -i -l -p -F -J -o -4 -6.
screen reader: SSHWIZARD_ACCESSIBLE=1 (or ACCESSIBLE=1, TERM=dumb) asks line by line, as sshwizard ask does.
exit codes: 0 ssh works, 1 a cause was found, 2 usage, 3 cannot tell, 4 fixed but not proved, 130 interrupted.
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser("", "Finds out why an SSH connection fails, and gets you in.", EXAMPLES)
    reader.usage = "sshwizard [options] [TARGET | -- ssh ARGS…]\n       sshwizard COMMAND …"
    reader.add_argument("--version", action="version", version=f"sshwizard {__version__}")
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    reader.add_argument(
        "--look-later",
        action="store_true",
        help="open the tree to read and answer; nothing is looked at before you say so",
    )
    arguments.may_ask(reader)
    reader.add_argument(
        "--see",
        metavar="MESSAGE",
        help="no host: answer questions, beginning at what you see (timed-out, refused, permission-denied, …)",
    )
    reader.add_argument(
        "--answer",
        action="append",
        metavar="QUESTION=ANSWER",
        help="with --see, once for each question: plain lines that say what follows, or what is asked next",
    )
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    arguments.may_look(reader)
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options, theirs = arguments.split(parser(), argv)
    arguments.allow(options)
    arguments.dress(options)
    target = None
    if theirs:
        from sshwizard.probes import typed

        target = typed.parse(theirs)
    if options.read_only:
        os.environ["SSHWIZARD_READ_ONLY"] = "1"  # also for what is started from the screen
    read_only = arguments.switched_on("SSHWIZARD_READ_ONLY")
    plain = options.plain or arguments.switched_on("SSHWIZARD_PLAIN")
    plain = plain or not (sys.stdin.isatty() and sys.stdout.isatty())
    if options.see is not None or options.answer:
        if target is not None or options.see is None:
            raise UsageError("questions are asked instead of looking at a host: sshwizard --see MESSAGE, and no TARGET")
        return _interview(options.see, options.answer or [], plain=plain)
    if plain and options.look_later:
        raise UsageError("--look-later is for the full screen: plain lines have no tree to read first")
    if plain:
        if target is None:
            raise UsageError("no host was given, and this is no terminal to ask in. Try: sshwizard diagnose user@host")
        import asyncio

        from sshwizard.commands import diagnose

        return asyncio.run(diagnose.diagnose(target, diagnose.Options(read_only=read_only)))
    if why := arguments.unfit():
        return _spoken(why, target, read_only=read_only)
    from sshwizard.fronts.tui import open_wizard

    return open_wizard(target, read_only=read_only, later=options.look_later)


def _spoken(why: str, begin: Target | Limb | None, *, read_only: bool) -> Exit:
    """Line by line, where a full screen is not the right one."""
    import asyncio

    from sshwizard.commands import ask

    print(say(why), file=sys.stderr)
    return asyncio.run(ask.talk(begin, read_only=read_only))


def _interview(name: str, answers: Sequence[str], *, plain: bool) -> Exit:
    """Begin at what the person sees. Raises UsageError."""
    from sshwizard.tree.limbs import LIMBS, limb

    found = limb(name)
    if found is None:
        raise UsageError(f"{name!r} is nothing that is seen here. One of: {', '.join(one.id for one in LIMBS)}")
    if answers or plain:
        return _told(found, answers)
    if why := arguments.unfit():
        return _spoken(why, found, read_only=False)
    from sshwizard.fronts.tui import open_interview

    return open_interview(found)


def _told(limb: Limb, answers: Sequence[str]) -> Exit:
    """Where the answers lead, as plain lines: the verdict, or the next question with its answers."""
    from sshwizard.fronts import plain, report
    from sshwizard.runner import Runner
    from sshwizard.session import Ask, need
    from sshwizard.tree import TREE
    from sshwizard.tree.hand import can_be, choices

    runner = Runner.by_hand(limb)
    for answer in answers:
        node, _, outcome = answer.partition("=")
        wanted = need(runner.state)
        if not isinstance(wanted, Ask) or wanted.node != node:
            now = f"the question is {wanted.node}" if isinstance(wanted, Ask) else "there is a verdict already"
            raise UsageError(f"{answer!r} answers no open question: {now}")
        if not can_be(node, outcome):
            raise UsageError(f"{node} has no answer {outcome!r}. One of: {', '.join(choices(TREE[node]))}")
        runner.answer((wanted.leg, wanted.node), outcome)
    found = runner.verdict()
    if found is not None:
        print(plain.tell(runner.state, found))
        return report.exit_for(found)
    print(plain.asked(runner.state))
    return Exit.CANNOT_TELL
