"""`sshwizard [TARGET]`: the full screen."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from sshwizard import __version__
from sshwizard.commands import arguments
from sshwizard.exits import Exit, UsageError
from sshwizard.probes import typed

EXAMPLES = """\
commands (each has --help): diagnose, explain, lab, replay, undo, causes, completion, help

examples:
  sshwizard                                pick a host, or paste an error
  sshwizard web-1                          the wizard on a host of your ssh config
  sshwizard -- ssh -i key -p 2222 me@host  the wizard on an ssh command that failed
  sshwizard diagnose me@host --json        the same walk for a script
  ssh -v me@host 2>&1 | sshwizard explain -
  sshwizard --see permission-denied        no host: answer questions, from what you see
  sshwizard lab                            practise on a broken server on this machine

ssh's own options pass through: -i -l -p -F -J -o -4 -6.
exit codes: 0 ssh works, 1 a cause was found, 2 usage, 3 cannot tell, 4 fixed but not proved, 130 interrupted.
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    reader = arguments.parser("", "Finds out why an SSH connection fails, and gets you in.", EXAMPLES)
    reader.usage = "sshwizard [options] [TARGET | -- ssh ARGS…]\n       sshwizard COMMAND …"
    reader.add_argument("--version", action="version", version=f"sshwizard {__version__}")
    reader.add_argument("--read-only", action="store_true", help="look, and change nothing")
    reader.add_argument(
        "--see",
        metavar="MESSAGE",
        help="no host: answer questions, beginning at what you see (timed-out, refused, permission-denied, …)",
    )
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options, theirs = arguments.split(parser(), argv)
    target = typed.parse(theirs) if theirs else None
    read_only = options.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    if options.see is not None:
        return _interview(options.see, alone=target is None)
    plain = options.plain or arguments.switched_on("SSHWIZARD_PLAIN")
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        if target is None:
            raise UsageError("no host was given, and this is no terminal to ask in. Try: sshwizard diagnose user@host")
        from sshwizard.commands import diagnose

        return asyncio.run(diagnose.diagnose(target, diagnose.Options(read_only=read_only)))
    from sshwizard.fronts.tui import open_wizard

    return open_wizard(target, read_only=read_only)


def _interview(name: str, *, alone: bool) -> Exit:
    """Begin at what the person sees. Raises UsageError."""
    from sshwizard.tree.limbs import LIMBS, limb

    found = limb(name)
    if found is None:
        raise UsageError(f"{name!r} is nothing that is seen here. One of: {', '.join(one.id for one in LIMBS)}")
    if not alone:
        raise UsageError("--see asks questions instead of looking at a host; leave out one of the two")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("this is no terminal to ask in. Try: sshwizard explain FILE, with the error in it")
    from sshwizard.fronts.tui import open_interview

    return open_interview(found)
