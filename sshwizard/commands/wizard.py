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
    reader.add_argument("--control", metavar="HOST[:PORT]", help=arguments.CONTROL_HELP)
    reader.add_argument("--plain", action="store_true", help="plain lines instead of the full screen")
    return reader


def main(argv: Sequence[str]) -> Exit:
    """Run it."""
    options, theirs = arguments.split(parser(), argv)
    arguments.allow_control(options.control)
    target = typed.parse(theirs) if theirs else None
    read_only = options.read_only or arguments.switched_on("SSHWIZARD_READ_ONLY")
    plain = options.plain or arguments.switched_on("SSHWIZARD_PLAIN")
    if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        if target is None:
            raise UsageError("no host was given, and this is no terminal to ask in. Try: sshwizard diagnose user@host")
        from sshwizard.commands import diagnose

        return asyncio.run(diagnose.diagnose(target, diagnose.Options(read_only=read_only)))
    from sshwizard.fronts.tui import open_wizard

    return open_wizard(target, read_only=read_only)
